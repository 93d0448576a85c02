"""Rows of W′ that a loss draws for the words of a vocabulary, counted."""

from __future__ import annotations

import numpy as np
from numba import njit

from lexiscope.training.kernel_setup import KernelSetup
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.kernels.dispatch import draw_targets


@njit
def _count(tables, counts, key, targets, signs, found):
    position = 0
    for word in range(len(counts)):
        for _ in range(counts[word]):
            number = draw_targets(
                tables, np.int64(word), key, position, np.int64(0), targets, signs
            )
            position += 1
            for slot in range(number):
                if signs[slot] != 0:
                    found[targets[slot]] += 1


def drawn_rows(setup: KernelSetup, counts: np.ndarray) -> np.ndarray:
    """In how many windows each row of W′ stands, where every word is a center `counts` times."""
    slots = setup.slots + 8
    found = np.zeros(setup.output_rows, np.int64)
    arrays = np.zeros(slots, np.int32), np.zeros(slots, np.float32)
    _count(setup.tables, counts, epoch_key(3, 0), *arrays, found)
    return found
