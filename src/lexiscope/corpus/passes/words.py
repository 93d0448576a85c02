"""Distinct words of a text, from its distinct chunks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.passes.chunks import DistinctChunks
from lexiscope.corpus.tokenizers import ChunkSplitter, TokenizerSpec, WordNumbers
from lexiscope.corpus.vocabulary import DistinctWords


@dataclass(frozen=True, kw_only=True)
class Expansion:
    """The words of each chunk.

    Attributes:
        bounds: Chunk c has the words `words[bounds[c]:bounds[c + 1]]`.
        words: Numbers of distinct words.
    """

    bounds: NDArray[np.int64]
    words: NDArray[np.int64]


class WordList:
    """Distinct words as strings, in the order in which the text first shows them."""

    def __init__(self, words: list[str], counts: NDArray[np.int64]) -> None:
        self._words = words
        self.counts = counts

    def take(self, numbers: NDArray[np.int64]) -> list[str]:
        """The words with these numbers."""
        return [self._words[number] for number in numbers.tolist()]

    def find(self, words: frozenset[str]) -> dict[str, int]:
        """The numbers of those of some words that are in the list."""
        if not words:
            return {}
        return {word: number for number, word in enumerate(self._words) if word in words}


@dataclass(frozen=True, kw_only=True)
class TextWords:
    """What a text is made of, once it is tokenized.

    Attributes:
        words: The distinct words.
        expansion: Which of them each chunk becomes; None where chunk c is word c.
    """

    words: DistinctWords
    expansion: Expansion | None


def split_chunks(chunks: DistinctChunks, spec: TokenizerSpec) -> TextWords:
    """Tokenize the distinct chunks of a text."""
    if spec.keeps_chunks:
        return TextWords(words=chunks, expansion=None)
    splitter = ChunkSplitter(spec)
    numbers = WordNumbers()
    parts = []
    for text in chunks.texts():
        words, sizes = splitter.split(text)
        parts.append((numbers.of(words), sizes))
    return count_words(numbers, parts, chunks.counts)


def count_words(
    numbers: WordNumbers,
    parts: Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]],
    chunk_counts: NDArray[np.int64],
) -> TextWords:
    """Count words by the counts of the chunks that they stand in.

    Args:
        numbers: The numbers of the distinct words.
        parts: Stretches of chunks: the words of all of them, and how many each has.
        chunk_counts: How often each chunk occurs.
    """
    listed = list(parts)
    empty = np.empty(0, np.int64)
    words = np.concatenate([empty, *(part[0] for part in listed)])
    sizes = np.concatenate([empty, *(part[1] for part in listed)])
    bounds = np.zeros(sizes.size + 1, np.int64)
    np.cumsum(sizes, out=bounds[1:])
    counts = np.zeros(len(numbers), np.int64)
    np.add.at(counts, words, np.repeat(chunk_counts, sizes))
    return TextWords(
        words=WordList(list(numbers), counts), expansion=Expansion(bounds=bounds, words=words)
    )
