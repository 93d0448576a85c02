"""The table under `KeyedVectors`: words, their rows, counts and lengths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.formats import VectorsData
from lexiscope.formats.contract import Matrix, Subwords
from lexiscope.formats.kinds.fasttext.subwords import unseen_vector
from lexiscope.vectors.search import row_norms, unit
from lexiscope.vectors.spelling import UnknownWordError, close_spellings


class VectorTable:
    """Words and their rows, to look up.

    Args:
        tokens: V distinct words, row by row.
        vectors: W, V×D float32 or float16; kept as it is, not copied, also where it is a map of a
            file. Anything else becomes float32.
        counts: How often each word occurred, V, where it is known.
        output: W′, V×D (or (V−1)×D after hierarchical softmax), where there is one.
        metadata: Training options and facts, as in a model folder's config.json.
        warnings: What a reader accepted but the user should know.
        subwords: Rows of character n-grams, where there are any.
        distinct: Whether it is known that no word is there twice.

    Raises:
        ConfigError: The parts do not fit each other, or a word is there twice.
    """

    def __init__(
        self,
        tokens: Iterable[str],
        vectors: Matrix,
        *,
        counts: NDArray[np.int64] | None = None,
        output: Matrix | None = None,
        metadata: dict[str, Any] | None = None,
        warnings: Iterable[str] = (),
        subwords: Subwords | None = None,
        distinct: bool = False,
    ) -> None:
        if isinstance(tokens, str):
            raise ConfigError("tokens is a str, expected a sequence of words")
        self._hold(
            VectorsData(
                list(tokens),
                vectors,
                counts,
                output,
                {} if metadata is None else metadata,
                list(warnings),
                subwords,
                distinct,
            )
        )

    @classmethod
    def from_data(cls, data: VectorsData) -> Self:
        """Takes what a format's reader gives, without copying the matrices.

        Raises:
            ConfigError: The parts do not fit each other, or a word is there twice.
        """
        table = cls.__new__(cls)
        table._hold(data)
        return table

    def _hold(self, data: VectorsData) -> None:
        """Takes the data over, in the types that are promised."""
        # Its map of words is what tells whether one is there twice, and is needed later anyway.
        self._data = replace(
            data,
            vectors=_as_matrix(data.vectors),
            counts=None if data.counts is None else np.asarray(data.counts, dtype=np.int64),
            output=None if data.output is None else _as_matrix(data.output),
            distinct=True,
            lost=[],
        )
        self._data.check()
        if not data.distinct and len(self.key_to_index) != len(self.index_to_key):
            raise ConfigError("the words hold duplicates; expected one row a word")
        self._norms: NDArray[np.float32] | None = None

    @property
    def index_to_key(self) -> list[str]:
        """Word of each row."""
        return self._data.tokens

    @property
    def vectors(self) -> Matrix:
        """W, V×D float32, or float16 where that was asked for; all answers are float32."""
        return self._data.vectors

    @vectors.setter
    def vectors(self, matrix: Matrix) -> None:
        subwords = self._data.subwords
        if subwords is not None:
            subwords = replace(subwords, own=None)  # which belong to the vectors before
        self._hold(replace(self._data, vectors=matrix, subwords=subwords))

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """How often each word occurred, V int64, or None where the file has none."""
        return self._data.counts

    @property
    def metadata(self) -> dict[str, Any]:
        """Training options and facts, as in a model folder's config.json."""
        return self._data.metadata

    @metadata.setter
    def metadata(self, facts: dict[str, Any]) -> None:
        self._data.metadata = facts

    @property
    def warnings(self) -> list[str]:
        """What a reader accepted but the user should know."""
        return self._data.warnings

    @property
    def subwords(self) -> Subwords | None:
        """Rows of character n-grams, where there are any."""
        return self._data.subwords

    @cached_property
    def key_to_index(self) -> dict[str, int]:
        """Row of each word; made at the first use, since opening a large file should take no time.

        With 3 million words it takes a second, and more memory than their text.
        """
        return dict(zip(self.index_to_key, range(len(self.index_to_key)), strict=True))

    def to_data(self) -> VectorsData:
        """What a format's writer takes, without copying the matrices."""
        return replace(self._data, warnings=[])

    @property
    def vector_size(self) -> int:
        """D, the number of values of a vector."""
        return int(self.vectors.shape[1])

    @property
    def input_vectors(self) -> Matrix:
        """W, the input matrix (V×D): the same as `vectors`."""
        return self.vectors

    @property
    def has_output(self) -> bool:
        """Whether `output_vectors` is there."""
        return self._data.output is not None

    @property
    def output_vectors(self) -> Matrix:
        """W′, the output matrix: V×D; after hierarchical softmax (V−1)×D, a row an inner node.

        Raises:
            LexiscopeError: There is none.
        """
        if self._data.output is None:
            raise LexiscopeError(
                "these vectors have no output matrix: word2vec files hold the input matrix only; "
                "a model folder that `lexiscope train` wrote has both"
            )
        return self._data.output

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, word: object) -> bool:
        """Whether `get_vector` has an answer: from a row, or from fastText's n-grams."""
        return word in self.key_to_index or (
            isinstance(word, str) and self._unseen(word) is not None
        )

    def __getitem__(self, words: str | Iterable[str]) -> NDArray[np.float32]:
        """The vector of a word (D, a read-only view), or a matrix of several (n×D, a copy).

        Raises:
            UnknownWordError: A word has no vector.
        """
        if isinstance(words, str) or not isinstance(words, Iterable):
            return self.get_vector(words)
        if self.subwords is not None:
            found = [self.get_vector(word) for word in words]
            return np.array(found, dtype=np.float32).reshape(len(found), self.vector_size)
        rows = np.array([self.get_index(word) for word in words], dtype=np.int64)
        return self.vectors[rows].astype(np.float32, copy=False)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self):,} words, {self.vector_size} dimensions)"

    def to_dict(self) -> dict[str, NDArray[np.float32]]:
        """Word → its vector: read-only views of the rows (D), no copies."""
        rows = self.vectors.view()
        rows.setflags(write=False)
        return dict(zip(self.index_to_key, rows, strict=True))

    def has_index_for(self, word: str) -> bool:
        """Whether the word has a row; with n-grams, words without one have vectors too."""
        return word in self.key_to_index

    def get_index(self, word: str, default: int | None = None) -> int:
        """The row of a word.

        Args:
            word: The word.
            default: What to give for a word without a row; None for an error.

        Raises:
            UnknownWordError: The word has no row and there is no default.
        """
        row = self.key_to_index.get(word) if isinstance(word, str) else None
        if row is not None:
            return row
        if default is not None:
            return default
        if not isinstance(word, str):
            raise ConfigError(f"{word!r} is a {type(word).__name__}, expected a word (a str)")
        raise UnknownWordError(word, close_spellings(word, self.index_to_key))

    def get_vector(self, word: str, norm: bool = False) -> NDArray[np.float32]:
        """The vector of a word (D float32): a read-only view, or with `norm` a copy of length 1.

        With fastText's n-grams (`subwords`), a word that has no row gets the mean of theirs.

        Raises:
            UnknownWordError: The word has no vector.
        """
        row: NDArray[np.float32] | None = None
        if isinstance(word, str) and word not in self.key_to_index:
            row = self._unseen(word)
        if row is None:
            row = self.vectors[self.get_index(word)].astype(np.float32, copy=False)
        if norm:
            return unit(row)
        row.setflags(write=False)
        return row

    def _unseen(self, word: str) -> NDArray[np.float32] | None:
        """The vector of a word's n-grams (D); None where there are none."""
        return None if self.subwords is None else unseen_vector(word, self.subwords)

    def get_vecattr(self, word: str, attr: str) -> int:
        """A fact about a word; "count" is the only one.

        Raises:
            UnknownWordError: The word has no row.
            KeyError: There is no such fact.
            LexiscopeError: There are no counts.
        """
        row = self.get_index(word)
        if attr != "count":
            raise KeyError(f"no attribute {attr!r}; words have 'count'")
        return int(self.known_counts()[row])

    def known_counts(self) -> NDArray[np.int64]:
        """The counts (V).

        Raises:
            LexiscopeError: There are none.
        """
        if self.counts is None:
            raise LexiscopeError(
                "these vectors have no word counts: word2vec files hold none (give fvocab when "
                "loading); a model folder has them"
            )
        return self.counts

    def fill_norms(self, force: bool = False) -> None:
        """Computes the rows' lengths, which queries otherwise do at their first use.

        Args:
            force: Also where it was done before, because the matrix has changed since.
        """
        if self._norms is None or force:
            self._norms = row_norms(self.vectors)

    @property
    def norms(self) -> NDArray[np.float32]:
        """The rows' lengths (V); NaN for a row that is not finite."""
        self.fill_norms()
        if self._norms is None:
            raise LexiscopeError("the rows' lengths are gone")
        return self._norms


def _as_matrix(values: Matrix) -> Matrix:
    """The values as float32, or as they are where they are float16."""
    matrix = np.asarray(values)
    return matrix if matrix.dtype == np.float16 else matrix.astype(np.float32, copy=False)
