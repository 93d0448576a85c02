"""Tokens to words: which belong together, and what they become, for many sentences at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.options import Pooling
from lexiscope.contextual.text.tokenization import Tokenized

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Which tokens make which word.

    A token belongs to each word that it shares a character with, so one that covers two words
    ("New York" as one token) belongs to both.

    Attributes:
        tokens: Numbers of tokens, word after word.
        offsets: Word j has `tokens[offsets[j] : offsets[j + 1]]` (N + 1).
    """

    tokens: Ints
    offsets: Ints

    @property
    def counts(self) -> Ints:
        """How many tokens each word has (N)."""
        return np.diff(self.offsets)


def find_pieces(tokenized: Tokenized, spans: Ints, word_offsets: Ints) -> Pieces:
    """Which tokens share characters with which words.

    Args:
        tokenized: The tokens of some texts, in order in each.
        spans: Start and end of each word in its text, in order and apart (N × 2).
        word_offsets: Text i has the words `word_offsets[i]` to `word_offsets[i + 1]`.
    """
    visible = np.flatnonzero(tokenized.spans[:, 1] > tokenized.spans[:, 0])
    token_text = np.repeat(np.arange(len(tokenized.inner)), np.diff(tokenized.offsets))[visible]
    word_text = np.repeat(np.arange(len(tokenized.inner)), np.diff(word_offsets))
    # One text's places stand behind those of the text before, so that a single search serves all.
    longest = max(int(tokenized.spans.max(initial=0)), int(spans.max(initial=0)))
    starts = tokenized.spans[visible, 0] + token_text * (longest + 1)
    stops = tokenized.spans[visible, 1] + token_text * (longest + 1)
    words = spans + (word_text * (longest + 1))[:, None]
    first = np.searchsorted(stops, words[:, 0], side="right")
    last = np.searchsorted(starts, words[:, 1], side="left")
    counts = np.where(spans[:, 1] > spans[:, 0], np.maximum(last - first, 0), 0)
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    within = np.arange(int(offsets[-1])) - np.repeat(offsets[:-1], counts)
    return Pieces(tokens=visible[np.repeat(first, counts) + within], offsets=offsets)


def pool(vectors: Floats, pieces: Pieces, pooling: Pooling) -> Floats:
    """The vectors of words.

    Args:
        vectors: The tokens' (T × D).
        pieces: Which of them make which word (N words).
        pooling: What they become.

    Returns:
        N × D, for "first_last" N × 2D; NaN for a word without a token.
    """
    counts = pieces.counts
    missing = counts == 0
    if not len(vectors) or missing.all():
        width = vectors.shape[1] * (2 if pooling == "first_last" else 1)
        return np.full((len(counts), width), np.nan, np.float32)
    tokens = np.append(pieces.tokens, 0)
    first = tokens[np.minimum(pieces.offsets[:-1], len(pieces.tokens))]
    last = tokens[np.maximum(pieces.offsets[1:] - 1, 0)]
    pooled: Floats
    if pooling == "last":
        pooled = vectors[last]
    elif pooling == "first_last":
        pooled = np.concatenate([vectors[first], vectors[last]], axis=1)
    else:
        pooled = vectors[first]
        if pooling != "first":
            _reduce(vectors, pieces, counts, pooling, pooled)
    pooled[missing] = np.nan
    return pooled


def _reduce(
    vectors: Floats, pieces: Pieces, counts: Ints, pooling: Pooling, pooled: Floats
) -> None:
    """Puts the mean, sum or maximum of words of several tokens where their first ones stand."""
    several = np.flatnonzero(counts > 1)
    if not len(several):
        return
    sizes = counts[several]
    bounds = np.zeros(len(several), np.int64)
    np.cumsum(sizes[:-1], out=bounds[1:])
    within = np.arange(int(sizes.sum())) - np.repeat(bounds, sizes)
    rows = vectors[pieces.tokens[np.repeat(pieces.offsets[:-1][several], sizes) + within]]
    operation: Any = np.maximum if pooling == "max" else np.add
    reduced = operation.reduceat(rows, bounds, axis=0)
    if pooling == "mean":
        reduced /= sizes[:, None].astype(np.float32)
    pooled[several] = reduced
