"""Principal components of rows of length 1: a map that takes seconds, and where others begin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Matrix
from lexiscope.vectors.search import directions

_ROWS = 16_384


def components_of(units: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean of some rows (D,), and their two directions of the largest variance (D, 2).

    A direction's largest entry is above 0, so that the same rows never give a mirrored map.

    Args:
        units: float32 (n, D), n and D at least 2.
    """
    wide = units.astype(np.float64)
    mean = wide.mean(axis=0)
    wide -= mean
    axes = np.linalg.eigh(wide.T @ wide)[1][:, :-3:-1]
    largest = axes[np.abs(axes).argmax(axis=0), [0, 1]]
    return mean, axes * np.where(largest < 0, -1, 1)


def projected(
    vectors: Matrix,
    norms: NDArray[np.float32],
    mean: NDArray[np.float64],
    axes: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Where the rows, scaled to length 1, stand on two axes: float32 (V, 2).

    Args:
        vectors: V×D.
        norms: float32 (V,), from `row_norms`; a row without direction has NaN for a place.
        mean, axes: From `components_of`.
    """
    places = np.empty((len(vectors), 2), np.float32)
    for first in range(0, len(vectors), _ROWS):
        here = slice(first, first + _ROWS)
        places[here] = (directions(vectors[here], norms[here]) - mean) @ axes
    places[~(norms > 0)] = np.nan
    return places
