"""Batches of sequences that waste little on padding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def batches(lengths: Ints, budget: int) -> list[Ints]:
    """Puts sequences of like length together.

    Args:
        lengths: The tokens of each sequence.
        budget: Tokens of a batch at most, padding included; a longer sequence is a batch by itself.

    Returns:
        The numbers of the sequences of each batch, the longest first, so that what does not fit
        into memory fails at the start.
    """
    order = np.argsort(-lengths, kind="stable")
    planned: list[Ints] = []
    at = 0
    while at < len(order):
        size = max(1, budget // max(1, int(lengths[order[at]])))
        planned.append(order[at : at + size])
        at += size
    return planned
