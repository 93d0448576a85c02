"""Rows that the layers of all frameworks are made from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.vectors.aligning.align import Aligned
from lexiscope.vectors.table import VectorTable

Rows = VectorTable | Aligned | NDArray[np.float32]


def as_matrix(vectors: Rows) -> NDArray[np.float32]:
    """The matrix (N×D float32), copied only where it has another type.

    Raises:
        ConfigError: It is no matrix of numbers.
    """
    if isinstance(vectors, VectorTable):
        return np.asarray(vectors.vectors, dtype=np.float32)
    if isinstance(vectors, Aligned):
        return vectors.matrix
    matrix = np.asarray(vectors)
    if matrix.ndim != 2 or 0 in matrix.shape or matrix.dtype.kind not in "fiu":
        raise ConfigError(
            f"got {type(vectors).__name__} of shape {matrix.shape} and type {matrix.dtype}, "
            "expected vectors or a matrix of numbers"
        )
    return matrix.astype(np.float32, copy=False)
