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
from lexiscope.vectors.kernels.best import insert, is_among

LANES = 16
"""A row has a multiple of so many codes."""

TILE_ROWS, TILE_QUERIES = 2, 4
"""Rows and queries whose products are taken at once; more would not fit the registers of AVX2."""

MOST = 127
"""The largest code, and the largest weight."""

_CHECKED = 1024  # one of so many rows is read in any case
_SUMS = 8  # 32-bit sums of a register of AVX2
_I64 = ir.IntType(64)
_I32_SUMS = ir.VectorType(ir.IntType(32), _SUMS)


def _has_byte_products(context: Any) -> bool:
    """Whether the processor adds up four products of bytes in one instruction (VPDPBUSD)."""
    features = set(context.codegen()._tm_features.split(","))
    return {"+avx512vnni", "+avx512vl"} <= features or "+avxvnni" in features


def _shuffled(builder: Any, left: Any, right: Any, lanes: list[int]) -> Any:
    index = ir.VectorType(ir.IntType(32), len(lanes))
    return builder.shuffle_vector(left, right, index(lanes))


def _loaded(builder: Any, base: Any, at: Any, lanes: int) -> Any:
    """Some bytes from memory on."""
    vector = ir.VectorType(ir.IntType(8), lanes)
    pointer = builder.inttoptr(builder.add(base, at), vector.as_pointer())
    return builder.load(pointer, align=1)


def _added_by_bytes(builder: Any, total: Any, codes: Any, weights: Any) -> Any:
    """total + products of `4 · _SUMS` codes and weights; 128 times the weights' sum too much.

    VPDPBUSD takes unsigned bytes from one side, so a code is taken as 128 more than it is.
    """
    lifted = builder.xor(codes, ir.Constant(codes.type, [-128] * codes.type.count))
    args = [total, *(builder.bitcast(each, _I32_SUMS) for each in (lifted, weights))]
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(_I32_SUMS, [_I32_SUMS] * 3), "llvm.x86.avx512.vpdpbusd.256"
    )
    return builder.call(function, args)


def _added_by_pairs(builder: Any, total: Any, codes: Any, weights: Any) -> Any:
    """total + products of `2 · _SUMS` codes and weights: one instruction (PMADDWD) and a sum."""
    wide = ir.VectorType(ir.IntType(32), 2 * _SUMS)
    products = builder.mul(builder.sext(codes, wide), builder.sext(weights, wide))
    even, odd = (
        _shuffled(builder, products, products, [2 * n + odd for n in range(_SUMS)])
        for odd in (0, 1)
    )
    return builder.add(total, builder.add(even, odd))


def _tile(context: Any, builder: Any, rows: list[Any], queries: list[Any], count: Any) -> list[Any]:
    """Products of some rows' codes and some queries' weights, row by row: `_SUMS` parts of each.

    Args:
        context: Numba's.
        builder: Where instructions go.
        rows, queries: Addresses of int8.
        count: How many numbers each has, a multiple of `LANES`.
    """
    by_bytes = _has_byte_products(context)
    add = _added_by_bytes if by_bytes else _added_by_pairs
    step = 4 * _SUMS if by_bytes else LANES
    sums = [
        cgutils.alloca_once_value(builder, ir.Constant(_I32_SUMS, None))
        for _ in range(len(rows) * len(queries))
    ]

    def meet(at: Any, lanes: int) -> None:
        codes, weights = (
            [_widened(builder, _loaded(builder, base, at, lanes), step) for base in side]
            for side in (rows, queries)
        )
        for number, place in enumerate(sums):
            row, query = divmod(number, len(queries))
            builder.store(add(builder, builder.load(place), codes[row], weights[query]), place)

    with cgutils.for_range(builder, builder.udiv(count, _I64(step))) as loop:
        meet(builder.mul(loop.index, _I64(step)), step)
    if step > LANES:
        with builder.if_then(builder.trunc(builder.udiv(count, _I64(LANES)), ir.IntType(1))):
            meet(builder.sub(count, _I64(LANES)), LANES)
    return [builder.load(place) for place in sums]


def _widened(builder: Any, some: Any, lanes: int) -> Any:
    """Bytes, with zeros behind them up to so many."""
    here = some.type.count
    if here == lanes:
        return some
    return _shuffled(builder, some, ir.Constant(some.type, None), list(range(lanes)))


def _totals(builder: Any, sums: list[Any]) -> Any:
    """The totals of `_SUMS` vectors: two at a time are folded into one, until one has them all."""
    lanes = _SUMS
    while len(sums) > 1:
        half = lanes // 2
        low = [n for n in range(2 * _SUMS) if n % lanes < half]
        high = [n for n in range(2 * _SUMS) if n % lanes >= half]
        sums = [
            builder.add(_shuffled(builder, a, b, low), _shuffled(builder, a, b, high))
            for a, b in zip(sums[::2], sums[1::2], strict=True)
        ]
        lanes = half
    return sums[0]


