"""Whole rows at a time: fetching ahead, copying, adding.

Rows are named by their int64 addresses; `chunks` is their length in units of LANES floats.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from lexiscope.compiled.decorators import intrinsic
from lexiscope.compiled.llvm import (
    ALIGNMENT,
    F32,
    I64,
    LANES,
    VECTOR,
    Loop,
    address_at,
    broadcast,
    fma,
    load,
    offset,
    prefetch,
    store,
)

_ADDRESSES = ir.VectorType(I64, 8)


def _prefetch(builder: ir.IRBuilder, address: ir.Value, chunks: ir.Value, *, writing: bool) -> None:
    lines = builder.udiv(builder.mul(chunks, I64(LANES)), I64(16))
    loop = Loop(builder, lines, [])
    with loop as (line, _):
        prefetch(builder, offset(builder, address, builder.mul(line, I64(64))), writing=writing)
        loop.carry([])


@intrinsic
def prefetch_row(typingctx: Any, address: Any, chunks: Any) -> Any:
    """Asks for a row's cache lines, for writing, ahead of their use."""
    signature = types.void(types.int64, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _prefetch(builder, args[0], args[1], writing=True)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def fetch_row(typingctx: Any, address: Any, chunks: Any) -> Any:
    """Asks for a row's cache lines, only to read them, so that other threads keep theirs."""
    signature = types.void(types.int64, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _prefetch(builder, args[0], args[1], writing=False)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def copy_addresses(typingctx: Any, target: Any, source: Any, count: Any) -> Any:
    """Copies int64 eight at a time: `count` of them, at least eight, and up to seven more.

    A window's addresses are few and their number is random: how often a plain loop goes round
    could not be guessed, and a wrong guess costs more than the whole copy.
    """
    signature = types.void(types.int64, types.int64, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        target, source, count = args
        blocks = builder.ashr(builder.add(count, I64(7)), I64(3))
        loop = Loop(builder, blocks, [])  # goes round once at least
        with loop as (block, _):
            at = builder.mul(block, I64(64))
            eight = load(builder, offset(builder, source, at), _ADDRESSES, 8)
            store(builder, eight, offset(builder, target, at), 8)
            loop.carry([])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def copy_row(typingctx: Any, target: Any, source: Any, chunks: Any) -> Any:
    """target = source."""
    signature = types.void(types.int64, types.int64, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        target, source, chunks = args
        loop = Loop(builder, chunks, [])
        with loop as (chunk, _):
            at = builder.mul(chunk, I64(ALIGNMENT))
            value = load(builder, offset(builder, source, at), VECTOR, ALIGNMENT)
            store(builder, value, offset(builder, target, at), ALIGNMENT)
            loop.carry([])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def merge_rows(
    typingctx: Any, target: Any, copies: Any, count: Any, weight: Any, chunks: Any
) -> Any:
    """target += weight · Σ (copy − target), over the `count` addresses at `copies`, in order."""
    signature = types.void(types.int64, types.int64, types.int64, types.float32, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        target, copies, count, weight, chunks = args
        factor = broadcast(builder, weight, VECTOR)
        over_chunks = Loop(builder, chunks, [])
        with over_chunks as (chunk, _):
            at = builder.mul(chunk, I64(ALIGNMENT))
            place = offset(builder, target, at)
            old = load(builder, place, VECTOR, ALIGNMENT)
            over_copies = Loop(builder, count, [ir.Constant(VECTOR, [0.0] * LANES)])
            with over_copies as (copy, (total,)):
                address = offset(builder, address_at(builder, copies, copy), at)
                new = load(builder, address, VECTOR, ALIGNMENT)
                over_copies.carry([builder.fadd(total, builder.fsub(new, old))])
            merged = fma(builder, factor, over_copies.results[0], old)
            store(builder, merged, place, ALIGNMENT)
            over_chunks.carry([])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def sum_rows(typingctx: Any, target: Any, rows: Any, count: Any, scale: Any, chunks: Any) -> Any:
    """target = scale · Σ rows; `rows` is the address of `count` int64 row addresses, at least 1."""
    signature = types.void(types.int64, types.int64, types.int64, types.float32, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        target, rows, count, scale, chunks = args
        factor = broadcast(builder, scale, VECTOR)
        over_chunks = Loop(builder, chunks, [])
        with over_chunks as (chunk, _):
            at = builder.mul(chunk, I64(ALIGNMENT))
            over_rows = Loop(builder, count, [ir.Constant(VECTOR, [0.0] * LANES)])
            with over_rows as (row, (total,)):
                address = address_at(builder, rows, row)
                value = load(builder, offset(builder, address, at), VECTOR, ALIGNMENT)
                over_rows.carry([builder.fadd(total, value)])
            result = builder.fmul(over_rows.results[0], factor)
            store(builder, result, offset(builder, target, at), ALIGNMENT)
            over_chunks.carry([])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def sum_rows_weighted(
    typingctx: Any, target: Any, rows: Any, weights: Any, count: Any, scale: Any, chunks: Any
) -> Any:
    """target = scale · Σ weight · row, the `count` float32 weights from an address on."""
    signature = types.void(
        types.int64, types.int64, types.int64, types.int64, types.float32, types.int64
    )

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        target, rows, weights, count, scale, chunks = args
        factor = broadcast(builder, scale, VECTOR)
        over_chunks = Loop(builder, chunks, [])
        with over_chunks as (chunk, _):
            at = builder.mul(chunk, I64(ALIGNMENT))
            over_rows = Loop(builder, count, [ir.Constant(VECTOR, [0.0] * LANES)])
            with over_rows as (row, (total,)):
                address = offset(builder, address_at(builder, rows, row), at)
                value = load(builder, address, VECTOR, ALIGNMENT)
                place = offset(builder, weights, builder.mul(row, I64(4)))
                weight = broadcast(builder, load(builder, place, F32, 4), VECTOR)
                over_rows.carry([fma(builder, weight, value, total)])
            result = builder.fmul(over_rows.results[0], factor)
            store(builder, result, offset(builder, target, at), ALIGNMENT)
            over_chunks.carry([])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def add_to_rows(typingctx: Any, rows: Any, count: Any, change: Any, scale: Any, chunks: Any) -> Any:
    """row += scale · change for each of `count` rows, whose addresses stand at `rows`."""
    signature = types.void(types.int64, types.int64, types.int64, types.float32, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        rows, count, change, scale, chunks = args
        factor = broadcast(builder, scale, VECTOR)
        over_chunks = Loop(builder, chunks, [])
        with over_chunks as (chunk, _):
            at = builder.mul(chunk, I64(ALIGNMENT))
            value = load(builder, offset(builder, change, at), VECTOR, ALIGNMENT)
            over_rows = Loop(builder, count, [])
            with over_rows as (row, _):
                place = offset(builder, address_at(builder, rows, row), at)
                old = load(builder, place, VECTOR, ALIGNMENT)
                store(builder, fma(builder, factor, value, old), place, ALIGNMENT)
                over_rows.carry([])
            over_chunks.carry([])
        return context.get_dummy_value()

    return signature, codegen
