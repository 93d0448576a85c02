"""Schedules: a stretch of text divided among threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import TrainingError
from lexiscope.interruption import HeldBack
from lexiscope.training.kernel_setup import KernelSetup
from lexiscope.training.kernels.common import Span, Tally, Text, new_tally
from lexiscope.training.kernels.copies import MAX_SHARDS
from lexiscope.training.kernels.groups import Scratch, new_scratch
from lexiscope.training.kernels.hot_rows import new_hot_rows
from lexiscope.training.kernels.rounds import (
    AGREED,
    ARRIVED,
    STOP,
    View,
    new_rounds,
    new_view,
    run_rounds,
    stale_touches,
)
from lexiscope.training.kernels.windows import train_span
from lexiscope.training.loop.crew import Crew
from lexiscope.training.loop.parts import OPENING, Machines, Parts, PartsJob
from lexiscope.training.loop.state import Outcome, Pace
from lexiscope.training.loop.weights import Weights
from lexiscope.training.losses.base import Tables

# Positions a worker takes at a time: a few milliseconds of work, so that none waits long for the
# last one, and thousands of windows for each return to Python.
CHUNK = 32_768
# Rounds of the reproducible schedule (see `round_length`), in positions; a shard's part of one.
MAX_BLOCK = 128
MIN_ROUND = 256
ROUNDS_AN_EPOCH = 1024
ROUND_LENGTH_PER_WORD = 4.0
# Shards of a round (see `shards_of`), and the positions from which on they are more than few.
FEW_SHARDS = 4
LONG_TEXT = 2**26
# More than have ever arrived at a barrier; adding it lets all pass that wait at one.
EVERYBODY = 2**60


class Schedule(Protocol):
    """A way of dividing a stretch of text among threads.

    Attributes:
        grain: Positions: a stretch begins at a multiple of it, and ends at one or at the text's
            end.
    """

    grain: int

    def compile(self) -> None:
        """Has the kernels compiled, where they have not been yet: an empty stretch is trained."""
        self.advance(0, 0, np.uint64(0), Pace(0.0, 0.0, 0.0))

    def advance(self, begin: int, end: int, key: np.uint64, pace: Pace) -> Outcome:
        """Trains every window whose center lies in begin ≤ position < end.

        Returns when all is done, or soon after Ctrl-C: then what lies before the outcome's position
        has been trained, and nothing beyond it.
        """

    def close(self) -> None:
        """Ends the threads."""


@dataclass(frozen=True)
class Course:
    """The schedules of a run.

    Attributes:
        main: Trains all that the other does not.
        opening: Trains the first epoch up to `until`, or None.
        until: Positions, at a multiple of the main schedule's grain.
    """

    main: Schedule
    opening: Schedule | None = None
    until: int = 0

    def at(self, epoch: int, position: int, total: int) -> tuple[Schedule, int]:
        """The schedule whose turn it is at a position of an epoch, and where it has to end.

        Args:
            epoch: Of the run, from 0.
            position: In the text.
            total: The text's end.
        """
        if self.opening is not None and epoch == 0 and position < self.until:
            return self.opening, min(self.until, total)
        return self.main, total

    def compile(self) -> None:
        """Has the kernels of both compiled."""
        for schedule in (self.opening, self.main):
            if schedule is not None:
                schedule.compile()

    def close(self) -> None:
        """Ends the threads of both."""
        for schedule in (self.opening, self.main):
            if schedule is not None:
                schedule.close()


def new_course(
    name: str, ids: NDArray[np.int32], setup: KernelSetup, weights: Weights, workers: int
) -> Course:
    """The schedules of a run.

    Args:
        name: "reproducible" or "hogwild".
        ids: int32 (T,), the encoded corpus.
        setup: Tables of the run.
        weights: Trained in place.
        workers: Threads, at least 1.
    """
    if name == "hogwild":
        return Course(Hogwild(ids, setup, weights, workers))
    in_order = Hogwild(ids, setup, weights, 1)
    shards = shards_of(len(ids))
    length = round_length(ids, setup, shards)
    if length is None:
        return Course(in_order)
    rounds = Reproducible(ids, setup, weights, workers, shards, length // shards)
    return Course(rounds, in_order, -(-OPENING // rounds.grain) * rounds.grain)


def course_in_parts(
    ids: NDArray[np.int32], setup: KernelSetup, weights: Weights, job: PartsJob, machines: Machines
) -> Course:
    """The schedules of a run whose text is trained in parts, behind an opening in order.

    Args:
        ids, setup, weights: As for `new_course`.
        job: What machines must know of the run.
        machines: Who trains the parts.
    """
    parts = Parts(ids, job, weights, machines)
    in_order = Hogwild(ids, setup, weights, 1)
    return Course(parts, in_order, -(-job.exchange.opening // parts.grain) * parts.grain)


class _Gate:
    """Where jobs wait for one another: all of them begin, or none does."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self._wanted = False

    def enter(self, job: Callable[[], object]) -> object:
        """Waits until the gate opens, and does the job if it is still wanted."""
        self._opened.wait()
        return job() if self._wanted else None

    def open(self) -> None:
        """Lets all jobs begin."""
        self._wanted = True
        self._opened.set()

    def give_up(self) -> None:
        """Sends jobs away that wait; nothing where the gate has been opened."""
        self._opened.set()


