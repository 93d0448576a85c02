"""Moments of vectors that come in a stream: how many, their mean, and how they vary together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError

Wide = NDArray[np.float64]

# Rows that are made float64 at a time.
_ROWS = 4096
# A covariance of so many dimensions takes 2 GiB.
MOST_DIMENSIONS = 16_384


class Moments:
    """Count, mean and covariance of rows that are seen once, in float64.

    Blocks are centred at their own mean and joined by the rule of Chan, Golub and LeVeque (1983,
    "Algorithms for computing the sample variance"), so that a mean that is large beside the spread
    costs no digits, as it would in a sum of squares.

    Args:
        size: D.
        covariances: Whether all D × D of them are kept; else variances only, in D numbers.

    Attributes:
        count: Rows that were counted.
        left_out: Rows with a number that is not finite (a word without a token is NaN).
        mean: D.

    Raises:
        ConfigError: There are more dimensions than a covariance is made of.
    """

    def __init__(self, size: int, *, covariances: bool = True) -> None:
        if covariances and size > MOST_DIMENSIONS:
            raise ConfigError(
                f"vectors of {size:,} dimensions: a covariance is made of {MOST_DIMENSIONS:,} at "
                "most; take fewer layers, or standardise, which needs none"
            )
        self.count = 0
        self.left_out = 0
        self.mean: Wide = np.zeros(size)
        # Sums of products of what is left without the mean: D × D, or the diagonal (D).
        self._scatter: Wide = np.zeros((size, size) if covariances else size)

    @property
    def size(self) -> int:
        """D."""
        return len(self.mean)

    def add(self, rows: NDArray[Any]) -> None:
        """Counts further rows (n × D, of any precision).

        Raises:
            ConfigError: They are of another width.
        """
        if rows.ndim != 2 or rows.shape[1] != self.size:
            raise ConfigError(f"rows of shape {rows.shape}; expected n × {self.size}")
        for start in range(0, len(rows), _ROWS):
            block = rows[start : start + _ROWS].astype(np.float64)
            finite = np.isfinite(block).all(axis=1)
            self.left_out += int((~finite).sum())
            if finite.any():
                self._join(block if finite.all() else block[finite])

    def _join(self, block: Wide) -> None:
        mean = block.mean(axis=0)
        block -= mean
        whole = self._scatter.ndim == 2
        added = block.T @ block if whole else np.einsum("nd,nd->d", block, block)
        total = self.count + len(block)
        shift = mean - self.mean
        weight = self.count * len(block) / total
        self._scatter += added
        self._scatter += weight * (np.outer(shift, shift) if whole else shift * shift)
        self.mean = self.mean + shift * (len(block) / total)
        self.count = total

    def variances(self) -> Wide:
        """The variance of each dimension (D), with n − 1 below."""
        diagonal = np.diagonal(self._scatter) if self._scatter.ndim == 2 else self._scatter
        return diagonal / max(self.count - 1, 1)

    def covariance(self) -> Wide:
        """The covariances (D × D), with n − 1 below.

        Raises:
            ConfigError: Variances only were kept.
        """
        if self._scatter.ndim != 2:
            raise ConfigError("these moments hold variances only, no covariances")
        return self._scatter / max(self.count - 1, 1)
