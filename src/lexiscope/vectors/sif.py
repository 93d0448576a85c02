"""Smooth inverse frequency: rare words weigh more, and what all texts share is taken away.

Arora, Liang and Ma, A Simple but Tough-to-Beat Baseline for Sentence Embeddings, 2017.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Wide = NDArray[np.float64]


def sif_weights(probabilities: NDArray[Any], a: float) -> Wide:
    """The weights a / (a + p) of words of probability p, 0 to 1.

    Args:
        probabilities: 0 to 1, of any shape.
        a: Above 0.
    """
    weights: Wide = a / (a + np.asarray(probabilities, np.float64))
    return weights


def common_directions(rows: NDArray[Any], components: int) -> Wide:
    """The first singular vectors of texts' vectors, which are not centred (components × D).

    Args:
        rows: Vectors of texts, N × D.
        components: How many; no more than N or D.
    """
    _left, _values, right = np.linalg.svd(np.asarray(rows, np.float64), full_matrices=False)
    directions: Wide = right[:components]
    return directions


def without(rows: NDArray[Any], directions: Wide) -> Wide:
    """Vectors without what they have along directions of length 1, at right angles to each other.

    Args:
        rows: N × D.
        directions: components × D.
    """
    rest: Wide = rows - (rows @ directions.T) @ directions
    return rest
