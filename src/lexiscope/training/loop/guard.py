"""Guard that stops a run that has gone wrong, and the last good state to go back to."""

from __future__ import annotations

import time
from copy import deepcopy
from dataclasses import replace
from tempfile import TemporaryFile
from typing import IO

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import TrainingError
from lexiscope.training.config import TrainingConfig
from lexiscope.training.loop.state import TrainingState
from lexiscope.training.loop.weights import Weights

# Rows of trained vectors have norms below 100; one of this size is on its way to infinity.
MAX_NORM = 1e4
SNAPSHOT_SECONDS = 10.0
_BLOCK_BYTES = 2**24


class DivergedError(TrainingError):
    """The weights stopped being finite, or grew without bound.

    Attributes:
        kept: Share of the run after which the weights, now put back, were still good; None where
            no copy could be kept.
    """

    def __init__(self, message: str, kept: float | None) -> None:
        super().__init__(message)
        self.kept = kept


class Guard:
    """Looks at the weights between stretches of a run, and keeps a copy of the last good ones.

    Args:
        ids: The encoded corpus, to name the word where a run goes wrong.
        words: The vocabulary.
        config: The run's options, for the advice.
        weights: What is watched.
    """

    def __init__(
        self, ids: NDArray[np.int32], words: list[str], config: TrainingConfig, weights: Weights
    ) -> None:
        self._ids = ids
        self._words = words
        self._config = config
        self._weights = weights
        self._file: IO[bytes] | None = None
        self._kept: TrainingState | None = None
        self._kept_at = 0.0

    def begin(self, state: TrainingState) -> None:
        """Keeps the weights as they stand before the first stretch."""
        self._keep(state)
        self._kept_at = -SNAPSHOT_SECONDS  # the first good stretch takes its place

    def check(self, bad: int | None, state: TrainingState) -> None:
        """Keeps a copy now and then while all is well.

        Args:
            bad: Where the kernels found the loss not to be finite, or None.
            state: How far the run has come.

        Raises:
            DivergedError: All is not well; the last good state has been put back.
        """
        place = state.position
        if bad is not None:
            place = bad
            word, what = self._bad_word(bad), "the loss is no longer a finite number"
        else:
            norm, row = self._largest_norm()
            if norm < MAX_NORM:
                if time.perf_counter() - self._kept_at >= SNAPSHOT_SECONDS:
                    self._keep(state)
                return
            word, what = self._words[row], f"a vector's norm has grown to {norm:.3g}"
        epoch = state.epoch
        step = epoch * len(self._ids) + place
        self._put_back(state)
        raise DivergedError(
            f"training diverged in epoch {epoch + 1} at step {step:,} (word {word!r}): {what}; "
            f"alpha is {self._config.alpha:g}: try {self._config.alpha / 4:g}{self._advice()}; "
            f"{self._ending()}",
            None if self._kept is None else self._kept.share,
        )

    def close(self) -> None:
        """Lets the copy go."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _advice(self) -> str:
        if self._config.architecture == "cbow" and not self._config.cbow_mean:
            return ", or cbow_mean"
        return ", or a larger min_count"

    def _ending(self) -> str:
        if self._kept is None:
            return "no earlier state was kept"
        if self._kept.share == 0:
            return "the weights as they were at the start are kept"
        return f"the state at {self._kept.share:.0%} of the run is kept"

    def _largest_norm(self) -> tuple[float, int]:
        """The largest norm of a row of W or W′ (NaN counts as largest), and its word's number."""
        worst, where = 0.0, 0
        for matrix in (self._weights.inputs, self._weights.outputs):
            block = max(1, _BLOCK_BYTES // (4 * matrix.shape[1]))
            for start in range(0, len(matrix), block):
                rows = matrix[start : start + block]
                with np.errstate(over="ignore", invalid="ignore"):
                    squares = np.einsum("ij,ij->i", rows, rows)
                row = int(np.argmax(squares))
                if not squares[row] <= worst:
                    worst, where = float(squares[row]), start + row
        return float(np.sqrt(worst)), min(where, len(self._words) - 1)

    def _bad_word(self, position: int) -> str:
        """A word near a position whose row of W or W′ is not finite, or else the nearest word."""
        nearby = self._ids[max(0, position - 20) : position + 20]
        nearby = nearby[nearby >= 0]
        for matrix in (self._weights.inputs, self._weights.outputs):
            for word in nearby:
                if word < len(matrix) and not np.isfinite(matrix[word]).all():
                    return self._words[int(word)]
        if len(nearby) == 0:
            return "?"
        return self._words[int(nearby[len(nearby) // 2])]

    def _keep(self, state: TrainingState) -> None:
        """Writes the weights to a file without a name: they need no second place in memory."""
        try:
            if self._file is None:
                self._file = TemporaryFile(prefix="lexiscope-")  # noqa: SIM115 (closed by close)
            self._file.seek(0)
            for matrix in (self._weights.inputs, self._weights.outputs):
                self._file.write(matrix.data)
            self._file.flush()
        except OSError:
            # No room for it: the run goes on, with nothing to go back to.
            self.close()
            self._kept = None
            return
        self._kept = replace(state, totals=deepcopy(state.totals))
        self._kept_at = time.perf_counter()

    def _put_back(self, state: TrainingState) -> None:
        if self._file is None or self._kept is None:
            return
        for name in ("epoch", "position", "share", "totals"):
            setattr(state, name, getattr(self._kept, name))
        self._file.seek(0)
        for matrix in (self._weights.inputs, self._weights.outputs):
            self._file.readinto(matrix.data.cast("B"))  # type: ignore[attr-defined]
