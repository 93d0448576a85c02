"""Rows that several shards of a round train: who touches which, the copies, and their sum.

A shard marks the rows it touches in bits of its own, on cache lines that only it writes to. From
all shards' bits every thread finds for itself the rows that several touch, and numbers them in the
order of the matrix. A shared row's number is where its copies stand.

The bits are few enough to stay in the nearest cache, where tables with an entry a row would not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.bits import WORD, bit_of, lowest_one, ones_before, word_of
from lexiscope.compiled.decorators import inlined, macro
from lexiscope.compiled.llvm import LANES
from lexiscope.training.kernels.memory import aligned, zeros
from lexiscope.training.kernels.rows import merge_rows, prefetch_row

MAX_SHARDS = 32
LINE_WORDS = 8  # words of marks on a cache line
LINE_SHIFT = 3  # word >> LINE_SHIFT is word // LINE_WORDS
MERGE_BLOCK = 16  # rows that a thread merges in a go: their touches are a cache line
MERGES_AHEAD = 3  # rows fetched before they are merged


class Copies(NamedTuple):
    """One matrix's side of a run of rounds.

    Attributes:
        marks: uint64 (shards, words): a bit for each row that a shard touches.
        lines: uint8 (shards, lines): 1 where a cache line of a shard's marks is not all zeros.
        touches: int32 (shards, capacity): in how many windows (W′) or places (W) a shard has had
            each shared row so far; 0 where it has no copy of it.
        copies: float32 (capacity, shards, D): those of a row side by side, and all in use at the
            front, on few pages.
    """

    marks: NDArray[np.uint64]
    lines: NDArray[np.uint8]
    touches: NDArray[np.int32]
    copies: NDArray[np.float32]


class Sharing(NamedTuple):
    """The rows that several shards of a round touch, as one thread has found them.

    Attributes:
        bits: uint64 (words).
        before: int32 (words): how many of them stand in words before.
        rows: int32 (capacity): which they are, in order.
        total: int64 (1,): how many.
    """

    bits: NDArray[np.uint64]
    before: NDArray[np.int32]
    rows: NDArray[np.int32]
    total: NDArray[np.int64]


def new_copies(rows: int, padded: int, shards: int, touched: int) -> Copies:
    """Tables for a matrix of `rows` rows of `padded` floats, of which a shard touches `touched`."""
    lines = -(-rows // (WORD * LINE_WORDS))
    capacity = shared_at_most(rows, shards, touched)
    # Memory that is never touched costs nothing: few rows are shared, but many could be.
    return Copies(
        aligned((shards, lines * LINE_WORDS), np.uint64),
        aligned((shards, -(-lines // 64) * 64), np.uint8)[:, :lines],
        aligned((shards, capacity), np.int32),
        zeros(capacity * shards, padded).reshape(capacity, shards, padded),
    )


def new_sharing(copies: Copies) -> Sharing:
    """A thread's view of `copies`."""
    words = copies.marks.shape[1]
    return Sharing(
        aligned(words, np.uint64),
        aligned(words, np.int32),
        aligned(copies.touches.shape[1], np.int32),
        np.zeros(1, np.int64),
    )


def shared_at_most(rows: int, shards: int, touched: int) -> int:
    """Rows that two shards or more can touch, up to a whole number of blocks."""
    return -(-min(rows, shards * touched // 2) // MERGE_BLOCK) * MERGE_BLOCK


@macro
def mark(copies, row, shard):
    """Says that a shard will touch a row; only that shard writes there."""
    word = word_of(row)
    copies.marks[shard, word] |= bit_of(row)
    copies.lines[shard, word >> LINE_SHIFT] = 1


@inlined
def wipe(copies, shard):
    """Takes back all marks of a shard."""
    for line in range(copies.lines.shape[1]):
        if copies.lines[shard, line] != 0:
            copies.lines[shard, line] = 0
            for word in range(line * LINE_WORDS, (line + 1) * LINE_WORDS):
                copies.marks[shard, word] = 0


@inlined
def find_shared(copies, sharing):
    """Finds the rows that two shards or more have marked."""
    shards, lines = copies.lines.shape
    count = 0
    for line in range(lines):
        touching = np.int64(0)
        for shard in range(shards):
            touching += copies.lines[shard, line]
        for word in range(line * LINE_WORDS, (line + 1) * LINE_WORDS):
            once, twice = np.uint64(0), np.uint64(0)
            if touching > 1:
                for shard in range(shards):
                    marked = copies.marks[shard, word]
                    twice |= once & marked
                    once |= marked
            sharing.bits[word] = twice
            sharing.before[word] = count
            while twice != 0:
                sharing.rows[count] = word * WORD + lowest_one(twice)
                count += 1
                twice &= twice - np.uint64(1)
    sharing.total[0] = count


@macro
def locate(row, matrix, copies, sharing, shard):
    """Where a shard finds a row and where it puts it when changed; counts a touch of a shared one.

    Returns:
        Two addresses: of the row itself if no other shard touches it, of its copy if there is one,
        and otherwise of the row and of the copy that is to be.
    """
    row_bytes = np.int64(matrix.shape[1] * 4)
    address = np.int64(matrix.ctypes.data) + row * row_bytes
    bits, bit = sharing.bits[word_of(row)], bit_of(row)
    if bits & bit == 0:
        return address, address
    number = sharing.before[word_of(row)] + ones_before(bits, bit)
    touches = copies.touches[shard, number]
    copies.touches[shard, number] = touches + 1
    place = number * copies.copies.shape[1] + shard
    home = np.int64(copies.copies.ctypes.data) + row_bytes * place
    source = home if touches != 0 else address
    return source, home


@macro
def weight_of_copies(touches, sharers, limit):
    """What is left of each copy's changes to a row that so many sharers have a copy of.

    All of them where the row was touched `limit` times at most, by all together. With more touches
    their sum would overshoot, as each has already gone most of the way by itself: they are weighted
    down, at most to their mean.
    """
    return np.float32(max(1.0 / sharers, min(1.0, limit / touches)))


@inlined
def merge(matrix, copies, sharing, thread, threads, limit, addresses):
    """Brings all shards' changes into the shared rows that are this thread's.

    Changes are added up, as if they had been made one after the other, and weighted (see
    `weight_of_copies`).
    """
    chunks = np.int64(matrix.shape[1] // LANES)
    row_bytes = np.int64(matrix.shape[1] * 4)
    base = np.int64(matrix.ctypes.data)
    shards = copies.touches.shape[0]
    shared = sharing.total[0]
    for begin in range(thread * MERGE_BLOCK, shared, threads * MERGE_BLOCK):
        end = min(begin + MERGE_BLOCK, shared)
        for number in range(begin, end):
            if number + MERGES_AHEAD < end:
                prefetch_row(base + sharing.rows[number + MERGES_AHEAD] * row_bytes, chunks)
            count = np.int64(0)
            touches = np.int64(0)
            for shard in range(shards):
                # Listed in any case and counted only if touched, which could not be guessed.
                touched = copies.touches[shard, number]
                copies.touches[shard, number] = 0
                touches += touched
                addresses[count] = np.int64(copies.copies[number, shard].ctypes.data)
                count += touched > 0
            if count == 0:
                continue  # only a place was marked
            weight = weight_of_copies(touches, count, limit)
            merge_rows(
                base + sharing.rows[number] * row_bytes,
                np.int64(addresses.ctypes.data),
                count,
                weight,
                chunks,
            )
