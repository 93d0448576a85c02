"""Gauge of a run's own progress: held-out loss, and how much neighbours still move."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.loop.state import Observer, TrainingState
from lexiscope.training.watching.convergence import (
    EpochRecord,
    NeighbourChurn,
    frequent_words,
    more_epochs_pay,
)
from lexiscope.training.watching.held_out import HeldOutLoss

# The neighbours of two hundred words are looked up again no oftener than this.
CHURN_SECONDS = 5.0


class Gauge(Observer):
    """Measures at the reports and at the end of each epoch.

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
        words = frequent_words(counts)
        self._by_report = NeighbourChurn(words)
        self._by_epoch = NeighbourChurn(words)
        self._held_out = held_out
        self._values: dict[str, float] = {}
        self._looked_at = 0.0
        self.history = list(history)

    def on_train_begin(self, state: TrainingState) -> None:
        """Takes the first look at the neighbours, and measures what a stop had left unmeasured."""
        vectors = state.weights.input_vectors
        self._by_report.update(vectors)
        self._by_epoch.update(vectors)
        self._looked_at = time.monotonic()
        at_an_end = state.position == 0 and len(self.history) > 0
        if self._held_out is not None and at_an_end and self.history[-1].held_out is None:
            # Ctrl-C while the loss was measured: the weights are still those of the epoch's end.
            self.history[-1] = replace(self.history[-1], held_out=self._held_out.measure())

    def on_report(self, state: TrainingState) -> None:
        """Looks at the neighbours again, now and then."""
        if time.monotonic() - self._looked_at < CHURN_SECONDS:
            return
        churn = self._by_report.update(state.weights.input_vectors)
        if churn is not None:
            self._values["neighbours_changed"] = churn
        self._looked_at = time.monotonic()

    def on_epoch_end(self, state: TrainingState) -> None:
        """Measures the held-out loss, and how far the neighbours moved in the epoch."""
        held_out = None if self._held_out is None else self._held_out.measure()
        if held_out is not None:
            self._values["held_out_loss"] = held_out
        churn = self._by_epoch.update(state.weights.input_vectors)
        loss = state.totals.epoch_losses[-1]
        self.history.append(EpochRecord(loss=loss, held_out=held_out, churn=churn))

    def on_train_end(self, state: TrainingState) -> None:
        """Says when more epochs no longer paid."""
        line = more_epochs_pay(self.history)
        if line is not None:
            state.notes.append(line)

    def values(self) -> dict[str, float]:
        """The latest measurements."""
        return dict(self._values)
