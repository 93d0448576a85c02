"""CBOW's inner loops: one hidden vector, made of the window's rows, against a group of slots.

A window of CBOW has one vector to score, so that its time goes into passing over rows and into
waiting for what was just computed. These tiles pass over each row as seldom as can be: the rows are
summed while their sum is scored (`score_sum`), and each chunk of the hidden vector's change is
added to the rows as soon as it is there (`learn_and_add`), so that it never lies in memory. Sums
and products are taken in the order of `tiles` and `rows`, to the same bits.

Shapes, signs and gradients are as in `tiles`; a hidden vector has eight gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from lexiscope.compiled.decorators import intrinsic_by_constant
from lexiscope.compiled.llvm import (
    ALIGNMENT,
    F32,
    I64,
    LANES,
    ROW_MULTIPLE,
    SLOT_STRIDE,
    VECTOR,
    Loop,
    address_at,
    broadcast,
    fma,
    load,
    offset,
    shuffle,
    store,
)
from lexiscope.training.kernels.tiles import logistic, slot_sums

# A row's eight gradients or signs, one a slot.
OF_A_ROW = ir.VectorType(F32, SLOT_STRIDE)
# Rows are worked off in cache lines, two at a time where there are two: an address is looked up
# once for all vectors of both.
_LINE = ROW_MULTIPLE // LANES
_AT_A_TIME = (2, 1)
_ZERO = ir.Constant(VECTOR, [0.0] * LANES)


def _over_lines(
    builder: ir.IRBuilder,
    chunks: ir.Value,
    totals: list[ir.Value],
    work: Callable[[ir.Value, int, list[ir.Value]], list[ir.Value]],
) -> list[ir.Value]:
    """Works off rows of `chunks` vectors from their beginning to their end.

    Args:
        builder: Where.
        chunks: Row length in units of LANES floats, a whole number of cache lines.
        totals: What is carried along.
        work: Given an offset in bytes, how many vectors there are, and what is carried.
    """
    lines, done = builder.udiv(chunks, I64(_LINE)), I64(0)
    for number in _AT_A_TIME:
        count = builder.udiv(builder.sub(lines, done), I64(number))
        over = Loop(builder, count, totals, may_be_empty=True)
        with over as (index, carried):
            line = builder.add(done, builder.mul(index, I64(number)))
            at = builder.mul(line, I64(_LINE * ALIGNMENT))
            over.carry(work(at, number * _LINE, carried))
        totals = over.results
        done = builder.add(done, builder.mul(count, I64(number)))
    return totals


def _load_lines(
    builder: ir.IRBuilder, address: ir.Value, at: ir.Value, vectors: int
) -> list[ir.Value]:
    place = offset(builder, address, at)
    return [
        load(builder, offset(builder, place, k * ALIGNMENT), VECTOR, ALIGNMENT)
        for k in range(vectors)
    ]


def _store_lines(
    builder: ir.IRBuilder, values: list[ir.Value], address: ir.Value, at: ir.Value
) -> None:
    place = offset(builder, address, at)
    for k, value in enumerate(values):
        store(builder, value, offset(builder, place, k * ALIGNMENT), ALIGNMENT)


def _score(
    builder: ir.IRBuilder,
    width: int,
    args: tuple[ir.Value, ...],
    shift: ir.Value | None,
    summed: tuple[ir.Value, ir.Value, ir.Value] | None,
) -> None:
    """Gradients and loss of the hidden vector, which is first summed of rows where they are given.

    Args:
        summed: Addresses of rows, how many, and what their sum is multiplied with.
    """
    hidden, slots, chunks, sign, alpha, grads, loss = args
    outputs = [address_at(builder, slots, k) for k in range(width)]
    factor = None if summed is None else broadcast(builder, summed[2], VECTOR)

    def hidden_values(at: ir.Value, vectors: int) -> list[ir.Value]:
        if summed is None:
            return _load_lines(builder, hidden, at, vectors)
        rows, count, _ = summed
        over_rows = Loop(builder, count, [_ZERO] * vectors)
        with over_rows as (row, sums):
            found = _load_lines(builder, address_at(builder, rows, row), at, vectors)
            over_rows.carry([builder.fadd(a, b) for a, b in zip(sums, found, strict=True)])
        values = [builder.fmul(total, factor) for total in over_rows.results]
        _store_lines(builder, values, hidden, at)
        return values

    def add_products(at: ir.Value, vectors: int, totals: list[ir.Value]) -> list[ir.Value]:
        values = hidden_values(at, vectors)
        following = []
        for total, address in zip(totals, outputs, strict=True):
            found = _load_lines(builder, address, at, vectors)
            for value, output in zip(values, found, strict=True):
                total = fma(builder, value, output, total)
            following.append(total)
        return following

    totals = _over_lines(builder, chunks, [_ZERO] * width, add_products)
    unused: list[ir.Value | None] = [None] * (2 * SLOT_STRIDE - width)
    both = slot_sums(builder, [*totals, *unused])
    scores = shuffle(builder, both, both, list(range(SLOT_STRIDE)))
    if shift is not None:
        scores = builder.fsub(scores, load(builder, shift, OF_A_ROW, 32))
    signs = load(builder, sign, OF_A_ROW, 32)
    g = logistic(builder, scores, signs, broadcast(builder, alpha, OF_A_ROW), loss)
    store(builder, g, grads, 32)


@intrinsic_by_constant
def score_hidden(
    typingctx: Any,
    width: Any,
    hidden: Any,
    slots: Any,
    chunks: Any,
    sign: Any,
    alpha: Any,
    grads: Any,
    loss: Any,
) -> Any:
    """Gradients and loss of one vector against a group of `width` slots; see `tiles.score_tile`."""
    at = types.int64
    signature = types.void(width, at, at, at, at, types.float32, at, at)
    count = width.literal_value

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _score(builder, count, args[1:], None, None)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic_by_constant
def score_hidden_shifted(
    typingctx: Any,
    width: Any,
    hidden: Any,
    slots: Any,
    chunks: Any,
    sign: Any,
    shift: Any,
    alpha: Any,
    grads: Any,
    loss: Any,
) -> Any:
    """As `score_hidden`, with the slots' eight shifts; see `tiles.score_tile_shifted`."""
    at = types.int64
    signature = types.void(width, at, at, at, at, at, types.float32, at, at)
    count = width.literal_value

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _, hidden, slots, chunks, sign, shift, alpha, grads, loss = args
        _score(builder, count, (hidden, slots, chunks, sign, alpha, grads, loss), shift, None)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic_by_constant
