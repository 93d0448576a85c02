"""Negative sampling (Mikolov et al. 2013), with the negatives shared by all words of a window.

As in word2vec.c, the context words are the inputs and the center is what they predict. A window's
inputs are scored against the same K + 1 output rows, the center and K negatives, so that the work
is three small matrix products instead of many dot products.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.kernels.common import LOW32, below, following, mix
from lexiscope.training.kernels.compiled import part, snippet
from lexiscope.training.kernels.groups import clear_slots, set_slot
from lexiscope.training.kernels.tiles import LANES, SLOTS, prefetch_row

# Draws for one slot before it is left empty: only a vocabulary of a few words, or one word with
# nearly all the weight, ever comes near.
RETRIES = 8


class Negatives(NamedTuple):
    """The noise distribution.

    Attributes:
        alias: uint32 (V, 2), Walker's alias table: threshold, and the other word.
        number: Negatives a window, K.
    """

    alias: NDArray[np.uint32]
    number: int


@snippet
def draw_noise(alias, number):
    """A word of the noise distribution from 64 random bits (Walker 1977)."""
    column = below(number, alias.shape[0])
    if (number & LOW32) < np.uint64(alias[column, 0]):
        return column
    return np.int64(alias[column, 1])


@part
def prepare_negatives(noise, center, state, outputs, half, scratch):
    """Fills the slots with a center and K negatives, all different, and prefetches their rows.

    Returns:
        The number of groups filled.
    """
    row_bytes = np.int64(outputs.shape[1] * 4)
    chunks = np.int64(outputs.shape[1] // LANES)
    base = np.int64(outputs.ctypes.data)
    slots = scratch.slots[half]
    address = base + center * row_bytes
    set_slot(scratch, half, 0, address, np.float32(1.0))
    prefetch_row(address, chunks)
    groups = noise.number // SLOTS + 1
    clear_slots(scratch, half, 1, groups)
    for slot in range(1, noise.number + 1):
        for _ in range(RETRIES):
            state = following(state)
            address = base + draw_noise(noise.alias, mix(state)) * row_bytes
            fresh = True
            for other in range(slot):
                fresh = fresh and slots[other] != address
            if fresh:
                set_slot(scratch, half, slot, address, np.float32(-1.0))
                prefetch_row(address, chunks)
                break
    return groups
