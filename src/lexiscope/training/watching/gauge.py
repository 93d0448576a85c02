"""Gauge of a run's own progress: held-out loss, and how much neighbours still move."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.loop.state import Observer, TrainingState
from lexiscope.training.watching.convergence import (
    EpochRecord,
    NeighbourChurn,
    NeighbourLook,
    more_epochs_pay,
    neighbours_line,
    rise_line,
)
from lexiscope.training.watching.held_out import HeldOutLoss

# The neighbours of two hundred words are looked up again no oftener than this, in training.
CHURN_SECONDS = 5.0


class Gauge(Observer):
    """Measures at the reports, as far as the allowance goes, and at the end of each epoch.

    Args:
        counts: int64 (V,), of the vocabulary.
        held_out: Measures the loss on text that is not trained on, or None.
        history: Of the epochs before, where a run goes on that was stopped.

    Attributes:
        history: One record an epoch.
    """

    def __init__(
        self,
        counts: NDArray[np.int64],
        held_out: HeldOutLoss | None = None,
        history: Iterable[EpochRecord] = (),
    ) -> None:
        self._look = NeighbourLook(counts)
        self._by_report = NeighbourChurn()
        self._by_epoch = NeighbourChurn()
        self._held_out = held_out
        self._values: dict[str, float] = {}
        self._look_seconds = 0.0
        self.history = list(history)

    def on_train_begin(self, state: TrainingState) -> None:
        """Takes the first look at the neighbours, and measures what a stop had left unmeasured."""
        now = self._neighbours(state)
        self._by_report.update(now)
        self._by_epoch.update(now)
        at_an_end = state.position == 0 and len(self.history) > 0
        if self._held_out is not None and at_an_end and self.history[-1].held_out is None:
            # Ctrl-C while the loss was measured: the weights are still those of the epoch's end.
            self.history[-1] = replace(self.history[-1], held_out=self._held_out.measure())

    def on_report(self, state: TrainingState) -> None:
        """Looks at the neighbours again, now and then."""
        if not state.allowance.look("neighbours").due(self._look_seconds, CHURN_SECONDS):
            return
        churn = self._by_report.update(self._neighbours(state))
        if churn is not None:
            self._values["neighbours_changed"] = churn

    def on_epoch_end(self, state: TrainingState) -> None:
        """Measures the held-out loss, and how far the neighbours moved in the epoch."""
        held_out = None if self._held_out is None else self._held_out.measure()
        if held_out is not None:
            self._values["held_out_loss"] = held_out
        churn = self._by_epoch.update(self._neighbours(state))
        loss = state.totals.epoch_losses[-1]
        self.history.append(EpochRecord(loss=loss, held_out=held_out, churn=churn))

    def on_train_end(self, state: TrainingState) -> None:
        """Says when more epochs no longer paid, what neighbours did, and why a loss rose."""
        told = (f(self.history) for f in (more_epochs_pay, neighbours_line, rise_line))
        state.notes += [line for line in told if line is not None]

    def epoch_end_seconds(self, word_seconds: float) -> float:
        """A look at the neighbours, and the held-out loss: half of what training would take."""
        held_out = 0 if self._held_out is None else self._held_out.tokens
        return self._look_seconds + held_out * word_seconds / 2

    def _neighbours(self, state: TrainingState) -> NDArray[np.int32]:
        look = state.allowance.look("neighbours")
        with look:
            now = self._look.take(state.weights.input_vectors)
        self._look_seconds = look.cost
        return now

    def values(self) -> dict[str, float]:
        """The latest measurements."""
        return dict(self._values)
