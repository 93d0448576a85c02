"""How a stretch of text is divided among threads."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.kernels.common import Span, Tally, Text, new_tally
from lexiscope.training.kernels.groups import Scratch, new_scratch
from lexiscope.training.kernels.softmax import Softmax
from lexiscope.training.kernels.windows import train_span
from lexiscope.training.objectives import KernelSetup, Objective
from lexiscope.training.weights import Weights

# Positions a worker takes at a time: a few milliseconds of work, so that none waits long for the
# last one, and thousands of windows for each return to Python.
CHUNK = 32_768


@dataclass(frozen=True)
class Pace:
    """The learning rate along an epoch: linear in the position, never below `end`."""

    start: float
    slope: float
    end: float

    def at(self, position: int) -> float:
        """The learning rate at a position."""
        return max(self.end, self.start + self.slope * position)


@dataclass(frozen=True)
class Outcome:
    """What became of a stretch.

    Attributes:
        position: How far all windows have been trained; below the stretch's end after a stop.
        loss: Sum over pairs, float64.
        pairs: Pairs of input and target.
        centers: Windows.
        bad: The position at which the loss was found not to be finite, or None.
        interrupted: Whether Ctrl-C cut it short.
    """

    position: int
    loss: float
    pairs: int
    centers: int
    bad: int | None
    interrupted: bool = False


class Hogwild:
    """Threads write to shared weights without locks (Recht et al. 2011).

    With one worker the result is the same on every run; with more it depends on who came first.

    Args:
        ids: int32 (T,), the encoded corpus.
        setup: Tables of the run.
        weights: Trained in place.
        workers: Threads, at least 1.
    """

    def __init__(
        self, ids: NDArray[np.int32], setup: KernelSetup, weights: Weights, workers: int
    ) -> None:
        self._text = Text(ids, setup.keep)
        self._setup = setup
        self._weights = weights
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="lexiscope-train")
        self._states = [self._new_state() for _ in range(workers)]
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def _new_state(self) -> tuple[Scratch, Objective]:
        size = self._setup.architecture.size
        columns = self._weights.inputs.shape[1]
        objective = self._setup.objective
        if isinstance(objective, Softmax):
            objective = Softmax(np.zeros_like(objective.scores))
        return new_scratch(columns, size, self._setup.slots), objective

    def compile(self) -> None:
        """Compiles the kernels, or loads them from their cache."""
        self.advance(0, 0, np.uint64(0), Pace(0.0, 0.0, 0.0))

    def advance(self, begin: int, end: int, key: np.uint64, pace: Pace) -> Outcome:
        """Trains every window whose center lies in begin ≤ position < end.

        Returns when all is done, or soon after Ctrl-C: then what lies before the outcome's position
        has been trained, and nothing beyond it.
        """
        self._stop.clear()
        starts = iter(range(begin, end, CHUNK) if end > begin else [begin])
        reached = begin
        results: dict[int, tuple[Tally, int]] = {}

        def work(state: tuple[Scratch, Objective]) -> None:
            nonlocal reached
            scratch, objective = state
            while not self._stop.is_set():
                with self._lock:
                    start = next(starts, None)
                    if start is None:
                        return
                    stop = min(start + CHUNK, end)
                    reached = stop
                tally = new_tally()
                span = Span(start, stop, key, pace.at(start), pace.slope, pace.end)
                bad = train_span(
                    self._text,
                    span,
                    self._weights.inputs,
                    self._weights.outputs,
                    self._setup.architecture,
                    objective,
                    scratch,
                    tally,
                )
                results[start] = (tally, int(bad))
                if bad >= 0:
                    self._stop.set()

        futures = [self._pool.submit(work, state) for state in self._states]
        interrupted = False
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        except KeyboardInterrupt:
            # A chunk in hand is finished, so that the position says exactly what has been trained.
            interrupted = True
            self._stop.set()
            wait(futures)
        for future in futures:
            future.result()
        ordered = [results[start] for start in sorted(results)]
        bad = [place for _, place in ordered if place >= 0]
        return Outcome(
            position=reached,
            loss=sum(float(tally.loss[0]) for tally, _ in ordered),
            pairs=sum(int(tally.pairs[0]) for tally, _ in ordered),
            centers=sum(int(tally.pairs[1]) for tally, _ in ordered),
            bad=bad[0] if bad else None,
            interrupted=interrupted,
        )

    def close(self) -> None:
        """Ends the threads."""
        self._stop.set()
        self._pool.shutdown()
