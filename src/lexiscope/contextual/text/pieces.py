"""Pieces of words: which tokens make which word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.ragged import Ragged
from lexiscope.contextual.text.tokens import Tokens
from lexiscope.contextual.text.words import Words

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """The tokens of N words.

    A token belongs to each word that it shares a character with, so one that covers two words
    ("New York" as one token) belongs to both.

    Attributes:
        tokens: Numbers of tokens, word after word.
        words: Which of these numbers each word has.
    """

    tokens: Ints
    words: Ragged

    @classmethod
    def joined(cls, parts: Sequence[Pieces], sizes: Sequence[int]) -> Pieces:
        """The words of several, one behind the other; at least one.

        Args:
            parts: Several.
            sizes: How many tokens there are for each.
        """
        befores = Ragged.of_counts(np.array(sizes, np.int64)).starts.tolist()
        pairs = zip(parts, befores, strict=True)
        return cls(
            tokens=np.concatenate([part.tokens + before for part, before in pairs]),
            words=Ragged.joined([part.words for part in parts]),
        )

    @property
    def counts(self) -> Ints:
        """How many tokens each word has (N)."""
        return self.words.counts

    @cached_property
    def missing(self) -> NDArray[np.bool_]:
        """Which words have no token (N)."""
        missing: NDArray[np.bool_] = self.counts == 0
        return missing

    def of(self, word: int) -> list[int]:
        """The numbers of one word's tokens."""
        numbers: list[int] = self.tokens[self.words[word]].tolist()
        return numbers


def find_pieces(tokens: Tokens, words: Words) -> Pieces:
    """Finds the tokens that share characters with words.

    Args:
        tokens: The tokens of some sentences, in order in each.
        words: The words of the same sentences, in order and apart in each.
    """
    visible = np.flatnonzero(tokens.spans[:, 1] > tokens.spans[:, 0])
    # One text's places stand behind those of the text before, so that a single search serves all.
    length = 1 + max(int(tokens.spans.max(initial=0)), int(words.spans.max(initial=0)))
    before = tokens.sentences.owner()[visible] * length
    starts = tokens.spans[visible, 0] + before
    stops = tokens.spans[visible, 1] + before
    spans = words.spans + (words.sentences.owner() * length)[:, None]
    first = np.searchsorted(stops, spans[:, 0], side="right")
    last = np.searchsorted(starts, spans[:, 1], side="left")
    filled = words.spans[:, 1] > words.spans[:, 0]
    layout = Ragged.of_counts(np.where(filled, np.maximum(last - first, 0), 0))
    return Pieces(tokens=visible[layout.ranges(first)], words=layout)
