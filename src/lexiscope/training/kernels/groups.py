"""Input rows against groups of output rows: what all losses share that have slots.

A window's output rows stand in slots, six to a group (see `tiles`). All gradients are taken at the
weights as they stood at the window's start.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined, macro, overload
from lexiscope.compiled.llvm import LANES, SLOT_STRIDE, SLOTS
from lexiscope.training.kernels.common import BLOCK, fold_loss
from lexiscope.training.kernels.composing import Composed, new_composed
from lexiscope.training.kernels.dispatch import has_part, shift_of
from lexiscope.training.kernels.draw_tiles import fill_group
from lexiscope.training.kernels.hidden_tiles import (
    learn_and_add,
    learn_hidden_tile,
    score_hidden,
    score_hidden_shifted,
    score_sum,
)
from lexiscope.training.kernels.memory import aligned
from lexiscope.training.kernels.rows import add_to_rows
from lexiscope.training.kernels.tiles import (
    LOSS_FACTORS,
    score_tile,
    score_tile_shifted,
    update_tile,
    update_tile_apart,
)

# A group's signs, three times eight: twice the same for a pair of rows, then zeros, so that a
# single row's signs begin at the second eight. Padded to whole cache lines.
SIGN_STRIDE = 32
# A group is read and written eight at a time.
BEYOND = SLOT_STRIDE - SLOTS
# Addresses are copied eight at a time (see `rows.copy_addresses`).
COPIED_BEYOND = 8


class Scratch(NamedTuple):
    """A worker's buffers. D is the padded dimension, two halves are this window and the next.

    Attributes:
        words, places: int32, int64: the block gathered (see `common.gather`).
        located: int64, as long: address of each gathered word's input row.
        members: int64 (2·window + 2): row numbers of the window's inputs.
        targets: int32 (slots): rows of W′ drawn for a window, −1 where a slot stays empty.
        target_signs: float32 (slots).
        slots: int64 (2, groups · 6): addresses of output rows.
        slot_homes: int64 (2, groups · 6): where they go when changed; used where that may be
            elsewhere.
        signs: float32 (2, groups · 32).
        shifts: float32 (2, groups · 32), of the scores, where the loss has them.
        rows, sums: int64 (2·window + 2): addresses of inputs, and of where their changes are added.
        homes: int64 (2·window + 2): addresses of inputs, or of `waste` for those that are frozen.
        grads: float32 (groups, 2·window + 2, 8).
        changes: (2·window + 2, D): changes of the inputs.
        hidden: (1, D): CBOW's hidden vector.
        spare: float32 (D): stands in for the row of an unused slot.
        waste: float32 (D): takes the changes of frozen rows; never read.
        composed: The words in reach, where they are made of several rows.
    """

    words: NDArray[np.int32]
    places: NDArray[np.int64]
    located: NDArray[np.int64]
    members: NDArray[np.int64]
    targets: NDArray[np.int32]
    target_signs: NDArray[np.float32]
    slots: NDArray[np.int64]
    slot_homes: NDArray[np.int64]
    signs: NDArray[np.float32]
    shifts: NDArray[np.float32]
    rows: NDArray[np.int64]
    sums: NDArray[np.int64]
    homes: NDArray[np.int64]
    grads: NDArray[np.float32]
    changes: NDArray[np.float32]
    hidden: NDArray[np.float32]
    spare: NDArray[np.float32]
    waste: NDArray[np.float32]
    composed: Composed


def new_scratch(
    padded: int, window: int, outputs: int, dtype: type = np.float32, most_rows: int = 0
) -> Scratch:
    """Buffers of a worker.

    Args:
        padded: Numbers of a row.
        window: Words to either side.
        outputs: Output rows of a window at most.
        dtype: Of the matrices.
        most_rows: Rows of W that a word is made of at most; 0 where words are rows themselves.
    """
    groups = -(-outputs // SLOTS)
    width = 2 * window + 2
    length = BLOCK + 2 * window + 2
    return Scratch(
        words=aligned(length, np.int32),
        places=aligned(length, np.int64),
        located=aligned(length + COPIED_BEYOND, np.int64),
        members=aligned(width, np.int64),
        targets=aligned(groups * SLOTS + BEYOND, np.int32),
        target_signs=aligned(groups * SLOTS + BEYOND),
        slots=aligned((2, groups * SLOTS + BEYOND), np.int64),
        slot_homes=aligned((2, groups * SLOTS + BEYOND), np.int64),
        signs=aligned((2, groups * SIGN_STRIDE)),
        shifts=aligned((2, groups * SIGN_STRIDE)),
        rows=aligned(width + 2 * COPIED_BEYOND, np.int64),
        sums=aligned(width, np.int64),
        homes=aligned(width, np.int64),
        grads=aligned((groups, width, SLOT_STRIDE)),
        changes=aligned((width, padded), dtype),
        hidden=aligned((1, padded), dtype),
        spare=aligned(padded),
        waste=aligned(padded),
        composed=new_composed(padded, window, length, most_rows),
    )


@macro
def set_slot(scratch, half, slot, address, home, sign):
    """Puts an output row, where it goes when changed, and its sign into a slot."""
    scratch.slots[half, slot] = address
    scratch.slot_homes[half, slot] = home
    at = (slot // SLOTS) * SIGN_STRIDE + slot % SLOTS
    scratch.signs[half, at] = sign
    scratch.signs[half, at + SLOT_STRIDE] = sign


def shift_slot(tables, scratch, half, slot, row):
    """Puts the shift of an output row's scores into a slot, where the loss has any."""
    raise NotImplementedError


