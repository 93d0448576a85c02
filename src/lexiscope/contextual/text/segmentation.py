"""Segmentation of sentences: their words, their tokens, and which tokens make which word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.text.pieces import Pieces, find_pieces
from lexiscope.contextual.text.tokenization import TextTokenizer
from lexiscope.contextual.text.tokens import Tokens
from lexiscope.contextual.text.windows import Limits, truncated
from lexiscope.contextual.text.words import Words

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Segmentation:
    """Sentences as words and tokens.

    Attributes:
        words: Their words.
        tokens: Their tokens.
        pieces: Which of the tokens make which word.
    """

    words: Words
    tokens: Tokens
    pieces: Pieces

    @classmethod
    def joined(cls, parts: Sequence[Segmentation]) -> Segmentation:
        """The sentences of several, one behind the other; at least one."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            words=Words.joined([part.words for part in parts]),
            tokens=Tokens.joined([part.tokens for part in parts]),
            pieces=Pieces.joined(
                [part.pieces for part in parts], [len(part.tokens) for part in parts]
            ),
        )

    def take(self, numbers: Ints) -> Segmentation:
        """Some of the sentences, in the order given; one may be there twice."""
        words, tokens = self.words.take(numbers), self.tokens.take(numbers)
        rows = self.words.sentences.rows(numbers)
        layout = self.pieces.words.take(rows)
        # A token's number moves as far as the tokens of its sentence do.
        moved = tokens.sentences.starts - self.tokens.sentences.starts[numbers]
        moved = np.repeat(np.repeat(moved, words.sentences.counts), layout.counts)
        pieces = self.pieces.tokens[self.pieces.words.rows(rows)] + moved
        return Segmentation(words=words, tokens=tokens, pieces=Pieces(tokens=pieces, words=layout))

    def at(self, number: int) -> Segmentation:
        """One of the sentences."""
        words = self.words.sentences[number]
        layout = self.pieces.words
        rows = slice(int(layout.offsets[words.start]), int(layout.offsets[words.stop]))
        before = int(self.tokens.sentences.offsets[number])
        return Segmentation(
            words=self.words.at(number),
            tokens=self.tokens.at(number),
            pieces=Pieces(
                tokens=self.pieces.tokens[rows] - before,
                words=layout.between(words.start, words.stop),
            ),
        )


def segment(words: Words, tokenizer: TextTokenizer, limits: Limits) -> Segmentation:
    """Tokenizes sentences and finds their words' tokens.

    Args:
        words: The sentences with their words.
        tokenizer: What makes tokens of them.
        limits: Whether tokens beyond the window are left out.

    Raises:
        ConfigError: The window has no room beside the special tokens.
        LexiscopeError: A slow tokenizer's tokens cannot be placed in a sentence.
    """
    tokens = tokenizer.tokenize(words.texts)
    if limits.truncate and limits.window is not None:
        tokens = truncated(tokens, limits.window)
    return Segmentation(words=words, tokens=tokens, pieces=find_pieces(tokens, words))
