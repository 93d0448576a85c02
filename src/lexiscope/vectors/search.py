"""Cosines between one direction and every row, without a second copy of the matrix.

Only the rows' lengths are kept (V floats). A row of zeros has no direction: its cosine with
anything is 0. A row with a NaN or an infinity has none either, and gets −inf where all cosines are
asked for. Neither is ever given as a neighbour.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Matrix

NO_ROW = -1
"""Stands for a row where there is none."""

Real = TypeVar("Real", np.float32, np.float64)

_GROUP = 32
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
    square = _square_length(vector, wide)
    if not 0 < square < math.inf:
        return np.zeros(len(vector), dtype=np.float32)
    scaled: NDArray[np.float32] = (wide / math.sqrt(square)).astype(np.float32)
    return scaled


def directions(rows: Matrix, norms: NDArray[np.float32]) -> NDArray[np.float32]:
    """A copy of some rows, each of length 1, or zeros where it has no direction.

    Args:
        rows: n×D.
        norms: n, theirs, from `row_norms`.
    """
    units: NDArray[np.float32]
    if rows.dtype != np.float64 and (norms > 0).all():
        units = (rows / norms[:, None]).astype(np.float32, copy=False)
        return units
    units = np.zeros(rows.shape, np.float32)
    # A float16 row is divided in float32; NaN's length is not above 0.
    np.divide(rows, norms[:, None], out=units, where=(norms > 0)[:, None])
    return units


def unit_rows(vectors: NDArray[Real]) -> NDArray[Real]:
    """Rows scaled to length 1 (n×D), in the matrix's own precision; zeros for rows without a
    direction (all zero, or not finite).
    """
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    has_direction = (lengths > 0) & np.isfinite(lengths)
    scaled = np.zeros(vectors.shape, np.result_type(vectors, lengths))
    np.divide(vectors, lengths, out=scaled, where=has_direction)
    return scaled.astype(vectors.dtype, copy=False)


def cosine(one: Matrix, other: Matrix) -> float:
    """The cosine of two vectors; 0 where either has no direction, 1 exactly of a vector itself."""
    first, second = one.astype(np.float64), other.astype(np.float64)
    a, b = _square_length(one, first), _square_length(other, second)
    if not (0 < a < math.inf and 0 < b < math.inf):
        return 0.0
    value = float(first.dot(second)) / math.sqrt(a * b)
    return value if -1 <= value <= 1 else math.copysign(1, value)


def _square_length(vector: Matrix, wide: NDArray[np.float64]) -> float:
    """The square of a vector's length; infinite or NaN where it is not finite.

    Args:
        vector: D.
        wide: It, as float64.
    """
    if vector.dtype != np.float64:
        return float(wide.dot(wide))  # a square of float32 cannot overflow
    with np.errstate(over="ignore", invalid="ignore"):
        return float(wide.dot(wide))


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
    best = BestRows(1, min(topn, len(similarities)))
    best.take(0, 0, similarities[None])
    return [row for row in best.rows[0].tolist() if row != NO_ROW]


class BestRows:
    """The rows of the highest values so far of each query, as blocks of rows come.

    Exact, in bounded memory. Blocks come in the order of their rows.

    Args:
        queries: Q.
        topn: How many rows of each.

    Attributes:
        rows: int32 (Q, topn), the highest first, the lower row first among equals; `NO_ROW` where
            there are no more.
        values: float32 (Q, topn), theirs; −inf where there are no more.
    """

    def __init__(self, queries: int, topn: int) -> None:
        self._topn = topn
        self.values = np.full((queries, topn), -np.inf, np.float32)
        self.rows = np.full((queries, topn), NO_ROW, np.int32)

    def take(self, first: int, start: int, values: NDArray[np.float32]) -> None:
        """Looks through a block: queries from `first` on (q) by rows from `start` on (r).

        Args:
            first: The first query.
            start: The first row.
            values: float32 (q, r), without NaN; −inf for what is no answer.
        """
        if self._topn == 0:
            return
        stop = first + len(values)
        least = self.values[first:stop, -1]
        if values.shape[1] > self._topn and not np.isfinite(least).all():
            # Without a bound every row would be a candidate.
            edge = _bound(values, self._topn)
            least = np.maximum(least, np.nextafter(edge, np.float32(-np.inf)))
        # Much faster than np.nonzero on two axes where hardly any are found.
        places = np.flatnonzero(values > least[:, None])
        if places.size == 0:
            return
        query, column = np.divmod(places, values.shape[1])
        counts = np.bincount(query, minlength=stop - first)
        slot = np.arange(query.size) - np.repeat(np.cumsum(counts) - counts, counts)
        width = self._topn + int(counts.max())
        candidates = np.full((stop - first, width), -np.inf, np.float32)
        rows = np.full((stop - first, width), NO_ROW, np.int32)
        candidates[:, : self._topn] = self.values[first:stop]
        rows[:, : self._topn] = self.rows[first:stop]
        candidates[query, self._topn + slot] = values[query, column]
        rows[query, self._topn + slot] = start + column
        # Stable: earlier columns are lower rows, and stay first among equals.
        order = np.argsort(-candidates, axis=1, kind="stable")[:, : self._topn]
        self.values[first:stop] = np.take_along_axis(candidates, order, axis=1)
        self.rows[first:stop] = np.take_along_axis(rows, order, axis=1)


def _bound(values: NDArray[np.float32], topn: int) -> NDArray[np.float32]:
    """A value that at least `topn` of each row of a block reach (q), found in about one pass.

    Each of so many groups of columns has its largest value; those of `topn` groups are reached.
    """
    queries, columns = values.shape
    groups = columns // _GROUP
    if groups < 2 * topn:
        reached = values
    else:
        reached = values[:, : groups * _GROUP].reshape(queries, _GROUP, groups).max(axis=1)
    place = reached.shape[1] - topn
    edge: NDArray[np.float32] = np.partition(reached, place, axis=1)[:, place]
    return edge


def _block_rows(vectors: Matrix, size: int) -> int:
    columns = int(vectors.shape[1])
    return max(1, size // (4 * max(1, columns)))
