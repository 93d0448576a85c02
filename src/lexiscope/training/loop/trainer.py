"""The loop over epochs and stretches of text: pace, reports, and what stops a run.

It knows nothing of files or of the command line: the text comes encoded, progress goes to a
callback, and whoever calls decides what becomes of the weights.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import Vocabulary
from lexiscope.files.maps import let_go, map_under
from lexiscope.interruption import HeldBack, signal_of
from lexiscope.progress import Compiling, Progress, ProgressCallback
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.loop.compiling import await_compiled
from lexiscope.training.loop.guard import Guard
from lexiscope.training.loop.outlook import Outlook
from lexiscope.training.loop.parts import Machines
from lexiscope.training.loop.schedules import Course
from lexiscope.training.loop.state import Observer, Outcome, Pace, TrainingState

REPORT_SECONDS = 0.5


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during training.

    Attributes:
        share: How much of the run the weights have behind them.
        exact: Whether the state says exactly which windows have been trained, so that a run can go
            on from it; it does unless somebody insisted while a stretch was being ended.
        number: The signal's: a program may be ended by others than Ctrl-C's.
    """

    def __init__(self, share: float, exact: bool, number: int = signal.SIGINT) -> None:
        super().__init__(f"interrupted at {share:.0%}")
        self.share = share
        self.exact = exact
        self.number = number


