"""Hidden states of a model, layer by layer, of sequences without their padding."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.behaviour import first_tensor, layers_of
from lexiscope.contextual.model.compiling import compiled_forward
from lexiscope.contextual.model.forward import Batch
from lexiscope.contextual.model.library_errors import first_line, is_of_a_library
from lexiscope.contextual.model.loading import LoadedModel
from lexiscope.contextual.options import Combine
from lexiscope.errors import ConfigError, LexiscopeError

if TYPE_CHECKING:
    from torch import Tensor

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

# On a core the values of more tokens fall out of its cache; a GPU idles with fewer.
_CPU_BATCH = 512
_GPU_BATCH = 16384
# In half precision oneDNN compiles, and keeps, code for each number of rows that it meets; lengths
# are padded to a multiple of this, so that there are few.
_HALF_STEP = 8
# Lengths that a compiled model meets are few, as it is specialised to some of their divisors.
_COMPILED_STEP = 16


class _Reached(Exception):
    """The highest layer that is wanted has been computed."""


@dataclass
class _Request:
    """What one run of the model is asked for, and what it has given.

    Attributes:
        wanted: Numbers of layers.
        taken: Layer → its hidden states.
    """

    wanted: frozenset[int]
    taken: dict[int, Tensor] = field(default_factory=dict)

    def tell(self, layer: int, states: Tensor) -> None:
        """Takes a layer's hidden states, and stops the run after the last that is wanted."""
        if layer in self.wanted:
            self.taken[layer] = states
            if layer == max(self.wanted):
                raise _Reached


