"""ggml's ways of keeping a matrix: plain floats, and blocks of values with a scale each.

Of 32 values: Q8_0 (a float16 scale, 32 int8), Q4_0 (a scale, 16 bytes of two values, 8 below),
Q4_1 (a scale, a least value, 16 bytes), Q5_0 and Q5_1 (with a fifth bit each in 4 bytes). Of 256:
Q4_K and Q5_K (a scale and a least value for all; of eight parts a scale and a least value in 6 bits
each, in 12 bytes; a fifth bit each in 32 bytes; 128 bytes), and Q6_K (128 bytes of lower halves, 64
of two upper bits each, 16 scales in int8, a scale for all). Source: ggml-common.h and ggml-quants.c
of https://github.com/ggml-org/ggml.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK, _SUPER = 32, 256
OTHERS = {
    9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 15: "Q8_K",
    16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S",
    22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
}  # fmt: skip
"""The types that are not read, by their numbers in a file."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How a tensor's values are stored.

    Attributes:
        name: ggml's.
        values: In a block; 1 where there are none.
        size: A block's bytes.
        decode: Blocks' bytes (n×size) as float (n×values), given the order of bytes.
    """

    name: str
    values: int
    size: int
    decode: Callable[[NDArray[np.uint8], str], NDArray[Any]]


def _plain(code: str) -> Callable[[NDArray[np.uint8], str], NDArray[Any]]:
    return lambda blocks, order: blocks.view(f"{order}{code}")


def _bfloat(blocks: NDArray[np.uint8], order: str) -> NDArray[Any]:
    wide = blocks.view(f"{order}u2").astype(np.uint32)
    wide <<= 16
    return wide.view(np.float32)


def _halves(blocks: NDArray[np.uint8], at: int, order: str) -> NDArray[np.float32]:
    """A float16 of each block (n×1)."""
    return np.ascontiguousarray(blocks[:, at : at + 2]).view(f"{order}f2").astype(np.float32)


def _nibbles(blocks: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Two values a byte: the lower halves of all, then the upper ones (n×32)."""
    packed = blocks[:, -16:]
    return np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.int16)


def _fifth_bits(blocks: NDArray[np.uint8], at: int, order: str) -> NDArray[np.int16]:
    bits = np.ascontiguousarray(blocks[:, at : at + 4]).view(f"{order}u4").astype(np.uint32)
    return (((bits >> np.arange(_BLOCK, dtype=np.uint32)) & 1) << 4).astype(np.int16)


def _q8_0(blocks: NDArray[np.uint8], order: str) -> NDArray[Any]:
    values = blocks[:, 2:].view(np.int8).astype(np.float32)
    return _halves(blocks, 0, order) * values


def _q4_0(blocks: NDArray[np.uint8], order: str) -> NDArray[Any]:
    return _halves(blocks, 0, order) * (_nibbles(blocks) - 8).astype(np.float32)


def _q4_1(blocks: NDArray[np.uint8], order: str) -> NDArray[Any]:
    scale, least = _halves(blocks, 0, order), _halves(blocks, 2, order)
    return scale * _nibbles(blocks).astype(np.float32) + least


def _q5_0(blocks: NDArray[np.uint8], order: str) -> NDArray[Any]:
    values = (_nibbles(blocks) | _fifth_bits(blocks, 2, order)) - 16
    return _halves(blocks, 0, order) * values.astype(np.float32)


def _q5_1(blocks: NDArray[np.uint8], order: str) -> NDArray[Any]:
    values = (_nibbles(blocks) | _fifth_bits(blocks, 4, order)).astype(np.float32)
    return _halves(blocks, 0, order) * values + _halves(blocks, 2, order)


def _scales_of_k(packed: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The scales and least values of eight parts, 6 bits each, out of 12 bytes (n×8 each)."""
    low, middle, high = packed[:, :4], packed[:, 4:8], packed[:, 8:12]
    scales = np.concatenate([low & 63, (high & 15) | (low >> 6 << 4)], axis=1)
    least = np.concatenate([middle & 63, (high >> 4) | (middle >> 6 << 4)], axis=1)
    return scales, least


def _halves_by_part(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Eight parts of 32 values of 4 bits, out of 128 bytes: of each 32 the lower halves first."""
    quarters = packed.reshape(-1, 4, _BLOCK)
    return np.stack([quarters & 15, quarters >> 4], axis=2).reshape(-1, 8, _BLOCK)


def _of_parts(blocks: NDArray[np.uint8], values: NDArray[Any], order: str) -> NDArray[np.float32]:
    """The values of eight parts, each with a scale and a least value of its own."""
    scales, least = (part.astype(np.float32) for part in _scales_of_k(blocks[:, 4:16]))
    scales *= _halves(blocks, 0, order)
    least *= _halves(blocks, 2, order)
    return scales[:, :, None] * values.astype(np.float32) - least[:, :, None]


def _q4_k(blocks: NDArray[np.uint8], order: str) -> NDArray[Any]:
    return _of_parts(blocks, _halves_by_part(blocks[:, 16:]), order)


def _q5_k(blocks: NDArray[np.uint8], order: str) -> NDArray[Any]:
    bits = (blocks[:, None, 16:48] >> np.arange(8, dtype=np.uint8)[:, None] & 1).astype(np.uint8)
    return _of_parts(blocks, _halves_by_part(blocks[:, 48:]) | (bits << 4), order)


def _q6_k(blocks: NDArray[np.uint8], order: str) -> NDArray[Any]:
    low = blocks[:, :128].reshape(-1, 2, 2, _BLOCK)
    high = blocks[:, 128:192].reshape(-1, 2, 1, _BLOCK)
    # Of each half of a block four parts: the lower halves of two times 32 bytes, then the upper.
    quarters = np.concatenate([low & 15, low >> 4], axis=2)
    shifts = np.arange(0, 8, 2, dtype=np.uint8)[:, None]
    values = (quarters | ((high >> shifts & 3) << 4)).astype(np.int16) - 32
    scales = blocks[:, 192:208].view(np.int8).astype(np.float32) * _halves(blocks, 208, order)
    found: NDArray[Any] = scales[:, :, None] * values.reshape(-1, 16, 16).astype(np.float32)
    return found


KINDS = {
    0: Kind(name="F32", values=1, size=4, decode=_plain("f4")),
    1: Kind(name="F16", values=1, size=2, decode=_plain("f2")),
    2: Kind(name="Q4_0", values=_BLOCK, size=18, decode=_q4_0),
    3: Kind(name="Q4_1", values=_BLOCK, size=20, decode=_q4_1),
    6: Kind(name="Q5_0", values=_BLOCK, size=22, decode=_q5_0),
    7: Kind(name="Q5_1", values=_BLOCK, size=24, decode=_q5_1),
    12: Kind(name="Q4_K", values=_SUPER, size=144, decode=_q4_k),
    13: Kind(name="Q5_K", values=_SUPER, size=176, decode=_q5_k),
    14: Kind(name="Q6_K", values=_SUPER, size=210, decode=_q6_k),
    8: Kind(name="Q8_0", values=_BLOCK, size=34, decode=_q8_0),
    28: Kind(name="F64", values=1, size=8, decode=_plain("f8")),
    30: Kind(name="BF16", values=1, size=2, decode=_bfloat),
}
"""The types that are read, by their numbers in a file."""
