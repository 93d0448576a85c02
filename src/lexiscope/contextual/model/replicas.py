"""Replicas of a model on several devices, each with batches of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.forward import Forward
from lexiscope.contextual.model.hidden_states import HiddenStates
from lexiscope.contextual.model.library_errors import first_line, is_of_a_library
from lexiscope.contextual.model.loading import LoadedModel
from lexiscope.contextual.options import Combine, EncoderOptions
from lexiscope.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor

Ints = NDArray[np.int64]


class Replicas:
    """Runs batches on whichever replica is free; the rest is as in `HiddenStates`.

    Args:
        states: One a device, of the same model.
    """

    in_threads = True

    def __init__(self, states: Sequence[HiddenStates]) -> None:
        self._first = states[0]
        self._free: SimpleQueue[HiddenStates] = SimpleQueue()
        for one in states:
            self._free.put(one)

    def width(self, layers: Sequence[int], combine: Combine) -> int:
        """D of what `run` gives."""
        return self._first.width(layers, combine)

    def batch_tokens(self, given: int | None) -> int:
        """The tokens that go through one of them at a time."""
        return self._first.batch_tokens(given)

    def apart(self, lengths: Ints) -> Ints:
        """A number for each sequence: only sequences of one number may share a batch."""
        return self._first.apart(lengths)

    def padded(self, longest: int) -> int:
        """The length that a batch is padded to whose longest sequence has so many tokens."""
        return self._first.padded(longest)

    def run(
        self,
        sequences: Sequence[Ints],
        layers: Sequence[int],
        combine: Combine,
        take: Callable[[Tensor], None],
        weights: Sequence[float] | None = None,
    ) -> None:
        """Gives the hidden states of some sequences away; waits until a replica is free."""
        states = self._free.get()
        try:
            states.run(sequences, layers, combine, take, weights)
        finally:
            self._free.put(states)


def states_on(loaded: LoadedModel, options: EncoderOptions) -> HiddenStates | Replicas:
    """What runs a model, on one device or on several.

    Args:
        loaded: The model, on the first of them.
        options: `devices` and `compile` count; of several devices a copy of the model goes to each
            but the first.

    Raises:
        ConfigError: A device has no room for a copy, or the model cannot be compiled.
    """
    # Copied before anything watches the layers, as a copy has the watchers of its model.
    copies = [_copy(loaded, str(device)) for device in options.devices[1:]]
    if not copies:
        return HiddenStates(loaded, compiled=options.compile)
    return Replicas([HiddenStates(one, compiled=options.compile) for one in (loaded, *copies)])


def _copy(loaded: LoadedModel, device: str) -> LoadedModel:
    try:
        module: Any = copy.deepcopy(loaded.module).to(device)
    except Exception as error:
        if not is_of_a_library(error):
            raise
        raise ConfigError(
            f"device={device!r} cannot hold a copy of model {loaded.title!r} ({first_line(error)})"
        ) from error
    forward = Forward(module, loaded.tokenizer, loaded.positions)
    return replace(loaded, module=module, forward=forward)
