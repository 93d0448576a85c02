"""Input rows against groups of output rows: the part that negative sampling and the tree share.

A window's output rows stand in slots, six to a group (see `tiles`). All gradients are taken at the
weights as they stood at the window's start.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.kernels.common import BLOCK, add, aligned, clear, count_tiles
from lexiscope.training.kernels.compiled import part, snippet
from lexiscope.training.kernels.tiles import LANES, SLOT_STRIDE, SLOTS, score_tile, update_tile

# A group's signs, three times eight: twice the same for a pair of rows, then zeros, so that a
# single row's signs begin at the second eight. Padded to whole cache lines.
SIGN_STRIDE = 32


class Scratch(NamedTuple):
    """A worker's buffers. D is the padded dimension, two halves are this window and the next.

    Attributes:
        words, places: int32, int64: the block gathered (see `common.gather`).
        members: int64 (2·window + 2): row numbers of the window's inputs.
        slots: int64 (2, groups · 6): addresses of output rows.
        signs: float32 (2, groups · 32).
        rows, sums: int64 (2·window + 2): addresses of inputs, and of where their changes are added.
        grads: float32 (groups, 2·window + 2, 8).
        changes: float32 (2·window + 2, D): changes of the inputs.
        hidden: float32 (1, D): CBOW's hidden vector.
        spare: float32 (D): stands in for the row of an unused slot.
    """

    words: NDArray[np.int32]
    places: NDArray[np.int64]
    members: NDArray[np.int64]
    slots: NDArray[np.int64]
    signs: NDArray[np.float32]
    rows: NDArray[np.int64]
    sums: NDArray[np.int64]
    grads: NDArray[np.float32]
    changes: NDArray[np.float32]
    hidden: NDArray[np.float32]
    spare: NDArray[np.float32]


def new_scratch(padded: int, window: int, outputs: int, dtype: type = np.float32) -> Scratch:
    """Buffers for windows of up to `outputs` output rows, and rows of `padded` numbers."""
    groups = -(-outputs // SLOTS)
    width = 2 * window + 2
    length = BLOCK + 2 * window + 2
    return Scratch(
        words=np.zeros(length, np.int32),
        places=np.zeros(length, np.int64),
        members=np.zeros(width, np.int64),
        slots=np.zeros((2, groups * SLOTS), np.int64),
        signs=aligned((2, groups * SIGN_STRIDE)),
        rows=np.zeros(width, np.int64),
        sums=np.zeros(width, np.int64),
        grads=aligned((groups, width, SLOT_STRIDE)),
        changes=aligned((width, padded), dtype),
        hidden=aligned((1, padded), dtype),
        spare=aligned(padded),
    )


@snippet
def set_slot(scratch, half, slot, address, sign):
    """Puts an output row and its sign into a slot."""
    scratch.slots[half, slot] = address
    at = (slot // SLOTS) * SIGN_STRIDE + slot % SLOTS
    scratch.signs[half, at] = sign
    scratch.signs[half, at + SLOT_STRIDE] = sign


@part
def clear_slots(scratch, half, first, groups):
    """Marks the slots from `first` to the end of the last group as unused."""
    spare = np.int64(scratch.spare.ctypes.data)
    for slot in range(first, groups * SLOTS):
        set_slot(scratch, half, slot, spare, np.float32(0.0))


@part
def _score(size, half, groups, chunks, alpha, scratch, tally):
    rows = np.int64(scratch.rows.ctypes.data)
    factors = np.int64(tally.factors.ctypes.data)
    scratch.rows[size] = scratch.rows[size - 1]  # the second of a pair where the number is odd
    for group in range(groups):
        slots = np.int64(scratch.slots[half, group * SLOTS :].ctypes.data)
        signs = np.int64(scratch.signs[half, group * SIGN_STRIDE :].ctypes.data)
        grads = np.int64(scratch.grads[group].ctypes.data)
        for row in range(0, size, 2):
            single = 4 * SLOT_STRIDE if row + 1 == size else 0
            at = grads + 4 * SLOT_STRIDE * row
            score_tile(rows + 8 * row, slots, chunks, signs + single, alpha, at, factors)
    return count_tiles(tally, groups * ((size + 1) // 2))


@part
def _update(size, half, groups, chunks, scratch, sums):
    for group in range(groups):
        update_tile(
            np.int64(scratch.rows.ctypes.data),
            np.int64(sums.ctypes.data),
            np.int64(size),
            np.int64(scratch.slots[half, group * SLOTS :].ctypes.data),
            chunks,
            np.int64(scratch.grads[group].ctypes.data),
        )


@part
def learn_rows(inputs, size, half, groups, alpha, scratch, tally):
    """Trains the input rows listed in scratch.members against the prepared slots, in place.

    Returns:
        Whether the loss is finite, as far as it has been looked at.
    """
    row_bytes = np.int64(inputs.shape[1] * 4)
    chunks = np.int64(inputs.shape[1] // LANES)
    base = np.int64(inputs.ctypes.data)
    for i in range(size):
        scratch.rows[i] = base + scratch.members[i] * row_bytes
    finite = _score(size, half, groups, chunks, alpha, scratch, tally)
    if groups == 1:
        _update(size, half, groups, chunks, scratch, scratch.rows)
        return finite
    # Several groups: the inputs must keep their old values until the last one has been through.
    for i in range(size):
        clear(scratch.changes[i])
        scratch.sums[i] = np.int64(scratch.changes[i].ctypes.data)
    _update(size, half, groups, chunks, scratch, scratch.sums)
    for i in range(size):
        add(inputs[scratch.members[i]], scratch.changes[i])
    return finite


@part
def learn_hidden(half, groups, alpha, scratch, tally):
    """Trains scratch.hidden against the prepared slots; its own change goes to scratch.changes[0].

    Returns:
        Whether the loss is finite, as far as it has been looked at.
    """
    chunks = np.int64(scratch.hidden.shape[1] // LANES)
    scratch.rows[0] = np.int64(scratch.hidden.ctypes.data)
    scratch.sums[0] = np.int64(scratch.changes.ctypes.data)
    clear(scratch.changes[0])
    finite = _score(1, half, groups, chunks, alpha, scratch, tally)
    _update(1, half, groups, chunks, scratch, scratch.sums)
    return finite