class _Threads:
    """The threads of a schedule, and how they are told to stop."""

    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="lexiscope-train")
        self._gate = _Gate()
        self._stop: Callable[[], None] | None = None

    def run(self, jobs: Sequence[Callable[[], object]], stop: Callable[[], None]) -> bool:
        """Runs the jobs to their end.

        Args:
            jobs: One a thread. They wait for one another, so that none begins unless all do.
            stop: Called after Ctrl-C, between any two lines: the jobs are to end where they are
                whole.

        Returns:
            Whether Ctrl-C came.

        Raises:
            TrainingError: The system gives no more threads.
        """
        self._gate, self._stop = _Gate(), stop
        futures: list[Future[object]] = []
        try:
            with HeldBack(stop) as requests:
                self._begin(jobs, futures)
                wait(futures, return_when=FIRST_EXCEPTION)
            interrupted = requests.requested
        except KeyboardInterrupt:
            interrupted = True
            self._end()
            wait(futures)
        finally:
            # Whatever went wrong before it was opened: nobody is to wait for ever.
            self._gate.give_up()
        for future in futures:
            future.result()
        self._stop = None
        return interrupted

    def _begin(self, jobs: Sequence[Callable[[], object]], futures: list[Future[object]]) -> None:
        try:
            futures.extend(self._pool.submit(self._gate.enter, job) for job in jobs)
        except RuntimeError as error:
            raise TrainingError(
                f"the system would not start {len(jobs)} threads ({error}); take fewer workers"
            ) from error
        self._gate.open()

    def _end(self) -> None:
        """Has the jobs end soon, whether they have begun or not."""
        if self._stop is not None:
            self._stop()
        self._gate.give_up()

    def close(self) -> None:
        """Ends the threads, also where an exception has cut their jobs short."""
        self._end()
        self._pool.shutdown()


