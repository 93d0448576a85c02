"""The share of true neighbours that a map keeps, measured on a sample of its words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors.layout.products import new_lists
from lexiscope.vectors.search import NO_ROW

TOPN = 10
_SCRATCH = 256
_EQUAL = 1e-6  # cosines as near as that are the same but for rounding


@dataclass(frozen=True, kw_only=True)
class NeighboursKept:
    """How many of a word's 10 nearest words are among its 10 nearest on the map.

    Attributes:
        landmarks: Mean share of landmarks, among landmarks; 0 to 1.
        placed: Of other words, among landmarks; None where all are landmarks.
        everything: Of words of both kinds, among all words.
        sampled: How many words each was measured on, at most.
    """

    landmarks: float
    placed: float | None
    everything: float
    sampled: int

    def __str__(self) -> str:
        placed = "" if self.placed is None else f"; of placed words {self.placed:.1%}"
        return (
            f"{self.everything:.1%} of the {TOPN} nearest words; among landmarks alone, of "
            f"landmarks {self.landmarks:.1%}{placed} ({self.sampled:,} words sampled)"
        )


def nearest_on_map(
    places: NDArray[np.float32],
    asked: NDArray[np.int64],
    topn: int,
    *,
    stop: int | None = None,
) -> NDArray[np.int64]:
    """The points nearest to some points of a map, themselves left out: int64 (Q, topn).

    Args:
        places: float32 (V, 2), NaN for a point that is nowhere.
        asked: int64 (Q,).
        topn: How many; −1 stands where there are no more.
        stop: The point beyond those to look at; all where None.
    """
    from lexiscope.vectors.kernels.best import take_nearest_points

    values, rows = new_lists(len(asked), topn)
    scratch = np.empty(_SCRATCH, np.float32)
    take_nearest_points(
        places, asked, 0, len(places) if stop is None else stop, scratch, values, rows
    )
    return rows


def share_kept(
    queries: NDArray[np.float32],
    units_of: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    true: NDArray[np.int64],
    found: NDArray[np.int64],
) -> float:
    """The mean share of words' true neighbours that are among those found, 0 to 1.

    It goes by cosines: of words whose vectors are equal any is right.

    Args:
        queries: float32 (Q, D), of length 1.
        units_of: Gives the rows that are called so, (n, D), of length 1.
        true, found: int64 (Q, topn); −1 is none.
    """
    shares = []
    for query, nearest, near in zip(queries, true, found, strict=True):
        nearest, near = nearest[nearest != NO_ROW], near[near != NO_ROW]
        if len(nearest):
            least = (units_of(nearest) @ query).min() - _EQUAL
            hits = int((units_of(near) @ query >= least).sum())
            shares.append(min(1.0, hits / len(nearest)))
    return float(np.mean(shares)) if shares else 1.0


def sample_of(rows: NDArray[np.int64], most: int, seed: int) -> NDArray[np.int64]:
    """Some of the rows, at most so many, drawn by a seed and in their order."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
