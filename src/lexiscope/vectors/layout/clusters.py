"""Clusters of words by k-means in the space of the vectors, not in the plane of a map.

Lloyd, Least Squares Quantization in PCM, 1982; Arthur and Vassilvitskii, k-means++, 2007.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Matrix
from lexiscope.vectors.layout.products import one_thread_a_product
from lexiscope.vectors.search import directions

Units = NDArray[np.float32]

# Words on which the centres are found, the most frequent.
_FREQUENT = 20_000
_ROUNDS = 60
_TRIES = 3
_ROWS = 16_384


def clusters_of(
    vectors: Matrix, norms: NDArray[np.float32], order: NDArray[np.int64], count: int, seed: int = 1
) -> NDArray[np.int8]:
    """The cluster of each word that has a direction: int8 (n,), in order; the largest is 0.

    Rows are taken at length 1. Centres are found on the 20,000 most frequent words, and the others
    belong to the nearest; the same vectors give the same clusters.

    Args:
        vectors: V×D.
        norms: float32 (V,), from `row_norms`.
        order: int64 (n,), rows that have a direction, most frequent first.
        count: How many clusters, at most 127; fewer where there are fewer different words.
        seed: Of where the centres begin.
    """
    first = order[:_FREQUENT]
    units = directions(vectors[first], norms[first])
    rng = np.random.default_rng(seed)
    found = np.empty(len(order), np.int8)
    with one_thread_a_product():
        tries = [_settled(units, _begun(units, count, rng)) for _ in range(_TRIES)]
        centres = min(tries, key=lambda one: one[1])[0]
        sizes = np.bincount(_nearest(units, centres)[0], minlength=len(centres))
        centres = centres[np.argsort(-sizes, kind="stable")]
        for start in range(0, len(order), _ROWS):
            rows = order[start : start + _ROWS]
            some = directions(vectors[rows], norms[rows])
            found[start : start + _ROWS] = _nearest(some, centres)[0]
    return found


def _begun(units: Units, count: int, rng: np.random.Generator) -> Units:
    """Rows to begin with, each drawn by its distance to those before."""
    chosen = [int(rng.integers(len(units)))]
    far = np.full(len(units), np.inf)
    while len(chosen) < count:
        far = np.minimum(far, np.maximum(0, 2 - 2 * (units @ units[chosen[-1]]).astype(float)))
        far[chosen] = 0
        total = far.sum()
        if total <= 0:  # all others are the same as one of these
            break
        chosen.append(int(np.searchsorted(far.cumsum(), rng.random() * total, side="right")))
    return units[chosen].copy()


def _settled(units: Units, centres: Units) -> tuple[Units, float]:
    """The centres once no row changes its own, and the rows' mean square distance to them."""
    before = np.full(len(units), -1)
    for _ in range(_ROUNDS):
        nearest, cost = _nearest(units, centres)
        if np.array_equal(nearest, before):
            break
        before = nearest
        for cluster in range(len(centres)):
            members = units[nearest == cluster]
            if len(members):
                centres[cluster] = members.mean(axis=0, dtype=np.float64)
    return centres, cost


def _nearest(units: Units, centres: Units) -> tuple[NDArray[np.int64], float]:
    """Of each row the nearest centre, and the mean square distance."""
    scores = np.square(centres).sum(axis=1) - 2 * (units @ centres.T)
    nearest: NDArray[np.int64] = scores.argmin(axis=1)
    return nearest, 1 + float(scores.min(axis=1).mean(dtype=np.float64))
