"""A few bits of each row, by which most rows are told apart from the nearest without reading them.

A row u of length 1 is split. Of its last columns a code is kept in two or three bits a column, û,
and e ≥ |u − û|; of its first ones only their length. For a query q of length 1 the cosine is, by
Cauchy and Schwarz, at most

    |q over the first| · |u over the first| + q·û over the last + |q over the last| · e

and a row whose bound is below the k-th best cosine found so far is none of the k best. Where it is
not, the first columns are read and q·u over them takes the place of the product of lengths; where
that is not enough, the others. How many columns have bits, and how many bits, is chosen by what
would be read of some rows for some queries. All of it, the rows' own lengths included, takes less
than 5 % of the matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Matrix
from lexiscope.vectors.search import BestRows, directions

# Of the matrix' bytes; the rows' lengths and errors come out of it too.
_SHARE = 0.0485
_SAMPLE = 4096
_QUERIES = 8
_NEIGHBOURS = 10
_BLOCK_ROWS = 8192
# The steps of a uniform quantiser of normal values that leaves the least, in standard deviations:
# Max, Quantizing for Minimum Distortion, 1960.
_STEPS = {2: 0.9957, 3: 0.5860}
# What a column in bits costs beside one that is read, measured; and where reading all is as good.
_COST = 0.1
_LEAST_GAIN = 0.1


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """The bits of all rows.

    Attributes:
        split: The first column that has bits; those before are read.
        bits: 2 or 3 a column.
        offsets: float32 (D − split,), what code 0 of a column stands for.
        steps: float32 (D − split,), what each code is above the one before.
        codes: uint32 (⌈V/64⌉, words, 64).
        lengths: uint8 (V, 2), |u over the first columns| and |u − û|, in units and rounded up; 255
            where it is not known.
        units: float64 (2,), theirs.
    """

    split: int
    bits: int
    offsets: NDArray[np.float32]
    steps: NDArray[np.float32]
    codes: NDArray[np.uint32]
    lengths: NDArray[np.uint8]
    units: NDArray[np.float64]

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        arrays = (self.offsets, self.steps, self.codes, self.lengths)
        return sum(array.nbytes for array in arrays)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """How a matrix may be split.

    Attributes:
        split: The first column with bits.
        bits: How many.
        words: Of 32 bits, a row.
    """

    split: int
    bits: int
    words: int

    def code(self, units: Matrix) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Offsets and steps of the columns with bits, from some rows of length 1."""
        last = units[:, self.split :]
        steps = (last.std(axis=0) * _STEPS[self.bits]).astype(np.float32)
        steps[steps <= 0] = 1
        middle = (2**self.bits - 1) / 2
        return (last.mean(axis=0) - middle * steps).astype(np.float32), steps


def make_sketch(vectors: Matrix, norms: NDArray[np.float32]) -> Sketch | None:
    """The bits of a matrix' rows; None where they would save too little.

    Args:
        vectors: float32 (V, D), rows one behind the other.
        norms: float32 (V,), from `row_norms`.
    """
    rows = np.flatnonzero(norms > 0)
    if len(rows) < _SAMPLE:
        return None
    rows = rows[np.linspace(0, len(rows) - 1, _SAMPLE).astype(np.int64)]
    units = directions(vectors[rows], norms[rows])
    queries, edges = _hard_questions(vectors, norms, rows, units)
    costs = {plan: _cost(plan, units, queries, edges) for plan in _plans(vectors.shape[1])}
    if not costs:
        return None
    best = min(costs, key=lambda plan: costs[plan])
    if costs[best] > 1 - _LEAST_GAIN:
        return None
    return _encoded(vectors, norms, best, units)


def _plans(columns: int) -> list[_Plan]:
    """The ways to spend the memory that may be spent."""
    room = int(_SHARE * columns * 4) - 6  # a float32 and two bytes
    plans = []
    for bits in _STEPS:
        fields = 32 // bits
        words = min(room // 4, -(-columns // fields))
        if words > 0:
            plans.append(_Plan(split=max(0, columns - words * fields), bits=bits, words=words))
    return plans


def _hard_questions(
    vectors: Matrix,
    norms: NDArray[np.float32],
    rows: NDArray[np.int64],
    units: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Some rows as queries (Q×D), and the cosine of the last neighbour of each (Q)."""
    chosen = np.linspace(0, len(rows) - 1, _QUERIES).astype(np.int64)
    queries = units[chosen]
    best = BestRows(_QUERIES, _NEIGHBOURS + 1)  # the row itself is one
    for start in range(0, len(vectors), _BLOCK_ROWS):
        block = norms[start : start + _BLOCK_ROWS]
        cosines = queries @ directions(vectors[start : start + _BLOCK_ROWS], block).T
        cosines[:, ~(block > 0)] = -np.inf
        best.take(0, start, cosines)
    return queries, best.values[:, -1]


def _cost(
    plan: _Plan,
    units: NDArray[np.float32],
    queries: NDArray[np.float32],
    edges: NDArray[np.float32],
) -> float:
    """What share of the matrix would be read for some queries, and what the bits cost beside."""
    offsets, steps = plan.code(units)
    first, last = units[:, : plan.split], units[:, plan.split :]
    codes = np.clip(np.rint((last - offsets) / steps), 0, 2**plan.bits - 1)
    coded = offsets + codes.astype(np.float32) * steps
    bounds = coded @ queries[:, plan.split :].T + np.outer(
        np.linalg.norm(last - coded, axis=1), np.linalg.norm(queries[:, plan.split :], axis=1)
    )
    lengths = np.outer(
        np.linalg.norm(first, axis=1), np.linalg.norm(queries[:, : plan.split], axis=1)
    )
    begun = float(np.mean(bounds + lengths >= edges))
    ended = float(np.mean(bounds + first @ queries[:, : plan.split].T >= edges))
    share = plan.split / units.shape[1]
    return float(share * begun + (1 - share) * (ended + _COST))


def _encoded(
    vectors: Matrix, norms: NDArray[np.float32], plan: _Plan, sample: NDArray[np.float32]
) -> Sketch:
    from lexiscope.vectors.kernels.scan import BLOCK, UNKNOWN, encode

    offsets, steps = plan.code(sample)
    rows = len(vectors)
    codes = np.zeros((-(-rows // BLOCK), plan.words, BLOCK), np.uint32)
    exact = np.empty((rows, 2), np.float32)
    encode(vectors, norms, plan.split, offsets, steps, plan.bits, 0, rows, codes, exact)
    some = exact[:: max(1, rows // _SAMPLE)]
    # A few rows unlike all others should not make the unit coarse; they are always read.
    units = np.quantile(some[np.isfinite(some[:, 0])], 0.999, axis=0) / (UNKNOWN - 5) + 1e-9
    lengths = np.ceil(exact * (1 + 1e-5) / units)
    return Sketch(
        split=plan.split,
        bits=plan.bits,
        offsets=offsets,
        steps=steps,
        codes=codes,
        lengths=np.where(lengths < UNKNOWN, lengths, UNKNOWN).astype(np.uint8),
        units=units,
    )
