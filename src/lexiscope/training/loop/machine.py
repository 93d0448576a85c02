"""Machine: trains parts of a text on all its cores, and brings changes together.

What it does is the same in this process and in one of a cluster. It holds the weights as they stood
at the last exchange, and a copy of them for each thread, which a part is trained on. The changes
are taken back from the copy behind each part, so that a thread may train one part after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import TrainingError
from lexiscope.training.kernel_setup import KernelSetup, kernel_setup
from lexiscope.training.kernels.changes import (
    SCALE_BYTES,
    Gathered,
    copy_rows,
    finish_changes,
    gather_changes,
    new_gathered,
    put_changes,
    take_changes,
    take_rows,
)
from lexiscope.training.kernels.common import Span, Text, new_tally
from lexiscope.training.kernels.groups import Scratch, new_scratch
from lexiscope.training.kernels.memory import zeros
from lexiscope.training.kernels.windows import train_marked
from lexiscope.training.loop.parts import PartOutcome, PartsJob, Stretch, is_bad
from lexiscope.training.loop.state import Pace
from lexiscope.training.loop.weights import Weights

Result = TypeVar("Result")
# A share of the rows of W and of W′: (first, last) of each.
RowShare = tuple[tuple[int, int], tuple[int, int]]
# An empty round, for whose sake the kernels are compiled.
NOTHING = Stretch(0, 0, np.uint64(0), Pace(0.0, 0.0, 0.0))


class Changes(NamedTuple):
    """What is to be added to some rows of a matrix.

    Attributes:
        rows: int32 (N,), ascending.
        values: uint8 (N, SCALE_BYTES + dimension), packed (see `kernels.changes`).
    """

    rows: NDArray[np.int32]
    values: NDArray[np.uint8]


class Rows(NamedTuple):
    """What some rows of a matrix have come to.

    Attributes:
        rows: int32 (N,), ascending.
        values: float32 (N, dimension).
    """

    rows: NDArray[np.int32]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Trained:
    """A part's stretch, trained.

    Attributes:
        outcome: What was counted.
        changes: Of W and of W′.
    """

    outcome: PartOutcome
    changes: tuple[Changes, Changes]


class _Copy:
    """A thread's copy of the weights, and what it trains with.

    Args:
        base: W and W′ as they stood at the last exchange.
        setup: Tables of the run.
    """

    def __init__(self, base: Sequence[NDArray[np.float32]], setup: KernelSetup) -> None:
        self.matrices = [zeros(*matrix.shape) for matrix in base]
        self.marks = tuple(np.zeros(len(matrix), np.uint8) for matrix in base)
        self.tables = setup.rule.for_worker(setup.tables)
        self.scratch: Scratch = new_scratch(
            base[0].shape[1], setup.architecture.size, setup.slots, most_rows=setup.most_rows
        )


class Machine:
    """The weights, and the parts that are trained here.

    Args:
        job: The run.
        weights: As they stand; `put` changes them.
        workers: Threads.
    """

    def __init__(self, job: PartsJob, weights: Weights, workers: int) -> None:
        self._job = job
        self._texts: dict[int, NDArray[np.int32]] = {}
        self._weights = weights
        self._setup = kernel_setup(job.config, job.counts, job.frozen)
        self._base = (weights.trained, weights.outputs)
        self._learned = _learned(job, self._setup)
        self._workers = max(1, min(workers, job.parts))
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="lexiscope-part")
        self._copies = SimpleQueue[_Copy]()
        self._all_copies = [_Copy(self._base, self._setup) for _ in range(self._workers)]
        for copy in self._all_copies:
            self._copies.put(copy)
        self._buffers: dict[tuple[int, int], Changes] = {}
        self._gathered: dict[tuple[int, int, int], tuple[Gathered, Changes]] = {}
        self._untold = tuple(np.zeros(len(matrix), np.uint8) for matrix in self._base)

    def take_parts(self, texts: Mapping[int, NDArray[np.int32]]) -> None:
        """Takes the parts that may be trained here from now on: int32, by number."""
        self._texts = dict(texts)

    def compile(self) -> None:
        """Has the kernels compiled: an empty stretch of a part is trained and exchanged."""
        self.take_weights()
        trained = self.train([min(self._texts)], NOTHING)
        for matrix in (0, 1):
            changes = [each.changes[matrix] for each in trained]
            self.put(matrix, [self.gather(matrix, changes, 0, 1, NOTHING)])

    def take_weights(self) -> None:
        """Takes the weights as they stand for those of the last exchange."""
        self._gathered.clear()  # a round that came to no end may have left sums there
        for untold in self._untold:
            untold[:] = 0

        def take(copy: _Copy) -> None:
            for matrix, marks, base in zip(copy.matrices, copy.marks, self._base, strict=True):
                matrix[:] = base
                marks[:] = 0

        self._each(partial(take, copy) for copy in self._all_copies)

    def train(self, parts: Sequence[int], stretch: Stretch) -> list[Trained]:
        """Trains a stretch of some parts, each from the weights of the last exchange.

        Returns:
            In the order asked for. Changes lie in buffers that the next call writes to.
        """
        return self._each(partial(self._train_part, part, stretch) for part in parts)

    def _train_part(self, part: int, stretch: Stretch) -> Trained:
        text = self._texts[part]
        copy = self._copies.get()
        try:
            span = stretch.span(part, len(text), self._job.tokens)
            outcome = self._train_span(part, text, span, copy)
            inputs, outputs = (self._take(part, matrix, copy) for matrix in (0, 1))
        finally:
            self._copies.put(copy)
        return Trained(outcome, (inputs, outputs))

    def _train_span(
        self, part: int, text: NDArray[np.int32], span: Span, copy: _Copy
    ) -> PartOutcome:
        tally = new_tally()
        bad = train_marked(
            Text(text, self._setup.keep),
            span,
            *copy.matrices,
            self._setup.architecture,
            copy.tables,
            copy.marks,
            copy.scratch,
            tally,
        )
        return PartOutcome(
            part,
            loss=float(tally.loss[0]),
            pairs=int(tally.pairs[0]),
            centers=int(tally.pairs[1]),
            bad=None if bad < 0 else int(bad),
        )

    def _take(self, part: int, matrix: int, copy: _Copy) -> Changes:
        base = self._base[matrix]
        buffer = self._buffers.get((part, matrix))
        if buffer is None:
            # Memory that is never touched costs nothing: few rows change, but all could.
            buffer = self._buffers[part, matrix] = _empty_changes(
                len(base), self._weights.dimension
            )
        count = take_changes(copy.matrices[matrix], base, copy.marks[matrix], *buffer)
        return Changes(buffer.rows[:count], buffer.values[:count])

    def gather(
        self, matrix: int, changes: Iterable[Changes], first: int, last: int, stretch: Stretch
    ) -> Changes:
        """Brings the changes of all parts together for some rows.

        Args:
            matrix: 0 for W, 1 for W′.
            changes: A part's each, in the order of the parts.
            first, last: Rows first … last − 1.
            stretch: The round.

        Returns:
            What is to be added to the rows, in a buffer that the next call for them writes to.
        """
        job, key = self._job, (matrix, first, last)
        if key not in self._gathered:
            columns = self._weights.dimension
            self._gathered[key] = (
                new_gathered(last - first, columns),
                _empty_changes(last - first, columns),
            )
        gathered, buffer = self._gathered[key]
        for rows, values in changes:
            gather_changes(rows, values, first, job.exchange.rule, gathered)
        scale = (stretch.end - stretch.begin) / job.parts * stretch.pace.at(stretch.begin)
        count = finish_changes(
            gathered,
            first,
            job.exchange.rule,
            job.parts,
            self._learned[matrix],
            np.float32(scale),
            *buffer,
        )
        return Changes(buffer.rows[:count], buffer.values[:count])

    def put(self, matrix: int, changes: Iterable[Changes]) -> None:
        """Puts what parts have learned into the weights, and into each thread's copy."""
        base, (first, *others) = self._base[matrix], self._all_copies
        for rows, values in changes:
            put_changes(rows, values, base, first.matrices[matrix], self._untold[matrix])
            for copy in others:
                copy_rows(rows, base, copy.matrices[matrix])

    def exchange(self, trained: Sequence[Trained], stretch: Stretch) -> None:
        """Gathers and puts the changes of all parts, where they have all been trained here."""

        def some(matrix: int, first: int, last: int) -> None:
            changes = [each.changes[matrix] for each in trained]
            self.put(matrix, [self.gather(matrix, changes, first, last, stretch)])

        self._each(
            partial(some, matrix, *shares(len(base), self._workers)[share])
            for share in range(self._workers)
            for matrix, base in enumerate(self._base)
        )

    def gather_share(
        self, changes: Sequence[tuple[Changes, Changes]], share: RowShare, stretch: Stretch
    ) -> list[Changes]:
        """Brings the changes of all parts together for a share of the rows, with all threads.

        Args:
            changes: Of W and W′, a part's each, in the order of the parts.
            share: Rows of W and of W′.
            stretch: The round.

        Returns:
            Of W and of W′ by turns, for the rows of each thread.
        """

        def some(matrix: int, thread: int) -> Changes:
            begin, end = share[matrix]
            first, last = shares(end - begin, self._workers)[thread]
            of_matrix = [each[matrix] for each in changes]
            return self.gather(matrix, of_matrix, begin + first, begin + last, stretch)

        return self._each(
            partial(some, matrix, thread) for thread in range(self._workers) for matrix in (0, 1)
        )

    def take_untold(self, share: RowShare) -> tuple[Rows, Rows]:
        """Rows of a share, of W and of W′, in which something was put since they were taken last.

        Once they are taken, all other shares' are forgotten too: they are for others to take.
        """

        def take(matrix: int) -> Rows:
            (first, last), marks = share[matrix], self._untold[matrix]
            count = int(np.count_nonzero(marks[first:last]))
            taken = Rows(
                np.empty(count, np.int32), np.empty((count, self._weights.dimension), np.float32)
            )
            take_rows(marks[first:last], first, self._base[matrix], *taken)
            marks[:] = 0
            return taken

        inputs, outputs = self._each(partial(take, matrix) for matrix in (0, 1))
        return inputs, outputs

    def put_all(self, merged: Sequence[Changes]) -> None:
        """Puts changes of W and of W′, which come by turns, with all threads."""
        self._each(partial(self.put, at % 2, [changes]) for at, changes in enumerate(merged))

    def _each(self, jobs: Iterable[partial[Result]]) -> list[Result]:
        try:
            return [future.result() for future in [self._pool.submit(job) for job in jobs]]
        except RuntimeError as error:
            raise TrainingError(
                f"the system would not start {self._workers} threads ({error}); take fewer workers"
            ) from error

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown()


