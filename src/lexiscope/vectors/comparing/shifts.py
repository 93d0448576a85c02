"""Shift of a word between two models, and whether it is more than chance.

A word's shift is 1 − the cosine of its two vectors after the one space is turned onto the other.
All words shift, rare ones more than frequent ones, between two runs over one text already, so that
a shift by itself says nothing (Dubossarsky, Weinshall and Grossman, Outta Control, 2017). Two
measures of chance:

- With one model a side: how far a shift stands above those of words about as frequent, in units of
  their usual spread (the median of the distances from their median, times 1.4826, which is the
  standard deviation of a normal distribution).
- With several runs of each side: a permutation test. What is between the sides is compared with
  what is within them; under chance every division of the runs in two is as likely as the given one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lexiscope.one_line import one_line

_LIKE_FREQUENT = 200
_NORMAL_SPREAD = 1.4826
_MOST_DIVISIONS = 10_000
_BLOCK_WORDS = 512
_ROUNDING = 1e-6


@one_line
@dataclass(frozen=True)
class Expectation:
    """What a word of its frequency shifts usually.

    Attributes:
        shift: float32 (V,): the median of about 200 words as frequent.
        excess: float32 (V,): how many usual spreads the word's own stands above it.
    """

    shift: NDArray[np.float32]
    excess: NDArray[np.float32]


def expectation(shifts: NDArray[np.float32]) -> Expectation:
    """What is usual around each place of the shifts, which are by frequency (V,)."""
    count = len(shifts)
    width = min(count, _LIKE_FREQUENT + 1)
    starts = np.clip(np.arange(count) - width // 2, 0, count - width)
    usual = np.empty(count, np.float32)
    spread = np.empty(count, np.float32)
    # Windows of words near each other are all but the same: one in each tenth of a width is
    # enough, and the places between share it.
    step = max(1, width // 10)
    for start in range(0, count, step):
        places = slice(start, start + step)
        window = shifts[starts[start] : starts[start] + width]
        usual[places] = np.median(window)
        spread[places] = np.median(np.abs(window - usual[start])) * _NORMAL_SPREAD
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.where(spread > 0, (shifts - usual) / spread, 0).astype(np.float32)
    return Expectation(usual, excess)


@one_line
@dataclass(frozen=True)
class PermutationTest:
    """A test of every word's shift by dividing the runs anew.

    Attributes:
        p_values: float64 (V,): the share of divisions that set the sides as far apart or farther.
        divisions: How many were looked at.
        all: Whether they are all there are.
    """

    p_values: NDArray[np.float64]
    divisions: int
    all: bool

    @property
    def least(self) -> float:
        """The smallest p value that so many divisions can give."""
        return 1 / self.divisions


def permutation_test(
    between: NDArray[np.float32], first_side: int, *, seed: int
) -> PermutationTest:
    """A test with several runs a side.

    Args:
        between: float32 (N, N, V): the shift of each word from each run to each other.
        first_side: How many of the runs are of the first side; they come first.
        seed: Of the divisions, where not all are looked at.
    """
    runs = len(between)
    total = math.comb(runs, first_side)
    weights = np.array([_weights(runs, side) for side in _divisions(runs, first_side, total, seed)])
    pairs = np.array([between[pair] for pair in combinations(range(runs), 2)])
    p_values = np.empty(pairs.shape[1])
    for start in range(0, pairs.shape[1], _BLOCK_WORDS):
        apart = weights @ pairs[:, start : start + _BLOCK_WORDS].astype(np.float64)
        # The given division is the first; rounding must not make it less than itself.
        p_values[start : start + _BLOCK_WORDS] = (apart >= apart[0] - _ROUNDING).mean(axis=0)
    return PermutationTest(p_values, len(weights), total <= _MOST_DIVISIONS)


def _divisions(runs: int, size: int, total: int, seed: int) -> Iterator[frozenset[int]]:
    """Ways to divide the runs, the given one first."""
    if total <= _MOST_DIVISIONS:
        yield from map(frozenset, combinations(range(runs), size))
        return
    rng = np.random.default_rng(seed)
    yield frozenset(range(size))
    for _ in range(_MOST_DIVISIONS - 1):
        yield frozenset(rng.permutation(runs)[:size].tolist())


def _weights(runs: int, side: frozenset[int]) -> NDArray[np.float64]:
    """What each pair of runs counts: the mean across the sides less the mean within them."""
    across = [(one in side) != (other in side) for one, other in combinations(range(runs), 2)]
    signs = np.where(across, 1.0, -1.0)
    for kind in (1.0, -1.0):
        signs[signs == kind] /= max(1, int((signs == kind).sum()))
    return signs
