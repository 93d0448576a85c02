"""Hierarchical softmax over a Huffman tree (Morin and Bengio 2005; Mikolov et al. 2013).

A word's probability is the product of the turns on its path from the root; each inner node has an
output row, so W′ has V − 1 rows. A path's nodes stand in the slots: sign +1 for a turn with code 0,
−1 for code 1, as in word2vec.c.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.kernels.compiled import part
from lexiscope.training.kernels.groups import clear_slots, set_slot
from lexiscope.training.kernels.tiles import LANES, SLOTS, prefetch_row

# The root and the nodes near it never leave the cache.
ALWAYS_CACHED = 4


class Tree(NamedTuple):
    """Every word's path.

    Attributes:
        starts: int64 (V + 1), where each word's path begins in the two others.
        nodes: int32, inner nodes from the root down: rows of W′.
        signs: float32, +1 or −1 for each turn.
    """

    starts: NDArray[np.int64]
    nodes: NDArray[np.int32]
    signs: NDArray[np.float32]


@part
def prepare_path(tree, center, outputs, half, scratch):
    """Fills the slots with the nodes on a word's path and prefetches their rows.

    Returns:
        The number of groups filled.
    """
    row_bytes = np.int64(outputs.shape[1] * 4)
    chunks = np.int64(outputs.shape[1] // LANES)
    base = np.int64(outputs.ctypes.data)
    start = tree.starts[center]
    length = tree.starts[center + 1] - start
    for turn in range(length):
        address = base + np.int64(tree.nodes[start + turn]) * row_bytes
        set_slot(scratch, half, turn, address, tree.signs[start + turn])
        if turn >= ALWAYS_CACHED:
            prefetch_row(address, chunks)
    groups = (length + SLOTS - 1) // SLOTS
    clear_slots(scratch, half, length, groups)
    return groups