class Trainer:
    """Runs the epochs.

    Args:
        ids: int32 (T,), the encoded corpus.
        vocabulary: Its words.
        config: The run's options.
        course: Who trains its stretches, on the state's weights; closed at the end.
        state: Where to begin: the weights, trained in place, and what lies behind them.
        workers: Threads.
        tokens: Tokens of the text, for rates; the encoded corpus has fewer.
        epochs_before: Epochs of earlier trainings, whose random decisions are not to be repeated.
        progress: Called about twice a second, or None.
        observers: Called at the run's turns.
        machines: Who trains a text in parts, for what they tell; None for threads or a GPU.
    """

    def __init__(
        self,
        ids: NDArray[np.int32],
        vocabulary: Vocabulary,
        config: TrainingConfig,
        course: Course,
        state: TrainingState,
        *,
        workers: int,
        tokens: int,
        epochs_before: int = 0,
        progress: ProgressCallback | None = None,
        observers: Sequence[Observer] = (),
        machines: Machines | None = None,
    ) -> None:
        self._ids = ids
        self._workers = workers
        self._map = map_under(ids)
        self._config = config
        self._tokens = tokens
        self._epochs_before = epochs_before
        self._progress = progress
        self._observers = observers
        self._course = course
        self._machines = machines
        self._guard = Guard(ids, vocabulary, config, state, observers)
        self._stretch = _Stretch()
        self._outlook = Outlook()
        self._torn = False
        self.state = state

    def run(self) -> None:
        """Trains what is left of all epochs.

        Raises:
            DivergedError: A loss that is not finite, or a norm that explodes.
            Interrupted: Ctrl-C.
        """
        try:
            try:
                self._run()
            finally:
                with HeldBack():
                    self._course.close()
                    self._guard.close()
        except Interrupted:
            raise
        except KeyboardInterrupt as stop:
            raise Interrupted(self.state.share, not self._torn, signal_of(stop)) from None

    def _run(self) -> None:
        state = self.state
        with Compiling("training", self._progress):
            await_compiled()
            self._course.compile()
        self._guard.begin(state)
        for observer in self._observers:
            observer.on_train_begin(state)
        self._outlook.begin(self._done())
        while state.epoch < self._config.epochs:
            self._run_epoch()
        self._guard.check_all(state)
        for observer in self._observers:
            observer.on_train_end(state)

    def _run_epoch(self) -> None:
        """Trains from the state's position to the epoch's end."""
        state = self.state
        total = len(self._ids)
        key = epoch_key(self._config.seed, self._epochs_before + state.epoch)
        pace = self._pace(state.epoch)
        grains = 8
        while state.position < total:
            schedule, limit = self._course.at(state.epoch, state.position, total)
            whole = min(state.position + grains * schedule.grain, limit)
            end = self._wanted_end(whole, schedule.grain)
            with self._whole():
                started = time.perf_counter()
                outcome = schedule.advance(state.position, end, key, pace)
                spent = time.perf_counter() - started
                self._advance_state(outcome, spent, pace)
                state.allowance.earn(spent)
                self._let_go()
                # A stretch cut short for an observer is looked at with the next whole one.
                if end == whole or outcome.bad is not None:
                    self._guard.check(outcome.bad, state)
            if outcome.interrupted:
                raise Interrupted(state.share, exact=True)
            # Stretches of about the time between two reports; their length changes nothing in the
            # result, because they begin and end where chunks and rounds do.
            if end == whole:
                grains = max(1, min(4 * grains, int(grains * REPORT_SECONDS / max(spent, 1e-4))))
            self._report(outcome)
            self._tell_wanted()
            self._hold()
        with self._whole():
            state.totals.end_epoch()
            state.epoch += 1
            state.position = 0
        began = self._outlook.now()
        for observer in self._observers:
            observer.on_epoch_end(state)
        self._outlook.end_epoch(began)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Weights and state are moved on together: in between, a run could not go on from them."""
        with HeldBack():
            self._torn = True
            yield
            self._torn = False

    def _let_go(self) -> None:
        """Gives the mapped text trained so far back to the system, or the run grows by all of it.

        From the epoch's start, since a look at one page maps those around it too, also before it.
        """
        if self._map is not None:
            let_go(self._map, 0, self.state.position * self._ids.itemsize)

    def _wanted_end(self, end: int, grain: int) -> int:
        """Where a stretch is to end: at the first grain at or after what an observer wants."""
        wanted = [observer.wanted_share(self.state) for observer in self._observers]
        shares = [share for share in wanted if share is not None]
        if not shares:
            return end
        position = (min(shares) * self._config.epochs - self.state.epoch) * len(self._ids)
        grains = max(math.ceil(position / grain), self.state.position // grain + 1)
        return min(end, grains * grain)

    def _tell_wanted(self) -> None:
        for observer in self._observers:
            share = observer.wanted_share(self.state)
            if share is not None and self.state.share >= share:
                observer.on_share(self.state)

    def _hold(self) -> None:
        began = self._outlook.now()
        for observer in self._observers:
            observer.hold()
        self._outlook.leave_out(began)

    def _advance_state(self, outcome: Outcome, spent: float, pace: Pace) -> None:
        state = self.state
        state.totals.add(outcome, spent)
        state.position = outcome.position
        state.share = (state.epoch + state.position / len(self._ids)) / self._config.epochs
        state.alpha = pace.at(state.position)

    def _pace(self, epoch: int) -> Pace:
        config = self._config
        fall = (config.alpha - config.min_alpha) / config.epochs
        return Pace(config.alpha - fall * epoch, -fall / len(self._ids), config.min_alpha)

    def _done(self) -> int:
        """Tokens of the run behind the state."""
        return int(self._tokens * self._config.epochs * self.state.share)

    def _report(self, outcome: Outcome) -> None:
        state = self.state
        self._stretch.add(outcome)
        if self._outlook.waited < REPORT_SECONDS and state.share < 1:
            return
        state.loss = self._stretch.loss()
        if any(observer.will_keep(state) for observer in self._observers):
            self._guard.check_all(state)
        for observer in self._observers:
            observer.on_report(state)
        rate = self._outlook.report(self._done())
        if self._progress is not None:
            self._progress(self._progress_report(rate))
        self._stretch = _Stretch()

    def _progress_report(self, rate: float) -> Progress:
        state = self.state
        done, everything = self._done(), self._tokens * self._config.epochs
        values = {
            "epoch": float(state.epoch + 1),
            "loss": state.loss,
            "epoch_loss": state.totals.loss / max(state.totals.pairs, 1),
            "alpha": state.alpha,
        }
        for observer in self._observers:
            values.update(observer.values())
        if self._machines is not None:
            values.update(self._machines.values())
        word_seconds = self._outlook.word_seconds * self._workers
        remaining = self._outlook.remaining(
            everything - done,
            self._config.epochs - state.epoch,
            epoch_end=sum(each.epoch_end_seconds(word_seconds) for each in self._observers),
            end=self._guard.whole_seconds + sum(each.end_seconds() for each in self._observers),
        )
        return Progress(
            stage="training",
            done=done,
            total=everything,
            unit="words",
            rate=rate,
            remaining=remaining,
            values=values,
        )


class _Stretch:
    """The loss between two reports."""

    def __init__(self) -> None:
        self._loss = 0.0
        self._pairs = 0

    def add(self, outcome: Outcome) -> None:
        """Counts one more stretch."""
        self._loss += outcome.loss
        self._pairs += outcome.pairs

    def loss(self) -> float:
        """Mean loss a pair."""
        return self._loss / max(self._pairs, 1)
