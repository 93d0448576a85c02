"""The inner loops, written as vector instructions.

LLVM does not find register tiles in plain loops, so the two places where the training time goes are
Numba intrinsics that emit them:

- `score_tile`: the dot products of two input rows with six output rows, kept in twelve
  accumulators, and from them the gradient and the loss of logistic regression;
- `update_tile`: both rank-one updates that follow, six output rows at a time, each element loaded
  and stored once.

A group is six output rows (slots), because negative sampling with the usual five negatives has six,
and because two rows by six slots fill the sixteen registers of AVX2. A window's last group may be
narrower, so both take their `width`: 2, 4 or 6 slots, a constant in the source.

Each slot has a sign: +1 for a word that should score high, −1 for one that should score low, 0 for
a slot not in use. With z = sign · (input · output), one pair's loss is log(1 + exp(−z)) and its
gradient with respect to the score, negated, is sign / (1 + exp(z)). Nothing is clipped.

Shapes: rows have `chunks · LANES` float32, 64-byte aligned and zero beyond the dimension. The
gradients G of a row stand in eight consecutive floats, of which the first six are used.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from lexiscope.compiled.decorators import intrinsic_by_constant
from lexiscope.compiled.llvm import (
    ALIGNMENT,
    F32,
    I32,
    I64,
    LANES,
    PAIR,
    SLOT_STRIDE,
    VECTOR,
    Loop,
    address_at,
    broadcast,
    call,
    fma,
    load,
    offset,
    shuffle,
    splat,
    splat_int,
    store,
)

# A loss factor is at most 2, so a float32 product of a hundred of them cannot overflow.
LOSS_FACTORS = 100


def slot_sums(builder: ir.IRBuilder, vectors: list[ir.Value]) -> ir.Value:
    """The horizontal sums of 2 × 8 vectors (two rows' slots), as one vector of 16 lanes.

    A transposing tree: each level adds halves of neighbours, so that sixteen sums cost about as
    many shuffles as two done one by one. None stands for a vector of zeros.
    """
    zero = ir.Constant(VECTOR, [0.0] * LANES)

    def merge(a: ir.Value | None, b: ir.Value | None, width: int) -> ir.Value | None:
        """Folds blocks of 2·width lanes to width: a's to even blocks of the result, b's to odd."""
        if a is None and b is None:
            return None
        a = zero if a is None else a
        b = zero if b is None else b
        low, high = [], []
        for block in range(0, LANES, 2 * width):
            low += [block + i for i in range(width)] + [LANES + block + i for i in range(width)]
            high += [block + width + i for i in range(width)]
            high += [LANES + block + width + i for i in range(width)]
        return builder.fadd(shuffle(builder, a, b, low), shuffle(builder, a, b, high))

    level: list[ir.Value | None] = list(vectors)
    if LANES == 8:
        halves = []
        for row in (level[:8], level[8:]):
            # Pairing neighbours by ever larger blocks leaves slot i's sum in lane i.
            one = [merge(row[i], row[i + 4], 4) for i in range(4)]
            two = [merge(one[i], one[i + 2], 2) for i in range(2)]
            halves.append(merge(two[0], two[1], 1))
        first, second = (zero if half is None else half for half in halves)
        joined = shuffle(builder, first, second, list(range(16)))
        return shuffle(builder, joined, joined, _lane_order(8))
    one = [merge(level[i], level[i + 8], 8) for i in range(8)]
    two = [merge(one[i], one[i + 4], 4) for i in range(4)]
    three = [merge(two[i], two[i + 2], 2) for i in range(2)]
    result = merge(three[0], three[1], 1)
    order = _lane_order(16)
    return shuffle(builder, result, result, order)


def _lane_order(lanes: int) -> list[int]:
    """Where each slot's sum stands after the tree, found by running the tree on labels."""

    def merge(a: list[set[int]], b: list[set[int]], width: int) -> list[set[int]]:
        both = a + b
        out: list[set[int]] = []
        for block in range(0, lanes, 2 * width):
            for side in (0, lanes):
                out += [
                    both[side + block + i] | both[side + block + width + i] for i in range(width)
                ]
        return out

    level = [[{slot} for _ in range(lanes)] for slot in range(lanes)]
    width = lanes // 2
    while len(level) > 1:
        half = len(level) // 2
        level = [merge(level[i], level[i + half], width) for i in range(half)]
        width //= 2
    positions = [next(iter(lane)) for lane in level[0]]
    order = [positions.index(slot) for slot in range(lanes)]
    return order if lanes == 16 else order + [8 + lane for lane in order]


def _exp_negative(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """exp(x) for x ≤ 0 to 2 ulp, 0 below −87: 2^n · p(r), Cephes' polynomial on |r| ≤ ln 2 / 2."""
    kind = x.type
    x = call(builder, "maxnum", [x, splat(-87.0, kind)])
    n = call(builder, "rint", [builder.fmul(x, splat(1.44269504088896341, kind))])
    r = fma(builder, n, splat(-0.693359375, kind), x)
    r = fma(builder, n, splat(2.12194440e-4, kind), r)
    p = splat(1.9875691500e-4, kind)
    for coefficient in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5):
        p = fma(builder, p, r, splat(coefficient, kind))
    p = fma(builder, p, builder.fmul(r, r), builder.fadd(r, splat(1.0, kind)))
    ints = ir.VectorType(I32, kind.count)
    exponent = builder.shl(
        builder.add(builder.fptosi(n, ints), splat_int(127, ints)), splat_int(23, ints)
    )
    return builder.fmul(p, builder.bitcast(exponent, kind))


def _dots(
    builder: ir.IRBuilder, rows: list[ir.Value], slots: list[ir.Value], chunks: ir.Value
) -> list[ir.Value]:
    """Lane-wise sums of products, row by row and slot by slot within."""
    zero = ir.Constant(VECTOR, [0.0] * LANES)
    width = len(slots)
    loop = Loop(builder, chunks, [zero] * (len(rows) * width))
    with loop as (index, sums):
        at = builder.mul(index, I64(ALIGNMENT))
        inputs = [load(builder, offset(builder, row, at), VECTOR, ALIGNMENT) for row in rows]
        following = list(sums)
        for slot, address in enumerate(slots):
            output = load(builder, offset(builder, address, at), VECTOR, ALIGNMENT)
            for row, value in enumerate(inputs):
                k = row * width + slot
                following[k] = fma(builder, value, output, sums[k])
        loop.carry(following)
    return loop.results


def logistic(
    builder: ir.IRBuilder, scores: ir.Value, sign: ir.Value, alpha: ir.Value, loss: ir.Value
) -> ir.Value:
    """Gradients alpha · sign / (1 + exp(z)); adds the loss to its two vectors at address `loss`.

    Of one row's slots or of two rows', as the vectors given have 8 or 16 lanes.
    """
    kind = scores.type
    z = builder.fmul(sign, scores)
    negative = builder.fneg(z)
    e = _exp_negative(builder, builder.fneg(call(builder, "fabs", [z])))
    one = splat(1.0, kind)
    inverse = builder.fdiv(one, builder.fadd(one, e))
    positive = builder.fcmp_ordered(">=", z, splat(0.0, kind))
    sigma = builder.fmul(inverse, builder.select(positive, e, one))
    # log(1 + exp(−z)) = log(1 + exp(−|z|)) + max(−z, 0). The first terms are multiplied and their
    # logarithm taken once for many; an unused slot counts as a factor of 1.
    used = call(builder, "fabs", [sign])
    product = load(builder, loss, kind, 64)
    product = builder.fmul(product, fma(builder, used, e, one))
    store(builder, product, loss, 64)
    linear_at = offset(builder, loss, 64)
    linear = load(builder, linear_at, kind, 64)
    # Not maxnum, which would drop a NaN: an exploded run must be seen.
    linear = builder.fadd(linear, builder.select(positive, splat(0.0, kind), negative))
    store(builder, linear, linear_at, 64)
    return builder.fmul(builder.fmul(alpha, sign), sigma)


@intrinsic_by_constant
def score_tile(
    typingctx: Any,
    width: Any,
    rows: Any,
    slots: Any,
    chunks: Any,
    sign: Any,
    alpha: Any,
    grads: Any,
    loss: Any,
) -> Any:
    """Gradients and loss of two rows against a group of `width` slots.

    Args (addresses are int64):
        width: A constant.
        rows: Address of two int64 addresses of input rows.
        slots: Address of `width` int64 addresses of output rows.
        chunks: Row length in units of LANES floats, at least 1.
        sign: Address of 16 float32: the eight slots' signs of the first row, then of the second.
        alpha: Learning rate, float32.
        grads: Address where 16 float32 gradients are written, 64-byte aligned.
        loss: Address of 2 × 16 float32: products of (1 + exp(−|z|)), sums of max(−z, 0).
    """
    at = types.int64
    signature = types.void(width, at, at, at, at, types.float32, at, at)
    count = width.literal_value

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _, rows, slots, chunks, sign, alpha, grads, loss = args
        _score(builder, count, (rows, slots, chunks, sign, alpha, grads, loss), None)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic_by_constant
def score_tile_shifted(
    typingctx: Any,
    width: Any,
    rows: Any,
    slots: Any,
    chunks: Any,
    sign: Any,
    shift: Any,
    alpha: Any,
    grads: Any,
    loss: Any,
) -> Any:
    """As `score_tile`, with z = sign · (input · output − shift).

    Args:
        shift: Address of 16 float32: the eight slots' shifts, twice.
    """
    at = types.int64
    signature = types.void(width, at, at, at, at, at, types.float32, at, at)
    count = width.literal_value

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _, rows, slots, chunks, sign, shift, alpha, grads, loss = args
        _score(builder, count, (rows, slots, chunks, sign, alpha, grads, loss), shift)
        return context.get_dummy_value()

    return signature, codegen


def _score(
    builder: ir.IRBuilder, width: int, args: tuple[ir.Value, ...], shift: ir.Value | None
) -> None:
    rows, slots, chunks, sign, alpha, grads, loss = args
    inputs = [address_at(builder, rows, i) for i in range(2)]
    outputs = [address_at(builder, slots, k) for k in range(width)]
    sums = _dots(builder, inputs, outputs, chunks)
    unused = [None] * (SLOT_STRIDE - width)
    scores = slot_sums(builder, [*sums[:width], *unused, *sums[width:], *unused])
    if shift is not None:
        scores = builder.fsub(scores, load(builder, shift, PAIR, 64))
    signs = load(builder, sign, PAIR, 32)
    g = logistic(builder, scores, signs, broadcast(builder, alpha, PAIR), loss)
    store(builder, g, grads, 32)


def _update(
    builder: ir.IRBuilder, width: int, args: list[ir.Value], homes: ir.Value | None
) -> None:
    rows, sums, count, slots, chunks, grads = args
    outputs = [address_at(builder, slots, k) for k in range(width)]
    zero = ir.Constant(VECTOR, [0.0] * LANES)
    over_chunks = Loop(builder, chunks, [])
    with over_chunks as (chunk, _):
        at = builder.mul(chunk, I64(ALIGNMENT))
        values = [
            load(builder, offset(builder, output, at), VECTOR, ALIGNMENT) for output in outputs
        ]
        over_rows = Loop(builder, count, [zero] * width)
        with over_rows as (row, changes):
            source = load(
                builder, offset(builder, address_at(builder, rows, row), at), VECTOR, ALIGNMENT
            )
            target_at = offset(builder, address_at(builder, sums, row), at)
            target = load(builder, target_at, VECTOR, ALIGNMENT)
            grad_at = offset(builder, grads, builder.mul(row, I64(4 * SLOT_STRIDE)))
            following = []
            for k in range(width):
                scalar_at = builder.inttoptr(offset(builder, grad_at, 4 * k), F32.as_pointer())
                g = broadcast(builder, builder.load(scalar_at), VECTOR)
                following.append(fma(builder, g, source, changes[k]))
                target = fma(builder, g, values[k], target)
            store(builder, target, target_at, ALIGNMENT)
            over_rows.carry(following)
        targets = outputs
        if homes is not None:
            # Loaded anew for each chunk: twelve addresses would leave too few registers.
            targets = [address_at(builder, homes, k) for k in range(width)]
        for home, value, change in zip(targets, values, over_rows.results, strict=True):
            store(builder, builder.fadd(value, change), offset(builder, home, at), ALIGNMENT)
        over_chunks.carry([])


@intrinsic_by_constant
def update_tile(
    typingctx: Any,
    width: Any,
    rows: Any,
    sums: Any,
    count: Any,
    slots: Any,
    chunks: Any,
    grads: Any,
) -> Any:
    """Both updates of a group: sums[r] += Σ_k G[r,k] · slot_k; slot_k += Σ_r G[r,k] · row_r.

    Row r's old values are read from rows[r] and its change is added at sums[r], which may be the
    same place; rows are taken one after the other, so a row listed twice gets both changes.

    Args (addresses are int64):
        width: Slots of the group, a constant.
        rows, sums: Addresses of `count` int64 row addresses.
        count: Number of rows, at least 1.
        slots: Address of `width` int64 addresses of output rows, all different.
        chunks: Row length in units of LANES floats, at least 1.
        grads: Address of `count` × 8 float32 gradients.
    """
    signature = types.void(width, *[types.int64] * 6)
    slots_used = width.literal_value

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _update(builder, slots_used, args[1:], None)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic_by_constant
def update_tile_apart(
    typingctx: Any,
    width: Any,
    rows: Any,
    sums: Any,
    count: Any,
    slots: Any,
    chunks: Any,
    grads: Any,
    homes: Any,
) -> Any:
    """As `update_tile`, but slot k's changed row is written to home k, and slot k stays as it is.

    Args:
        homes: Address of `width` int64 addresses, of which some may be the slots' own. (All in
    """
    signature = types.void(width, *[types.int64] * 7)
    slots_used = width.literal_value

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _update(builder, slots_used, args[1:7], args[7])
        return context.get_dummy_value()

    return signature, codegen
