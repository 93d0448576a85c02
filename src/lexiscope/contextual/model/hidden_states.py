"""Hidden states of a model, layer by layer, of sequences without their padding."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.loading import LoadedModel
from lexiscope.contextual.options import Combine

if TYPE_CHECKING:
    from torch import Tensor

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

_PROBE_LENGTH = 5
# On a core the values of more tokens fall out of its cache; a GPU idles with fewer.
_CPU_BATCH = 512
_GPU_BATCH = 16384
# In half precision oneDNN compiles, and keeps, code for each number of rows that it meets; lengths
# are padded to a multiple of this, so that there are few.
_HALF_STEP = 8


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
    where it is not (or the layers cannot be found), the model is asked for all of them.

    Args:
        loaded: The model.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        self._loaded = loaded
        on_cpu = loaded.device.type == "cpu"
        whole = loaded.module.dtype.itemsize >= np.dtype(np.float32).itemsize
        self._step = _HALF_STEP if on_cpu and not whole else 1
        self._current = threading.local()
        self._handles: list[Any] = []
        self._stack = self._find_stack()
        if self._stack is not None:
            self._watch()
            if not self._stack_agrees():
                for handle in self._handles:
                    handle.remove()
                self._stack = None

    @property
    def in_threads(self) -> bool:
        """Whether several threads may run the model at once."""
        return self._stack is not None and self._loaded.device.type == "cpu"

    def width(self, layers: Sequence[int], combine: Combine) -> int:
        """D of what `run` gives."""
        return self._loaded.hidden_size * (len(layers) if combine == "concat" else 1)

    def batch_tokens(self, given: int | None) -> int:
        """The tokens that go through the model at a time."""
        if given is not None:
            return given
        return _CPU_BATCH if self._loaded.device.type == "cpu" else _GPU_BATCH

    def run(self, sequences: Sequence[Ints], layers: Sequence[int], combine: Combine) -> Floats:
        """The hidden states of some sequences, one behind the other, without padding.

        Args:
            sequences: Ids, special tokens included; at least one, none empty.
            layers: Numbers from 0 to the model's layers.
            combine: What they become; "last" for a single one.

        Returns:
            All tokens × D.
        """
        import torch

        lengths = [len(ids) for ids in sequences]
        with torch.inference_mode():
            ids, mask = self._padded(sequences, lengths)
            states = self._states(ids, mask, layers)
            combined = _combined(states, combine)
            flat = combined.reshape(-1, combined.shape[-1])
            if mask is not None:
                flat = flat[mask.reshape(-1).bool()]
            array: Floats = flat.float().cpu().numpy()
        return array

    def _padded(
        self, sequences: Sequence[Ints], lengths: list[int]
    ) -> tuple[Tensor, Tensor | None]:
        """Ids (n × longest), and a mask where they are not all of one length.

        Padding is behind the text, whatever side the tokenizer would put it on: a decoder then
        counts positions from the text's start, and no token sees it.
        """
        import torch

        longest = -(-max(lengths) // self._step) * self._step
        if self._loaded.positions is not None:
            longest = max(min(longest, self._loaded.positions), max(lengths))
        padding = self._loaded.tokenizer.pad_token_id
        table = np.full((len(sequences), longest), 0 if padding is None else padding, np.int64)
        for row, ids in enumerate(sequences):
            table[row, : len(ids)] = ids
        device = self._loaded.device
        if min(lengths) == longest:
            return torch.from_numpy(table).to(device), None
        mask = np.arange(longest)[None, :] < np.array(lengths)[:, None]
        return torch.from_numpy(table).to(device), torch.from_numpy(mask.astype(np.int64)).to(
            device
        )

    def _states(self, ids: Tensor, mask: Tensor | None, layers: Sequence[int]) -> list[Tensor]:
        """The hidden states of the layers, in the order asked for (n × longest × D each)."""
        if self._stack is None:
            output = self._loaded.module(
                input_ids=ids, attention_mask=mask, output_hidden_states=True
            )
            return [output.hidden_states[layer] for layer in layers]
        return self._taken(ids, mask, layers)

    def _taken(self, ids: Tensor, mask: Tensor | None, layers: Sequence[int]) -> list[Tensor]:
        request = _Request(frozenset(layers))
        self._current.request = request
        try:
            output = self._loaded.module(input_ids=ids, attention_mask=mask)
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
                    request.tell(layer, output[0] if isinstance(output, tuple) else output)

            return hook

        self._handles = [self._stack[0].register_forward_pre_hook(enters, with_kwargs=True)]
        # What leaves the last layer is not yet normalised in some models: the output has it.
        for number, layer in enumerate(self._stack[:-1]):
            self._handles.append(layer.register_forward_hook(leaves(number + 1)))

    def _find_stack(self) -> Any:
        """The list of the model's layers, or None."""
        from torch.nn import ModuleList

        for part in self._loaded.module.modules():
            if isinstance(part, ModuleList) and len(part) == self._loaded.layers:
                return part
        return None

    def _stack_agrees(self) -> bool:
        import torch

        layers = range(self._loaded.layers + 1)
        vocabulary = self._loaded.module.get_input_embeddings().num_embeddings
        ids = torch.arange(_PROBE_LENGTH, device=self._loaded.device)[None] % vocabulary
        ids[ids == self._loaded.tokenizer.pad_token_id] = vocabulary - 1
        with torch.inference_mode():
            output = self._loaded.module(input_ids=ids, output_hidden_states=True)
            if len(output.hidden_states) != len(layers):
                return False
            try:
                states = self._taken(ids, None, layers)
            except KeyError:
                return False
            return all(
                torch.equal(taken, told)
                for taken, told in zip(states, output.hidden_states, strict=True)
            )


def _combined(states: list[Tensor], combine: Combine) -> Tensor:
    import torch

    if len(states) == 1:
        return states[0]
    if combine == "concat":
        return torch.cat(states, dim=-1)
    stacked = torch.stack([state.float() for state in states])
    return stacked.mean(dim=0) if combine == "mean" else stacked.sum(dim=0)
