"""Subsampling of frequent words (Mikolov et al. 2013): how often each word is kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FULL = 2**32 - 1


def keep_thresholds(counts: NDArray[np.int64], sample: float) -> NDArray[np.uint32]:
    """How often subsampling keeps each word, as a share of 2³² (word2vec.c's formula).

    A word of frequency f is kept with probability (√(f/s) + 1) · s/f, at most 1.

    Args:
        counts: (V,), occurrences in the text.
        sample: The threshold s; 0 keeps all.
    """
    keep = np.ones(len(counts))
    total = int(counts.sum())
    if sample > 0 and total > 0:
        share = np.maximum(counts, 1) / total
        keep = np.minimum(1.0, (np.sqrt(share / sample) + 1) * (sample / share))
    return np.minimum(keep * 2**32, _FULL).astype(np.uint32)