def score_sum(
    typingctx: Any,
    width: Any,
    hidden: Any,
    rows: Any,
    number: Any,
    scale: Any,
    slots: Any,
    chunks: Any,
    sign: Any,
    alpha: Any,
    grads: Any,
    loss: Any,
) -> Any:
    """As `score_hidden` of hidden = scale · Σ rows, which is written on the way.

    Args:
        rows: Address of `number` int64 row addresses, at least 1.
        scale: float32.
    """
    at = types.int64
    f4 = types.float32
    signature = types.void(width, at, at, at, f4, at, at, at, f4, at, at)
    count = width.literal_value

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _, hidden, rows, number, scale, *rest = args
        _score(builder, count, (hidden, *rest), None, (rows, number, scale))
        return context.get_dummy_value()

    return signature, codegen


def _float_at(builder: ir.IRBuilder, address: ir.Value, index: int) -> ir.Value:
    return load(builder, offset(builder, address, 4 * index), F32, 4)


def _learn(
    builder: ir.IRBuilder,
    width: int,
    args: tuple[ir.Value, ...],
    change: ir.Value | None,
    added: tuple[ir.Value, ir.Value, ir.Value] | None,
) -> None:
    """Both updates of a group: change += Σ_k g_k · slot_k; home_k = slot_k + g_k · hidden.

    Args:
        change: Where the hidden vector's change is added up; None for nowhere.
        added: Addresses of rows, how many, and what of the change is added to each at once.
    """
    hidden, slots, homes, chunks, grads = args
    outputs = [address_at(builder, slots, k) for k in range(width)]
    g = [broadcast(builder, _float_at(builder, grads, k), VECTOR) for k in range(width)]
    factor = None if added is None else broadcast(builder, added[2], VECTOR)

    def change_slots(at: ir.Value, vectors: int) -> list[ir.Value]:
        source = _load_lines(builder, hidden, at, vectors)
        totals = [_ZERO] * vectors
        if change is not None:
            totals = _load_lines(builder, change, at, vectors)
        for k in range(width):
            values = _load_lines(builder, outputs[k], at, vectors)
            totals = [fma(builder, g[k], v, t) for v, t in zip(values, totals, strict=True)]
            changed = [
                builder.fadd(v, builder.fmul(g[k], h)) for v, h in zip(values, source, strict=True)
            ]
            _store_lines(builder, changed, address_at(builder, homes, k), at)
        return totals

    def work(at: ir.Value, vectors: int, _: list[ir.Value]) -> list[ir.Value]:
        totals = change_slots(at, vectors)
        if change is not None:
            _store_lines(builder, totals, change, at)
        if added is not None:
            rows, number, _factor = added
            over_rows = Loop(builder, number, [])
            with over_rows as (row, _):
                address = address_at(builder, rows, row)
                old = _load_lines(builder, address, at, vectors)
                new = [fma(builder, factor, t, v) for t, v in zip(totals, old, strict=True)]
                _store_lines(builder, new, address, at)
                over_rows.carry([])
        return []

    _over_lines(builder, chunks, [], work)


@intrinsic_by_constant
def learn_hidden_tile(
    typingctx: Any,
    width: Any,
    hidden: Any,
    change: Any,
    slots: Any,
    homes: Any,
    chunks: Any,
    grads: Any,
) -> Any:
    """Both updates of a group: change += Σ_k g_k · slot_k; home_k = slot_k + g_k · hidden.

    Args (addresses are int64):
        width: Slots of the group, a constant.
        slots, homes: Addresses of `width` int64 addresses of output rows, all different, and of
            where they go when changed, which may be the same.
        chunks: Row length in units of LANES floats, at least 1.
        grads: Address of 8 float32 gradients.
    """
    signature = types.void(width, *[types.int64] * 6)
    count = width.literal_value

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _, hidden, change, *rest = args
        _learn(builder, count, (hidden, *rest), change, None)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic_by_constant
def learn_and_add(
    typingctx: Any,
    width: Any,
    hidden: Any,
    rows: Any,
    number: Any,
    scale: Any,
    slots: Any,
    homes: Any,
    chunks: Any,
    grads: Any,
) -> Any:
    """As `learn_hidden_tile`, of a window's only group: row += scale · change for each row.

    Args:
        rows: Address of `number` int64 row addresses, at least 1; a row listed twice gets both.
    """
    at = types.int64
    signature = types.void(width, at, at, at, types.float32, at, at, at, at)
    count = width.literal_value

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _, hidden, rows, number, scale, *rest = args
        _learn(builder, count, (hidden, *rest), None, (rows, number, scale))
        return context.get_dummy_value()

    return signature, codegen