@overload(shift_slot)
def _shift_slot(tables, scratch, half, slot, row):
    if not has_part("shifts", tables):

        def nothing(tables, scratch, half, slot, row):
            pass

        return nothing

    def shifted(tables, scratch, half, slot, row):
        shift = shift_of(tables, row)
        at = (slot // SLOTS) * SIGN_STRIDE + slot % SLOTS
        scratch.shifts[half, at] = shift
        scratch.shifts[half, at + SLOT_STRIDE] = shift

    return shifted


@macro
def leave_slot(scratch, half, slot):
    """Marks a slot as unused."""
    spare = np.int64(scratch.spare.ctypes.data)
    set_slot(scratch, half, slot, spare, spare, np.float32(0.0))


@inlined
def fill_slots(outputs, first, moved, half, count, scratch):
    """Puts the rows of W′ in scratch.targets into the slots, and asks for them ahead of their use.

    Args:
        first, moved: The row from which on rows are elsewhere, and the address of W′ as it would be
            if it stood there.
        count: How many there are; the rest of the last group is marked as unused.
    """
    chunks = np.int64(scratch.hidden.shape[1] // LANES)
    for begin in range(0, count, SLOTS):
        fill_group(
            np.int64(outputs.ctypes.data),
            first,
            moved,
            np.int64(outputs.shape[1] * 4),
            np.int64(scratch.targets[begin:].ctypes.data),
            np.int64(scratch.target_signs[begin:].ctypes.data),
            np.int64(begin),
            np.int64(count),
            np.int64(scratch.spare.ctypes.data),
            np.int64(scratch.slots[half, begin:].ctypes.data),
            np.int64(scratch.slot_homes[half, begin:].ctypes.data),
            np.int64(scratch.signs[half, begin // SLOTS * SIGN_STRIDE :].ctypes.data),
            chunks,
        )


@inlined
def finish_slots(scratch, half, count):
    """Marks the slots from `count` to the end of the last group as unused.

    Returns:
        How many slots are to be worked off: `count`, or one more to make it even.
    """
    for slot in range(count, -(-count // SLOTS) * SLOTS):
        leave_slot(scratch, half, slot)
    return np.int64(count + count % 2)


def update_group(tables, half, begin, width, size, sums, chunks, scratch):
    """Both updates of `width` slots from `begin` on, with output rows where `tables` keeps them."""
    raise NotImplementedError


@inlined
def update_in_place(half, begin, width, size, sums, chunks, scratch):
    """Output rows are changed where they stand."""
    rows = np.int64(scratch.rows.ctypes.data)
    slots = np.int64(scratch.slots[half, begin:].ctypes.data)
    grads = np.int64(scratch.grads[begin // SLOTS].ctypes.data)
    if width == 6:
        update_tile(6, rows, sums, np.int64(size), slots, chunks, grads)
    elif width == 4:
        update_tile(4, rows, sums, np.int64(size), slots, chunks, grads)
    else:
        update_tile(2, rows, sums, np.int64(size), slots, chunks, grads)


@inlined
def update_apart(half, begin, width, size, sums, chunks, scratch):
    """Changed output rows go to scratch.slot_homes."""
    rows = np.int64(scratch.rows.ctypes.data)
    slots = np.int64(scratch.slots[half, begin:].ctypes.data)
    homes = np.int64(scratch.slot_homes[half, begin:].ctypes.data)
    grads = np.int64(scratch.grads[begin // SLOTS].ctypes.data)
    if width == 6:
        update_tile_apart(6, rows, sums, np.int64(size), slots, chunks, grads, homes)
    elif width == 4:
        update_tile_apart(4, rows, sums, np.int64(size), slots, chunks, grads, homes)
    else:
        update_tile_apart(2, rows, sums, np.int64(size), slots, chunks, grads, homes)


@inlined
def _tile(width, pair, places, chunks, signs, shifts, alpha, grads, factors):
    if width == 6:
        score_tile(6, pair, places, chunks, signs, alpha, grads, factors)
    elif width == 4:
        score_tile(4, pair, places, chunks, signs, alpha, grads, factors)
    else:
        score_tile(2, pair, places, chunks, signs, alpha, grads, factors)


@inlined
def _tile_shifted(width, pair, places, chunks, signs, shifts, alpha, grads, factors):
    if width == 6:
        score_tile_shifted(6, pair, places, chunks, signs, shifts, alpha, grads, factors)
    elif width == 4:
        score_tile_shifted(4, pair, places, chunks, signs, shifts, alpha, grads, factors)
    else:
        score_tile_shifted(2, pair, places, chunks, signs, shifts, alpha, grads, factors)


def score(tables, size, half, slots, chunks, alpha, scratch, tally):
    """Scores the `size` rows listed in scratch.rows against the prepared slots.

    Gradients go to scratch.grads, the loss to the tally; scratch.rows[size] is overwritten.

    Returns:
        Whether the loss is finite, as far as it has been looked at.
    """
    raise NotImplementedError


@overload(score)
def _score(tables, size, half, slots, chunks, alpha, scratch, tally):
    tile = _tile_shifted if has_part("shifts", tables) else _tile

    def in_tiles(tables, size, half, slots, chunks, alpha, scratch, tally):
        rows = np.int64(scratch.rows.ctypes.data)
        factors = np.int64(tally.factors.ctypes.data)
        scratch.rows[size] = scratch.rows[size - 1]  # the second of a pair where the number is odd
        finite = True
        pending = tally.pending[0]
        for begin in range(0, slots, SLOTS):
            group = begin // SLOTS
            width = min(slots - begin, SLOTS)
            places = np.int64(scratch.slots[half, begin:].ctypes.data)
            signs = np.int64(scratch.signs[half, group * SIGN_STRIDE :].ctypes.data)
            shifts = np.int64(scratch.shifts[half, group * SIGN_STRIDE :].ctypes.data)
            grads = np.int64(scratch.grads[group].ctypes.data)
            for row in range(0, size, 2):
                single = 4 * SLOT_STRIDE if row + 1 == size else 0
                at = grads + 4 * SLOT_STRIDE * row
                pair = rows + 8 * row
                tile(width, pair, places, chunks, signs + single, shifts, alpha, at, factors)
                pending += 1
                if pending == LOSS_FACTORS:
                    # Before the products could overflow.
                    finite = fold_loss(tally) and finite
                    pending = np.int64(0)
        tally.pending[0] = pending
        return finite

    return in_tiles


@inlined
def _update(tables, size, half, slots, chunks, scratch, sums):
    for begin in range(0, slots, SLOTS):
        width = min(slots - begin, SLOTS)
        update_group(tables, half, begin, width, size, sums, chunks, scratch)


@inlined
def _clear_change(scratch, i):
    for d in range(scratch.changes.shape[1]):
        scratch.changes[i, d] = 0


@inlined
def learn_rows(tables, size, half, slots, alpha, homes, scratch, tally):
    """Trains the `size` rows listed in scratch.rows against the prepared slots, in place.

    Args:
        homes: Address of `size` int64 addresses, where each row's change goes: of scratch.rows, or
            of scratch.homes where some of the words are frozen.

    Returns:
        Whether the loss is finite, as far as it has been looked at.
    """
    chunks = np.int64(scratch.hidden.shape[1] // LANES)
    finite = score(tables, size, half, slots, chunks, alpha, scratch, tally)
    if slots <= SLOTS:
        _update(tables, size, half, slots, chunks, scratch, homes)
        return finite
    # Several slots: the inputs must keep their old values until the last one has been through.
    for i in range(size):
        _clear_change(scratch, i)
        scratch.sums[i] = np.int64(scratch.changes[i].ctypes.data)
    _update(tables, size, half, slots, chunks, scratch, np.int64(scratch.sums.ctypes.data))
    for i in range(size):
        add_to_rows(homes + 8 * i, np.int64(1), scratch.sums[i], np.float32(1.0), chunks)
    return finite


def score_vector(tables, width, places, signs, shifts, alpha, grads, factors, scratch):
    """Scores scratch.hidden against a group of slots, at the addresses of its parts."""
    raise NotImplementedError


@overload(score_vector)
def _score_vector(tables, width, places, signs, shifts, alpha, grads, factors, scratch):
    if has_part("shifts", tables):

        def shifted(tables, width, places, signs, shifts, alpha, grads, factors, scratch):
            chunks = np.int64(scratch.hidden.shape[1] // LANES)
            hidden = np.int64(scratch.hidden.ctypes.data)
            if width == 6:
                score_hidden_shifted(
                    6, hidden, places, chunks, signs, shifts, alpha, grads, factors
                )
            elif width == 4:
                score_hidden_shifted(
                    4, hidden, places, chunks, signs, shifts, alpha, grads, factors
                )
            else:
                score_hidden_shifted(
                    2, hidden, places, chunks, signs, shifts, alpha, grads, factors
                )

        return shifted

    def plain(tables, width, places, signs, shifts, alpha, grads, factors, scratch):
        chunks = np.int64(scratch.hidden.shape[1] // LANES)
        hidden = np.int64(scratch.hidden.ctypes.data)
        if width == 6:
            score_hidden(6, hidden, places, chunks, signs, alpha, grads, factors)
        elif width == 4:
            score_hidden(4, hidden, places, chunks, signs, alpha, grads, factors)
        else:
            score_hidden(2, hidden, places, chunks, signs, alpha, grads, factors)

    return plain


@inlined
def _count_tile(tally):
    """Counts a tile whose loss the tally's factors took. Returns whether the loss is finite."""
    tally.pending[0] += 1
    if tally.pending[0] < LOSS_FACTORS:
        return True
    return fold_loss(tally)  # before the products could overflow


@inlined
def learn_hidden(tables, half, slots, alpha, scratch, tally):
    """Trains scratch.hidden against the prepared slots; its own change goes to scratch.changes[0].

    Returns:
        Whether the loss is finite, as far as it has been looked at.
    """
    chunks = np.int64(scratch.hidden.shape[1] // LANES)
    hidden, change = np.int64(scratch.hidden.ctypes.data), np.int64(scratch.changes.ctypes.data)
    factors = np.int64(tally.factors.ctypes.data)
    _clear_change(scratch, 0)
    finite = True
    for begin in range(0, slots, SLOTS):
        group = begin // SLOTS
        width = min(slots - begin, SLOTS)
        places = np.int64(scratch.slots[half, begin:].ctypes.data)
        signs = np.int64(scratch.signs[half, group * SIGN_STRIDE :].ctypes.data)
        shifts = np.int64(scratch.shifts[half, group * SIGN_STRIDE :].ctypes.data)
        grads = np.int64(scratch.grads[group].ctypes.data)
        score_vector(tables, width, places, signs, shifts, alpha, grads, factors, scratch)
        finite = _count_tile(tally) and finite
    for begin in range(0, slots, SLOTS):
        width = min(slots - begin, SLOTS)
        places = np.int64(scratch.slots[half, begin:].ctypes.data)
        homes = np.int64(scratch.slot_homes[half, begin:].ctypes.data)
        grads = np.int64(scratch.grads[begin // SLOTS].ctypes.data)
        if width == 6:
            learn_hidden_tile(6, hidden, change, places, homes, chunks, grads)
        elif width == 4:
            learn_hidden_tile(4, hidden, change, places, homes, chunks, grads)
        else:
            learn_hidden_tile(2, hidden, change, places, homes, chunks, grads)
    return finite


@inlined
def learn_sum(size, share, back, half, slots, alpha, homes, scratch, tally):
    """Trains the sum of the `size` rows listed in scratch.rows against one group of slots.

    Args:
        share: What the sum is multiplied with.
        back: What of its change is added to each row.
        homes: As for `learn_rows`.

    Returns:
        Whether the loss is finite, as far as it has been looked at.
    """
    chunks = np.int64(scratch.hidden.shape[1] // LANES)
    hidden, rows = np.int64(scratch.hidden.ctypes.data), np.int64(scratch.rows.ctypes.data)
    number = np.int64(size)
    factors = np.int64(tally.factors.ctypes.data)
    places = np.int64(scratch.slots[half].ctypes.data)
    targets = np.int64(scratch.slot_homes[half].ctypes.data)
    signs = np.int64(scratch.signs[half].ctypes.data)
    grads = np.int64(scratch.grads.ctypes.data)
    if slots == 6:
        score_sum(6, hidden, rows, number, share, places, chunks, signs, alpha, grads, factors)
        learn_and_add(6, hidden, homes, number, back, places, targets, chunks, grads)
    elif slots == 4:
        score_sum(4, hidden, rows, number, share, places, chunks, signs, alpha, grads, factors)
        learn_and_add(4, hidden, homes, number, back, places, targets, chunks, grads)
    else:
        score_sum(2, hidden, rows, number, share, places, chunks, signs, alpha, grads, factors)
        learn_and_add(2, hidden, homes, number, back, places, targets, chunks, grads)
    return _count_tile(tally)
