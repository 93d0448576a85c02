"""What an `Encoder` gives: ragged arrays, and the sentences in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class EncodedSentence:
    """A sentence with n words and t tokens.

    Attributes:
        text: The sentence; a list of words joined by spaces.
        words: Its n words.
        spans: Where each word starts and ends in `text`, in characters (n × 2).
        vectors: The words' vectors (n × D). The row of a word without a token is NaN.
        missing: Which words have no token, so no vector (n).
        tokens: The t tokens as the tokenizer spells them, special ones included.
        token_ids: Their ids (t).
        token_spans: Where each token stands in `text` (t × 2), without spaces around it; an empty
            span where it stands for no text.
        special: Which tokens the tokenizer added by itself, such as [CLS] (t). None of these is in
            any word.
        token_vectors: The tokens' vectors (t × D′); D′ is D but for pooling "first_last", where D
            is twice as large.
        pieces: For each word the places of its tokens, in order.
    """

    text: str
    words: tuple[str, ...]
    spans: Ints
    vectors: Floats
    missing: NDArray[np.bool_]
    tokens: tuple[str, ...]
    token_ids: Ints
    token_spans: Ints
    special: NDArray[np.bool_]
    token_vectors: Floats
    pieces: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """Many sentences, one after another in each array.

    Sentence i has the words `word_offsets[i]` to `word_offsets[i + 1]` and the tokens
    `token_offsets[i]` to `token_offsets[i + 1]`; word j the tokens
    `piece_tokens[piece_offsets[j] : piece_offsets[j + 1]]`, numbered over all sentences.
    `encoded[i]` is one sentence.

    Attributes:
        texts: The S sentences, in the order in which they were given.
        words: All N words.
        spans: Each word's start and end in its sentence, in characters (N × 2).
        vectors: The words' vectors (N × D); NaN where `missing`.
        missing: Which words have no token (N).
        tokens: All T tokens, special ones included.
        token_ids: Their ids (T).
        token_spans: Each token's start and end in its sentence (T × 2).
        special: Which tokens the tokenizer added by itself (T).
        token_vectors: The tokens' vectors (T × D′).
        word_offsets, token_offsets: S + 1 each.
        piece_tokens: Numbers of tokens, word after word.
        piece_offsets: N + 1.
    """

    texts: tuple[str, ...]
    words: tuple[str, ...]
    spans: Ints
    vectors: Floats
    missing: NDArray[np.bool_]
    tokens: tuple[str, ...]
    token_ids: Ints
    token_spans: Ints
    special: NDArray[np.bool_]
    token_vectors: Floats
    word_offsets: Ints
    token_offsets: Ints
    piece_tokens: Ints
    piece_offsets: Ints

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[EncodedSentence]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: int) -> EncodedSentence:
        """One sentence; its arrays are views.

        Raises:
            IndexError: There is no such sentence.
        """
        i = range(len(self.texts))[index]
        words = slice(int(self.word_offsets[i]), int(self.word_offsets[i + 1]))
        tokens = slice(int(self.token_offsets[i]), int(self.token_offsets[i + 1]))
        bounds = self.piece_offsets[words.start : words.stop + 1]
        pieces = tuple(
            tuple((self.piece_tokens[start:stop] - tokens.start).tolist())
            for start, stop in pairwise(bounds.tolist())
        )
        return EncodedSentence(
            text=self.texts[i],
            words=self.words[words],
            spans=self.spans[words],
            vectors=self.vectors[words],
            missing=self.missing[words],
            tokens=self.tokens[tokens],
            token_ids=self.token_ids[tokens],
            token_spans=self.token_spans[tokens],
            special=self.special[tokens],
            token_vectors=self.token_vectors[tokens],
            pieces=pieces,
        )
