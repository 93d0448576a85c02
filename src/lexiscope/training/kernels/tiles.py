"""The inner loops, written as vector instructions.

LLVM does not find register tiles in plain loops, so the two places where the training time goes are
Numba intrinsics that emit them:

- `score_tile`: the dot products of two input rows with six output rows, kept in twelve
  accumulators, and from them the gradient and the loss of logistic regression;
- `update_tile`: both rank-one updates that follow, six output rows at a time, each element loaded
  and stored once.

A group is six output rows (slots), because negative sampling with the usual five negatives has six,
and because two rows by six slots fill the sixteen registers of AVX2. Each slot has a sign: +1 for
a word that should score high, −1 for one that should score low, 0 for a slot not in use. With
z = sign · (input · output), one pair's loss is log(1 + exp(−z)) and its gradient with respect to
the score, negated, is sign / (1 + exp(z)). Nothing is clipped.

Shapes: rows have `chunks · LANES` float32, 64-byte aligned and zero beyond the dimension. The
gradients G of a row stand in eight consecutive floats, of which the first six are used.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils

from lexiscope.training.kernels.compiled import instructions

# Vector width in floats: one AVX-512 register, or two NEON / one AVX register.
LANES = 16 if llvm.get_host_cpu_features().get("avx512f", False) else 8
SLOTS = 6
SLOT_STRIDE = 8
ROW_MULTIPLE = 16  # rows are padded to whole cache lines, whatever the vector width
# A loss factor is at most 2, so a float32 product of a hundred of them cannot overflow.
LOSS_FACTORS = 100

_f32 = ir.FloatType()
_i32 = ir.IntType(32)
_i64 = ir.IntType(64)
_vec = ir.VectorType(_f32, LANES)
_pair = ir.VectorType(_f32, 2 * SLOT_STRIDE)


def _splat(value: float, type_: ir.VectorType = _pair) -> ir.Constant:
    return ir.Constant(type_, [value] * type_.count)


def _splat_int(value: int, type_: ir.VectorType) -> ir.Constant:
    return ir.Constant(type_, [value] * type_.count)


def _call(builder: ir.IRBuilder, name: str, args: list[ir.Value]) -> ir.Value:
    """An LLVM intrinsic whose arguments and result are all of one vector type."""
    type_ = args[0].type
    lanes = f"v{type_.count}f32"
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(type_, [type_] * len(args)), f"llvm.{name}.{lanes}"
    )
    return builder.call(function, args)


def _fma(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    return _call(builder, "fma", [a, b, c])


def _shuffle(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, mask: list[int]) -> ir.Value:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_i32, len(mask)), mask))


def _broadcast(builder: ir.IRBuilder, scalar: ir.Value, type_: ir.VectorType) -> ir.Value:
    seed = builder.insert_element(ir.Constant(type_, ir.Undefined), scalar, _i32(0))
    return _shuffle(builder, seed, ir.Constant(type_, ir.Undefined), [0] * type_.count)


def _load(builder: ir.IRBuilder, address: ir.Value, type_: ir.VectorType, align: int) -> ir.Value:
    """The vector at an integer address."""
    return builder.load(builder.inttoptr(address, type_.as_pointer()), align=align)


def _store(builder: ir.IRBuilder, value: ir.Value, address: ir.Value, align: int) -> None:
    builder.store(value, builder.inttoptr(address, value.type.as_pointer()), align=align)


def _offset(builder: ir.IRBuilder, base: ir.Value, by: ir.Value | int) -> ir.Value:
    return builder.add(base, by if isinstance(by, ir.Value) else _i64(by))


def _word(builder: ir.IRBuilder, table: ir.Value, index: ir.Value | int) -> ir.Value:
    """The int64 at position `index` of the array at the address `table`."""
    step = builder.mul(index, _i64(8)) if isinstance(index, ir.Value) else _i64(8 * index)
    return builder.load(builder.inttoptr(builder.add(table, step), _i64.as_pointer()))


class _Loop:
    """A counted loop with values carried from one turn to the next, as phi nodes.

    Inside `with loop as (index, values):` the body ends with `loop.carry(new_values)`; after it the
    last ones are in `loop.results`. Accumulators carried in memory would be spilled by LLVM.
    """

    def __init__(self, builder: ir.IRBuilder, count: ir.Value, initial: list[ir.Value]) -> None:
        self._builder = builder
        self._count = count
        self._initial = initial
        self.results: list[ir.Value] = []

    def __enter__(self) -> tuple[ir.Value, list[ir.Value]]:
        builder = self._builder
        entry = builder.block
        self._body = builder.append_basic_block("tile.body")
        self._end = builder.append_basic_block("tile.end")
        builder.branch(self._body)
        builder.position_at_end(self._body)
        self._index = builder.phi(_i64)
        self._index.add_incoming(_i64(0), entry)
        self._phis = [builder.phi(value.type) for value in self._initial]
        for phi, value in zip(self._phis, self._initial, strict=True):
            phi.add_incoming(value, entry)
        return self._index, list(self._phis)

    def carry(self, values: list[ir.Value]) -> None:
        """The values for the next turn."""
        self.results = values

    def __exit__(self, *_: object) -> None:
        builder = self._builder
        following = builder.add(self._index, _i64(1))
        self._index.add_incoming(following, builder.block)
        for phi, value in zip(self._phis, self.results, strict=True):
            phi.add_incoming(value, builder.block)
        again = builder.icmp_signed("<", following, self._count)
        builder.cbranch(again, self._body, self._end)
        builder.position_at_end(self._end)


def _sums(builder: ir.IRBuilder, vectors: list[ir.Value]) -> ir.Value:
    """The horizontal sums of 2 × 8 vectors (two rows' slots), as one vector of 16 lanes.

    A transposing tree: each level adds halves of neighbours, so that sixteen sums cost about as
    many shuffles as two done one by one. None stands for a vector of zeros.
    """
    zero = ir.Constant(_vec, [0.0] * LANES)

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
        return builder.fadd(_shuffle(builder, a, b, low), _shuffle(builder, a, b, high))

    level: list[ir.Value | None] = list(vectors)
    if LANES == 8:
        halves = []
        for row in (level[:8], level[8:]):
            # Pairing neighbours by ever larger blocks leaves slot i's sum in lane i.
            one = [merge(row[i], row[i + 4], 4) for i in range(4)]
            two = [merge(one[i], one[i + 2], 2) for i in range(2)]
            halves.append(merge(two[0], two[1], 1))
        first, second = (zero if half is None else half for half in halves)
        joined = _shuffle(builder, first, second, list(range(16)))
        return _shuffle(builder, joined, joined, _lane_order(8))
    one = [merge(level[i], level[i + 8], 8) for i in range(8)]
    two = [merge(one[i], one[i + 4], 4) for i in range(4)]
    three = [merge(two[i], two[i + 2], 2) for i in range(2)]
    result = merge(three[0], three[1], 1)
    order = _lane_order(16)
    return _shuffle(builder, result, result, order)


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
    x = _call(builder, "maxnum", [x, _splat(-87.0)])
    n = _call(builder, "rint", [builder.fmul(x, _splat(1.44269504088896341))])
    r = _fma(builder, n, _splat(-0.693359375), x)
    r = _fma(builder, n, _splat(2.12194440e-4), r)
    p = _splat(1.9875691500e-4)
    for coefficient in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5):
        p = _fma(builder, p, r, _splat(coefficient))
    p = _fma(builder, p, builder.fmul(r, r), builder.fadd(r, _splat(1.0)))
    ints = ir.VectorType(_i32, _pair.count)
    exponent = builder.shl(
        builder.add(builder.fptosi(n, ints), _splat_int(127, ints)), _splat_int(23, ints)
    )
    return builder.fmul(p, builder.bitcast(exponent, _pair))


def _dots(
    builder: ir.IRBuilder, rows: list[ir.Value], slots: list[ir.Value], chunks: ir.Value
) -> list[ir.Value]:
    """Lane-wise sums of products, row by row and slot by slot within."""
    zero = ir.Constant(_vec, [0.0] * LANES)
    loop = _Loop(builder, chunks, [zero] * (len(rows) * SLOTS))
    with loop as (index, sums):
        at = builder.mul(index, _i64(4 * LANES))
        inputs = [_load(builder, _offset(builder, row, at), _vec, 4 * LANES) for row in rows]
        following = list(sums)
        for slot, address in enumerate(slots):
            output = _load(builder, _offset(builder, address, at), _vec, 4 * LANES)
            for row, value in enumerate(inputs):
                k = row * SLOTS + slot
                following[k] = _fma(builder, value, output, sums[k])
        loop.carry(following)
    return loop.results


def _logistic(
    builder: ir.IRBuilder, scores: ir.Value, sign: ir.Value, alpha: ir.Value, loss: ir.Value
) -> ir.Value:
    """Gradients alpha · sign / (1 + exp(z)); adds the loss to its two vectors at address `loss`."""
    z = builder.fmul(sign, scores)
    negative = builder.fneg(z)
    e = _exp_negative(builder, builder.fneg(_call(builder, "fabs", [z])))
    one = _splat(1.0)
    inverse = builder.fdiv(one, builder.fadd(one, e))
    positive = builder.fcmp_ordered(">=", z, _splat(0.0))
    sigma = builder.fmul(inverse, builder.select(positive, e, one))
    # log(1 + exp(−z)) = log(1 + exp(−|z|)) + max(−z, 0). The first terms are multiplied and their
    # logarithm taken once for many; an unused slot counts as a factor of 1.
    used = _call(builder, "fabs", [sign])
    product = _load(builder, loss, _pair, 64)
    product = builder.fmul(product, _fma(builder, used, e, one))
    _store(builder, product, loss, 64)
    linear_at = _offset(builder, loss, 64)
    linear = _load(builder, linear_at, _pair, 64)
    # Not maxnum, which would drop a NaN: an exploded run must be seen.
    linear = builder.fadd(linear, builder.select(positive, _splat(0.0), negative))
    _store(builder, linear, linear_at, 64)
    return builder.fmul(builder.fmul(alpha, sign), sigma)


@instructions
def score_tile(
    typingctx: Any, rows: Any, slots: Any, chunks: Any, sign: Any, alpha: Any, grads: Any, loss: Any
) -> Any:
    """Gradients and loss of two rows against a group of six slots.

    Args (addresses are int64):
        rows: Address of two int64 addresses of input rows.
        slots: Address of six int64 addresses of output rows.
        chunks: Row length in units of LANES floats, at least 1.
        sign: Address of 16 float32: the eight slots' signs of the first row, then of the second.
        alpha: Learning rate, float32.
        grads: Address where 16 float32 gradients are written, 64-byte aligned.
        loss: Address of 2 × 16 float32: products of (1 + exp(−|z|)), sums of max(−z, 0).
    """
    signature = types.void(
        types.int64, types.int64, types.int64, types.int64, types.float32, types.int64, types.int64
    )

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        rows, slots, chunks, sign, alpha, grads, loss = args
        inputs = [_word(builder, rows, i) for i in range(2)]
        outputs = [_word(builder, slots, k) for k in range(SLOTS)]
        sums = _dots(builder, inputs, outputs, chunks)
        padded = [*sums[:SLOTS], None, None, *sums[SLOTS:], None, None]
        scores = _sums(builder, padded)
        g = _logistic(
            builder,
            scores,
            _load(builder, sign, _pair, 32),
            _broadcast(builder, alpha, _pair),
            loss,
        )
        _store(builder, g, grads, 32)
        return context.get_dummy_value()

    return signature, codegen


@instructions
def update_tile(
    typingctx: Any, rows: Any, sums: Any, count: Any, slots: Any, chunks: Any, grads: Any
) -> Any:
    """Both updates of a group: sums[r] += Σ_k G[r,k] · slot_k; slot_k += Σ_r G[r,k] · row_r.

    Row r's old values are read from rows[r] and its change is added at sums[r], which may be the
    same place; rows are taken one after the other, so a row listed twice gets both changes.

    Args (addresses are int64):
        rows, sums: Addresses of `count` int64 row addresses.
        count: Number of rows, at least 1.
        slots: Address of six int64 addresses of output rows, all different.
        chunks: Row length in units of LANES floats, at least 1.
        grads: Address of `count` × 8 float32 gradients.
    """
    signature = types.void(*[types.int64] * 6)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        rows, sums, count, slots, chunks, grads = args
        outputs = [_word(builder, slots, k) for k in range(SLOTS)]
        zero = ir.Constant(_vec, [0.0] * LANES)
        over_chunks = _Loop(builder, chunks, [])
        with over_chunks as (chunk, _):
            at = builder.mul(chunk, _i64(4 * LANES))
            places = [_offset(builder, output, at) for output in outputs]
            values = [_load(builder, place, _vec, 4 * LANES) for place in places]
            over_rows = _Loop(builder, count, [zero] * SLOTS)
            with over_rows as (row, changes):
                source = _load(
                    builder, _offset(builder, _word(builder, rows, row), at), _vec, 4 * LANES
                )
                target_at = _offset(builder, _word(builder, sums, row), at)
                target = _load(builder, target_at, _vec, 4 * LANES)
                grad_at = _offset(builder, grads, builder.mul(row, _i64(4 * SLOT_STRIDE)))
                following = []
                for k in range(SLOTS):
                    scalar_at = builder.inttoptr(
                        _offset(builder, grad_at, 4 * k), _f32.as_pointer()
                    )
                    g = _broadcast(builder, builder.load(scalar_at), _vec)
                    following.append(_fma(builder, g, source, changes[k]))
                    target = _fma(builder, g, values[k], target)
                _store(builder, target, target_at, 4 * LANES)
                over_rows.carry(following)
            for place, value, change in zip(places, values, over_rows.results, strict=True):
                _store(builder, builder.fadd(value, change), place, 4 * LANES)
            over_chunks.carry([])
        return context.get_dummy_value()

    return signature, codegen


@instructions
def prefetch_row(typingctx: Any, address: Any, chunks: Any) -> Any:
    """Asks for a row's cache lines, for writing, ahead of their use."""
    signature = types.void(types.int64, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        address, chunks = args
        pointer = ir.IntType(8).as_pointer()
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [pointer, _i32, _i32, _i32]),
            "llvm.prefetch.p0",
        )
        lines = builder.udiv(builder.mul(chunks, _i64(LANES)), _i64(16))
        loop = _Loop(builder, lines, [])
        with loop as (line, _):
            at = builder.inttoptr(_offset(builder, address, builder.mul(line, _i64(64))), pointer)
            builder.call(function, [at, _i32(1), _i32(3), _i32(1)])
            loop.carry([])
        return context.get_dummy_value()

    return signature, codegen