class Hogwild(Schedule):
    """Threads write to shared weights without locks (Recht et al. 2011).

    Of rows that stand in very many windows each has copies (see `kernels.hot_rows`).

    With one worker the result is the same on every run; with more it depends on who came first.

    Args:
        ids: int32 (T,), the encoded corpus.
        setup: Tables of the run.
        weights: Trained in place.
        workers: Threads, at least 1.
    """

    grain = CHUNK

    def __init__(
        self, ids: NDArray[np.int32], setup: KernelSetup, weights: Weights, workers: int
    ) -> None:
        self._text = Text(ids, setup.keep)
        self._setup = setup
        self._weights = weights
        self._threads = _Threads(workers)
        at_work = min(workers, -(-len(ids) // CHUNK))  # a short text has nothing for the others
        self._states = [self._new_state(at_work) for _ in range(workers)]
        self._lock = threading.Lock()
        self._stopping = False

    def _new_state(self, at_work: int) -> tuple[Scratch, Tables]:
        setup = self._setup
        scratch = new_scratch(
            self._weights.rows.shape[1],
            setup.architecture.size,
            setup.slots,
            most_rows=setup.most_rows,
        )
        tables = setup.rule.for_worker(setup.tables)
        if at_work > 1 and setup.rule.hot_rows:
            shape, stale = self._weights.outputs.shape, stale_touches(setup.architecture)[1]
            tables = new_hot_rows(tables, shape, setup.rule.hot_rows, at_work, stale)
        return scratch, tables

    def advance(self, begin: int, end: int, key: np.uint64, pace: Pace) -> Outcome:
        """See `Schedule`."""
        self._stopping = False
        starts = iter(range(begin, end, CHUNK) if end > begin else [begin])
        reached = begin
        results: dict[int, tuple[Tally, int]] = {}

        def stop_all() -> None:
            # No Event: its lock may be held by the very line that Ctrl-C comes upon.
            self._stopping = True

        def work(scratch: Scratch, tables: Tables) -> None:
            nonlocal reached
            while not self._stopping:
                with self._lock:
                    start = next(starts, None)
                    if start is None:
                        return
                    stop = min(start + CHUNK, end)
                    reached = stop
                tally = new_tally()
                bad = train_span(
                    self._text,
                    Span(start, stop, key, pace.start, pace.slope, pace.end),
                    self._weights.trained,
                    self._weights.outputs,
                    self._setup.architecture,
                    tables,
                    scratch,
                    tally,
                )
                results[start] = (tally, int(bad))
                if bad >= 0:
                    stop_all()

        # A chunk in hand is finished after a stop, so that the position says what is trained.
        jobs = [partial(work, *state) for state in self._states]
        interrupted = self._threads.run(jobs, stop_all)
        ordered = [results[start] for start in sorted(results)]
        return _outcome(
            reached, [tally for tally, _ in ordered], [bad for _, bad in ordered], interrupted
        )

    def close(self) -> None:
        """Ends the threads."""
        self._threads.close()


class Reproducible(Schedule):
    """Rounds of logical shards: the same bits for any number of workers (see `kernels.rounds`).

    Fewer of them train while others use the cores (see `crew`).

    Args:
        ids, setup, weights, workers: As for `Hogwild`; more workers than shards are left idle.
        shards: Of a round, at most MAX_SHARDS and a power of two.
        block: Positions of a shard.
    """

    def __init__(
        self,
        ids: NDArray[np.int32],
        setup: KernelSetup,
        weights: Weights,
        workers: int,
        shards: int,
        block: int,
    ) -> None:
        self._text = Text(ids, setup.keep)
        self._architecture = setup.architecture
        self._tables = setup.rule.in_shards(setup.tables, shards)
        self._weights = weights
        workers = min(workers, shards)
        self._threads = _Threads(workers)
        columns = weights.rows.shape[1]
        rows = (len(weights.rows), len(weights.outputs))
        size = setup.architecture.size
        self._rounds = new_rounds(rows, columns, setup.architecture, setup.slots, shards, block)
        self._states = [
            (new_view(self._rounds), new_scratch(columns, size, setup.slots))
            for _ in range(workers)
        ]
        self._crew = Crew(workers)
        self.grain = shards * block

    def advance(self, begin: int, end: int, key: np.uint64, pace: Pace) -> Outcome:
        """See `Schedule`."""
        rounds = self._rounds
        rounds.control[:] = 0
        rounds.bad[:] = -1
        tallies = tuple(new_tally() for _ in range(rounds.shards))
        span = Span(begin, end, key, pace.start, pace.slope, pace.end)
        reached = begin
        states = self._states[: self._crew.size]
        on_core = [0.0] * len(states)

        def work(thread: int, view: View, scratch: Scratch) -> None:
            nonlocal reached
            began = time.thread_time()
            try:
                position = run_rounds(
                    thread,
                    len(states),
                    self._text,
                    span,
                    self._weights.trained,
                    self._weights.outputs,
                    self._architecture,
                    self._tables,
                    rounds,
                    view,
                    scratch,
                    tallies,
                )
            except BaseException:
                # The others would wait for this thread at the next barrier.
                rounds.control[[STOP, AGREED]] = 1
                rounds.control[ARRIVED] += EVERYBODY
                raise
            on_core[thread] = time.thread_time() - began
            if thread == 0:
                reached = int(position)

        def stop() -> None:
            rounds.control[STOP] = 1

        jobs = [partial(work, thread, *state) for thread, state in enumerate(states)]
        started = time.perf_counter()
        interrupted = self._threads.run(jobs, stop)
        self._crew.note(reached - begin, time.perf_counter() - started, on_core)
        return _outcome(reached, tallies, rounds.bad.tolist(), interrupted)

    def close(self) -> None:
        """Ends the threads."""
        self._threads.close()


def shards_of(tokens: int) -> int:
    """Shards of a round: as many threads can work at it.

    Every further one costs copies of rows, so that a text that a few threads get through in seconds
    has 4; one of 67 million positions has 8, and one of four times as many twice as many, up to 32.

    Args:
        tokens: Positions of the text.
    """
    shards, enough = FEW_SHARDS, LONG_TEXT
    while shards < MAX_SHARDS and tokens >= enough:
        shards, enough = 2 * shards, 4 * enough
    return shards


def round_length(ids: NDArray[np.int32], setup: KernelSetup, shards: int) -> int | None:
    """Positions of a round, or None where the text should be trained in its order by one thread.

    All shards of a round see the weights at its start, and their changes are added up. The longer a
    round, the more of a frequent word's changes are made without knowing of each other, and where
    they are many the sum overshoots. What is many depends on how much of the text the frequent
    words are, so the length follows from the counts, and from the text's length; never from the
    number of workers.
    """
    if not setup.rule.in_rounds or setup.most_rows:
        return None
    length = min(MAX_BLOCK * shards, len(ids) // ROUNDS_AN_EPOCH)
    length = min(length, int(ROUND_LENGTH_PER_WORD * setup.effective_words))
    return length if length >= MIN_ROUND else None


def _outcome(
    position: int, tallies: Sequence[Tally], bad: Sequence[int], interrupted: bool
) -> Outcome:
    places = [place for place in bad if place >= 0]
    return Outcome(
        position=position,
        loss=sum(float(tally.loss[0]) for tally in tallies),
        pairs=sum(int(tally.pairs[0]) for tally in tallies),
        centers=sum(int(tally.pairs[1]) for tally in tallies),
        bad=places[0] if places else None,
        interrupted=interrupted,
    )
