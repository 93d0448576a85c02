"""Machine operations that Numba has no name for, as LLVM's own.

LLVM lowers each of them for whatever processor there is; none needs a certain instruction set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lexiscope.compiled import llvm


def _operation(function: Callable[..., Any]) -> Any:
    """Make a compiled operation. Its first parameter is Numba's own and is left out in calls."""
    return intrinsic(function)


@_operation
def load64(_typing: Any, _address: Any) -> Any:
    """The eight bytes at an address, which need not be aligned."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pointer = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        return builder.load(pointer, align=1)

    return types.uint64(types.intp), codegen


@_operation
def prefetch(_typing: Any, _address: Any) -> Any:
    """Ask for the cache line at an address, to be written."""

    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        llvm.prefetch(builder, args[0], writing=True)
        return context.get_dummy_value()

    return types.void(types.intp), codegen


@_operation
def prefetch_to_read(_typing: Any, _address: Any) -> Any:
    """Ask for the cache line at an address, to be read."""

    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        llvm.prefetch(builder, args[0], writing=False)
        return context.get_dummy_value()

    return types.void(types.intp), codegen


@_operation
def fold_product(_typing: Any, _left: Any, _right: Any) -> Any:
    """The 128-bit product of two words, its halves xored: a hash step with full mixing."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        wide, narrow = ir.IntType(128), ir.IntType(64)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        high = builder.trunc(builder.lshr(product, wide(64)), narrow)
        return builder.xor(high, builder.trunc(product, narrow))

    return types.uint64(types.uint64, types.uint64), codegen


@_operation
def trailing_zeros(_typing: Any, _word: Any) -> Any:
    """The index of the lowest set bit of a word that is not 0."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.IntType(1)(1))

    return types.int64(types.uint64), codegen


@_operation
def bits_set(_typing: Any, _word: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), codegen


def _vector_of_64(builder: Any, address: Any) -> Any:
    vector = ir.VectorType(ir.IntType(8), 64)
    return vector, builder.load(builder.inttoptr(address, vector.as_pointer()), align=1)


@_operation
def whitespace_mask(_typing: Any, _address: Any) -> Any:
    """One bit for each of 64 bytes: space, or one of tab, newline, \\v, \\f, \\r (9 to 13)."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        vector, text = _vector_of_64(builder, args[0])
        space = builder.icmp_unsigned("==", text, vector([32] * 64))
        control = builder.icmp_unsigned("<", builder.sub(text, vector([9] * 64)), vector([5] * 64))
        return builder.bitcast(builder.or_(space, control), ir.IntType(64))

    return types.uint64(types.intp), codegen


@_operation
def newline_mask(_typing: Any, _address: Any) -> Any:
    """One bit for each of 64 bytes: newline."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        vector, text = _vector_of_64(builder, args[0])
        newline = builder.icmp_unsigned("==", text, vector([10] * 64))
        return builder.bitcast(newline, ir.IntType(64))

    return types.uint64(types.intp), codegen
