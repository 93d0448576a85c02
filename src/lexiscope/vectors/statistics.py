"""The two correlations of word-pair tests, and the chance of getting them by luck."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """A correlation coefficient.

    Attributes:
        value: Between −1 and 1; NaN where one side is constant or there are fewer than two pairs.
        p: Two-sided p value, by Student's t with n − 2 degrees of freedom; NaN as above.
    """

    value: float
    p: float


def pearson(one: NDArray[np.float64], other: NDArray[np.float64]) -> Correlation:
    """Pearson's r of two sequences of the same length."""
    count = len(one)
    if count < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return Correlation(value=math.nan, p=math.nan)
    first, second = one - one.mean(), other - other.mean()
    value = float(first @ second / math.sqrt(float(first @ first) * float(second @ second)))
    value = min(1.0, max(-1.0, value))
    return Correlation(value=value, p=_two_sided_p(value, count - 2))


def spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> Correlation:
    """Spearman's ρ: Pearson's r of the ranks, ties given their mean rank."""
    return pearson(average_ranks(one), average_ranks(other))


def average_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1; equal values all get the mean of the ranks that they take up."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    ranks: NDArray[np.float64] = (last - (sizes - 1) / 2)[group]
    return ranks


def _two_sided_p(value: float, freedom: int) -> float:
    """The p of a correlation: the incomplete beta function of 1 − r² at (freedom / 2, 1 / 2)."""
    if freedom < 1:
        return 1.0
    return _incomplete_beta(freedom / 2, 0.5, (1 - value) * (1 + value))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.5.8, in Lentz's order.
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _incomplete_beta(b, a, 1 - x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    fraction, c, d = 1.0, 1.0, 0.0
    for step in range(500):
        half = step // 2
        if step == 0:
            numerator = 1.0
        elif step % 2 == 0:
            numerator = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        else:
            numerator = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        d = 1 / _away_from_zero(1 + numerator * d, tiny)
        c = _away_from_zero(1 + numerator / c, tiny)
        fraction *= c * d
        if abs(1 - c * d) < 1e-15:
            break
    return front * (fraction - 1)


def _away_from_zero(value: float, tiny: float) -> float:
    return tiny if abs(value) < tiny else value
