"""`FastTextKeyedVectors`: word vectors made of n-grams' rows too, by gensim's names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.files import tokens
from lexiscope.formats.contract import Matrix, Rows, Subwords
from lexiscope.formats.kinds.fasttext.subwords import END_OF_SENTENCE, ngram_buckets
from lexiscope.formats.reading.spread import SpreadRows
from lexiscope.vectors.keyed_vectors import KeyedVectors


class MissingRowsError(LexiscopeError, AttributeError):
    """The words' own rows are not known, or there are no n-grams."""


class FastTextKeyedVectors(KeyedVectors):
    """Words and their vectors, and rows of n-grams of which unseen words get theirs.

    As in gensim, a word has a vector whatever it is: zeros where it has no n-grams.

    Args:
        vector_size: D.
        min_n, max_n: Shortest and longest n-gram, in characters.
        bucket: How many values the n-grams' hash has; 0 for no n-grams.
        count: Rows of zeros without a key, for `add_vector` to fill.
        dtype: Of the rows.
    """

    def __init__(
        self,
        vector_size: int,
        min_n: int,
        max_n: int,
        bucket: int,
        count: int = 0,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(vector_size, count, dtype)
        if whole("bucket", bucket, 0) and max_n >= min_n:
            nobody = np.zeros(0, np.int32)
            rows = SpreadRows(bucket, nobody, np.zeros((0, vector_size), np.float32))
            self.subwords = Subwords(minn=min_n, maxn=max_n, buckets=bucket, rows=rows)

    @property
    def min_n(self) -> int:
        """The shortest n-gram, in characters; 0 where there are none."""
        return 0 if self.subwords is None else self.subwords.minn

    @property
    def max_n(self) -> int:
        """The longest n-gram, in characters; 0 where there are none."""
        return 0 if self.subwords is None else self.subwords.maxn

    @property
    def bucket(self) -> int:
        """How many values the n-grams' hash has; 0 where there are none."""
        return 0 if self.subwords is None else self.subwords.buckets

    @property
    def vectors_vocab(self) -> Matrix:
        """The words' own rows (V×D), which with those of their n-grams make up the vectors.

        Raises:
            MissingRowsError: They are not known: the vectors come from a file without them.
        """
        if self.subwords is None:
            return self.vectors
        if self.subwords.own is None:
            raise MissingRowsError(
                "the words' own rows are not known here, only their vectors; open the model that "
                "they come from, with FastText.load or load_facebook_model"
            )
        return self.subwords.own

    @property
    def vectors_ngrams(self) -> Rows:
        """A row a bucket (bucket×D), to index as an array is; zeros for buckets of no word.

        Raises:
            MissingRowsError: There are no n-grams.
        """
        if self.subwords is None:
            raise MissingRowsError("these vectors have no n-grams")
        return self.subwords.rows

    @property
    def buckets_word(self) -> list[NDArray[np.int32]]:
        """The buckets of each word's n-grams, in fastText's order; made anew at each call."""
        if self.subwords is None:
            return [np.zeros(0, np.int32) for _ in self.index_to_key]
        words = [tokens.encode(str(word)) for word in self.index_to_key]
        starts, found = ngram_buckets(
            words,
            self.subwords.minn,
            self.subwords.maxn,
            self.subwords.buckets,
            whole=END_OF_SENTENCE,
        )
        return np.split(found, starts[1:-1])

    def get_sentence_vector(self, sentence: Any) -> NDArray[np.float32]:
        """The mean of a sentence's words, each scaled to length 1 first.

        Args:
            sentence: A list of words.
        """
        if isinstance(sentence, str):
            raise ConfigError("the sentence is a str, expected a list of words")
        return np.asarray(self.get_mean_vector(sentence), np.float32)

    def __contains__(self, key: object) -> bool:
        """Whether the key has a vector: with n-grams every word has."""
        return super().__contains__(key) or (self.subwords is not None and isinstance(key, str))

    def _unseen(self, word: str) -> NDArray[np.float32] | None:
        """The vector of a word's n-grams (D); zeros where it has none."""
        if self.subwords is None:
            return None
        found = super()._unseen(word)
        return np.zeros(self.vector_size, np.float32) if found is None else found
