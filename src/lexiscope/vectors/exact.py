"""The exact nearest rows of a large matrix, asked for again and again.

The first questions go through the whole matrix with NumPy, and leave nothing behind. Whoever goes
on asking has the rows made into int8 (`int8_rows.py`): a quarter of the matrix' memory, by which
compiled code passes over nearly all rows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Matrix
from lexiscope.memory import available_memory
from lexiscope.vectors.int8_rows import Int8Rows, chunks, encode_rows, int8_bytes, weights_of
from lexiscope.vectors.nearest import nearest_of_each
from lexiscope.vectors.search import NO_ROW, BestRows, best_rows, cosines
from lexiscope.vectors.threads import on_threads, threads_allowed

Values = NDArray[np.float32]
Rows = NDArray[np.int64]

# Below it a processor's cache has most of the matrix, and BLAS is as good as anything.
LARGE_BYTES = 1 << 25
# The list of the best is kept in order by moving its entries.
_MOST_IN_ORDER = 256
# Making the int8 takes as long as some questions: who asks that often gets it.
_PATIENT = 3
_CHUNK_ROWS = 1 << 13
# Of many questions: their rows' int8 stay in the cache of a core, and so do a block's weights.
_CHUNK_ROWS_OF_MANY = 1 << 10
_QUERIES = 1024
_BLOCK_QUERIES = 32


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """Rows and their cosines, highest first, the lower row first among equals.

    Attributes:
        rows: int64 (n,).
        cosines: float32 (n,).
    """

    rows: NDArray[np.int64]
    cosines: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What compiled code found for some queries.

    Attributes:
        best: Rows and cosines of each.
        read: How many times a row was read.
    """

    best: BestRows
    read: int


class RowSearch:
    """A matrix that is asked for the rows nearest to a direction.

    Args:
        vectors: V×D.
        norms: V, from `row_norms`.

    Attributes:
        int8: The rows in int8, once they are there.
    """

    def __init__(self, vectors: Matrix, norms: NDArray[np.float32]) -> None:
        self._vectors = vectors
        self._norms = norms
        self._asked = 0
        self._lock = threading.Lock()
        self.int8: Int8Rows | None = None
        self._may_have_int8 = (
            vectors.dtype == np.float32
            and vectors.flags.c_contiguous
            and vectors.flags.aligned
            and vectors.nbytes >= LARGE_BYTES
        )

    def is_of(self, vectors: Matrix, norms: NDArray[np.float32]) -> bool:
        """Whether it is the search of these very arrays."""
        return self._vectors is vectors and self._norms is norms

    def nearest(
        self,
        query: NDArray[np.float32],
        topn: int,
        excluded: Sequence[int] = (),
        start: int = 0,
        stop: int | None = None,
    ) -> Nearest:
        """The rows of the highest cosine with a query.

        Args:
            query: float32 (D,), of length 1.
            topn: How many at most.
            excluded: Rows that are no answer.
            start, stop: The rows to search; to the end where `stop` is None.
        """
        start, stop, _step = slice(start, stop).indices(len(self._vectors))
        topn = min(topn, max(0, stop - start))
        found = self._by_int8(scan, query[None], topn, [excluded], start, stop)
        if found is None:
            return self._by_product(query, topn, excluded, start, stop)
        rows, values = found.rows[0], found.values[0]
        return Nearest(rows=rows[rows != NO_ROW].astype(np.int64), cosines=values[rows != NO_ROW])

    def nearest_of_each(
        self,
        queries: NDArray[np.float32],
        topn: int,
        excluded: Sequence[Collection[int]],
        start: int,
        stop: int,
    ) -> BestRows:
        """The same for many queries.

        Args:
            queries: float32 (Q, D), of length 1.
            topn: How many at most, at least 1.
            excluded: Q collections of rows that are no answer.
            start, stop: The rows to search.
        """
        found = self._by_int8(scan_many, queries, topn, excluded, start, stop)
        if found is not None:
            return found
        return nearest_of_each(self._vectors, self._norms, queries, topn, excluded, start, stop)

    def _by_int8(
        self,
        how: Callable[..., Found | None],
        queries: NDArray[np.float32],
        topn: int,
        excluded: Sequence[Collection[int]],
        start: int,
        stop: int,
    ) -> BestRows | None:
        """The answer by the rows in int8; None where there are none, or not of this matrix."""
        self._asked += len(queries)
        large = (stop - start) * self._vectors.shape[1] * 4 >= LARGE_BYTES
        if not (self._may_have_int8 and large and 0 < topn <= _MOST_IN_ORDER):
            return None
        int8 = self._made()
        if int8 is None:
            return None
        found = how(self._vectors, self._norms, int8, queries, topn, excluded, start, stop)
        if found is None:
            # The matrix has been changed under it: it is made anew for the next.
            self.int8 = None
            return None
        if found.read > len(queries) * (stop - start) // 2:
            # All rows are so near to each other that they have to be read.
            self.int8, self._may_have_int8 = None, False
        return found.best

    def _made(self) -> Int8Rows | None:
        with self._lock:
            if self.int8 is None and self._asked >= _PATIENT:
                if int8_bytes(*self._vectors.shape) > available_memory() // 2:
                    self._may_have_int8 = False
                else:
                    self.int8 = encode_rows(self._vectors, self._norms)
            return self.int8

    def _by_product(
        self,
        query: NDArray[np.float32],
        topn: int,
        excluded: Sequence[int],
        start: int,
        stop: int,
    ) -> Nearest:
        norms = self._norms[start:stop]
        values = cosines(self._vectors[start:stop], norms, query)
        inside = [row - start for row in excluded if start <= row < stop]
        rows = np.array(best_rows(values.copy(), norms, topn, inside), dtype=np.int64)
        return Nearest(rows=rows + start, cosines=values[rows])


