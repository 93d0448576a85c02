"""The nearest neighbours of many words at once, in bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Matrix
from lexiscope.vectors.search import NO_ROW, BestRows, directions, row_norms

_QUERIES = 256
# Rows of the vocabulary at a time: their cosines with a block of queries are 4 MB, which stay in
# the cache until the best are found.
_ROWS = 4096
# Of a few directions the cosines with so many rows take no more, and fewer products wait less.
_ROWS_OF_FEW = 16_384
# Of many directions longer blocks cost less a product than they lose in the cache.
_ROWS_OF_MANY = 8192


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
    best = BestRows(len(queries), topn)
    lengths = row_norms(vectors[queries])
    asked_for = directions(vectors[queries], lengths)
    for start in range(0, len(vectors), _ROWS):
        norms = row_norms(vectors[start : start + _ROWS])
        units, valid = directions(vectors[start : start + _ROWS], norms), norms > 0
        for first in range(0, len(queries), _QUERIES):
            asked = queries[first : first + _QUERIES]
            cosines = asked_for[first : first + _QUERIES] @ units.T
            if not valid.all():
                cosines[:, ~valid] = -np.inf
            own = np.flatnonzero((asked >= start) & (asked < start + len(units)))
            cosines[own, asked[own] - start] = -np.inf
            best.take(first, start, cosines)
    best.rows[~(lengths > 0)] = NO_ROW
    return best.rows


def nearest_to(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float32],
    wanted: NDArray[np.float32],
    topn: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The rows of the highest cosine with each of some directions.

    One product a block of rows serves all directions, so that several questions at once cost
    little more than one: what takes the time is reading the matrix.

    Args:
        vectors: float32 (V, D).
        norms: float32 (V,), from `row_norms`.
        wanted: float32 (Q, D), directions of length 1.
        topn: How many neighbours, at least 1.

    Returns:
        int32 (Q, topn), nearest first, the lower row first among equals, −1 where there are no
        more; and float32 (Q, topn), their cosines. Rows of zeros and rows that are not finite are
        no neighbours.
    """
    best = BestRows(len(wanted), topn)
    for start in range(0, len(vectors), _ROWS_OF_FEW):
        lengths = norms[start : start + _ROWS_OF_FEW]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            cosines = wanted @ vectors[start : start + _ROWS_OF_FEW].T
            cosines /= lengths
        unknown = ~(lengths > 0)  # NaN's too
        if unknown.any():
            cosines[:, unknown] = -np.inf
        best.take(0, start, cosines)
    return best.rows, best.values


def nearest_of_each(
    vectors: Matrix,
    norms: NDArray[np.float32],
    wanted: NDArray[np.float32],
    topn: int,
    excluded: Sequence[Collection[int]],
    start: int,
    stop: int,
) -> BestRows:
    """The rows of the highest cosine with each of many directions, some rows of each left out.

    Args:
        vectors: V×D.
        norms: float32 (V,), from `row_norms`.
        wanted: float32 (Q, D), directions of length 1.
        topn: How many neighbours, at least 1.
        excluded: Q collections of rows that are no answer.
        start, stop: The rows to search.
    """
    best = BestRows(len(wanted), topn)
    pairs = [(row, number) for number, rows in enumerate(excluded) for row in rows]
    banned = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    for first_row in range(start, stop, _ROWS_OF_MANY):
        last_row = min(stop, first_row + _ROWS_OF_MANY)
        lengths = norms[first_row:last_row]
        units = directions(vectors[first_row:last_row], lengths)
        dead = ~(lengths > 0)
        here = banned[slice(*np.searchsorted(banned[:, 0], (first_row, last_row)))]
        for first in range(0, len(wanted), _QUERIES):
            cosines = wanted[first : first + _QUERIES] @ units.T
            if dead.any():
                cosines[:, dead] = -np.inf
            own = here[(here[:, 1] >= first) & (here[:, 1] < first + len(cosines))]
            cosines[own[:, 1] - first, own[:, 0] - first_row] = -np.inf
            best.take(first, first_row, cosines)
    return best


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
