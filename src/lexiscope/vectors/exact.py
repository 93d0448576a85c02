"""The exact nearest rows of a large matrix, again and again, with little memory beside it.

The first question goes through the whole matrix with NumPy. From the second on compiled code
answers on all threads, and a sketch of the rows (`sketch.py`) lets it pass over most of them: both
take a moment to come by, which somebody who asks once need not wait for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Matrix
from lexiscope.vectors.search import best_rows, cosines
from lexiscope.vectors.sketch import Sketch, make_sketch
from lexiscope.vectors.threads import on_threads, threads_allowed

# Below it a processor's cache has most of the matrix, and BLAS is as good as anything.
LARGE_BYTES = 1 << 25
# The list of the best is kept in order by moving its entries.
_MOST_IN_ORDER = 256
_CHUNK_ROWS = 1 << 14
_TRIALS = 3
_TRIED_TOPN = 10
_ROUNDING = 2.5e-7  # of a sum of products, a term


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """Rows and their cosines, highest first, the lower row first among equals.

    Attributes:
        rows: int64 (n,).
        cosines: float32 (n,).
    """

    rows: NDArray[np.int64]
    cosines: NDArray[np.float32]


class RowSearch:
    """A matrix that is asked for the rows nearest to a direction.

    Args:
        vectors: V×D.
        norms: V, from `row_norms`.

    Attributes:
        sketch: The rows' bits, once they are there; None where they would not help.
    """

    def __init__(self, vectors: Matrix, norms: NDArray[np.float32]) -> None:
        self._vectors = vectors
        self._norms = norms
        self._asked = 0
        self._prepared = False
        self._lock = threading.Lock()
        self.sketch: Sketch | None = None
        self._can_compile = (
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
        self._asked += 1
        compiled = self._can_compile and self._asked > 1 and topn <= _MOST_IN_ORDER
        if compiled and (stop - start) * self._vectors.shape[1] * 4 >= LARGE_BYTES and topn > 0:
            self._prepare(query)
            found = self._scan(query, topn, excluded, start, stop)
            if found is not None:
                return found
            # The matrix has been changed under the bits: they are made anew.
            self._prepared = False
        return self._by_product(query, topn, excluded, start, stop)

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

    def _scan(
        self,
        query: NDArray[np.float32],
        topn: int,
        excluded: Sequence[int],
        start: int,
        stop: int,
    ) -> Nearest | None:
        return scan(self._vectors, self._norms, self.sketch, query, topn, excluded, start, stop)

    def _prepare(self, query: NDArray[np.float32]) -> None:
        with self._lock:
            if not self._prepared:
                self.sketch = self._worthwhile(make_sketch(self._vectors, self._norms), query)
                self._prepared = True

    def _worthwhile(self, sketch: Sketch | None, query: NDArray[np.float32]) -> Sketch | None:
        """The sketch, unless reading all rows one after the other is faster on this machine."""
        if sketch is None:
            return None
        seconds = {}
        for kind, bits in (("sketch", sketch), ("all", None)):
            times = []
            for _ in range(_TRIALS):
                began = time.perf_counter()
                scan(self._vectors, self._norms, bits, query, _TRIED_TOPN, (), 0, len(self._norms))
                times.append(time.perf_counter() - began)
            seconds[kind] = min(times)
        return sketch if seconds["sketch"] < seconds["all"] else None


def scan(
    vectors: Matrix,
    norms: NDArray[np.float32],
    sketch: Sketch | None,
    query: NDArray[np.float32],
    topn: int,
    excluded: Sequence[int],
    start: int,
    stop: int,
) -> Nearest | None:
    """The answer of compiled code; None where matrix and sketch are not of each other."""
    from lexiscope.vectors.kernels.scan import BLOCK, search

    columns = vectors.shape[1]
    if sketch is None:
        split, bits, offset = columns, 3, np.float32(0)
        reach: NDArray[np.float32] = np.zeros(2, np.float32)
        codes, weights = np.zeros((0, 0, BLOCK), np.uint32), np.zeros(0, np.float32)
        lengths = np.zeros((0, 2), np.uint8)
    else:
        split, bits, codes, lengths = sketch.split, sketch.bits, sketch.codes, sketch.lengths
        first, last = query[:split].astype(np.float64), query[split:].astype(np.float64)
        weights = np.zeros(codes.shape[1] * (32 // bits), np.float32)
        weights[: len(last)] = last * sketch.steps
        offset = np.float32(last @ sketch.offsets)
        reached = np.array([np.linalg.norm(first), np.linalg.norm(last)]) * sketch.units
        reach = (reached * (1 + 1e-6)).astype(np.float32)
    margin = np.float32(_ROUNDING * (columns + 64))
    banned = np.array(sorted(set(excluded)), dtype=np.int64)
    floor = np.full(1, -np.inf, np.float32)
    chunks = count(start // _CHUNK_ROWS)
    found: list[tuple[NDArray[np.float32], NDArray[np.int64]]] = []
    stale: list[bool] = []

    def work() -> None:
        values, rows = np.full(topn, -np.inf, np.float32), np.full(topn, -1, np.int64)
        sums, parts = np.empty((2, BLOCK), np.float32)
        waiting, bounds = np.empty((2, BLOCK), np.int64), np.empty((2, BLOCK), np.float32)
        for chunk in chunks:
            first_row = max(start, chunk * _CHUNK_ROWS)
            if first_row >= stop or stale:
                break
            last_row = min(stop, (chunk + 1) * _CHUNK_ROWS)
            read = search(
                vectors, norms, query, split, codes, weights, offset, bits, lengths, reach, margin,
                banned, first_row, last_row, floor, values, rows, sums, waiting, bounds, parts,
            )  # fmt: skip
            if read < 0:
                stale.append(True)
        found.append((values, rows))

    on_threads(work, threads_allowed())
    if stale:
        return None
    values, rows = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((rows, -values))[:topn]
    order = order[rows[order] >= 0]
    return Nearest(rows=rows[order], cosines=values[order])
