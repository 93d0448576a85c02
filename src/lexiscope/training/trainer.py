"""The loop over epochs and stretches of text: pace, reports, and what stops a run.

It knows nothing of files or of the command line: the text comes encoded, progress goes to a
callback, and whoever calls decides what becomes of the weights.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import TrainingError
from lexiscope.progress import Progress, ProgressCallback
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.objectives import KernelSetup
from lexiscope.training.schedules import Outcome, Pace, new_schedule
from lexiscope.training.weights import Weights

# Rows of trained vectors have norms below 100; one of this size is on its way to infinity.
MAX_NORM = 1e4
# Norms are looked at in the rows of the most frequent words: they take the most updates and are the
# first to explode.
NORMS_WATCHED = 10_000
REPORT_SECONDS = 0.5
# A copy of the weights is kept for the case of an explosion where it costs little.
SNAPSHOT_BYTES = 256 * 2**20
SNAPSHOT_SECONDS = 10.0
COMPILING_SECONDS = 1.0


@dataclass
class Totals:
    """What was counted along a run.

    Attributes:
        epoch_losses: Mean loss a pair of each finished epoch.
        loss: Sum of the loss in the epoch under way.
        pairs: Pairs in the epoch under way.
        all_pairs, centers: Pairs and windows of the whole run.
        seconds: Time in training, compilation not counted.
    """

    epoch_losses: list[float] = field(default_factory=list)
    loss: float = 0.0
    pairs: int = 0
    all_pairs: int = 0
    centers: int = 0
    seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Counts a stretch."""
        self.loss += outcome.loss
        self.pairs += outcome.pairs
        self.all_pairs += outcome.pairs
        self.centers += outcome.centers

    def end_epoch(self) -> None:
        """Closes the epoch under way."""
        self.epoch_losses.append(self.loss / self.pairs if self.pairs else float("nan"))
        self.loss, self.pairs = 0.0, 0


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during training; the weights are whole, as they stood at `share` of the run."""

    def __init__(self, share: float) -> None:
        super().__init__(f"interrupted at {share:.0%}")
        self.share = share


class DivergedError(TrainingError):
    """The weights stopped being finite, or grew without bound.

    Attributes:
        kept: Share of the run after which the weights, now put back, were still good; None where
            no copy was kept.
    """

    def __init__(self, message: str, kept: float | None) -> None:
        super().__init__(message)
        self.kept = kept


class Trainer:
    """Runs the epochs.

    Args:
        ids: int32 (T,), the encoded corpus.
        words: Its vocabulary, for messages.
        config: The run's options.
        setup: The kernels' tables, made from the same.
        weights: Trained in place.
        workers: Threads.
        tokens: Tokens of the text, for rates; the encoded corpus has fewer.
        progress: Called about twice a second, or None.

    Attributes:
        totals: What has been counted so far.
        share: How much of the run the weights have behind them, 0 … 1.
    """

    def __init__(
        self,
        ids: NDArray[np.int32],
        words: list[str],
        config: TrainingConfig,
        setup: KernelSetup,
        weights: Weights,
        *,
        workers: int,
        tokens: int,
        progress: ProgressCallback | None = None,
    ) -> None:
        self._ids = ids
        self._words = words
        self._config = config
        self._weights = weights
        self._tokens = tokens
        self._progress = progress
        self._schedule = new_schedule(config.schedule, ids, setup, weights, workers)
        self._snapshot: tuple[float, Weights] | None = None
        self._stretch = _Stretch()
        self.totals = Totals()
        self.share = 0.0

    def run(self) -> Totals:
        """Trains all epochs.

        Raises:
            DivergedError: A loss that is not finite, or a norm that explodes.
            Interrupted: Ctrl-C.
        """
        try:
            with _Notice(self._tell_compiling):
                self._schedule.advance(0, 0, np.uint64(0), Pace(0.0, 0.0, 0.0))
            for epoch in range(self._config.epochs):
                self._run_epoch(epoch)
        finally:
            self._schedule.close()
        return self.totals

    def _run_epoch(self, epoch: int) -> None:
        total = len(self._ids)
        key = epoch_key(self._config.seed, epoch)
        pace = self._pace(epoch)
        position = 0
        grains = 8
        while position < total:
            started = time.perf_counter()
            end = min(position + grains * self._schedule.grain, total)
            outcome = self._schedule.advance(position, end, key, pace)
            spent = time.perf_counter() - started
            self.totals.add(outcome)
            self.totals.seconds += spent
            # Stretches of about the time between two reports; their length changes nothing in the
            # result, because they begin and end where chunks and rounds do.
            grains = max(1, min(4 * grains, int(grains * REPORT_SECONDS / max(spent, 1e-4))))
            position = outcome.position
            share = (epoch + position / total) / self._config.epochs
            self.share = share
            self._check(outcome, epoch, share)
            if outcome.interrupted:
                raise Interrupted(share)
            self._report(outcome, spent, epoch, position, pace)
        self.totals.end_epoch()

    def _pace(self, epoch: int) -> Pace:
        config = self._config
        fall = (config.alpha - config.min_alpha) / config.epochs
        return Pace(config.alpha - fall * epoch, -fall / len(self._ids), config.min_alpha)

    def _report(
        self, outcome: Outcome, spent: float, epoch: int, position: int, pace: Pace
    ) -> None:
        if self._progress is None:
            return
        total = len(self._ids)
        done = int(self._tokens * (epoch + position / total))
        everything = self._tokens * self._config.epochs
        last = position == total and epoch + 1 == self._config.epochs
        if not self._stretch.due(outcome, spent, done) and not last:
            return
        rate = self._stretch.rate(done)
        self._progress(
            Progress(
                stage="training",
                done=done,
                total=everything,
                unit="words",
                rate=rate,
                remaining=(everything - done) / rate if rate else None,
                values={
                    "epoch": epoch + 1,
                    "loss": self._stretch.loss(),
                    "epoch_loss": self.totals.loss / max(self.totals.pairs, 1),
                    "alpha": pace.at(position),
                },
            )
        )
        self._stretch = _Stretch(start=done)

    def _tell_compiling(self) -> None:
        if self._progress is not None:
            self._progress(
                Progress(
                    stage="compiling the training kernels, once on this machine, about 5 seconds",
                    done=0,
                    total=None,
                    unit="",
                    rate=0.0,
                    remaining=None,
                )
            )

    def _check(self, outcome: Outcome, epoch: int, share: float) -> None:
        """Stops the run where the weights have gone bad; otherwise keeps a copy now and then."""
        word: str | None = None
        what = ""
        if outcome.bad is not None:
            word, what = self._bad_word(outcome.bad), "the loss is no longer a finite number"
        else:
            norm, row = self._largest_norm()
            if not norm < MAX_NORM:
                word, what = self._words[row], f"a vector's norm has grown to {norm:.3g}"
        if word is None:
            self._keep_snapshot(share)
            return
        place = outcome.position if outcome.bad is None else outcome.bad
        step = epoch * len(self._ids) + place
        kept = None
        ending = "no earlier state was kept"
        if self._snapshot is not None:
            kept, good = self._snapshot
            self.share = kept
            self._weights.inputs[:] = good.inputs
            self._weights.outputs[:] = good.outputs
            ending = f"the state at {kept:.0%} of the run is kept"
        raise DivergedError(
            f"training diverged in epoch {epoch + 1} at step {step:,} (word {word!r}): {what}; "
            f"alpha is {self._config.alpha:g}: try {self._config.alpha / 4:g}"
            f"{self._advice()}; {ending}",
            kept,
        )

    def _advice(self) -> str:
        config = self._config
        if config.architecture == "cbow" and not config.cbow_mean:
            return ", or cbow_mean"
        return ", or a larger min_count"

    def _largest_norm(self) -> tuple[float, int]:
        """The largest norm among the watched rows of W and W′ (NaN counts as largest), its row."""
        worst, where = 0.0, 0
        for matrix in (self._weights.inputs, self._weights.outputs):
            rows = matrix[:NORMS_WATCHED]
            with np.errstate(over="ignore", invalid="ignore"):
                squares = np.einsum("ij,ij->i", rows, rows)
            row = int(np.argmax(squares))
            if not squares[row] <= worst:
                worst, where = float(squares[row]), row
        return float(np.sqrt(worst)), min(where, len(self._words) - 1)

    def _bad_word(self, position: int) -> str:
        """A word near a position whose row of W is not finite, or else the nearest word."""
        nearby = self._ids[max(0, position - 20) : position + 20]
        nearby = nearby[nearby >= 0]
        for word in nearby:
            if not np.isfinite(self._weights.inputs[word]).all():
                return self._words[int(word)]
        if len(nearby) == 0:
            return "?"
        return self._words[int(nearby[len(nearby) // 2])]

    def _keep_snapshot(self, share: float) -> None:
        weights = self._weights
        if weights.inputs.nbytes + weights.outputs.nbytes > SNAPSHOT_BYTES:
            return
        now = time.perf_counter()
        if self._snapshot is None:
            copy = Weights(weights.inputs.copy(), weights.outputs.copy(), weights.dimension)
            self._snapshot_time = now
            self._snapshot = (share, copy)
        elif now - self._snapshot_time > SNAPSHOT_SECONDS:
            self._snapshot_time = now
            _, copy = self._snapshot
            copy.inputs[:] = weights.inputs
            copy.outputs[:] = weights.outputs
            self._snapshot = (share, copy)


class _Stretch:
    """Counts between two reports."""

    def __init__(self, start: int = 0) -> None:
        self._start = start
        self._loss = 0.0
        self._pairs = 0
        self._seconds = 0.0

    def due(self, outcome: Outcome, spent: float, done: int) -> bool:
        """Counts one more stretch; tells whether it is time to report."""
        self._loss += outcome.loss
        self._pairs += outcome.pairs
        self._seconds += spent
        return self._seconds >= REPORT_SECONDS and done > self._start

    def rate(self, done: int) -> float:
        """Words a second."""
        return (done - self._start) / self._seconds if self._seconds else 0.0

    def loss(self) -> float:
        """Mean loss a pair."""
        return self._loss / max(self._pairs, 1)


class _Notice:
    """Calls back once if the work inside takes longer than a moment."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._timer = threading.Timer(COMPILING_SECONDS, callback)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
