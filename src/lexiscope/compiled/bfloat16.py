"""bfloat16: the upper half of a float32, for numbers that travel; and a float32's bits."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from lexiscope.compiled.decorators import intrinsic

_I32 = ir.IntType(32)


def _of(number: int) -> ir.Constant:
    return ir.Constant(_I32, number)


@intrinsic
def to_bfloat16(typingctx: Any, number: Any) -> Any:
    """The uint16 of the bfloat16 nearest to a float32, of two equally near the even one."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], _I32)
        odd = builder.and_(builder.lshr(bits, _of(16)), _of(1))
        rounded = builder.add(bits, builder.add(odd, _of(0x7FFF)))
        return builder.trunc(builder.lshr(rounded, _of(16)), ir.IntType(16))

    return types.uint16(types.float32), codegen


@intrinsic
def from_bfloat16(typingctx: Any, bits: Any) -> Any:
    """The float32 of a bfloat16's uint16."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        wide = builder.shl(builder.zext(args[0], _I32), _of(16))
        return builder.bitcast(wide, ir.FloatType())

    return types.float32(types.uint16), codegen


@intrinsic
def float32_of(typingctx: Any, bits: Any) -> Any:
    """The float32 whose bits an int32 has."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), codegen
