"""The rows of the highest cosine, found by reading a quarter of the matrix.

What takes the time is bringing the rows from memory. So each row is also kept in int8, with how far
that is from the truth at most (`int8_rows.py`): a product of whole numbers tells, for most rows,
that they cannot be among the best. The others are read: what is answered is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from lexiscope.compiled.decorators import inlined, intrinsic, kernel, summing
from lexiscope.vectors.kernels.best import insert

LANES = 16
"""Codes of a row that are multiplied at once; a row has a multiple of so many."""

TILE_ROWS, TILE_QUERIES = 2, 4
"""Rows and queries whose products are taken at once; more would not fit the registers of AVX2."""

MOST = 127
"""The largest code."""

_CHECKED = 1024  # one of so many rows is read in any case


def _loaded(builder: Any, base: Any, byte: Any, bits: int) -> Any:
    """Some whole numbers from memory on, as int32."""
    vector = ir.VectorType(ir.IntType(bits), LANES)
    pointer = builder.inttoptr(builder.add(base, byte), vector.as_pointer())
    return builder.sext(builder.load(pointer, align=1), ir.VectorType(ir.IntType(32), LANES))


def _pairs_added(builder: Any, products: Any) -> Any:
    """Neighbours added: one instruction together with the product (pmaddwd) where there is one."""
    half = LANES // 2
    index = ir.VectorType(ir.IntType(32), half)
    even, odd = (
        builder.shuffle_vector(products, products, index([2 * n + odd for n in range(half)]))
        for odd in (0, 1)
    )
    return builder.add(even, odd)


def _tile(builder: Any, rows: list[Any], queries: list[Any], count: Any) -> list[Any]:
    """Products of some rows' codes and some queries' weights, as int32, row by row.

    Args:
        builder: Where instructions go.
        rows: Addresses of int8.
        queries: Addresses of int16.
        count: How many numbers each has, a multiple of `LANES`.
    """
    sums_type = ir.VectorType(ir.IntType(32), LANES // 2)
    sums = [
        cgutils.alloca_once_value(builder, ir.Constant(sums_type, None))
        for _ in range(len(rows) * len(queries))
    ]
    step = ir.IntType(64)
    with cgutils.for_range(builder, builder.udiv(count, step(LANES))) as loop:
        code_at = builder.mul(loop.index, step(LANES))
        weight_at = builder.mul(loop.index, step(2 * LANES))
        codes = [_loaded(builder, row, code_at, 8) for row in rows]
        weights = [_loaded(builder, query, weight_at, 16) for query in queries]
        for at, place in enumerate(sums):
            product = builder.mul(codes[at // len(queries)], weights[at % len(queries)])
            added = builder.add(builder.load(place), _pairs_added(builder, product))
            builder.store(added, place)
    return [_total(builder, builder.load(place)) for place in sums]


def _total(builder: Any, sums: Any) -> Any:
    width = sums.type.count
    while width > 1:
        width //= 2
        index = ir.VectorType(ir.IntType(32), width)
        low, high = (
            builder.shuffle_vector(sums, sums, index([first + n for n in range(width)]))
            for first in (0, width)
        )
        sums = builder.add(low, high)
    return builder.extract_element(sums, ir.IntType(32)(0))


@intrinsic
def _product(typingctx: Any, row: Any, query: Any, count: Any) -> Any:
    """The product of a row's codes (int8) and a query's weights (int16), at addresses: int32."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return _tile(builder, [args[0]], [args[1]], args[2])[0]

    return types.int32(types.intp, types.intp, types.intp), codegen