class HiddenStates:
    """Runs a model up to the highest layer that is wanted.

    The layers' outputs are taken where they arise, so that none above is computed. Whether what
    arises there is what the model itself calls its hidden states is tried once on a few tokens;
    where it is not (or the layers cannot be found), the model is asked for all of them. The last
    is the model's last hidden state in any case.

    Args:
        loaded: The model.
        compiled: Whether it goes through `torch.compile`, and gives its hidden states by itself.

    Raises:
        ConfigError: It cannot be compiled here.
    """

    def __init__(self, loaded: LoadedModel, *, compiled: bool = False) -> None:
        self._loaded = loaded
        self._forward = loaded.forward
        self._compiled = compiled
        self._widths = loaded.behaviour.widths
        on_cpu = loaded.device.type == "cpu"
        whole = loaded.module.dtype.itemsize >= np.dtype(np.float32).itemsize
        pads = loaded.behaviour.sharing == "any"
        self._step = _HALF_STEP if on_cpu and not whole and pads else 1
        self._current = threading.local()
        self._handles: list[Any] = []
        self._stack: Any = None if compiled else self._find_stack()
        if self._stack is not None:
            self._watch()
            if not self._stack_agrees():
                for handle in self._handles:
                    handle.remove()
                self._stack = None
        if compiled:
            self._step = _COMPILED_STEP if pads else 1
            self._forward = compiled_forward(loaded)

    @property
    def in_threads(self) -> bool:
        """Whether several threads may run the model at once."""
        return (
            self._stack is not None
            and self._loaded.device.type == "cpu"
            and not self._forward.keeps_state
        )

    def width(self, layers: Sequence[int], combine: Combine) -> int:
        """D of what `run` gives.

        Raises:
            ConfigError: A layer holds no vector a token, or layers that are to be one are of
                different widths.
        """
        widths = []
        for layer in layers:
            width = self._widths[layer]
            if width is None:
                raise ConfigError(
                    f"layer {layer} of a {self._loaded.kind} {self._loaded.why_no_layer}"
                )
            widths.append(width)
        if combine == "concat":
            return sum(widths)
        if len(set(widths)) > 1:
            different = " and ".join(map(str, sorted(set(widths))))
            raise ConfigError(
                f"the layers of this {self._loaded.kind} have {different} values, so there is no "
                f"{combine} of them; take layers of one width, or combine='concat'"
            )
        return widths[0]

    def batch_tokens(self, given: int | None) -> int:
        """The tokens that go through the model at a time."""
        if given is not None:
            return given
        return _CPU_BATCH if self._loaded.device.type == "cpu" else _GPU_BATCH

    def apart(self, lengths: Ints) -> Ints:
        """A number for each sequence: only sequences of one number may share a batch.

        Args:
            lengths: The tokens of each.
        """
        sharing = self._loaded.behaviour.sharing
        if sharing == "none":
            return np.arange(len(lengths))
        if sharing == "equal":
            return lengths
        return np.searchsorted(np.array(self._forward.bounds, np.int64), lengths)

    def padded(self, longest: int) -> int:
        """The length that a batch is padded to whose longest sequence has so many tokens."""
        return self._forward.padded(longest, self._step)

    def run(
        self,
        sequences: Sequence[Ints],
        layers: Sequence[int],
        combine: Combine,
        take: Callable[[Tensor], None],
        weights: Sequence[float] | None = None,
    ) -> None:
        """Gives the hidden states of some sequences away, where the model is.

        Args:
            sequences: n times ids, special tokens included; at least one, none empty.
            layers: Numbers from 0 to the model's layers.
            combine: What they become; "last" for a single one.
            take: Gets a row a place, float32: place j of sequence i is row i · `padded` + j, and
                rows beyond a sequence's end mean nothing.
            weights: Of a "mix", one a layer.

        Raises:
            LexiscopeError: The model fails, for want of memory or on sequences of this length.
        """
        import torch

        with torch.inference_mode():
            try:
                combined = _combined(self._states(self._batch(sequences), layers), combine, weights)
                take(combined.reshape(-1, combined.shape[-1]).float())
            except Exception as error:
                if not is_of_a_library(error):
                    raise
                raise self._failed(sequences, error) from error

    def _batch(self, sequences: Sequence[Ints]) -> Batch:
        # What is compiled for a number of rows holds for every other, but for that of one row.
        alone = self._compiled and len(sequences) == 1 and self._step > 1
        return self._forward.batch([*sequences, *sequences] if alone else sequences, self._step)

    def _failed(self, sequences: Sequence[Ints], error: Exception) -> LexiscopeError:
        size = f"{len(sequences)} sequences of up to {max(map(len, sequences)):,} tokens"
        advice = "give a smaller window, or a smaller batch_tokens"
        return LexiscopeError(
            f"model {self._loaded.title!r} fails on {size} ({first_line(error)}); {advice}"
        )

    def _states(self, batch: Batch, layers: Sequence[int]) -> list[Tensor]:
        """The hidden states of the layers, in the order asked for (n × longest × D each)."""
        if self._compiled and set(layers) == {self._loaded.layers}:
            return [self._forward.call(batch).last_hidden_state] * len(layers)
        if self._stack is None:
            states = layers_of(self._forward.call(batch, hidden=True))
            return [states[layer] for layer in layers]
        return self._taken(batch, layers)

    def _taken(self, batch: Batch, layers: Sequence[int]) -> list[Tensor]:
        request = _Request(frozenset(layers))
        self._current.request = request
        try:
            output = self._forward.call(batch)
            request.taken[self._loaded.layers] = output.last_hidden_state
        except _Reached:
            pass
        finally:
            self._current.request = None
        return [request.taken[layer] for layer in layers]

    def _watch(self) -> None:
        """Lets the layers tell what goes through them to whoever asks in the same thread."""
        current = self._current

        def enters(_module: object, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
            request = getattr(current, "request", None)
            if request is not None:
                request.tell(0, arguments[0] if arguments else named["hidden_states"])

        def leaves(layer: int) -> Any:
            def hook(_module: object, _arguments: object, output: Any) -> None:
                request = getattr(current, "request", None)
                if request is not None:
                    request.tell(layer, first_tensor(output))

            return hook

        self._handles = [self._stack[0].register_forward_pre_hook(enters, with_kwargs=True)]
        # What leaves the last layer is not yet normalised in some models: the output has it.
        for number, layer in enumerate(self._stack[:-1]):
            self._handles.append(layer.register_forward_hook(leaves(number + 1)))

    def _find_stack(self) -> Any:
        """The list of the model's layers, or None."""
        from torch.nn import ModuleList

        if None in self._widths:
            return None
        for part in self._loaded.module.modules():
            if isinstance(part, ModuleList) and len(part) == self._loaded.layers:
                return part
        return None

    def _stack_agrees(self) -> bool:
        """Whether the layers tell what the model calls its hidden states."""
        import torch

        layers = range(self._loaded.layers + 1)
        with torch.inference_mode():
            batch = self._forward.batch([self._loaded.sample])
            told = layers_of(self._forward.call(batch, hidden=True))
            try:
                states = self._taken(batch, layers)
            except KeyError:
                return False
            return all(torch.equal(taken, state) for taken, state in zip(states, told, strict=True))


def _combined(states: list[Tensor], combine: Combine, weights: Sequence[float] | None) -> Tensor:
    import torch

    if weights is not None:
        mixed = states[0].float() * weights[0]
        for state, weight in zip(states[1:], weights[1:], strict=True):
            mixed.add_(state.float(), alpha=weight)
        return mixed
    if len(states) == 1:
        return states[0]
    if combine == "concat":
        return torch.cat(states, dim=-1)
    stacked = torch.stack([state.float() for state in states])
    return stacked.mean(dim=0) if combine == "mean" else stacked.sum(dim=0)
