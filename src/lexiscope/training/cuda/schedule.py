"""Schedule of a GPU: the text goes there in pieces, the next one while the last one is trained.

W and W′ stay there; they are fetched when somebody looks at the run's weights (see `loop.weights`).
Warps are to the GPU what threads are to `Hogwild`, but no change is lost, since each is added as a
whole; in which order is free, so that results differ in their last digits from run to run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lexiscope.interruption import HeldBack
from lexiscope.training.cuda.device import Buffer, Device, Program
from lexiscope.training.cuda.limits import MARGIN, PIECE
from lexiscope.training.cuda.program import Plan, plan_of
from lexiscope.training.kernel_setup import KernelSetup
from lexiscope.training.kernels.common import random_bits
from lexiscope.training.loop.schedules import CHUNK, Course, Schedule
from lexiscope.training.loop.state import Outcome, Pace
from lexiscope.training.loop.weights import Weights

# The kernel's tally: loss, pairs, windows, where the loss was not finite; then a counter a piece.
_LOSS, _PAIRS, _CENTERS, _BAD, _CLAIMED = range(5)
_NOWHERE = np.uint64(2**64 - 1)
# Pieces of a call: the trainer's stretches last half a second.
_MOST_PIECES = 1024
# Positions of a run's first piece.
_FIRST_PIECE = 2**17
# Positions looked at together for a piece's context.
_LOOK = 1024


def gpu_course(
    device: Device, ids: NDArray[np.int32], setup: KernelSetup, weights: Weights
) -> Course:
    """The schedules of a run on a GPU: one.

    Args:
        device: Where.
        ids: int32 (T,), the encoded corpus.
        setup: Tables of the run.
        weights: Trained there; looked at they are as they stand.
    """
    return Course(GpuSchedule(device, ids, setup, weights))


class _Tenant:
    """W and W′ on the device, for as long as a run trains there; see `loop.weights.Elsewhere`."""

    def __init__(self, device: Device, weights: Weights, program: Program) -> None:
        self._device, self._weights, self._program = device, weights, program
        self._here = (weights.rows, weights.outputs)
        self._there = tuple(device.allocate(matrix.nbytes) for matrix in self._here)
        for buffer, matrix in zip(self._there, self._here, strict=True):
            device.put(buffer, matrix)
        self._most = device.allocate(8)
        self.is_ahead = False
        weights.live_at(self)

    @property
    def addresses(self) -> tuple[np.uint64, ...]:
        """Of W and W′ on the device."""
        return tuple(np.uint64(buffer.address) for buffer in self._there)

    def fetch(self) -> None:
        """Brings what has been trained since the last time."""
        if not self.is_ahead:
            return
        for buffer, matrix in zip(self._there, self._here, strict=True):
            self._device.get(buffer, matrix)
        self.is_ahead = False

    def largest_norm(self) -> tuple[float, int]:
        """Of all rows, found on the device."""
        worst = np.zeros(1, np.uint64)
        self._device.put(self._most, worst)
        for address, matrix in zip(self.addresses, self._here, strict=True):
            arguments = (address, np.int64(len(matrix)), np.uint64(self._most.address))
            self._program.launch("largest", 4 * self._device.processors, 4, arguments, 0)
        self._device.get(self._most, worst)
        bits, row = int(worst[0]) >> 32, int(worst[0]) & 0xFFFFFFFF
        return float(np.sqrt(np.array(bits, np.uint32).view(np.float32))), row

    def leave(self) -> None:
        """Brings all back, and gives the device's memory up."""
        self.fetch()
        self._weights.live_at(None)
        self._there = ()


class _Piece:
    """A piece of the text with its context, here and on the device."""

    def __init__(self, device: Device, size: int) -> None:
        self._device = device
        self._pinned = device.pinned(size)
        self.there = device.allocate(4 * size)
        self.mark: object | None = None

    def send(self, ids: NDArray[np.int32]) -> None:
        """Begins to copy what the kernels launched from here on will read."""
        if self.mark is not None:  # what is there is still being trained
            self._device.wait(self.mark)
        self._pinned[: len(ids)] = ids
        self._device.send(self.there, self._pinned[: len(ids)])


class _Moved:
    """All that a run has on the device, for as long as it trains there."""

    def __init__(self, device: Device, plan: Plan, weights: Weights, positions: int) -> None:
        macros = [f"{name}={value}" for name, value in sorted(plan.macros.items())]
        self.program = device.compile(macros)
        self._tables: dict[str, Buffer] = {}
        for name, table in plan.tables.items():
            self._tables[name] = device.allocate(table.nbytes)
            device.put(self._tables[name], table)
        self.pieces = [_Piece(device, min(positions, PIECE + 2 * MARGIN)) for _ in range(2)]
        self.tally = device.allocate(8 * (_CLAIMED + _MOST_PIECES))
        self.tenant = _Tenant(device, weights, self.program)

    def table(self, name: str) -> np.uint64:
        """The address of a table; 0 where the loss has none of that name."""
        return np.uint64(self._tables[name].address if name in self._tables else 0)


