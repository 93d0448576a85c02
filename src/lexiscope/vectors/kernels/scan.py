"""The rows of the highest cosine, found by reading about half of the matrix.

What takes the time is bringing the rows from memory. So the last columns of each row are also kept
in a few bits each (`sketch.py`), with how far those are from the truth at most. A row's first
columns are read, the bits give the rest within that bound, and a row that cannot be among the best
even at its bound is left. The others are read to their end: what is answered is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from lexiscope.compiled.decorators import inlined, intrinsic, kernel, summing
from lexiscope.compiled.intrinsics import prefetch_to_read

BLOCK = 64
"""Rows whose bits lie together, word by word, so that one instruction takes those of several."""

UNKNOWN = 255
"""The error of a row about which the bits say nothing."""

_CHECKED = 1024  # one of so many rows is read whole in any case
_LINE = 64


@intrinsic
def field(typingctx: Any, word: Any, shift: Any, mask: Any) -> Any:
    """Some bits of a word as a float32. Numba's own arithmetic would widen them to 64 bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word, shift, mask = args
        narrow = ir.IntType(32)
        shift, mask = builder.trunc(shift, narrow), builder.trunc(mask, narrow)
        return builder.sitofp(builder.and_(builder.lshr(word, shift), mask), ir.FloatType())

    return types.float32(types.uint32, types.int64, types.int64), codegen


@summing
def dot(row, query, first, stop):
    """The product of some columns of a row with a query's (float32)."""
    total = np.float32(0)
    for column in range(first, stop):
        total += row[column] * query[column]
    return total


@summing
def _add_three_bits(words, weights, at, sums):
    """Adds a word's ten fields of each row, times their weights, to the rows' sums."""
    for row in range(BLOCK):
        word = words[row]
        sums[row] += (
            weights[at] * field(word, 0, 7)
            + weights[at + 1] * field(word, 3, 7)
            + weights[at + 2] * field(word, 6, 7)
            + weights[at + 3] * field(word, 9, 7)
            + weights[at + 4] * field(word, 12, 7)
            + weights[at + 5] * field(word, 15, 7)
            + weights[at + 6] * field(word, 18, 7)
            + weights[at + 7] * field(word, 21, 7)
            + weights[at + 8] * field(word, 24, 7)
            + weights[at + 9] * field(word, 27, 7)
        )


@summing
def _add_two_bits(words, weights, at, sums):
    """The same of eight fields of two bits, half a word."""
    for row in range(BLOCK):
        word = words[row]
        sums[row] += (
            weights[at] * field(word, 0, 3)
            + weights[at + 1] * field(word, 2, 3)
            + weights[at + 2] * field(word, 4, 3)
            + weights[at + 3] * field(word, 6, 3)
            + weights[at + 4] * field(word, 8, 3)
            + weights[at + 5] * field(word, 10, 3)
            + weights[at + 6] * field(word, 12, 3)
            + weights[at + 7] * field(word, 14, 3)
            + weights[at + 8] * field(word, 16, 3)
            + weights[at + 9] * field(word, 18, 3)
            + weights[at + 10] * field(word, 20, 3)
            + weights[at + 11] * field(word, 22, 3)
            + weights[at + 12] * field(word, 24, 3)
            + weights[at + 13] * field(word, 26, 3)
            + weights[at + 14] * field(word, 28, 3)
            + weights[at + 15] * field(word, 30, 3)
        )


@kernel
def encode(vectors, norms, split, offsets, steps, bits, start, stop, codes, lengths):
    """Puts the last columns of some rows, scaled to length 1, into their bits.

    Args:
        vectors: float32 (V, D).
        norms: float32 (V,); a row whose length is not above 0 gets no bits.
        split: The first of those columns.
        offsets: float32 (D − split,), what code 0 stands for.
        steps: float32 (D − split,), what each code is above the one before.
        bits: 3, ten columns in a word, or 2, sixteen.
        start, stop: The rows.
        codes: uint32 (⌈V/64⌉, words, 64), zero before.
        lengths: float32 (V, 2), filled: the length of the columns without bits, and of what the
            bits leave out of the others; infinity for a row without bits.
    """
    fields = 32 // bits
    highest = np.float32((1 << bits) - 1)
    columns = vectors.shape[1] - split
    for row in range(start, stop):
        length = norms[row]
        if not length > 0:
            lengths[row, 0] = lengths[row, 1] = np.inf
            continue
        total = np.float64(0)
        for column in range(split):
            value = np.float64(vectors[row, column] / length)
            total += value * value
        lengths[row, 0] = np.sqrt(total)
        block, place = row // BLOCK, row % BLOCK
        total = np.float64(0)
        for column in range(columns):
            value = vectors[row, split + column] / length
            code = np.floor((value - offsets[column]) / steps[column] + np.float32(0.5))
            code = min(max(code, np.float32(0)), highest)
            left = np.float64(value - (offsets[column] + steps[column] * code))
            total += left * left
            word, position = column // fields, column % fields
            codes[block, word, place] |= np.uint32(np.int64(code) << (position * bits))
        lengths[row, 1] = np.sqrt(total)


@inlined
def _fetch_columns(base, columns, row, first, stop):
    line = base + 4 * (row * columns + first)
    for at in range(line, line + 4 * (stop - first) + _LINE - 4, _LINE):
        prefetch_to_read(at)