@intrinsic
def _product(typingctx: Any, row: Any, query: Any, count: Any, lifted: Any) -> Any:
    """The product of a row's codes and a query's weights, at addresses of int8: int32.

    Args:
        lifted: 128 times the sum of the weights.
    """

    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        row, query, count, lifted = args
        (sums,) = _tile(context, builder, [row], [query], count)
        unused = [ir.Constant(_I32_SUMS, None)] * (_SUMS - 1)
        total = builder.extract_element(_totals(builder, [sums, *unused]), ir.IntType(32)(0))
        return builder.sub(total, lifted) if _has_byte_products(context) else total

    return types.int32(types.intp, types.intp, types.intp, types.int32), codegen


@intrinsic
def _products(
    typingctx: Any, row: Any, query: Any, count: Any, lifted: Any, out: Any, out_bytes: Any
) -> Any:
    """Those of `TILE_ROWS` rows and `TILE_QUERIES` queries, which follow each other in memory.

    They are written as int32, those of a row together, of the next `out_bytes` behind.

    Args:
        lifted: Address of int32, a query's 128 times the sum of its weights.
    """

    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        row, query, count, lifted, out, out_bytes = args
        rows, queries = (
            [builder.add(base, builder.mul(count, _I64(n))) for n in range(number)]
            for base, number in ((row, TILE_ROWS), (query, TILE_QUERIES))
        )
        found = _totals(builder, _tile(context, builder, rows, queries, count))
        part = ir.VectorType(ir.IntType(32), TILE_QUERIES)
        over = builder.load(builder.inttoptr(lifted, part.as_pointer()), align=4)
        for n in range(TILE_ROWS):
            lanes = list(range(n * TILE_QUERIES, (n + 1) * TILE_QUERIES))
            values = _shuffled(builder, found, found, lanes)
            if _has_byte_products(context):
                values = builder.sub(values, over)
            place = builder.add(out, builder.mul(out_bytes, _I64(n)))
            builder.store(values, builder.inttoptr(place, part.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(*[types.intp] * 6), codegen


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


@kernel
def search(
    vectors, norms, query, codes, steps, errors, weights, unit, slack, lifted, excluded,
    start, stop, floor, values, rows,
):  # fmt: skip
    """Takes the rows of the highest cosine among some into a list of the best so far.

    Args:
        vectors: float32 (V, D), rows one behind the other.
        norms: float32 (V,); a row whose length is not above 0 is no answer.
        query: float32 (D,), of length 1.
        codes, steps, errors: From `encode`.
        weights: int8 (W,), the query in whole numbers.
        unit: What one of `weights` stands for.
        slack: The length of what `weights` leave out of the query at most, and what rounding may
            add to a bound.
        lifted: int32, 128 times the sum of `weights`.
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
        product = np.float32(_product(base + row * width, wanted, width, lifted))
        bound = product * unit * steps[row] + errors[row] + slack * (errors[row] + np.float32(1))
        if bound < least and row % _CHECKED != 0:
            continue
        total += 1
        value = dot(vectors[row], query) / norms[row]
        if value > bound:
            return np.int64(-1)
        if value > values[last] and not is_among(row, excluded):
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
    vectors, norms, queries, codes, steps, errors, weights, units, slacks, lifted, excluded,
    excluded_from, start, stop, floors, values, rows, products,
):  # fmt: skip
    """The same for many queries: rows stay in the cache while all queries meet them.

    Args:
        vectors, norms, codes, steps, errors: As for `search`; `codes` have rows for a whole tile.
        queries: float32 (Q, D), of length 1.
        weights: int8 (R, W), as for `search`; R is Q up to a multiple of `TILE_QUERIES`.
        units: float32 (R,), what one of a query's weights stands for.
        slacks: float32 (R,), as for `search`.
        lifted: int32 (R,), as for `search`.
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
    over = lifted.ctypes.data
    block = products.shape[1]
    total = np.int64(0)
    for first in range(0, weights.shape[0], block):
        beyond = min(weights.shape[0], first + block)
        here = slice(first, beyond)
        for top in range(start, stop, TILE_ROWS):
            for query in range(first, beyond, TILE_QUERIES):
                _products(
                    base + top * width, wanted + query * width, width, over + 4 * query,
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
                        if not is_among(row, own):
                            insert(values[query], rows[query], value, row)
                            floors[query] = max(floors[query], values[query, last])
    return total
