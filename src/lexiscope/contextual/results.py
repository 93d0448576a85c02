"""Results of an `Encoder`: sentences as words and tokens, with their vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.text.segmentation import Segmentation
from lexiscope.contextual.text.words import Words

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Segmented:
    """One sentence or several, with N words and T tokens in all.

    Attributes:
        segmentation: The words and tokens; the names below lead to what is in it.
        spelled: The tokenizer's tokens by id, those that occur here at least.
    """

    segmentation: Segmentation
    spelled: NDArray[np.object_] = field(repr=False)

    def __getstate__(self) -> dict[str, Any]:
        # The tokens that occur instead of the whole table.
        return {**self.__dict__, "tokens": self.tokens, "spelled": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        spelled = np.empty(1 + int(self.token_ids.max(initial=-1)), np.object_)
        spelled[self.token_ids] = self.tokens
        self.__dict__["spelled"] = spelled

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The tokens as the tokenizer spells them, special ones included (T)."""
        return tuple(self.spelled[self.token_ids].tolist())

    @property
    def words(self) -> tuple[str, ...]:
        """The words (N)."""
        return self.segmentation.words.spellings

    @property
    def spans(self) -> Ints:
        """Where each word starts and ends in its sentence, in characters (N × 2)."""
        return self.segmentation.words.spans

    @property
    def missing(self) -> Flags:
        """Which words have no token, so no vector (N)."""
        return self.segmentation.pieces.missing

    @property
    def token_ids(self) -> Ints:
        """The tokens' ids (T)."""
        return self.segmentation.tokens.ids

    @property
    def token_spans(self) -> Ints:
        """Where each token stands in its sentence, without spaces around it (T × 2).

        The span is empty where a token stands for no text.
        """
        return self.segmentation.tokens.spans

    @property
    def special(self) -> Flags:
        """Which tokens the tokenizer added by itself, such as [CLS] (T); none is in any word."""
        return self.segmentation.tokens.special


@dataclass(frozen=True, kw_only=True)
class EncodedSentence(Segmented):
    """A sentence with n words and t tokens; see `Segmented` for them.

    Attributes:
        vectors: The words' vectors (n × D). The row of a word without a token is NaN.
        token_vectors: The tokens' vectors (t × D′); D′ is D but for pooling "first_last", where D
            is twice as large.
        vector: The sentence's own, where `encode` was asked for it.
    """

    vectors: Floats
    token_vectors: Floats
    vector: Floats | None = None

    @property
    def text(self) -> str:
        """The sentence; a list of words joined by spaces."""
        return self.segmentation.words.texts[0]

    @cached_property
    def pieces(self) -> tuple[tuple[int, ...], ...]:
        """For each word the places of its tokens, in order."""
        pieces = self.segmentation.pieces
        return tuple(tuple(pieces.of(word)) for word in range(len(self.words)))


@dataclass(frozen=True, kw_only=True)
class Encoded(Segmented):
    """S sentences, one after another in each array; see `Segmented` for their words and tokens.

    Sentence i has the words `word_offsets[i]` to `word_offsets[i + 1]` and the tokens
    `token_offsets[i]` to `token_offsets[i + 1]`; word j the tokens
    `piece_tokens[piece_offsets[j] : piece_offsets[j + 1]]`, numbered over all sentences.
    `encoded[i]` is one sentence.

    Attributes:
        vectors: The words' vectors (N × D); NaN where `missing`.
        token_vectors: The tokens' vectors (T × D′).
        sentence_vectors: The sentences' own, a row each, where `encode` was asked for them.
    """

    vectors: Floats
    token_vectors: Floats
    sentence_vectors: Floats | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The sentences, in the order in which they were given (S)."""
        return self.segmentation.words.texts

    @property
    def word_offsets(self) -> Ints:
        """S + 1."""
        return self.segmentation.words.sentences.offsets

    @property
    def token_offsets(self) -> Ints:
        """S + 1."""
        return self.segmentation.tokens.sentences.offsets

    @property
    def piece_tokens(self) -> Ints:
        """Numbers of tokens, word after word."""
        return self.segmentation.pieces.tokens

    @property
    def piece_offsets(self) -> Ints:
        """N + 1."""
        return self.segmentation.pieces.words.offsets

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[EncodedSentence]:
        return (self[i] for i in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> EncodedSentence: ...
    @overload
    def __getitem__(self, index: slice) -> Encoded: ...
    def __getitem__(self, index: int | slice) -> EncodedSentence | Encoded:
        """One sentence, its vectors views; or several of a slice.

        Raises:
            IndexError: There is no such sentence.
        """
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        i = range(len(self))[index]
        tokens = self.segmentation.tokens.sentences[i]
        return EncodedSentence(
            segmentation=self.segmentation.at(i),
            spelled=self.spelled,
            vectors=self.vectors[self.segmentation.words.sentences[i]],
            token_vectors=self.token_vectors[tokens],
            vector=None if self.sentence_vectors is None else self.sentence_vectors[i],
        )

    def take(self, numbers: Ints) -> Encoded:
        """Some of the sentences, in the order given; one may be there twice.

        Nothing is copied where these are all of them as they are.
        """
        if np.array_equal(numbers, np.arange(len(self))):
            return self
        words = self.segmentation.words.sentences.rows(numbers)
        tokens = self.segmentation.tokens.sentences.rows(numbers)
        return Encoded(
            segmentation=self.segmentation.take(numbers),
            spelled=self.spelled,
            vectors=self.vectors[words],
            token_vectors=self.token_vectors[tokens],
            sentence_vectors=None
            if self.sentence_vectors is None
            else self.sentence_vectors[numbers],
        )


@dataclass(frozen=True, kw_only=True)
class WordVectors:
    """The words of some sentences with their vectors, without the tokens.

    Attributes:
        words: The words (N), those that were not asked for left out.
        pieces: How many tokens each has (N).
        vectors: N × D; NaN where `pieces` is 0.
        tokens: Tokens that went through the model.
    """

    words: Words
    pieces: Ints
    vectors: Floats
    tokens: int

    @property
    def offsets(self) -> Ints:
        """Sentence i has the words `offsets[i]` to `offsets[i + 1]` (S + 1)."""
        return self.words.sentences.offsets

    @property
    def places(self) -> Ints:
        """Each word's number in its sentence, words that were left out counted (N)."""
        return self.words.places

    @property
    def spans(self) -> Ints:
        """Start and end of each word in its sentence, in characters (N × 2)."""
        return self.words.spans