class GpuSchedule(Schedule):
    """Warps of a GPU, each with a few hundred positions at a time (see `windows.cu`).

    Args:
        device, ids, setup, weights: As for `gpu_course`.
    """

    grain = CHUNK

    def __init__(
        self, device: Device, ids: NDArray[np.int32], setup: KernelSetup, weights: Weights
    ) -> None:
        self._device, self._ids, self._setup, self._weights = device, ids, setup, weights
        self._plan = plan_of(setup, weights.rows.shape[1], device.processors)
        self._moved: _Moved | None = None
        self._stopping = False
        self._done = 0

    def compile(self) -> None:
        """Compiles the kernels, and moves weights and tables to the device."""
        self._on_device()

    def _on_device(self) -> _Moved:
        if self._moved is None:
            self._moved = _Moved(self._device, self._plan, self._weights, len(self._ids))
        return self._moved

    def advance(self, begin: int, end: int, key: np.uint64, pace: Pace) -> Outcome:
        """See `Schedule`."""
        moved = self._on_device()
        tally = np.zeros(_CLAIMED + _MOST_PIECES, np.uint64)
        tally[_BAD] = _NOWHERE
        self._device.put(moved.tally, tally)
        self._stopping = False
        reached, interrupted = begin, False

        def stop() -> None:
            self._stopping = True

        try:
            with HeldBack(stop) as requests:
                for number in range(_MOST_PIECES):
                    if self._stopping or reached == end:
                        break
                    start, reached = reached, min(reached + self._piece_length(), end)
                    moved.tenant.is_ahead = True
                    self._train(moved, number, (start, reached), key, pace)
                    self._done += reached - start
                self._device.get(moved.tally, tally)
            interrupted = requests.requested
        except KeyboardInterrupt:
            interrupted = True
            self._device.get(moved.tally, tally)
        return Outcome(
            position=reached,
            loss=float(tally[_LOSS : _LOSS + 1].view(np.float64)[0]),
            pairs=int(tally[_PAIRS]),
            centers=int(tally[_CENTERS]),
            bad=None if tally[_BAD] == _NOWHERE else int(tally[_BAD]),
            interrupted=interrupted,
        )

    def _piece_length(self) -> int:
        """Short pieces at first, since each has more warps than the one before."""
        return min(PIECE, max(_FIRST_PIECE, self._done))

    def _train(
        self, moved: _Moved, number: int, span: tuple[int, int], key: np.uint64, pace: Pace
    ) -> None:
        """Launches the training of a piece, once its text is there."""
        piece, (begin, end) = moved.pieces[number % 2], span
        first, stop = self._context(begin, -1, key), self._context(end, 1, key)
        piece.send(self._ids[first:stop])
        blocks, warps = self._plan.grid(end - begin, self._done)
        table = moved.table
        arguments: tuple[np.generic, ...] = (
            np.uint64(piece.there.address), np.int64(first), np.int64(stop),
            np.int64(begin), np.int64(end), table("keep"), np.uint64(key),
            *moved.tenant.addresses,
            table("alias"), np.int32(len(self._setup.keep)),
            table("starts"), table("nodes"), table("turns"), table("shifts"), table("frozen"),
            np.float64(pace.start), np.float64(pace.slope), np.float64(pace.end),
            np.uint64(moved.tally.address),
            np.uint64(moved.tally.address + 8 * (_CLAIMED + number)),
        )  # fmt: skip
        moved.program.launch("train", blocks, warps, arguments, warps * self._plan.notes)
        piece.mark = self._device.mark()

    def _context(self, position: int, way: int, key: np.uint64) -> int:
        """How far windows at a position reach into the text before it (−1) or behind it (1).

        As far as there are so many kept words of the sentence: all that a piece's windows can see.
        """
        ids, missing = self._ids, self._setup.architecture.size
        at, farthest = position, min(max(position + way * MARGIN, 0), len(ids))
        while at != farthest and missing > 0:
            far = max(farthest, at - _LOOK) if way < 0 else min(farthest, at + _LOOK)
            low, high = min(at, far), max(at, far)
            words = ids[low:high]
            drawn = random_bits(key, low, high) >> np.uint64(32)
            kept = drawn <= self._setup.keep[np.maximum(words, 0)]
            missing -= len(ids) if (words < 0).any() else int(np.count_nonzero(kept))
            at = far
        return at

    def close(self) -> None:
        """Fetches the weights, and gives the device's memory up."""
        if self._moved is not None:
            self._moved.tenant.leave()
            self._moved = None
