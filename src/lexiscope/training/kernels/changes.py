"""Changes of rows: what stretches of training have changed in a matrix, and what they come to.

A part of a text that is trained by itself works on a copy of the matrix. Its changes are the rows
in which the copy differs, in their order, each with its difference. Those of all parts are gathered
row by row, in the order of the parts, and then put into the matrix with a weight for each row.

Differences are rounded to int8 wherever parts are trained, since that is what travels between
machines: a quarter of the bytes, and an error of 0.4 % of a row's largest change at most. Such a
packed row is its scale, a bfloat16 in two bytes (the lower one first), and then a byte a number.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.bfloat16 import float32_of, from_bfloat16, to_bfloat16
from lexiscope.compiled.decorators import inlined, kernel, summing
from lexiscope.training.kernels.memory import zeros

# How the changes of a row that several parts have touched are weighted (see `weight_of`).
SUM, MEAN, TOUCHING, AGREEMENT, SATURATION = range(5)

SCALE_BYTES = 2  # of a packed row, before its numbers
_INFINITE = np.int32(0x7F800000)  # the bits of the float32 that is not finite any more
_NOT_A_NUMBER = 0x7FC0  # as bfloat16
_LEAST_SCALE = 0x0080  # with all its digits; changes below some 1e-36 are none
_WHOLE = np.float32(3 * 2**22)


class Gathered(NamedTuple):
    """Changes of some rows that follow one another, summed over the parts that have come so far.

    Attributes:
        sums: float32 (R, D): Σδ.
        squares: float32 (R,): Σ‖δ‖², for the rule that asks for it.
        touching: int32 (R,): how many parts have touched the row.
    """

    sums: NDArray[np.float32]
    squares: NDArray[np.float32]
    touching: NDArray[np.int32]


def new_gathered(rows: int, columns: int) -> Gathered:
    """Sums at zero."""
    return Gathered(zeros(rows, columns), np.zeros(rows, np.float32), np.zeros(rows, np.int32))


@inlined
def _pack(vector, packed):
    """Packs a row of changes, and leaves nothing of it in `vector`.

    Args:
        vector: float32 (D,).
        packed: uint8 (SCALE_BYTES + columns,), written to, with columns ≤ D.

    Returns:
        Whether anything has changed.
    """
    columns = packed.shape[0] - SCALE_BYTES
    bits = vector.view(np.int32)
    # Of numbers without their signs the order is that of their bits, what is not finite behind all.
    largest = np.int32(0)
    for column in range(columns):
        largest = max(largest, bits[column] & np.int32(0x7FFFFFFF))
    scale = to_bfloat16(float32_of(largest) / np.float32(127))
    if largest >= _INFINITE:
        scale = np.uint16(_NOT_A_NUMBER)
    elif scale < _LEAST_SCALE:
        return False
    packed[0] = scale & np.uint16(0xFF)
    packed[1] = scale >> np.uint16(8)
    unit = from_bfloat16(scale)
    for column in range(columns):
        # A float32 of that size has no room for fractions, and ends in the nearest whole number.
        vector[column] = vector[column] / unit + _WHOLE
        packed[SCALE_BYTES + column] = np.uint8(bits[column] & np.int32(0xFF))
    if largest >= _INFINITE:
        packed[SCALE_BYTES:] = 1  # times what is no number
    return True


@inlined
def _scale_of(packed):
    return from_bfloat16(np.uint16(packed[0]) | np.uint16(np.uint16(packed[1]) << np.uint16(8)))


@inlined
def _number(packed, column):
    return np.float32(np.int8(packed[SCALE_BYTES + column]))


@summing
def _square(vector):
    total = np.float32(0)
    for column in range(vector.shape[0]):
        total += vector[column] * vector[column]
    return total


@summing
def _square_packed(packed):
    total = np.float32(0)
    for column in range(packed.shape[0] - SCALE_BYTES):
        number = _number(packed, column)
        total += number * number
    return total


@kernel
def take_changes(work, base, marks, rows, changes):
    """Lists a copy's changes and takes them back, so that it is a copy again.

    Args:
        work: float32 (R, D): the copy that was trained.
        base: float32 (R, D): what it was a copy of; their padding is the same.
        marks: uint8 (R,): 1 for the rows that may differ; set to 0.
        rows: int32 (R,), written to: the changed rows, in order.
        changes: uint8 (R, SCALE_BYTES + columns), written to: work − base of those, packed, without
            padding.

    Returns:
        How many have changed.
    """
    count = np.int64(0)
    columns = changes.shape[1] - SCALE_BYTES
    for row in range(work.shape[0]):
        if marks[row] == 0:
            continue
        marks[row] = 0
        trained, before = work[row], base[row]
        for column in range(columns):
            trained[column] -= before[column]
        if _pack(trained, changes[count]):
            rows[count] = row
            count += 1
        for column in range(columns):
            trained[column] = before[column]
    return count


@kernel
def gather_changes(rows, changes, first, rule, gathered):
    """Adds a part's changes; parts must come in their order.

    Args:
        rows: int32 (N,), ascending, of which those from `first` on, as many as fit, are taken.
        changes: uint8 (N, SCALE_BYTES + columns), packed.
        first: The row that the sums begin with.
        rule: See `weight_of`.
        gathered: `Gathered`.
    """
    last = first + gathered.touching.shape[0]
    for at in range(np.searchsorted(rows, first), rows.shape[0]):
        if rows[at] >= last:
            break
        row, packed = rows[at] - first, changes[at]
        scale, sums = _scale_of(packed), gathered.sums[row]
        gathered.touching[row] += 1
        if rule == AGREEMENT:
            gathered.squares[row] += scale * scale * _square_packed(packed)
        for column in range(packed.shape[0] - SCALE_BYTES):
            sums[column] += scale * _number(packed, column)


@inlined
def weight_of(rule, touching, parts, squares, sum_square, learned):
    """What a row's summed changes are multiplied with.

    Args:
        rule: SUM: as if each part's had come after the other's. MEAN: of all parts. TOUCHING: of
            those that have touched the row. AGREEMENT: √(Σ‖δ‖² / ‖Σδ‖²), at most 1: the sum where
            changes are at right angles, and 1/√n of it where n are the same. SATURATION: as far as
            n parts would have come one after another, see `learned`.
        touching, parts: How many parts have touched the row, n, and how many there are.
        squares, sum_square: Σ‖δ‖² and ‖Σδ‖².
        learned: u, of SATURATION: a part has come 1 − e⁻ᵘ of the way to where the row would stay;
            n parts one after another come 1 − e⁻ⁿᵘ of it. A rare word's changes are added up, and
            those of a frequent one, which each part has brought all the way, are averaged.
    """
    if rule == MEAN:
        return np.float32(1 / parts)
    if rule == SUM or touching == 1:
        return np.float32(1)
    if rule == TOUCHING:
        return np.float32(1 / touching)
    if rule == SATURATION:
        way = max(np.float64(learned), 1e-9)
        return np.float32(np.expm1(-touching * way) / (touching * np.expm1(-way)))
    return np.float32(np.sqrt(min(1.0, squares / max(sum_square, 1e-30))))


@kernel
def finish_changes(gathered, first, rule, parts, learned, scale, rows, changes):
    """Lists what the parts' changes come to, and sets the sums back to zero.

    Args:
        gathered: `Gathered`.
        first: The row that it begins with.
        rule, parts: See `weight_of`.
        learned, scale: float32 (rows of the matrix,) and a number: their product is the `learned`
            of `weight_of`.
        rows: int32 (R,), written to: rows that are to be changed, in order.
        changes: uint8 (R, SCALE_BYTES + columns), written to: what is to be added to each, packed.

    Returns:
        How many there are.
    """
    count = np.int64(0)
    columns = changes.shape[1] - SCALE_BYTES
    for row in range(gathered.touching.shape[0]):
        touching = gathered.touching[row]
        if touching == 0:
            continue
        total, squares = gathered.sums[row], gathered.squares[row]
        square = np.float32(0)
        if rule == AGREEMENT:
            square = _square(total)
        weight = weight_of(rule, touching, parts, squares, square, scale * learned[first + row])
        for column in range(columns):
            total[column] *= weight
        if _pack(total, changes[count]):
            rows[count] = first + row
            count += 1
        for column in range(columns):
            total[column] = 0
        gathered.touching[row] = 0
        gathered.squares[row] = 0
    return count


@kernel
def put_changes(rows, changes, matrix, work, marks):
    """Adds changes to the rows of a matrix, and brings those of a copy to what they have become.

    Args:
        rows: int32 (N,).
        changes: uint8 (N, SCALE_BYTES + columns), packed.
        matrix: float32 (R, D), with D of at least as many columns.
        work: float32 (R, D): the copy.
        marks: uint8 (R,): set to 1 for these rows.
    """
    for at in range(rows.shape[0]):
        row, packed = rows[at], changes[at]
        marks[row] = 1
        scale, there, here = _scale_of(packed), matrix[row], work[row]
        for column in range(packed.shape[0] - SCALE_BYTES):
            value = there[column] + scale * _number(packed, column)
            there[column] = value
            here[column] = value


@kernel
def copy_rows(rows, matrix, work):
    """Brings rows of a copy to what the matrix has."""
    for at in range(rows.shape[0]):
        row = rows[at]
        for column in range(matrix.shape[1]):
            work[row, column] = matrix[row, column]


@kernel
def take_rows(marks, first, matrix, rows, values):
    """Lists marked rows as they stand, and takes their marks away.

    Args:
        marks: uint8 (R,), of the rows from `first` on.
        first: The row that they begin with.
        matrix: float32 (all rows, D).
        rows: int32 (R,), written to: the marked rows, in order.
        values: float32 (R, columns), written to: what they have, without the padding.

    Returns:
        How many there are.
    """
    count = np.int64(0)
    for at in range(marks.shape[0]):
        if marks[at] == 0:
            continue
        marks[at] = 0
        rows[count] = first + at
        for column in range(values.shape[1]):
            values[count, column] = matrix[first + at, column]
        count += 1
    return count


@kernel
def set_rows(rows, values, matrix):
    """Puts in some rows of a matrix what `take_rows` has listed."""
    for at in range(rows.shape[0]):
        for column in range(values.shape[1]):
            matrix[rows[at], column] = values[at, column]
