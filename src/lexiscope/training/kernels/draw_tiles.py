"""Drawing a window's words: eight slots at a time, as vector instructions.

One draw is a chain of multiplications, a look into a large table and a comparison with all slots
before; one after the other, they take a quarter of CBOW's time. Here all are made at once, and only
where two slots got the same word, which is rare, everything is drawn anew, in order.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from lexiscope.compiled.decorators import intrinsic
from lexiscope.compiled.llvm import (
    F32,
    I32,
    I64,
    LANES,
    ROW_MULTIPLE,
    SLOT_STRIDE,
    SLOTS,
    Loop,
    broadcast,
    load,
    offset,
    prefetch,
    shuffle,
    store,
)
from lexiscope.training.kernels.common import GOLDEN, MIX1, MIX2

# Slots drawn at once: the center's and up to seven others.
DRAWN_AT_ONCE = 8
_WIDE = ir.VectorType(I64, DRAWN_AT_ONCE)
_NARROW = ir.VectorType(I32, DRAWN_AT_ONCE)
_FLOATS = ir.VectorType(F32, DRAWN_AT_ONCE)


def _of(values: list[int], type_: ir.VectorType = _WIDE) -> ir.Constant:
    return ir.Constant(type_, values)


def _all(value: int, type_: ir.VectorType = _WIDE) -> ir.Constant:
    return _of([value] * DRAWN_AT_ONCE, type_)


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def _mixed(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """As `common.mix`, of eight."""
    x = builder.mul(builder.xor(x, builder.lshr(x, _all(30))), _all(_signed(int(MIX1))))
    x = builder.mul(builder.xor(x, builder.lshr(x, _all(27))), _all(_signed(int(MIX2))))
    return builder.xor(x, builder.lshr(x, _all(31)))


def _looked_up(builder: ir.IRBuilder, numbers: ir.Value, alias: ir.Value, size: ir.Value) -> Any:
    """As `negative.draw_noise`, of eight."""
    low = _all((1 << 32) - 1)
    scaled = builder.mul(builder.lshr(numbers, _all(32)), broadcast(builder, size, _WIDE))
    columns = builder.lshr(scaled, _all(32))
    places = builder.add(broadcast(builder, alias, _WIDE), builder.shl(columns, _all(3)))
    entries: ir.Value = ir.Constant(_WIDE, ir.Undefined)
    for lane in range(DRAWN_AT_ONCE):
        place = builder.inttoptr(builder.extract_element(places, I32(lane)), I64.as_pointer())
        entries = builder.insert_element(entries, builder.load(place, align=4), I32(lane))
    keeps = builder.icmp_unsigned("<", builder.and_(numbers, low), builder.and_(entries, low))
    return builder.select(keeps, columns, builder.lshr(entries, _all(32)))


def _any_twice(builder: ir.IRBuilder, words: ir.Value) -> ir.Value:
    """Whether two of eight are the same."""
    same: ir.Value = ir.Constant(ir.VectorType(ir.IntType(1), DRAWN_AT_ONCE), [0] * DRAWN_AT_ONCE)
    for turn in range(1, DRAWN_AT_ONCE // 2 + 1):
        turned = [(lane + turn) % DRAWN_AT_ONCE for lane in range(DRAWN_AT_ONCE)]
        other = shuffle(builder, words, words, turned)
        same = builder.or_(same, builder.icmp_signed("==", words, other))
    return builder.icmp_unsigned(
        "!=", builder.bitcast(same, ir.IntType(8)), ir.Constant(ir.IntType(8), 0)
    )


@intrinsic
def draw_at_once(
    typingctx: Any,
    alias: Any,
    size: Any,
    common: Any,
    shares: Any,
    share: Any,
    number: Any,
    center: Any,
    state: Any,
    targets: Any,
    signs: Any,
) -> Any:
    """Draws a window's words at once, if they all differ.

    Args (all int64 but the state, which is uint64):
        alias: Address of the alias table, `size` × 2 uint32 (see `negative.alias_table`).
        size: V.
        common, shares, share: See `negative.in_share`.
        number: Words to draw, at most 7.
        center: A word that none of them may be; it stands in the first slot.
        state: Of the random numbers, before the first.
        targets, signs: Addresses of 8 int32 and 8 float32; all are written, those beyond
            `number` + 1 with no words and without a sign.

    Returns:
        Whether two are the same, so that they have to be drawn one by one.
    """
    whole = types.int64
    signature = types.boolean(*[whole] * 7, types.uint64, whole, whole)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        alias, size, common, shares, share, number, center, state, targets, signs = args
        steps = _of([_signed(lane * int(GOLDEN) % (1 << 64)) for lane in range(DRAWN_AT_ONCE)])
        numbers = _mixed(builder, builder.add(broadcast(builder, state, _WIDE), steps))
        words = _looked_up(builder, numbers, alias, size)
        first = broadcast(builder, common, _WIDE)
        beyond = builder.sub(words, first)
        parts = broadcast(builder, builder.neg(shares), _WIDE)
        own = builder.add(
            builder.add(first, builder.and_(beyond, parts)), broadcast(builder, share, _WIDE)
        )
        words = builder.select(builder.icmp_signed(">=", beyond, _all(0)), own, words)
        lanes = _of(list(range(DRAWN_AT_ONCE)))
        unused = builder.icmp_signed(">", lanes, broadcast(builder, number, _WIDE))
        none = _of([-1 - lane for lane in range(DRAWN_AT_ONCE)])
        words = builder.insert_element(builder.select(unused, none, words), center, I32(0))
        found = builder.trunc(words, _NARROW)
        store(builder, found, targets, 4)
        # Written as they will be read: eight loaded at once wait for eight that were stored singly.
        zero, minus = (ir.Constant(_FLOATS, [x] * DRAWN_AT_ONCE) for x in (0.0, -1.0))
        given = builder.select(unused, zero, minus)
        given = builder.insert_element(given, ir.Constant(F32, 1.0), I32(0))
        store(builder, given, signs, 4)
        return _any_twice(builder, found)

    return signature, codegen


@intrinsic
def fill_group(
    typingctx: Any,
    base: Any,
    first: Any,
    moved: Any,
    row_bytes: Any,
    targets: Any,
    marks: Any,
    begin: Any,
    count: Any,
    spare: Any,
    slots: Any,
    homes: Any,
    signs: Any,
    chunks: Any,
) -> Any:
    """Puts a group of output rows into its slots, and asks for their cache lines.

    Args (all int64):
        base: Address of W′.
        first: The row from which on rows are elsewhere.
        moved: Address of W′ as it would be if it stood there.
        row_bytes: Of a row of it.
        targets, marks: Addresses of the window's rows (int32) and signs (float32) from this group
            on, eight of each; a slot without a sign is not in use.
        begin: The group's first slot.
        count: Slots of the window; those from there on are not in use.
        spare: Address of the row that stands in for those.
        slots, homes: Addresses of 8 int64, written: where the rows are; the last two belong to
            nobody or to the next group.
        signs: Address of 16 float32, written: the six signs and two zeros, twice.
        chunks: Row length in units of LANES floats.
    """
    signature = types.void(*[types.int64] * 13)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        base, first, moved, row_bytes, targets, marks, *others = args
        begin, count, spare, slots, homes, signs, chunks = others
        rows = builder.sext(load(builder, targets, _NARROW, 4), _WIDE)
        given = load(builder, marks, _FLOATS, 4)
        lanes = _of([*range(SLOTS), *[1 << 40] * (DRAWN_AT_ONCE - SLOTS)])
        left = broadcast(builder, builder.sub(count, begin), _WIDE)
        zero = ir.Constant(_FLOATS, [0.0] * DRAWN_AT_ONCE)
        given = builder.select(builder.icmp_signed("<", lanes, left), given, zero)
        used = builder.fcmp_unordered("!=", given, zero)
        elsewhere = builder.icmp_signed(">=", rows, broadcast(builder, first, _WIDE))
        bases = builder.select(
            elsewhere, broadcast(builder, moved, _WIDE), broadcast(builder, base, _WIDE)
        )
        steps = builder.mul(rows, broadcast(builder, row_bytes, _WIDE))
        places = builder.add(bases, steps)
        places = builder.select(used, places, broadcast(builder, spare, _WIDE))
        store(builder, places, slots, 8)
        store(builder, places, homes, 8)
        store(builder, given, signs, 32)
        store(builder, given, offset(builder, signs, 4 * SLOT_STRIDE), 32)
        loop = Loop(builder, builder.udiv(chunks, I64(ROW_MULTIPLE // LANES)), [])
        asked = [builder.extract_element(places, I32(lane)) for lane in range(SLOTS)]
        with loop as (line, _):
            at = builder.mul(line, I64(4 * ROW_MULTIPLE))
            for place in asked:
                prefetch(builder, offset(builder, place, at), writing=True)
            loop.carry([])
        return context.get_dummy_value()

    return signature, codegen