@inlined
def _fill_sums(codes, weights, offset, bits, sums):
    """What the bits of a block of rows say, times the query."""
    for place in range(BLOCK):
        sums[place] = offset
    for word in range(codes.shape[0]):
        if bits == 3:
            _add_three_bits(codes[word], weights, word * 10, sums)
        else:
            _add_two_bits(codes[word], weights, word * 16, sums)


@inlined
def _insert(values, rows, value, row):
    """Puts a row into the list of the best, behind those of the same value."""
    at = values.shape[0] - 1
    while at > 0 and values[at - 1] < value:
        values[at], rows[at] = values[at - 1], rows[at - 1]
        at -= 1
    values[at], rows[at] = value, row


@inlined
def _is_among(row, some):
    for one in some:  # noqa: SIM110 - compiled, without generators
        if one == row:
            return True
    return False


@inlined
def _read(
    vectors, norms, query, split, excluded, floor, values, rows, count, waiting, bounds, parts
):
    """Reads the rows of a block that wait, as far as need be, and takes the best.

    Returns:
        How many were read to their end; −1 where one is above its bound.
    """
    columns = vectors.shape[1]
    base = vectors.ctypes.data
    last = values.shape[0] - 1
    least = max(floor[0], values[last])
    kept = 0
    for place in range(count):
        row = waiting[place]
        part = dot(vectors[row], query, 0, split)
        bound = bounds[place] + part / norms[row]
        if bound >= least or row % _CHECKED == 0:
            waiting[kept], bounds[kept], parts[kept] = row, bound, part
            kept += 1
            if split < columns:
                _fetch_columns(base, columns, row, split, columns)
    done = 0
    for place in range(kept):
        row = waiting[place]
        if bounds[place] < max(floor[0], values[last]) and row % _CHECKED != 0:
            continue
        done += 1
        value = (parts[place] + dot(vectors[row], query, split, columns)) / norms[row]
        if value > bounds[place]:
            return np.int64(-1)
        if value > values[last] and not _is_among(row, excluded):
            _insert(values, rows, value, row)
    floor[0] = max(floor[0], values[last])
    return np.int64(done)


@kernel
def search(
    vectors,
    norms,
    query,
    split,
    codes,
    weights,
    offset,
    bits,
    lengths,
    reach,
    margin,
    excluded,
    start,
    stop,
    floor,
    values,
    rows,
    sums,
    waiting,
    bounds,
    parts,
):
    """Takes the rows of the highest cosine among some into a list of the best so far.

    While the bits of a block are added up, the rows that the block before left over come from
    memory: they are asked for first, and read after.

    Args:
        vectors: float32 (V, D), rows one behind the other.
        norms: float32 (V,); a row whose length is not above 0 is no answer.
        query: float32 (D,), of length 1.
        split: How many first columns have no bits; D where there are none.
        codes: uint32 (⌈V/64⌉, words, 64), from `encode`.
        weights: float32 (words × fields,), the query's last columns times the steps.
        offset: The query's last columns times the offsets, summed.
        bits: 3 or 2.
        lengths: uint8 (V, 2), from `encode`, in units and rounded up; `UNKNOWN` for no bound.
        reach: float32 (2,), the lengths of the query's first and last columns times the units.
        margin: What rounding may add to a bound.
        excluded: int64 (n,), rows that are no answer.
        start, stop: The rows to search.
        floor: float32 (1,), what an answer must reach: shared between threads, only ever a value
            that `values` of one of them has at its end.
        values, rows: float32 and int64 (topn,), the best so far, highest first.
        sums, waiting, bounds, parts: float32 (64,), int64 (2, 64), float32 (2, 64) and (64,),
            scratch.

    Returns:
        How many rows were read to their end; −1 where a row is above its bound, so that matrix and
        bits are no longer of each other.
    """
    columns = vectors.shape[1]
    base = vectors.ctypes.data
    has_bits = codes.shape[1] > 0
    side, before = 0, 0
    total = np.int64(0)
    for block in range(start // BLOCK, (stop + BLOCK - 1) // BLOCK):
        if has_bits:
            _fill_sums(codes[block], weights, offset, bits, sums)
        least = max(floor[0], values[values.shape[0] - 1])
        count = 0
        for row in range(max(start, block * BLOCK), min(stop, (block + 1) * BLOCK)):
            if not norms[row] > 0:
                continue
            bound, more = margin, np.float32(2)
            if has_bits:
                if lengths[row, 0] == UNKNOWN or lengths[row, 1] == UNKNOWN:
                    bound = np.float32(np.inf)
                else:
                    bound += sums[row - block * BLOCK] + reach[1] * np.float32(lengths[row, 1])
                    more = reach[0] * np.float32(lengths[row, 0])
            if bound + more >= least or row % _CHECKED == 0:
                waiting[side, count], bounds[side, count] = row, bound
                count += 1
                _fetch_columns(base, columns, row, 0, split)
        done = _read(
            vectors,
            norms,
            query,
            split,
            excluded,
            floor,
            values,
            rows,
            before,
            waiting[1 - side],
            bounds[1 - side],
            parts,
        )
        if done < 0:
            return done
        total += done
        side, before = 1 - side, count
    done = _read(
        vectors,
        norms,
        query,
        split,
        excluded,
        floor,
        values,
        rows,
        before,
        waiting[1 - side],
        bounds[1 - side],
        parts,
    )
    return done if done < 0 else total + done
