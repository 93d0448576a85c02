"""Hierarchical softmax over a Huffman tree (Morin and Bengio 2005; Mikolov et al. 2013).

A word's probability is the product of the turns on its path from the root; each inner node has an
output row, so W′ has V − 1 rows. A path's nodes stand in the slots: sign +1 for a turn with code 0,
−1 for code 1, as in word2vec.c.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined


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


@inlined
def list_path(tree, center, targets, signs):
    """Writes the nodes on a word's path and the signs of its turns.

    Returns:
        The number of nodes.
    """
    start = tree.starts[center]
    length = tree.starts[center + 1] - start
    for turn in range(length):
        targets[turn] = tree.nodes[start + turn]
        signs[turn] = tree.signs[start + turn]
    return length
