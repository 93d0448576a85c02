"""The nearest of some rows to each of many, by products that never leave the cache.

Rows come in blocks; each block's cosines with a block of candidates are taken into short lists as
soon as they are there, on every thread in scratch memory of its own. Each product is one thread's,
and of the same shape whoever takes it, so that the same bits come out every time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Matrix
from lexiscope.vectors.int8_rows import chunks
from lexiscope.vectors.search import NO_ROW, directions
from lexiscope.vectors.threads import on_threads, threads_allowed

Values = NDArray[np.float32]
Rows = NDArray[np.int64]

_ROWS = 256
_CANDIDATES = 1024
_CHUNK_ROWS = 2048


@contextmanager
def one_thread_a_product() -> Iterator[int]:
    """Keeps BLAS to one thread while ours have the cores; gives how many there are to be."""
    from threadpoolctl import threadpool_limits

    threads = threads_allowed()
    with threadpool_limits(1, user_api="blas"):
        yield threads


def take_cosines(
    units: Values, candidates: Values, start: int, scratch: Values, values: Values, rows: Rows
) -> None:
    """Takes candidates into the lists of the nearest to some rows.

    Args:
        units: float32 (Q, D), rows of length 1.
        candidates: float32 (L, D), of length 1 too.
        start: What the first candidate is called in `rows`.
        scratch: float32, at least 256 · 1024, overwritten.
        values, rows: float32 and int64 (Q, k), the best so far of each, highest first.
    """
    from lexiscope.vectors.kernels.best import take_best

    for top in range(0, len(units), _ROWS):
        some = units[top : top + _ROWS]
        for left in range(0, len(candidates), _CANDIDATES):
            there = candidates[left : left + _CANDIDATES]
            found = scratch[: len(some) * len(there)].reshape(len(some), len(there))
            np.matmul(some, there.T, out=found)
            take_best(found, start + left, values[top : top + _ROWS], rows[top : top + _ROWS])


def new_scratch() -> Values:
    """Memory for `take_cosines`, a thread's own."""
    return np.empty(_ROWS * _CANDIDATES, np.float32)


def new_lists(count: int, topn: int) -> tuple[Values, Rows]:
    """Lists of the best with nothing in them: −infinity, and no row."""
    return np.full((count, topn), -np.inf, np.float32), np.full((count, topn), NO_ROW, np.int64)


def each_row_nearest(
    vectors: Matrix,
    norms: Values,
    candidates: Values,
    topn: int,
    take: Callable[[int, int, Values, Rows], None],
    told: Callable[[int], None],
) -> None:
    """Finds the candidates nearest to every row, and hands them over a chunk of rows at a time.

    Args:
        vectors: V×D.
        norms: float32 (V,), from `row_norms`.
        candidates: float32 (L, D), of length 1.
        topn: How many of them.
        take: Gets a chunk's first row, the row beyond it, and the nearest, (n, topn), highest
            first; from several threads, each chunk once.
        told: Gets how many rows are done.
    """
    done, lock, own = 0, threading.Lock(), threading.local()

    def work() -> None:
        own.scratch = new_scratch()
        try:
            for first, beyond in pieces:
                one_chunk(first, beyond)
        finally:
            # Whoever is stopped leaves nothing for the others to go on with.
            for _ in pieces:
                pass

    def one_chunk(first: int, beyond: int) -> None:
        nonlocal done
        values, rows = new_lists(beyond - first, topn)
        units = directions(vectors[first:beyond], norms[first:beyond])
        take_cosines(units, candidates, 0, own.scratch, values, rows)
        take(first, beyond, values, rows)
        with lock:
            done += beyond - first
            told(done)

    pieces = chunks(0, len(vectors), _CHUNK_ROWS)
    with one_thread_a_product() as threads:
        on_threads(work, threads)


def nearest_among_all(
    vectors: Matrix, norms: Values, asked: Rows, topn: int, told: Callable[[int], None]
) -> Rows:
    """The rows nearest to each of some rows, itself left out: int64 (Q, topn), −1 for none.

    Args:
        vectors: V×D.
        norms: float32 (V,), from `row_norms`.
        asked: int64 (Q,), rows that have a direction.
        topn: How many.
        told: Gets how many rows were looked at.
    """
    queries = directions(vectors[asked], norms[asked])
    values, rows = new_lists(len(asked), topn + 1)
    scratch = new_scratch()
    with one_thread_a_product():
        for first, beyond in chunks(0, len(vectors), _CHUNK_ROWS):
            alive = np.flatnonzero(norms[first:beyond] > 0)
            units = directions(vectors[first:beyond][alive], norms[first:beyond][alive])
            take_cosines(queries, units, first, scratch, values, rows)
            new = rows >= first  # numbered among those that have a direction
            rows[new] = first + alive[rows[new] - first]
            told(beyond)
    return without_own(rows, asked, topn)


def without_own(rows: Rows, asked: Rows, topn: int) -> Rows:
    """Lists of one more than asked for, with each query's own row taken out, or its last."""
    own = rows == asked[:, None]
    own[~own.any(axis=1), -1] = True
    left: Rows = rows[~own].reshape(len(rows), topn)
    return left
