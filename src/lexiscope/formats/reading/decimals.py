"""Decimals read by compiled code: the plain rows of large text files.

A number becomes the float32 that Python's `float` and a conversion give. Up to 2^53 and 10^22 a
decimal is one exact integer times or over an exact power, so one rounding gives the right float64
(Clinger, How to Read Floating Point Numbers Accurately, 1990). Beyond that the product is off by a
few units in the last of 53 bits, which does not matter for the 24 bits of a float32 unless it is
next to the middle of two: then, as for anything unusual, the row is left to the caller.

Importing this module loads Numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import kernel, macro

_SPACE, _TAB, _NEWLINE, _RETURN = 32, 9, 10, 13
_ZERO, _NINE, _POINT, _PLUS, _MINUS, _E = 48, 57, 46, 43, 45, 101
_LOWER = 32  # the bit between "E" and "e"
_EXACT_MANTISSA = 1 << 53
_EXACT_POWER = 22
_MOST_POWER = 64
_MOST_DIGITS = 19
_POWERS = np.array([float(f"1e{power}") for power in range(_MOST_POWER + 1)])
_SLACK = 2.0**-50


@kernel
def parse_rows(
    text: NDArray[np.uint8],
    start: int,
    stop: int,
    out: NDArray[np.float32],
    bounds: NDArray[np.int64],
) -> Any:
    """Reads rows of a token, a space and decimals with a space between, while they are so plain.

    Args:
        text: Bytes; text[stop - 1] is a newline.
        start, stop: Where rows start and end.
        out: n×D, where the values go; at most n rows are read.
        bounds: n×2, where the first byte of each token and the one after its last go.

    Returns:
        How many rows were read, and where the first that was not starts.
    """
    position = start
    for row in range(len(out)):
        if position >= stop:
            return row, position
        at = position
        while text[at] > _SPACE or text[at] not in (_SPACE, _TAB, _NEWLINE):
            at += 1
        if at == position or text[at] != _SPACE:
            return row, position
        end = at
        for column in range(out.shape[1]):
            if text[at] != _SPACE:
                return row, position
            value, at = _number(text, at + 1)
            if at < 0:
                return row, position
            out[row, column] = value
        if text[at] == _SPACE:
            at += 1
        if text[at] == _RETURN:
            at += 1
        if text[at] != _NEWLINE:
            return row, position
        bounds[row, 0] = position
        bounds[row, 1] = end
        position = at + 1
    return len(out), position


@macro
def _is_digit(byte: Any) -> Any:
    return _ZERO <= byte <= _NINE


@kernel
def _number(text: NDArray[np.uint8], at: int) -> Any:
    """The number at a place, and the place after it: -1 where it is not for this code."""
    negative = text[at] == _MINUS
    if negative or text[at] == _PLUS:
        at += 1
    mantissa = np.uint64(0)
    digits, seen, power = 0, 0, 0
    after_point = False
    while True:
        byte = text[at]
        if _is_digit(byte):
            seen += 1
            if digits < _MOST_DIGITS:
                mantissa = mantissa * np.uint64(10) + np.uint64(byte - _ZERO)
                digits += int(mantissa > 0)
                power -= int(after_point)
            else:
                # Dropping digits leaves an error far below the slack.
                power += int(not after_point)
        elif byte == _POINT and not after_point:
            after_point = True
        else:
            break
        at += 1
    if seen == 0:
        return np.float32(0), -1
    if byte | _LOWER == _E:
        at += 1
        down = text[at] == _MINUS
        if down or text[at] == _PLUS:
            at += 1
        if not _is_digit(text[at]):
            return np.float32(0), -1
        exponent = 0
        while _is_digit(text[at]):
            exponent = min(exponent * 10 + int(text[at]) - _ZERO, 100_000)
            at += 1
        power += -exponent if down else exponent
    value, known = _scaled(mantissa, power)
    return (-value if negative else value), (at if known else -1)


@kernel
def _scaled(mantissa: Any, power: int) -> Any:
    """mantissa × 10^power as float32, and whether it is surely the right one."""
    if mantissa == 0:
        return np.float32(0), True
    if power > _MOST_POWER or power < -_MOST_POWER:
        return np.float32(0), False
    value = np.float64(mantissa)
    if power < 0:
        value /= _POWERS[-power]
    else:
        value *= _POWERS[power]
    if mantissa <= _EXACT_MANTISSA and -_EXACT_POWER <= power <= _EXACT_POWER:
        return np.float32(value), True
    low, high = np.float32(value * (1.0 - _SLACK)), np.float32(value * (1.0 + _SLACK))
    return low, low == high
