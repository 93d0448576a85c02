"""Changes of rows: what stretches of training have changed in a matrix, and what they come to.

A part of a text that is trained by itself works on a copy of the matrix. Its changes are the rows
in which the copy differs, in their order, each with its difference. Those of all parts are gathered
row by row, in the order of the parts, and then put into the matrix with a weight for each row.

Differences are rounded to bfloat16 wherever parts are trained, since that is what travels between
machines: half the bytes, and an error of 0.4 % of a change at most.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from lexiscope.compiled.bfloat16 import from_bfloat16, to_bfloat16
from lexiscope.compiled.decorators import inlined, kernel, overload, summing
from lexiscope.training.kernels.memory import zeros

# How the changes of a row that several parts have touched are weighted (see `weight_of`).
SUM, MEAN, TOUCHING, AGREEMENT, SATURATION = range(5)


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
def _first_change(change):
    """Where a row's change is not 0: nearly always at once; its length where there is none."""
    column = np.int64(0)
    while column < change.shape[0] and change[column] == 0:
        column += 1
    return column


@kernel
def take_changes(work, base, marks, rows, changes):
    """Lists a copy's changes and takes them back, so that it is a copy again.

    Args:
        work: float32 (R, D): the copy that was trained.
        base: float32 (R, D): what it was a copy of; their padding is the same.
        marks: uint8 (R,): 1 for the rows that may differ; set to 0.
        rows: int32 (R,), written to: the changed rows, in order.
        changes: uint16 (R, columns), written to: work − base of those, as bfloat16 without padding.

    Returns:
        How many have changed.
    """
    count = np.int64(0)
    columns = changes.shape[1]
    for row in range(work.shape[0]):
        if marks[row] == 0:
            continue
        marks[row] = 0
        trained, before, change = work[row], base[row], changes[count]
        for column in range(columns):
            change[column] = to_bfloat16(trained[column] - before[column])
            trained[column] = before[column]
        if _first_change(change) < columns:
            rows[count] = row
            count += 1
    return count


def _value(number):
    """A number of a change, or of a sum of them, as float32."""
    raise NotImplementedError


@overload(_value)
def _value_of(number):
    if number == types.uint16:
        return lambda number: from_bfloat16(number)
    return lambda number: number


@summing
def _square(vector):
    total = np.float32(0)
    for column in range(vector.shape[0]):
        value = _value(vector[column])
        total += value * value
    return total


@kernel
def gather_changes(rows, changes, first, rule, gathered):
    """Adds a part's changes; parts must come in their order.

    Args:
        rows: int32 (N,), ascending, of which those from `first` on, as many as fit, are taken.
        changes: uint16 (N, columns), bfloat16.
        first: The row that the sums begin with.
        rule: See `weight_of`.
        gathered: `Gathered`.
    """
    last = first + gathered.touching.shape[0]
    for at in range(np.searchsorted(rows, first), rows.shape[0]):
        if rows[at] >= last:
            break
        row = rows[at] - first
        gathered.touching[row] += 1
        if rule == AGREEMENT:
            gathered.squares[row] += _square(changes[at])
        for column in range(changes.shape[1]):
            gathered.sums[row, column] += from_bfloat16(changes[at, column])


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
        changes: uint16 (R, columns), written to: what is to be added to each, as bfloat16.

    Returns:
        How many there are.
    """
    count = np.int64(0)
    columns = changes.shape[1]
    for row in range(gathered.touching.shape[0]):
        touching = gathered.touching[row]
        if touching == 0:
            continue
        total, squares = gathered.sums[row], gathered.squares[row]
        square = np.float32(0)
        if rule == AGREEMENT:
            square = _square(total)
        weight = weight_of(rule, touching, parts, squares, square, scale * learned[first + row])
        rows[count] = first + row
        for column in range(columns):
            changes[count, column] = to_bfloat16(weight * total[column])
            total[column] = 0
        gathered.touching[row] = 0
        gathered.squares[row] = 0
        count += 1
    return count


@kernel
def put_changes(rows, changes, matrix, work, marks):
    """Adds changes to the rows of a matrix, and brings those of a copy to what they have become.

    Args:
        rows: int32 (N,).
        changes: uint16 (N, columns), bfloat16.
        matrix: float32 (R, D), with D of at least as many columns.
        work: float32 (R, D): the copy.
        marks: uint8 (R,): set to 1 for these rows.
    """
    for at in range(rows.shape[0]):
        row = rows[at]
        marks[row] = 1
        for column in range(changes.shape[1]):
            value = matrix[row, column] + from_bfloat16(changes[at, column])
            matrix[row, column] = value
            work[row, column] = value


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
