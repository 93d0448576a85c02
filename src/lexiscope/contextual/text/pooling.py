"""Pooling: what the vectors of a word's tokens become, for many sentences at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.options import Pooling
from lexiscope.contextual.text.pieces import Pieces

Floats = NDArray[np.float32]


def pool(vectors: Floats, pieces: Pieces, pooling: Pooling) -> Floats:
    """The vectors of words.

    Args:
        vectors: The tokens' (T × D).
        pieces: Which of them make which word (N words).
        pooling: What they become.

    Returns:
        N × D, for "first_last" N × 2D; NaN for a word without a token.
    """
    words, missing = pieces.words, pieces.missing
    if not len(vectors) or missing.all():
        width = vectors.shape[1] * (2 if pooling == "first_last" else 1)
        return np.full((len(words), width), np.nan, np.float32)
    # What a word without a token gets here is overwritten below.
    tokens = np.append(pieces.tokens, 0)
    first = tokens[np.minimum(words.starts, words.size)]
    last = tokens[np.maximum(words.offsets[1:] - 1, 0)]
    pooled: Floats
    if pooling == "last":
        pooled = vectors[last]
    elif pooling == "first_last":
        pooled = np.concatenate([vectors[first], vectors[last]], axis=1)
    else:
        pooled = vectors[first]
        if pooling != "first":
            _reduce(vectors, pieces, pooling, pooled)
    pooled[missing] = np.nan
    return pooled


def _reduce(vectors: Floats, pieces: Pieces, pooling: Pooling, pooled: Floats) -> None:
    """Puts the mean, sum or maximum of words of several tokens where their first ones stand."""
    several = np.flatnonzero(pieces.counts > 1)
    if not len(several):
        return
    layout = pieces.words.take(several)
    rows = vectors[pieces.tokens[pieces.words.rows(several)]]
    operation: Any = np.maximum if pooling == "max" else np.add
    reduced = operation.reduceat(rows, layout.starts, axis=0)
    if pooling == "mean":
        reduced /= layout.counts[:, None].astype(np.float32)
    pooled[several] = reduced
