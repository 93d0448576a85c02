"""The nearest neighbours of many words at once, in bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors.search import row_norms

NO_ROW = -1
_QUERIES = 256
# Rows of the vocabulary at a time: their cosines with a block of queries are 4 MB, which stay in
# the cache until the best are found.
_ROWS = 4096
# Of a few directions the cosines with so many rows take no more, and fewer products wait less.
_ROWS_OF_FEW = 16_384


def nearest_rows(
    vectors: NDArray[np.float32], queries: NDArray[np.int64], topn: int
) -> NDArray[np.int32]:
    """The rows of the highest cosine with each of some rows, among all rows but itself.

    Beside the result this takes some megabytes and, for each query, its vector and two numbers a
    neighbour, however many rows there are.

    Args:
        vectors: float32 (V, D).
        queries: int64 (Q,), row numbers.
        topn: How many neighbours, at least 1.

    Returns:
        int32 (Q, topn), nearest first, the lower row first among equals; −1 where there are no
        more. Rows of zeros and rows that are not finite have no neighbours and are none.
    """
    best = _Best(len(queries), topn)
    directions, known = _unit_rows(vectors[queries])
    for start in range(0, len(vectors), _ROWS):
        units, valid = _unit_rows(vectors[start : start + _ROWS])
        for first in range(0, len(queries), _QUERIES):
            asked = queries[first : first + _QUERIES]
            cosines = directions[first : first + _QUERIES] @ units.T
            if not valid.all():
                cosines[:, ~valid] = -np.inf
            own = np.flatnonzero((asked >= start) & (asked < start + len(units)))
            cosines[own, asked[own] - start] = -np.inf
            best.take(first, start, cosines)
    best.rows[~known] = NO_ROW
    return best.rows


def nearest_to(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float32],
    directions: NDArray[np.float32],
    topn: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The rows of the highest cosine with each of some directions.

    One product a block of rows serves all directions, so that several questions at once cost
    little more than one: what takes the time is reading the matrix.

    Args:
        vectors: float32 (V, D).
        norms: float32 (V,), from `row_norms`.
        directions: float32 (Q, D), of length 1.
        topn: How many neighbours, at least 1.

    Returns:
        int32 (Q, topn), nearest first, the lower row first among equals, −1 where there are no
        more; and float32 (Q, topn), their cosines. Rows of zeros and rows that are not finite are
        no neighbours.
    """
    best = _Best(len(directions), topn)
    for start in range(0, len(vectors), _ROWS_OF_FEW):
        lengths = norms[start : start + _ROWS_OF_FEW]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            cosines = directions @ vectors[start : start + _ROWS_OF_FEW].T
            cosines /= lengths
        unknown = ~(lengths > 0)  # NaN's too
        if unknown.any():
            cosines[:, unknown] = -np.inf
        best.take(0, start, cosines)
    return best.rows, best.cosines


class _Best:
    """The best rows so far of each query.

    Attributes:
        rows: int32 (queries, topn), nearest first, −1 for none.
        cosines: float32 (queries, topn), theirs; −inf for none.
    """

    def __init__(self, queries: int, topn: int) -> None:
        self._topn = topn
        self.cosines = np.full((queries, topn), -np.inf, np.float32)
        self.rows = np.full((queries, topn), NO_ROW, np.int32)

    def take(self, first: int, start: int, cosines: NDArray[np.float32]) -> None:
        """Looks through a block: queries from `first` on (q) by rows from `start` on (r).

        Args:
            cosines: float32 (q, r); −inf for what is no answer.
        """
        stop = first + len(cosines)
        least = self.cosines[first:stop, -1]
        if cosines.shape[1] > self._topn and not np.isfinite(least).all():
            # Without a bound every row would be a candidate; this one keeps the block's best.
            place = cosines.shape[1] - self._topn
            edge = np.partition(cosines, place, axis=1)[:, place]
            least = np.maximum(least, np.nextafter(edge, np.float32(-np.inf)))
        # Much faster than np.nonzero on two axes where hardly any are found.
        found = np.flatnonzero(cosines > least[:, None])
        if found.size == 0:
            return
        query, column = np.divmod(found, cosines.shape[1])
        counts = np.bincount(query, minlength=stop - first)
        slot = np.arange(query.size) - np.repeat(np.cumsum(counts) - counts, counts)
        width = self._topn + int(counts.max())
        values = np.full((stop - first, width), -np.inf, np.float32)
        rows = np.full((stop - first, width), NO_ROW, np.int32)
        values[:, : self._topn] = self.cosines[first:stop]
        rows[:, : self._topn] = self.rows[first:stop]
        values[query, self._topn + slot] = cosines[query, column]
        rows[query, self._topn + slot] = start + column
        # Stable: earlier columns are lower rows, and stay first among equals.
        order = np.argsort(-values, axis=1, kind="stable")[:, : self._topn]
        self.cosines[first:stop] = np.take_along_axis(values, order, axis=1)
        self.rows[first:stop] = np.take_along_axis(rows, order, axis=1)


def _unit_rows(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The rows scaled to length 1, and which of them have a direction; the others are zeros."""
    norms = row_norms(vectors)
    valid = norms > 0  # false for NaN
    units: NDArray[np.float32] = np.zeros(vectors.shape, np.float32)
    np.divide(vectors, norms[:, None], out=units, where=valid[:, None])
    return units, valid


def shared_share(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.float64]:
    """How much of two lists of neighbours is the same, word by word.

    Args:
        one, other: int32 (Q, topn), from `nearest_rows`: no row twice in a list, −1 for none.

    Returns:
        float64 (Q,): |one ∩ other| / the longer one's length; NaN where both are empty.
    """
    topn = one.shape[1]
    common = np.zeros(len(one))
    block = max(1, 2**22 // (topn * topn))
    for start in range(0, len(one), block):
        a, b = one[start : start + block], other[start : start + block]
        same = (a[:, :, None] == b[:, None, :]) & (a != NO_ROW)[:, :, None]
        common[start : start + block] = np.count_nonzero(same, axis=(1, 2))
    longer = np.maximum((one != NO_ROW).sum(axis=1), (other != NO_ROW).sum(axis=1))
    share = np.full(len(one), np.nan)
    np.divide(common, longer, out=share, where=longer > 0)
    return share
