"""Rows that several shards of a round train: who touches which, the copies, and their sum.

Every shard has a byte a row of its own, on cache lines that only it writes to, so that marking
needs no atomic operations and takes no line from another thread.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.kernels.common import aligned
from lexiscope.training.kernels.compiled import part, snippet
from lexiscope.training.kernels.emit import LANES
from lexiscope.training.kernels.rows import copy_row, merge_rows, prefetch_row

MAX_SHARDS = 8
MERGES_AHEAD = 3  # rows fetched before they are merged


class Copies(NamedTuple):
    """One matrix's side of a run of rounds.

    Attributes:
        marks: uint8 (MAX_SHARDS, rows): 1 where a shard touches a row.
        rows: int32 (shards, capacity): which rows a shard has copied.
        touches: int32 (shards, capacity): in how many windows (W′) or places (W) each stands.
        used: int64 (shards): how many copies.
        copies: float32 (shards, capacity, D).
        numbers: int32 (shards, rows): 1 + number of a shard's copy of a row, 0 where it has none.
    """

    marks: NDArray[np.uint8]
    rows: NDArray[np.int32]
    touches: NDArray[np.int32]
    used: NDArray[np.int64]
    copies: NDArray[np.float32]
    numbers: NDArray[np.int32]


def new_copies(rows: int, padded: int, shards: int, capacity: int) -> Copies:
    """Tables for a matrix of `rows` rows of `padded` floats, `capacity` copies a shard."""
    # Memory that is never touched costs nothing: few rows are shared, but all could be.
    return Copies(
        aligned((MAX_SHARDS, -(-rows // 64) * 64), np.uint8),
        np.zeros((shards, capacity), np.int32),
        np.zeros((shards, capacity), np.int32),
        np.zeros(shards * 8, np.int64)[::8],
        aligned((shards, capacity, padded)),
        np.zeros((shards, rows), np.int32),
    )


@snippet
def mark(marks, row, shard):
    """Says that a shard will touch a row; only that shard writes there."""
    marks[shard, row] = 1


@part
def locate(row, matrix, shared, shard):
    """The address at which a shard trains a row: the row itself if it is alone, or its copy."""
    chunks = np.int64(matrix.shape[1] // LANES)
    address = np.int64(matrix.ctypes.data) + np.int64(row) * np.int64(matrix.shape[1] * 4)
    marked = np.int64(0)
    for other in range(MAX_SHARDS):
        marked += shared.marks[other, row]
    if marked == 1:
        return address
    number = np.int64(shared.numbers[shard, row])
    if number == 0:
        number = shared.used[shard] + 1
        shared.used[shard] = number
        shared.rows[shard, number - 1] = row
        shared.touches[shard, number - 1] = 1
        shared.numbers[shard, row] = number
        copy = np.int64(shared.copies[shard, number - 1].ctypes.data)
        copy_row(copy, address, chunks)
        return copy
    shared.touches[shard, number - 1] += 1
    return np.int64(shared.copies[shard, number - 1].ctypes.data)


@part
def merge(matrix, shared, shards, thread, threads, limit, addresses):
    """Brings all shards' changes into the shared rows that are this thread's.

    Changes are added up, as if they had been made one after the other. For a row that was touched
    more than `limit` times that would overshoot: each shard has already gone most of the way by
    itself. Its changes are weighted down, at most to their mean.
    """
    chunks = np.int64(matrix.shape[1] // LANES)
    row_bytes = np.int64(matrix.shape[1] * 4)
    base = np.int64(matrix.ctypes.data)
    for shard in range(shards):
        used = shared.used[shard]
        rows = shared.rows[shard]
        for number in range(used):
            row = np.int64(rows[number])
            if row % threads != thread or shared.numbers[shard, row] == 0:
                continue  # another thread's, or merged at the turn of the first shard with a copy
            if number + MERGES_AHEAD < used:
                prefetch_row(base + np.int64(rows[number + MERGES_AHEAD]) * row_bytes, chunks)
            count = np.int64(0)
            touches = np.int64(0)
            for other in range(shard, shards):
                at = np.int64(shared.numbers[other, row])
                if at > 0:
                    shared.numbers[other, row] = 0
                    touches += shared.touches[other, at - 1]
                    addresses[count] = np.int64(shared.copies[other, at - 1].ctypes.data)
                    count += 1
            weight = np.float32(max(1.0 / count, min(1.0, limit / touches)))
            merge_rows(
                base + row * row_bytes, np.int64(addresses.ctypes.data), count, weight, chunks
            )