def scan(
    vectors: Matrix,
    norms: NDArray[np.float32],
    int8: Int8Rows,
    queries: NDArray[np.float32],
    topn: int,
    excluded: Sequence[Collection[int]],
    start: int,
    stop: int,
) -> Found | None:
    """The answer to one query (1, D); None where matrix and int8 are not of each other."""
    from lexiscope.vectors.kernels.scan import search

    whole = weights_of(queries)
    banned = np.array(sorted(excluded[0]), dtype=np.int64)
    floor = np.full(1, -np.inf, np.float32)

    def some(first: int, beyond: int, values: Values, rows: Rows) -> int:
        read: int = search(
            vectors, norms, queries[0], int8.codes, int8.steps, int8.errors,
            whole.weights[0], whole.units[0], whole.slacks[0], whole.lifted[0], banned,
            first, beyond, floor, values[0], rows[0],
        )  # fmt: skip
        return read

    return _on_threads(some, chunks(start, stop, _CHUNK_ROWS), 1, topn)


def scan_many(
    vectors: Matrix,
    norms: NDArray[np.float32],
    int8: Int8Rows,
    queries: NDArray[np.float32],
    topn: int,
    excluded: Sequence[Collection[int]],
    start: int,
    stop: int,
) -> Found | None:
    """The answers to many queries (Q, D); None where matrix and int8 are not of each other."""
    best, read = BestRows(len(queries), topn), 0
    for first in range(0, len(queries), _QUERIES):
        here = slice(first, first + _QUERIES)
        found = _scan_block(vectors, norms, int8, queries[here], topn, excluded[here], start, stop)
        if found is None:
            return None
        best.rows[here], best.values[here] = found.best.rows, found.best.values
        read += found.read
    return Found(best=best, read=read)


def _scan_block(
    vectors: Matrix,
    norms: NDArray[np.float32],
    int8: Int8Rows,
    queries: NDArray[np.float32],
    topn: int,
    excluded: Sequence[Collection[int]],
    start: int,
    stop: int,
) -> Found | None:
    from lexiscope.vectors.kernels.scan import TILE_QUERIES, TILE_ROWS, search_many

    asked = len(queries)
    whole = weights_of(queries, -(-asked // TILE_QUERIES) * TILE_QUERIES)
    floors = np.full(len(whole.weights), np.inf, np.float32)
    floors[:asked] = -np.inf
    banned = np.array([row for some in excluded for row in sorted(some)], dtype=np.int64)
    banned_from = np.zeros(asked + 1, np.int64)
    np.cumsum([len(some) for some in excluded], out=banned_from[1:])

    def some(first: int, beyond: int, values: Values, rows: Rows) -> int:
        products = np.empty((TILE_ROWS, _BLOCK_QUERIES), np.int32)
        read: int = search_many(
            vectors, norms, queries, int8.codes, int8.steps, int8.errors,
            whole.weights, whole.units, whole.slacks, whole.lifted, banned, banned_from,
            first, beyond, floors, values, rows, products,
        )  # fmt: skip
        return read

    return _on_threads(some, chunks(start, stop, _CHUNK_ROWS_OF_MANY), asked, topn)


def _on_threads(
    some: Callable[[int, int, Values, Rows], int],
    pieces: Iterator[tuple[int, int]],
    asked: int,
    topn: int,
) -> Found | None:
    """The best of what all threads find, each in a list of its own.

    Args:
        some: Takes the rows of a chunk into cosines and rows (Q, topn), highest first, and gives
            how many it read, or −1 where they are not what they were.
        pieces: The chunks, first rows and those beyond.
        asked: Q.
        topn: How many are wanted.
    """
    lists: list[tuple[Values, Rows]] = []
    counts: list[int] = []

    def work() -> None:
        values = np.full((asked, topn), -np.inf, np.float32)
        rows = np.full((asked, topn), NO_ROW, np.int64)
        lists.append((values, rows))
        for first, beyond in pieces:
            counts.append(some(first, beyond, values, rows))
            if counts[-1] < 0:
                break

    on_threads(work, threads_allowed())
    if min(counts) < 0:
        return None
    values, rows = (np.concatenate(parts, axis=1) for parts in zip(*lists, strict=True))
    order = np.lexsort((rows, -values), axis=1)[:, :topn]
    best = BestRows(asked, topn)
    best.values[:] = np.take_along_axis(values, order, axis=1)
    best.rows[:] = np.take_along_axis(rows, order, axis=1)
    return Found(best=best, read=sum(counts))
