"""Pooling: what the vectors of a word's tokens become, for many words at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.options import Pooling
from lexiscope.contextual.text.pieces import Pieces

if TYPE_CHECKING:
    from torch import Tensor

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
    import torch

    width = vectors.shape[1] * (2 if pooling == "first_last" else 1)
    pooled = np.full((len(pieces.words), width), np.nan, np.float32)
    filled = np.flatnonzero(~pieces.missing)
    if len(filled):
        given = torch.from_numpy(np.require(vectors, np.float32, ["C", "W"]))
        offsets = torch.from_numpy(pieces.words.take(filled).offsets)
        pooled[filled] = pool_places(given, torch.from_numpy(pieces.tokens), offsets, pooling)
    return pooled


def pool_places(vectors: Tensor, places: Tensor, offsets: Tensor, pooling: Pooling) -> Tensor:
    """The vectors of words, where those of the tokens are.

    Args:
        vectors: P × D, float32.
        places: The rows of each word's tokens, word after word.
        offsets: Which of these each of the N words has, at least one (N + 1).
        pooling: What they become.

    Returns:
        N × D, for "first_last" N × 2D.
    """
    import torch

    if pooling in ("mean", "sum", "max"):
        # The product with a sparse matrix of words by places, which is never laid out.
        return torch.nn.functional.embedding_bag(
            places, vectors, offsets, mode=pooling, include_last_offset=True
        )
    ends = {"first": (offsets[:-1],), "last": (offsets[1:] - 1,)}
    chosen = ends.get(pooling, (*ends["first"], *ends["last"]))
    parts = [vectors.index_select(0, places[end]) for end in chosen]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
