"""Sets of rows as bits, 64 to a word."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from lexiscope.compiled.decorators import intrinsic, macro

WORD = 64
_SHIFT = 6  # row >> _SHIFT is row // WORD, without a thought for negative numbers
_ONE = np.uint64(1)


@intrinsic
def count_ones(typingctx: Any, word: Any) -> Any:
    """How many bits of a uint64 are set."""
    signature = types.int64(types.uint64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return signature, codegen


@intrinsic
def lowest_one(typingctx: Any, word: Any) -> Any:
    """The number of the lowest set bit of a uint64 that is not 0."""
    signature = types.int64(types.uint64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return signature, codegen


@macro
def word_of(row):
    """The word that a row's bit stands in."""
    return row >> _SHIFT


@macro
def bit_of(row):
    """A row's bit in its word."""
    return _ONE << np.uint64(row & (WORD - 1))


@macro
def ones_before(word, bit):
    """How many bits of a word are set below `bit`."""
    return count_ones(word & (bit - _ONE))
