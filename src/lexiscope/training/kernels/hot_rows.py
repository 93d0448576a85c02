"""Hot rows: those of W′ that stand in very many windows, of which each thread trains a copy.

Threads that write to shared weights wait for each other's cache lines, most of all for the nodes
next to the root of a Huffman tree: the root is in every window, and some two hundred nodes are half
of a word's path. A copy's changes are put into W′ every few hundred positions, and the row is taken
anew with what others have put there since.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined, overload
from lexiscope.training.kernels.common import BLOCK
from lexiscope.training.kernels.copies import weight_of_copies
from lexiscope.training.kernels.dispatch import type_of
from lexiscope.training.kernels.memory import aligned

# Positions that a thread trains between two exchanges. More gain a few hundredths of the time; with
# 4,096 the loss rises.
BETWEEN = 512
# More than any row's number.
NO_ROW = 2**40


class HotRows(NamedTuple):
    """Windows that are trained by one of several threads, with copies of the last rows of W′.

    Attributes:
        tables: The loss's.
        first: The row with which the copies begin.
        threads: How many are at work.
        stale: Touches of a row, times the learning rate, whose changes are only added up (see
            `rounds.stale_touches`).
        copies: float32 (H, D): the rows as this thread trains them.
        before: float32 (H, D): as they were when it took them.
        touches: int32 (H,): in how many windows they have stood since then.
    """

    tables: Any
    first: int
    threads: int
    stale: float
    copies: NDArray[np.float32]
    before: NDArray[np.float32]
    touches: NDArray[np.int32]


def new_hot_rows(
    tables: Any, shape: tuple[int, int], most: int, threads: int, stale: float
) -> HotRows:
    """A thread's copies.

    Args:
        tables: The loss's, this thread's own.
        shape: Of W′, padded.
        most: Rows at most.
        threads, stale: See `HotRows`.
    """
    rows, padded = shape
    number = min(rows, most)
    return HotRows(
        tables,
        rows - number,
        threads,
        stale,
        aligned((number, padded)),
        aligned((number, padded)),
        aligned(number, np.int32),
    )


@inlined
def moved_to(hot):
    """Where W′ would begin if its last rows were the copies: an address."""
    return np.int64(hot.copies.ctypes.data) - hot.first * np.int64(hot.copies.shape[1] * 4)


@inlined
def count_touches(hot, count, targets):
    """Counts a window of the rows in the first `count` targets that have copies."""
    for slot in range(count):
        place = np.int64(targets[slot]) - hot.first
        if place >= 0:
            hot.touches[place] += 1


def positions_at_a_time(tables):
    """How many positions are trained between two exchanges, or gathered at once where none are."""
    raise NotImplementedError


@overload(positions_at_a_time)
def _positions_at_a_time(tables):
    positions = BETWEEN if type_of(tables) is HotRows else BLOCK

    def constant(tables):
        return np.int64(positions)

    return constant


def take_copies(tables, outputs):
    """Takes copies of the hot rows of W′, where there are any."""
    raise NotImplementedError


@overload(take_copies)
def _take_copies(tables, outputs):
    if type_of(tables) is not HotRows:

        def nothing(tables, outputs):
            pass

        return nothing

    def take(tables, outputs):
        for place in range(tables.touches.shape[0]):
            tables.touches[place] = 0
            row = outputs[tables.first + place]
            copy, before = tables.copies[place], tables.before[place]
            for d in range(row.shape[0]):
                value = row[d]
                copy[d] = value
                before[d] = value

    return take


def exchange_copies(tables, outputs, rate):
    """Puts the copies' changes into W′, and takes them anew, where there are any.

    Args:
        tables: The loss's, or `HotRows`.
        outputs: W′.
        rate: The learning rate with which the changes have been made.
    """
    raise NotImplementedError


@overload(exchange_copies)
def _exchange_copies(tables, outputs, rate):
    if type_of(tables) is not HotRows:

        def nothing(tables, outputs, rate):
            pass

        return nothing

    def exchange(tables, outputs, rate):
        threads = tables.threads
        limit = tables.stale / max(rate, 1e-9)
        for place in range(tables.touches.shape[0]):
            touches = tables.touches[place]
            if touches == 0:
                continue
            tables.touches[place] = 0
            # All threads are taken to have touched it as often.
            weight = weight_of_copies(touches * threads, threads, limit)
            row = outputs[tables.first + place]
            copy, before = tables.copies[place], tables.before[place]
            for d in range(row.shape[0]):
                value = row[d] + weight * (copy[d] - before[d])
                row[d] = value
                copy[d] = value
                before[d] = value

    return exchange
