"""The rows of a matrix in int8, by which most of them are told apart from the nearest.

A row u of length 1 is a step s times whole numbers c from −127 to 127, and a rest of length e at
most; a query q of length 1 is a unit t times whole numbers w, and a rest of length f at most. By
Cauchy and Schwarz the cosine q·u is then at most

    s t (w·c) + e + f (1 + e)

and a row whose bound is below the k-th best cosine found so far is none of the k best. They take a
quarter of the matrix' memory, and as much less time to go through, as that is what it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Matrix
from lexiscope.vectors.threads import on_threads, threads_allowed

_CHUNK_ROWS = 1 << 13
_ROUNDING = 2.5e-7  # of a sum of products, a term


@dataclass(frozen=True, kw_only=True)
class Int8Rows:
    """The rows of a V×D matrix, scaled to length 1, in int8.

    Attributes:
        codes: int8 (V up to a whole tile, W); W is D up to a whole vector register, with zeros.
        steps: float32 (V,), what one stands for.
        errors: float32 (V,), the length of what a row's codes leave out at most; infinity for a row
            without codes.
    """

    codes: NDArray[np.int8]
    steps: NDArray[np.float32]
    errors: NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return self.codes.nbytes + self.steps.nbytes + self.errors.nbytes


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Some queries in whole numbers, as rows in int8 are multiplied with.

    Attributes:
        weights: int8 (R, W).
        units: float32 (R,), what one stands for.
        slacks: float32 (R,), the length of what a query's weights leave out at most, and what
            rounding may add to a bound.
        lifted: int32 (R,), 128 times the sum of a query's weights: what its products have too much
            where codes are taken as unsigned bytes.
    """

    weights: NDArray[np.int8]
    units: NDArray[np.float32]
    slacks: NDArray[np.float32]
    lifted: NDArray[np.int32]


def int8_bytes(rows: int, columns: int) -> int:
    """The memory that the rows of a matrix take in int8."""
    return rows * (_padded(columns) + 8)


def encode_rows(vectors: Matrix, norms: NDArray[np.float32]) -> Int8Rows:
    """A matrix' rows in int8.

    Args:
        vectors: float32 (V, D), rows one behind the other.
        norms: float32 (V,), from `row_norms`.
    """
    from lexiscope.vectors.kernels.scan import TILE_ROWS, encode

    rows, columns = vectors.shape
    made = Int8Rows(
        codes=np.zeros((-(-rows // TILE_ROWS) * TILE_ROWS, _padded(columns)), np.int8),
        steps=np.empty(rows, np.float32),
        errors=np.empty(rows, np.float32),
    )

    pieces = chunks(0, rows, _CHUNK_ROWS)

    def fill() -> None:
        for start, stop in pieces:
            encode(vectors, norms, start, stop, made.codes, made.steps, made.errors)

    on_threads(fill, threads_allowed())
    return made


def weights_of(queries: NDArray[np.float32], count: int | None = None) -> Weights:
    """Queries in whole numbers.

    Args:
        queries: float32 (Q, D), of length 1.
        count: How many queries there are to be (R); those beyond Q are zeros.
    """
    from lexiscope.vectors.kernels.scan import MOST

    asked, columns = queries.shape
    count = asked if count is None else count
    # A sum of products of theirs and unsigned bytes has to fit 32 bits.
    most = min(MOST, (2**31 - 1) // (255 * max(1, columns)))
    wide = queries.astype(np.float64)
    largest = np.abs(wide).max(axis=1, initial=0)
    units = np.where(largest > 0, largest, 1) / most
    whole = np.rint(wide / units[:, None])
    left = np.linalg.norm(wide - whole * units[:, None], axis=1)
    made = Weights(
        weights=np.zeros((count, _padded(columns)), np.int8),
        units=np.zeros(count, np.float32),
        slacks=np.zeros(count, np.float32),
        lifted=np.zeros(count, np.int32),
    )
    made.weights[:asked, :columns] = whole
    made.units[:asked] = units
    made.slacks[:asked] = left * (1 + 1e-6) + _ROUNDING * (columns + 64)
    made.lifted[:] = 128 * made.weights.sum(axis=1, dtype=np.int32)
    return made


def chunks(start: int, stop: int, rows: int) -> Iterator[tuple[int, int]]:
    """The chunks of some rows, first and beyond, which several threads may take from.

    Args:
        start, stop: The rows.
        rows: How many a chunk has; they begin at multiples of it.
    """
    begins = range(start - start % rows, stop, rows)
    return iter([(max(start, begin), min(stop, begin + rows)) for begin in begins])


def _padded(columns: int) -> int:
    from lexiscope.vectors.kernels.scan import LANES

    return -(-columns // LANES) * LANES
