"""Pickles of a model in memory: its class, its configuration and its numbers.

The module itself cannot be pickled once transformers, or we, have put hooks into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class PickledModule:
    """A module of transformers without its hooks.

    Attributes:
        kind: Its class.
        config: Its configuration.
        state: Its parameters, and its buffers, those that its files would leave out too.
    """

    kind: type
    config: Any
    state: dict[str, Any]

    @classmethod
    def of(cls, module: Any) -> PickledModule:
        """What is kept of a module."""
        state = {**module.state_dict(), **dict(module.named_buffers())}
        return cls(kind=type(module), config=module.config, state=state)

    def module(self) -> Any:
        """The module again."""
        module = self.kind(self.config)
        module.load_state_dict(self.state, strict=False, assign=True)
        for name in dict(module.named_buffers()):
            owner, _dot, buffer = name.rpartition(".")
            setattr(module.get_submodule(owner), buffer, self.state[name])
        return module.eval()
