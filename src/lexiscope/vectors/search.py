"""Cosines between one direction and every row, without a second copy of the matrix.

Only the rows' lengths are kept (V floats). A row of zeros has no direction: its cosine with
anything is 0. A row with a NaN or an infinity has none either, and gets −inf where all cosines are
asked for. Neither is ever given as a neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Matrix

_NORM_BLOCK_BYTES = 1 << 22  # of these a float64 copy is made
# A BLAS call of a few megabytes costs more in waking its threads than in arithmetic; a block is
# copied only where rows are laid out in a way that BLAS cannot take.
_DOT_BLOCK_BYTES = 1 << 26


def row_norms(vectors: Matrix) -> NDArray[np.float32]:
    """The rows' Euclidean lengths (V, float32), summed in float64.

    Returns:
        The lengths; 0 for a row of zeros, NaN for a row that is not finite.
    """
    norms = np.empty(len(vectors), dtype=np.float32)
    step = _block_rows(vectors, _NORM_BLOCK_BYTES)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(vectors), step):
            block = vectors[start : start + step].astype(np.float64)
            norms[start : start + step] = np.sqrt(np.einsum("ij,ij->i", block, block))
    norms[~np.isfinite(norms)] = np.nan
    return norms


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector scaled to length 1; zeros where it has no direction (all zero, or not finite)."""
    wide = vector.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        norm = float(np.sqrt(wide @ wide))
    if norm == 0 or not np.isfinite(norm):
        return np.zeros(len(vector), dtype=np.float32)
    scaled: NDArray[np.float32] = (wide / norm).astype(np.float32)
    return scaled


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length 1 (n×D), with lengths summed in float32; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled = vectors / np.where(lengths > 0, lengths, 1)
    return scaled.astype(np.float32, copy=False)


def cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """The cosine of two vectors; 0 where either has no direction."""
    return float(unit(one) @ unit(other))


def cosines(
    vectors: Matrix, norms: NDArray[np.float32], query: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The cosine of each row with a query of length 1.

    Args:
        vectors: V×D, float32 or float16.
        norms: V, from `row_norms`.
        query: D.

    Returns:
        V float32, without NaN: 0 for rows of zeros, −inf for rows that are not finite.
    """
    result = np.empty(len(vectors), dtype=np.float32)
    # BLAS has no float16: small blocks become float32 on the way.
    half = vectors.dtype != np.float32
    step = _block_rows(vectors, _NORM_BLOCK_BYTES if half else _DOT_BLOCK_BYTES)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for start in range(0, len(vectors), step):
            block = vectors[start : start + step].astype(np.float32, copy=False)
            np.dot(block, query, out=result[start : start + step])
        result /= norms
    result[norms == 0] = 0
    result[~np.isfinite(result)] = -np.inf
    return result


def best_rows(
    similarities: NDArray[np.float32],
    norms: NDArray[np.float32],
    topn: int,
    excluded: Iterable[int],
) -> list[int]:
    """The rows of the highest similarity, highest first, lower row number first among equals.

    Args:
        similarities: V; changed: what cannot be an answer becomes −inf.
        norms: V, from `row_norms`; rows without a direction are no answer.
        topn: How many at most.
        excluded: Rows that are no answer.
    """
    similarities[[row for row in excluded if row < len(similarities)]] = -np.inf
    similarities[norms == 0] = -np.inf
    count = min(topn, len(similarities))
    if count < len(similarities):
        candidates = np.argpartition(-similarities, count - 1)[:count]
        # Equals of the last one that the partition left out belong to the choice as well.
        candidates = np.flatnonzero(similarities >= similarities[candidates].min())
    else:
        candidates = np.arange(len(similarities))
    order = candidates[np.argsort(-similarities[candidates], kind="stable")][:count]
    return [int(row) for row in order if similarities[row] != -np.inf]


def _block_rows(vectors: Matrix, size: int) -> int:
    columns = int(vectors.shape[1])
    return max(1, size // (4 * max(1, columns)))