class ThisMachine:
    """All parts, trained in this process (see `loop.parts.Machines`).

    Args:
        workers: Threads.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._machine: Machine | None = None
        self._parts: list[int] = []

    def begin(self, job: PartsJob, texts: Sequence[NDArray[np.int32]], weights: Weights) -> None:
        """See `Machines`."""
        self._parts = list(range(len(texts)))
        self._machine = Machine(job, weights, self._workers)
        self._machine.take_parts(dict(enumerate(texts)))
        self._machine.compile()

    def take_weights(self) -> None:
        """See `Machines`."""
        self._begun().take_weights()

    def rounds(
        self, stretches: Sequence[Stretch], stopped: Callable[[], bool]
    ) -> list[list[PartOutcome]]:
        """See `Machines`."""
        machine, done = self._begun(), list[list[PartOutcome]]()
        for stretch in stretches:
            trained = machine.train(self._parts, stretch)
            machine.exchange(trained, stretch)
            done.append([each.outcome for each in trained])
            if is_bad(done[-1]) or stopped():
                break
        return done

    def values(self) -> Mapping[str, float]:
        """See `Machines`."""
        return {}

    def close(self) -> None:
        """See `Machines`."""
        if self._machine is not None:
            self._machine.close()

    def _begun(self) -> Machine:
        if self._machine is None:
            raise TrainingError("no machine has begun; begin first")
        return self._machine


def shares(rows: int, number: int) -> list[tuple[int, int]]:
    """Rows shared out: (first, last) of each share, last not in it."""
    return [(rows * i // number, rows * (i + 1) // number) for i in range(number)]


def _empty_changes(rows: int, columns: int) -> Changes:
    return Changes(np.empty(rows, np.int32), np.empty((rows, SCALE_BYTES + columns), np.uint8))


def _learned(job: PartsJob, setup: KernelSetup) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How far a position of a part brings each row of W and W′ on its way, in learning rates."""
    of_parts = job.parts**0.75
    kept = job.counts * (setup.keep / 2**32) / max(job.tokens, 1)
    windows = setup.rule.windows_a_row(setup.tables, kept)
    return (
        (job.exchange.inputs * of_parts * kept).astype(np.float32),
        (job.exchange.outputs * of_parts * windows).astype(np.float32),
    )