@intrinsic
def _products(typingctx: Any, row: Any, query: Any, count: Any, out: Any, out_bytes: Any) -> Any:
    """Those of `TILE_ROWS` rows and `TILE_QUERIES` queries, which follow each other in memory.

    They are written as int32, those of a row together, of the next `out_bytes` behind.
    """

    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        row, query, count, out, out_bytes = args
        size = ir.IntType(64)
        rows = [builder.add(row, builder.mul(count, size(n))) for n in range(TILE_ROWS)]
        queries = [builder.add(query, builder.mul(count, size(2 * n))) for n in range(TILE_QUERIES)]
        for at, value in enumerate(_tile(builder, rows, queries, count)):
            beside = size(4 * (at % TILE_QUERIES))
            place = builder.add(builder.mul(out_bytes, size(at // TILE_QUERIES)), beside)
            pointer = builder.inttoptr(builder.add(out, place), ir.IntType(32).as_pointer())
            builder.store(value, pointer, align=1)
        return context.get_dummy_value()

    return types.void(*[types.intp] * 5), codegen


@summing
def dot(row, query):
    """The product of a row with a query (float32)."""
    total = np.float32(0)
    for column in range(row.shape[0]):
        total += row[column] * query[column]
    return total


@summing
def _encode_row(row, length, codes):
    """A row's codes, filled in; the step between two of them, and what they leave out at most."""
    largest = np.float32(0)
    for column in range(row.shape[0]):
        largest = max(largest, abs(row[column]))
    step = np.float32(largest / length / np.float32(MOST))
    if not 0 < step < np.inf:
        return np.float32(0), np.float32(np.inf)
    total = np.float32(0)
    scale, inverse = np.float32(1) / length, np.float32(MOST) / largest
    for column in range(row.shape[0]):
        code = np.floor(row[column] * inverse + np.float32(0.5))
        codes[column] = np.int8(code)
        left = row[column] * scale - code * step
        total += left * left
    # What rounding may have taken from the length of what is left out.
    error = np.float32(np.sqrt(total) * np.float32(1 + 1e-4) + np.float32(1e-6))
    return step, error if error < np.inf else np.float32(np.inf)


@kernel
def encode(vectors, norms, start, stop, codes, steps, errors):
    """Puts some rows, scaled to length 1, into int8: a row is its codes times its step.

    Args:
        vectors: float32 (V, D).
        norms: float32 (V,); a row whose length is not above 0 gets no codes.
        start, stop: The rows.
        codes: int8 (V, W), zero before; W is D up to a multiple of `LANES`.
        steps: float32 (V,), filled.
        errors: float32 (V,), filled: the length of what the codes leave out at most; infinity for a
            row without codes.
    """
    for row in range(start, stop):
        if norms[row] > 0:
            steps[row], errors[row] = _encode_row(vectors[row], norms[row], codes[row])
        else:
            steps[row], errors[row] = np.float32(0), np.float32(np.inf)


@inlined
def _is_among(row, some):
    for one in some:  # noqa: SIM110 - compiled, without generators
        if one == row:
            return True
    return False


@kernel
def search(
    vectors, norms, query, codes, steps, errors, weights, unit, slack, excluded, start, stop,
    floor, values, rows,
):  # fmt: skip
    """Takes the rows of the highest cosine among some into a list of the best so far.

    Args:
        vectors: float32 (V, D), rows one behind the other.
        norms: float32 (V,); a row whose length is not above 0 is no answer.
        query: float32 (D,), of length 1.
        codes, steps, errors: From `encode`.
        weights: int16 (W,), the query in whole numbers.
        unit: What one of `weights` stands for.
        slack: The length of what `weights` leave out of the query at most, and what rounding may
            add to a bound.
        excluded: int64 (n,), rows that are no answer.
        start, stop: The rows to search.
        floor: float32 (1,), what an answer must reach: shared between threads, only ever a value
            that `values` of one of them has at its end.
        values, rows: float32 and int64 (topn,), the best so far, highest first.

    Returns:
        How many rows were read; −1 where a row is above its bound, so that matrix and codes are no
        longer of each other.
    """
    last = values.shape[0] - 1
    width = codes.shape[1]
    base, wanted = codes.ctypes.data, weights.ctypes.data
    least = max(floor[0], values[last])
    total = np.int64(0)
    for row in range(start, stop):
        if not norms[row] > 0:
            continue
        product = np.float32(_product(base + row * width, wanted, width))
        bound = product * unit * steps[row] + errors[row] + slack * (errors[row] + np.float32(1))
        if bound < least and row % _CHECKED != 0:
            continue
        total += 1
        value = dot(vectors[row], query) / norms[row]
        if value > bound:
            return np.int64(-1)
        if value > values[last] and not _is_among(row, excluded):
            insert(values, rows, value, row)
            floor[0] = max(floor[0], values[last])
            least = floor[0]
    return total


@inlined
def _any_reaches(products, units, slacks, floors, step, error):
    """Whether a row's bound reaches, for any of some queries, what an answer must."""
    reached = False
    for query in range(products.shape[0]):
        bound = np.float32(products[query]) * units[query] * step
        bound += error + slacks[query] * (error + np.float32(1))
        reached |= not bound < floors[query]
    return reached


@kernel
def search_many(
    vectors, norms, queries, codes, steps, errors, weights, units, slacks, excluded, excluded_from,
    start, stop, floors, values, rows, products,
):  # fmt: skip
    """The same for many queries: rows stay in the cache while all queries meet them.

    Args:
        vectors, norms, codes, steps, errors: As for `search`; `codes` have rows for a whole tile.
        queries: float32 (Q, D), of length 1.
        weights: int16 (R, W), as for `search`; R is Q up to a multiple of `TILE_QUERIES`.
        units: float32 (R,), what one of a query's weights stands for.
        slacks: float32 (R,), as for `search`.
        excluded: int64 (n,), rows that are no answer, those of a query behind those of the last.
        excluded_from: int64 (Q + 1,), where those of each begin.
        start, stop: The rows to search.
        floors: float32 (R,), as for `search`, of each query; infinity beyond Q.
        values, rows: float32 and int64 (Q, topn), the best so far of each, highest first.
        products: int32 (`TILE_ROWS`, n), scratch: so many queries meet a row before the next.

    Returns:
        How many times a row was read; −1 where one is above its bound.
    """
    width, last = codes.shape[1], values.shape[1] - 1
    base, wanted, out = codes.ctypes.data, weights.ctypes.data, products.ctypes.data
    block = products.shape[1]
    total = np.int64(0)
    for first in range(0, weights.shape[0], block):
        beyond = min(weights.shape[0], first + block)
        here = slice(first, beyond)
        for top in range(start, stop, TILE_ROWS):
            for query in range(first, beyond, TILE_QUERIES):
                _products(
                    base + top * width, wanted + 2 * query * width, width,
                    out + 4 * (query - first), 4 * block,
                )  # fmt: skip
            for row in range(top, min(stop, top + TILE_ROWS)):
                if not norms[row] > 0:
                    continue
                found = products[row - top, : beyond - first]
                step, error = steps[row], errors[row]
                checked = row % _CHECKED == 0
                if not checked and not _any_reaches(
                    found, units[here], slacks[here], floors[here], step, error
                ):
                    continue
                for query in range(first, min(beyond, queries.shape[0])):
                    bound = np.float32(found[query - first]) * units[query] * step
                    bound += error + slacks[query] * (error + np.float32(1))
                    if bound < floors[query] and not checked:
                        continue
                    total += 1
                    value = dot(vectors[row], queries[query]) / norms[row]
                    if value > bound:
                        return np.int64(-1)
                    if value > values[query, last]:
                        own = excluded[excluded_from[query] : excluded_from[query + 1]]
                        if not _is_among(row, own):
                            insert(values[query], rows[query], value, row)
                            floors[query] = max(floors[query], values[query, last])
    return total
