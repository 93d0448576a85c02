"""The two correlations of word-pair tests, the chance of getting them by luck, and intervals."""

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


@dataclass(frozen=True, kw_only=True)
class Interval:
    """What 95 % of bootstrap resamples lie between.

    Efron, Bootstrap Methods: Another Look at the Jackknife, 1979; its percentiles.

    Attributes:
        low: 2.5 % lie below; NaN where nothing can be said.
        high: 2.5 % lie above.
    """

    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class PairIntervals:
    """The intervals of the two correlations."""

    spearman: Interval
    pearson: Interval


def pair_intervals(
    one: NDArray[np.float64], other: NDArray[np.float64], resamples: int, seed: int = 1
) -> PairIntervals:
    """Intervals of the correlations of two sequences, by drawing pairs of them anew.

    Args:
        one, other: n each.
        resamples: How many times n pairs are drawn.
        seed: Of NumPy's default generator.
    """
    rng = np.random.default_rng(seed)
    values = np.empty((resamples, 2))
    for row in values:
        drawn = rng.integers(0, len(one), len(one))
        first, second = one[drawn], other[drawn]
        row[:] = spearman(first, second).value, pearson(first, second).value
    return PairIntervals(spearman=_middle(values[:, 0]), pearson=_middle(values[:, 1]))


def share_interval(correct: int, total: int, resamples: int, seed: int = 1) -> Interval:
    """The interval of a share of right answers, by drawing the answers anew.

    Args:
        correct: Right ones.
        total: Of so many, at least 1.
        resamples: How many times they are drawn.
        seed: Of NumPy's default generator.
    """
    # Right answers among so many that are drawn are binomial.
    drawn = np.random.default_rng(seed).binomial(total, correct / total, resamples)
    return _middle(drawn / total)


def _middle(values: NDArray[np.float64]) -> Interval:
    told = values[np.isfinite(values)]  # a resample of one pair alone has no correlation
    if not len(told):
        return Interval(low=math.nan, high=math.nan)
    low, high = np.quantile(told, (0.025, 0.975)).tolist()
    return Interval(low=low, high=high)


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
