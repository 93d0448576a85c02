"""Landing of vectors: from where the model is to rows of an array, without waiting for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

# Each batch may send its words and its tokens, while what the one before sent is put in its rows.
_STAGES = 4
_STAGE_VALUES = 1 << 23


class Landing(Protocol):
    """A way from the device to arrays."""

    def put(self, values: Tensor, array: Floats, rows: Ints) -> None:
        """Brings vectors (n × D, float32) to n rows of an array; perhaps not at once."""

    def finish(self) -> None:
        """Waits until all of them are there."""


def landing_from(device: Any) -> Landing:
    """The way from a device."""
    return Direct() if device.type == "cpu" else Staged(device)


class Landings:
    """The ways from all devices that a model is on; several threads may use them."""

    def __init__(self) -> None:
        self._of: dict[Any, Landing] = {}
        self._lock = threading.Lock()

    def put(self, values: Tensor, array: Floats, rows: Ints) -> None:
        """Brings vectors to rows of an array, not before `finish` for certain."""
        device = values.device
        with self._lock:
            if device not in self._of:
                self._of[device] = landing_from(device)
            landing = self._of[device]
        landing.put(values, array, rows)

    def finish(self) -> None:
        """Waits until all vectors are in their rows."""
        for landing in self._of.values():
            landing.finish()


class Direct:
    """From the processor's own memory; several threads may put to rows of their own."""

    def put(self, values: Tensor, array: Floats, rows: Ints) -> None:
        """Brings vectors to rows of an array."""
        array[rows] = values.numpy()

    def finish(self) -> None:
        """Nothing is under way."""


@dataclass(frozen=True)
class _Transfer:
    """Vectors on their way to a stage, and from there to rows of an array.

    Attributes:
        values: The stage's, as they will be.
        array, rows: Where they go.
        arrived: When they are in the stage; None where they are already.
    """

    values: Floats
    array: Floats
    rows: Ints
    arrived: Any


class Staged:
    """From a device, over one buffer in several stages.

    The device copies to a stage when it has come so far, and the process goes on meanwhile; what
    came in a stage is put in its rows when the stage's turn comes again. On an NVIDIA or AMD GPU
    the buffer is pinned, without which each copy would wait for all work before it. Only one thread
    may put.

    Args:
        device: Where the vectors are; the processor too, for trying.
        values: The most of a stage.
    """

    def __init__(self, device: Any, values: int = _STAGE_VALUES) -> None:
        self._device = device
        self._pinned = device.type == "cuda"
        self._most = values
        self._buffer: Tensor | None = None
        self._under_way: list[_Transfer | None] = [None] * _STAGES
        self._next = 0
        self._lock = threading.RLock()

    def put(self, values: Tensor, array: Floats, rows: Ints) -> None:
        """Brings vectors to rows of an array, not before `finish` for certain."""
        if len(rows):
            with self._lock:
                self._put(values, array, rows)

    def _put(self, values: Tensor, array: Floats, rows: Ints) -> None:
        width = values.shape[1]
        count = max(1, self._most // width)
        stages = self._stages(width * min(count, len(rows)))
        for start in range(0, len(rows), count):
            number = self._next
            self._land(number)
            some = values[start : start + count]
            stage = stages[number, : some.numel()].view(some.shape)
            stage.copy_(some, non_blocking=self._pinned)
            self._under_way[number] = _Transfer(
                stage.numpy(), array, rows[start : start + count], self._event()
            )
            self._next = (number + 1) % _STAGES

    def finish(self) -> None:
        """Waits until all vectors are in their rows."""
        with self._lock:
            for step in range(_STAGES):
                self._land((self._next + step) % _STAGES)

    def _stages(self, values: int) -> Tensor:
        """The buffer (stages × values), which has room for so many."""
        import torch

        if self._buffer is None or self._buffer.shape[1] < values:
            self.finish()
            self._buffer = torch.empty(
                (_STAGES, values), dtype=torch.float32, pin_memory=self._pinned
            )
        return self._buffer

    def _event(self) -> Any:
        """What happens when the device has come so far as it is told by now."""
        import torch

        if not self._pinned:
            return None
        event: Any = torch.cuda.Event()  # type: ignore[no-untyped-call]
        event.record(torch.cuda.current_stream(self._device))
        return event

    def _land(self, number: int) -> None:
        transfer = self._under_way[number]
        if transfer is None:
            return
        self._under_way[number] = None
        if transfer.arrived is not None:
            transfer.arrived.synchronize()
        transfer.array[transfer.rows] = transfer.values
