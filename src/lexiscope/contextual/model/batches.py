"""Batches of sequences that waste little on padding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# A batch that has so large a share of its tokens is closed where sequences become shorter than so
# large a share of its longest: small ones would cost more passes than they save padding.
_LEAST_FULL = 0.25
_LEAST_ALIKE = 0.9


def batches(lengths: Ints, budget: int, apart: Ints | None = None) -> list[Ints]:
    """Puts sequences of like length together.

    Args:
        lengths: The tokens of each sequence.
        budget: Tokens of a batch at most, padding included; a longer sequence is a batch by itself.
        apart: A number for each; only those of one number share a batch. None where all may.

    Returns:
        The numbers of the sequences of each batch, the longest first, so that what does not fit
        into memory fails at the start.
    """
    if apart is None:
        apart = np.zeros(len(lengths), np.int64)
    # Within one length those of one number stand together, too.
    order = np.lexsort((apart, -lengths))
    kinds = apart[order]
    # The place behind those of the same number that stand together with each.
    ends = np.append(np.flatnonzero(np.diff(kinds)) + 1, len(order))
    planned: list[Ints] = []
    shortness = -lengths[order]
    at = 0
    while at < len(order):
        longest = max(1, -int(shortness[at]))
        alike = int(np.searchsorted(shortness, -_LEAST_ALIKE * longest, side="right"))
        least = max(1, int(_LEAST_FULL * budget) // longest)
        end = min(
            int(ends[np.searchsorted(ends, at, side="right")]),
            at + max(1, budget // longest),
            max(alike, at + least),
        )
        planned.append(order[at:end])
        at = end
    return planned
