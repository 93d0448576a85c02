"""N-grams of a vocabulary: which rows of W its words are made of, as in fastText.

W has a row for each word, and after those a row for each bucket that an n-gram of some word falls
into. The other buckets have no row: nothing would ever be learned there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.files import tokens
from lexiscope.formats.contract import Subwords
from lexiscope.formats.kinds.fasttext.subwords import END_OF_SENTENCE, ngram_buckets
from lexiscope.formats.reading.spread import SpreadRows
from lexiscope.training.kernels.composing import Ngrams

_BLOCK = 2**20
# Measured: an n-gram of a word, in its table and while that is made.
NGRAM_BYTES = 12


@dataclass(frozen=True, kw_only=True)
class NgramIndex:
    """The n-grams of a vocabulary's words.

    Attributes:
        min_n, max_n: Shortest and longest n-gram, in characters, the marks of the word's ends
            counted.
        buckets: How many values the n-grams' hash has.
        table: The rows that each word is made of.
        used: int32 (N), the buckets that have a row, rising: row V + i of W is used[i]'s.
    """

    min_n: int
    max_n: int
    buckets: int
    table: Ngrams
    used: NDArray[np.int32]

    @property
    def words(self) -> int:
        """V."""
        return len(self.table.starts) - 1

    @property
    def rows(self) -> int:
        """Rows of W: V + N."""
        return self.words + len(self.used)

    @property
    def most_rows(self) -> int:
        """Rows of a word at most."""
        return int(np.diff(self.table.starts).max())

    @property
    def mean_rows(self) -> float:
        """Rows of a word in the mean, all words counted alike."""
        return len(self.table.rows) / max(self.words, 1)

    def subwords(self, trained: NDArray[np.float32]) -> Subwords:
        """The n-grams' part of W, and the words' own, as formats read and write them.

        Args:
            trained: W without its padding, (V + N, D); kept as a view.
        """
        return Subwords(
            minn=self.min_n,
            maxn=self.max_n,
            buckets=self.buckets,
            rows=SpreadRows(self.buckets, self.used, trained[self.words :]),
            own=trained[: self.words],
        )


def ngram_index(
    words: Sequence[str],
    lengths: tuple[int, int],
    buckets: int,
    kept: NDArray[np.int32] | None = None,
) -> NgramIndex:
    """The n-grams of some words, hashed.

    Args:
        words: V of them.
        lengths: Of the shortest and of the longest n-gram.
        buckets: How many values the hash has.
        kept: Buckets that have a row in any case.
    """
    starts, found = ngram_buckets(
        [tokens.encode(word) for word in words], *lengths, buckets, whole=END_OF_SENTENCE
    )
    used = np.unique(found) if kept is None else np.union1d(found, kept)
    size = len(words)
    begins = starts + np.arange(size + 1)
    rows = np.empty(len(found) + size, np.int32)
    is_ngram = np.ones(len(rows), np.bool_)
    is_ngram[begins[:-1]] = False
    rows[begins[:-1]] = np.arange(size, dtype=np.int32)
    for start in range(0, len(found), _BLOCK):  # in place of the buckets, the numbers of their rows
        block = found[start : start + _BLOCK]
        block[:] = size + np.searchsorted(used, block)
    rows[is_ngram] = found
    return NgramIndex(
        min_n=lengths[0],
        max_n=lengths[1],
        buckets=buckets,
        table=Ngrams(begins, rows),
        used=used,
    )
