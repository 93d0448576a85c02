"""Rows for tokens that no vector stands for: draws, and the mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors.table import VectorTable

# Means and spreads of this many rows are as good as those of all, and cost no look at a whole file.
_SAMPLED_ROWS = 50_000


@dataclass(frozen=True)
class Filler:
    """Makes rows that look like those of some vectors.

    Attributes:
        vectors: The vectors.
        seed: Of the draws.
    """

    vectors: VectorTable
    seed: int

    @property
    def mean(self) -> NDArray[np.float32]:
        """The mean of all rows (D)."""
        return self._columns[0].astype(np.float32)

    def normal(self, count: int) -> NDArray[np.float32]:
        """Draws from the normal distribution of each column: its mean and spread (count×D).

        The same seed and count give the same rows.
        """
        mean, spread = self._columns
        generator = np.random.default_rng(self.seed)
        drawn = generator.standard_normal((count, len(mean)), dtype=np.float32)
        drawn *= spread.astype(np.float32)
        drawn += mean.astype(np.float32)
        return drawn

    @cached_property
    def _columns(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of each column (D float64), of at most 50,000 rows."""
        matrix = self.vectors.vectors
        step = max(1, -(-len(matrix) // _SAMPLED_ROWS))
        sample = matrix[::step].astype(np.float64)
        sample = sample[np.isfinite(sample).all(axis=1)]
        if len(sample) == 0:
            sample = np.zeros((1, matrix.shape[1]))
        return sample.mean(axis=0), sample.std(axis=0)
