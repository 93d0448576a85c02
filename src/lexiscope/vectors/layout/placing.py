"""Places of words that are no landmarks: the weighted mean of their nearest landmarks' places.

A word's 10 nearest landmarks stand in several parts of a map, and a mean that goes by cosines only
lies between them, near to none. So a landmark's weight also falls with how far it stands from where
most of them are: the densest of the ten places. On a model of books that kept 27 hundredths of the
nearest landmarks, where weights by cosines alone kept 6 to 19.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Matrix
from lexiscope.progress import Meter
from lexiscope.vectors.layout.kept import nearest_on_map
from lexiscope.vectors.layout.products import Rows, Values, each_row_nearest

NEAREST = 10
# The radius within which landmarks count as standing together is the usual distance to the tenth.
_SAMPLE = 1_000


def place_words(
    vectors: Matrix,
    norms: NDArray[np.float32],
    landmarks: NDArray[np.int64],
    units: NDArray[np.float32],
    places: NDArray[np.float32],
    meter: Meter,
) -> NDArray[np.float32]:
    """Places of all words: float32 (V, 2), NaN for one without direction.

    Args:
        vectors: V×D.
        norms: float32 (V,), from `row_norms`.
        landmarks: int64 (L,), the landmarks' rows.
        units: float32 (L, D), theirs, of length 1.
        places: float32 (L, 2), theirs.
        meter: Is told of the rows that are done.
    """
    out = np.empty((len(vectors), 2), np.float32)

    radius = usual_radius(places)

    def take(first: int, beyond: int, values: Values, rows: Rows) -> None:
        out[first:beyond] = mean_places(values, places[rows], radius)

    meter.total = len(vectors)
    topn = min(NEAREST, len(landmarks))
    each_row_nearest(vectors, norms, units, topn, take, meter.update)
    meter.finish(len(vectors))
    out[~(norms > 0)] = np.nan
    out[landmarks] = places
    return out


def usual_radius(places: NDArray[np.float32]) -> float:
    """The median distance of a landmark to the tenth nearest on the map, above 0.

    Args:
        places: float32 (L, 2).
    """
    asked = np.linspace(0, len(places) - 1, min(_SAMPLE, len(places))).astype(np.int64)
    near = nearest_on_map(places, asked, min(NEAREST, len(places) - 1))[:, -1]
    distances = np.linalg.norm(places[near] - places[asked], axis=1)
    return max(float(np.median(distances)), 1e-6)


def mean_places(
    cosines: NDArray[np.float32], near: NDArray[np.float32], radius: float
) -> NDArray[np.float32]:
    """The weighted means of words' nearest landmarks' places: float32 (n, 2).

    Args:
        cosines: float32 (n, k), highest first.
        near: float32 (n, k, 2), the landmarks' places.
        radius: From `usual_radius`.
    """
    way = np.maximum(cosines[:, :1] - cosines[:, -1:], np.float32(1e-6))
    weights = np.exp((cosines - cosines[:, :1]) / (2 * way))
    apart = near[:, :, None, :] - near[:, None, :, :]
    closeness = np.exp(np.square(apart).sum(axis=-1) * np.float32(-0.5 / radius**2))
    densest = (closeness * weights[:, None, :]).sum(axis=-1).argmax(axis=1)
    weights *= np.take_along_axis(closeness, densest[:, None, None], axis=1)[:, 0]
    weights /= weights.sum(axis=1, keepdims=True)
    means: NDArray[np.float32] = np.einsum("ij,ijk->ik", weights, near)
    return means
