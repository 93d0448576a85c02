"""The table under `KeyedVectors`: words, their rows, counts and lengths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.formats import VectorsData
from lexiscope.formats.contract import Matrix, Subwords, fits
from lexiscope.formats.kinds.fasttext.subwords import unseen_vector
from lexiscope.vectors import saved_attributes
from lexiscope.vectors.errors import KeyTypeError, MissingAttributeError
from lexiscope.vectors.keys import FACT as KEYS
from lexiscope.vectors.keys import KEY_TYPES, Key, as_tokens, facts_of, from_tokens
from lexiscope.vectors.search import row_norms, unit
from lexiscope.vectors.spelling import UnknownWordError, close_spellings
from lexiscope.vectors.unknown import Chain, Stand

COUNT = saved_attributes.COUNT


class VectorTable:
    """Words and their rows, to look up.

    A key is a word, or a whole number where the rows are a graph's nodes. A whole number that is no
    key stands for the row of that number.

    Args:
        tokens: V distinct keys, row by row.
        vectors: W, V×D float32 or float16; kept as it is, not copied, also where it is a map of a
            file. Anything else becomes float32.
        counts: How often each word occurred, V, where it is known.
        output: W′, V×D (or (V−1)×D after hierarchical softmax), where there is one.
        metadata: Training options and facts, as in a model folder's config.json.
        warnings: What a reader accepted but the user should know.
        subwords: Rows of character n-grams, where there are any.
        distinct: Whether it is known that no word is there twice.

    Attributes:
        expandos: Facts about the words, by name: arrays with an entry a row. "count" is where
            counts are known. See `get_vecattr`.
        metadata: Training options and facts, as in a model folder's config.json.
        warnings: What a reader accepted but the user should know.
        subwords: Rows of character n-grams, or None.
        next_index: Where `add_vector` looks for a row without a key.

    Raises:
        ConfigError: The parts do not fit each other, or a word is there twice.
    """

    def __init__(
        self,
        tokens: Iterable[Key],
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
                _narrowed(vectors),
                counts,
                None if output is None else _narrowed(output),
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
        counts = None if data.counts is None else np.asarray(data.counts, dtype=np.int64)
        self._keys = from_tokens(data.tokens, data.metadata)
        self._half = False
        self._norms: NDArray[np.float32] | None = None
        self._units: NDArray[np.float32] | None = None
        self._output = None if data.output is None else as_matrix(data.output)
        self._take_matrix(data.vectors)
        self.metadata: dict[str, Any] = data.metadata
        if saved_attributes.FACT in data.metadata:
            self.metadata = {**data.metadata}
            del self.metadata[saved_attributes.FACT]
        self.warnings: list[str] = data.warnings
        self.subwords: Subwords | None = data.subwords
        self.expandos: dict[str, NDArray[Any]] = {} if counts is None else {COUNT: counts}
        self.next_index = len(self._keys)
        # Counts that only tell the order of the rows: gensim makes them up.
        self._counts_are_ranks = False
        # The map of words tells whether one is there twice, and is needed later anyway.
        VectorsData(self._keys, self._matrix, counts, self._output, distinct=True).check()
        if not data.distinct and len(self.key_to_index) != len(self._keys):
            raise ConfigError("the words hold duplicates; expected one row a word")
        self._distinct = True
        kept = saved_attributes.restored(data.metadata, len(self._keys))
        self.expandos |= kept.attributes
        self._counts_are_ranks = kept.are_ranks
        self.warnings += kept.warnings

    def _take_matrix(self, matrix: Matrix) -> None:
        """Takes a matrix in place of the one there is, and forgets what was made of that one."""
        values = as_matrix(matrix)
        if values.ndim != 2:
            raise ConfigError(f"vectors are of shape {values.shape}, expected rows and columns")
        self._matrix = values
        self._half = values.dtype == np.float16
        self._forget()

    def _forget(self) -> None:
        """Forgets what was made of the matrix, which has changed."""
        self._norms = self._units = None
        for made in ("_tables", "_search"):
            self.__dict__.pop(made, None)

    @property
    def index_to_key(self) -> list[Key]:
        """Key of each row; None for a row that was made to be filled."""
        return self._keys

    @index_to_key.setter
    def index_to_key(self, keys: Iterable[Key]) -> None:
        """Gives the rows other keys; facts about words go along with them."""
        given = keys.tolist() if isinstance(keys, np.ndarray) else list(keys)
        before = self.key_to_index
        if self.expandos and given != self._keys:
            rows = np.array([before.get(key, -1) for key in given], dtype=np.int64)
            self.expandos = {
                name: saved_attributes.picked(values, rows)
                for name, values in self.expandos.items()
            }
        self._rename(given)
        self._distinct = False

    def _rename(self, keys: list[Key]) -> None:
        """Takes other keys, and forgets the map that was made of the ones there were."""
        self._keys = keys
        self.__dict__.pop("key_to_index", None)

    @property
    def vectors(self) -> Matrix:
        """W, V×D float32 (or float16 or float64 where that was asked for), which may be written to.

        A file's matrix that `load` gives is mapped: pages that are written to become the program's
        own, and the file stays as it is. One that was opened with `mmap="r"` is read-only, until a
        method that changes rows takes a copy.
        """
        return self._matrix

    @vectors.setter
    def vectors(self, matrix: Matrix) -> None:
        if len(matrix) != len(self._matrix):
            self._output = None
        self._take_matrix(matrix)

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """How often each word occurred, V int64, or None where the file has none."""
        counts = self.expandos.get(COUNT)
        if counts is None or self._counts_are_ranks or counts.dtype.kind not in "iu":
            return None
        if len(counts) != len(self._keys):
            counts = self.expandos[COUNT] = saved_attributes.resized(counts, len(self._keys))
        return counts.astype(np.int64, copy=False)

    @cached_property
    def key_to_index(self) -> dict[Key, int]:
        """Row of each key; made at the first use, since opening a large file should take no time.

        With 3 million words it takes a second, and more memory than their text.
        """
        index = dict(zip(self._keys, range(len(self._keys)), strict=True))
        index.pop(None, None)  # rows that were made to be filled
        return index

    def in_words(self) -> Self:
        """The same object with all keys as text, for whoever asks and is answered in text.

        Raises:
            ConfigError: A key is neither a word nor a whole number.
        """
        tokens = as_tokens(self._keys)
        if tokens != self._keys:
            self._rename(tokens)
            self.metadata = {name: fact for name, fact in self.metadata.items() if name != KEYS}
        return self

    def to_data(self) -> VectorsData:
        """What a format's writer takes, without copying the matrices.

        Raises:
            ConfigError: There are more rows than keys, or fewer; or a key cannot be said in a file.
        """
        self._require_rows()
        keys, rows, counts, output = self._keys, self._matrix, self.counts, self._output
        attributes = self.expandos
        if None in keys:
            kept = np.array([row for row, key in enumerate(keys) if key is not None], np.int64)
            keys, rows, output = [keys[row] for row in kept.tolist()], rows[kept], None
            counts = None if counts is None else counts[kept]
            attributes = {
                name: saved_attributes.picked(values, kept) for name, values in attributes.items()
            }
        metadata = {name: fact for name, fact in self.metadata.items() if name != KEYS}
        metadata |= facts_of(keys)
        metadata |= saved_attributes.facts_of(
            attributes,
            len(keys),
            known_counts=counts is not None,
            ranks=self._counts_are_ranks,
        )
        return VectorsData(
            as_tokens(keys),
            rows if rows.dtype != np.float64 else rows.astype(np.float32),
            counts,
            output if output is not None and fits(rows.shape, output) else None,
            metadata,
            [],
            self.subwords,
            self._distinct,
        )

    def _require_rows(self) -> None:
        if len(self._keys) != len(self._matrix):
            raise ConfigError(
                f"{len(self._keys):,} words do not fit a matrix of shape {self._matrix.shape}; "
                "give index_to_key and vectors one entry a row, or call resize_vectors"
            )

    @property
    def vector_size(self) -> int:
        """D, the number of values of a vector."""
        return int(self._matrix.shape[1])

    @vector_size.setter
    def vector_size(self, size: int) -> None:
        if size == self.vector_size:
            return
        if len(self._matrix):
            raise ConfigError(
                f"vector_size is {size}, but there are vectors of {self.vector_size} values; "
                "assign vectors"
            )
        self._take_matrix(np.zeros((0, size), dtype=self._matrix.dtype))

    @property
    def input_vectors(self) -> Matrix:
        """W, the input matrix (V×D): the same as `vectors`."""
        return self._matrix

    @property
    def has_output(self) -> bool:
        """Whether `output_vectors` is there."""
        return self._output is not None

    @property
    def output_vectors(self) -> Matrix:
        """W′, the output matrix: V×D; after hierarchical softmax (V−1)×D, a row an inner node.

        After both losses at once it is that of negative sampling; the tree's rows go along with it
        where it is saved.

        Raises:
            LexiscopeError: There is none.
        """
        if self._output is None:
            raise LexiscopeError(
                "these vectors have no output matrix: word2vec files hold the input matrix only; "
                "a model folder that `lexiscope train` wrote has both"
            )
        return self._output

    @output_vectors.setter
    def output_vectors(self, matrix: Matrix | None) -> None:
        self._output = None if matrix is None else as_matrix(matrix)
        for made in ("_tables", "_search"):
            self.__dict__.pop(made, None)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Matrix]:
        """The rows in their order, as gensim's does: `kv[0]`, `kv[1]`, …"""
        for row in range(len(self._matrix)):
            yield self._row(row)

    def __contains__(self, key: object) -> bool:
        """Whether `get_vector` has an answer: from a row, or from fastText's n-grams."""
        if key in self.key_to_index:
            return True
        if isinstance(key, str) and self._unseen(key) is not None:
            return True
        return self.has_index_for(key)

    def __getitem__(self, keys: Key | Iterable[Key]) -> Matrix:
        """The vector of a key (D, a read-only view), or a matrix of several (n×D, a copy).

        Raises:
            UnknownWordError: A word has no vector.
            KeyTypeError: Neither a key nor several are given.
        """
        if type(keys) is str and not self._half:  # what nearly all ask for, without a call more
            row = self.key_to_index.get(keys)
            if row is not None:
                vector: Matrix = self._matrix[row]
                vector.setflags(False)  # type: ignore[call-arg]  # write; its name costs time
                return vector
        if isinstance(keys, KEY_TYPES):
            return self.get_vector(keys)
        if not isinstance(keys, Iterable):
            raise KeyTypeError(
                f"{keys!r} is a {type(keys).__name__}, expected a word (a str), the number of a "
                "row, or several"
            )
        if self.subwords is not None:
            rows = [self.get_vector(key) for key in keys]
            return np.array(rows, dtype=np.float32).reshape(len(rows), self.vector_size)
        places = np.array([self.get_index(key) for key in keys], dtype=np.int64)
        return self._plain(self._matrix[places])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self):,} words, {self.vector_size} dimensions)"

    def to_dict(self) -> dict[Key, Matrix]:
        """Key → its vector: read-only views of the rows (D), no copies."""
        rows = self._matrix.view()
        rows.setflags(write=False)
        return dict(zip(self._keys, rows, strict=True))

    # What stands for unknown words; None: nothing.
    _chain: Chain | None = None

    def stand_in(self, *steps: str, fallback: Key | None = None) -> None:
        """Chooses what stands for words that have no row, in all queries; nothing by default.

        Words with n-grams (`subwords`) get their vectors from these before.

        Args:
            steps: Tried one after the other, on what those before made too: "case" (lower, capital,
                upper), "digits" (`#` or `0` for each), "forms" (Unicode's normal forms, without
                accents, the other apostrophe), "marks" (`▁sea`, `Ġsea`, `sea</w>`, `##sea`,
                `/c/en/sea`). None at all: unknown words are errors again.
            fallback: The word whose row all others get, "UNK" for one; None for an error.

        Raises:
            ConfigError: There is no such step.
            UnknownWordError: The fallback has no row.
        """
        self._chain = None
        if fallback is not None:
            self.get_index(fallback)
        if steps or fallback is not None:
            self._chain = Chain(steps, fallback)

    def stand_for(self, key: Key) -> Stand | None:
        """What stands for a word: itself where it has a row, else by `stand_in`, or None."""
        if key in self.key_to_index:
            return Stand(key, key, "itself")
        return None if self._chain is None else self._chain.find(key, self.key_to_index)

    def has_index_for(self, key: Key) -> bool:
        """Whether the key has a row; with n-grams, words without one have vectors too."""
        return self.get_index(key, -1) >= 0

    def get_index(self, key: Key, default: int | None = None) -> int:
        """The row of a key.

        Args:
            key: The key, or the number of a row.
            default: What to give for a key without a row; None for an error.

        Raises:
            UnknownWordError: The key has no row and there is no default.
        """
        row = self.key_to_index.get(key)
        if row is not None:
            return row
        if isinstance(key, (int, np.integer)) and 0 <= key < len(self._keys):
            return int(key)
        if self._chain is not None:
            stand = self._chain.find(key, self.key_to_index)
            if stand is not None:
                return self.key_to_index[stand.key]
        if default is not None:
            return default
        raise UnknownWordError(key, partial(close_spellings, key, self._keys))

    def get_vector(self, key: Key, norm: bool = False) -> Matrix:
        """The vector of a key (D): a read-only view, or with `norm` a copy of length 1.

        It is float32, a copy where rows are float16; float64 where they are. With fastText's
        n-grams (`subwords`), a word that has no row gets the mean of theirs.

        Raises:
            UnknownWordError: The word has no vector.
        """
        row = self.key_to_index.get(key)
        if row is None:
            unseen = self._unseen(key) if isinstance(key, str) else None
            vector = self._row(self.get_index(key)) if unseen is None else unseen
        else:
            vector = self._matrix[row]
            if self._half:
                vector = vector.astype(np.float32)
        if norm:
            vector = unit(vector)
        vector.setflags(write=False)
        return vector

    def _row(self, row: int) -> Matrix:
        """A row, read-only; as float32 where rows are float16."""
        vector = self._plain(self._matrix[row])
        vector.setflags(write=False)
        return vector

    def _plain(self, rows: Matrix) -> Matrix:
        return rows.astype(np.float32) if self._half else rows

    def _unseen(self, word: str) -> NDArray[np.float32] | None:
        """The vector of a word's n-grams (D); None where there are none."""
        return None if self.subwords is None else unseen_vector(word, self.subwords)

    def known_counts(self) -> NDArray[np.int64]:
        """The counts (V).

        Raises:
            MissingAttributeError: There are none.
        """
        counts = self.counts
        if counts is None:
            raise MissingAttributeError(
                "these vectors have no word counts: word2vec files hold none (give fvocab when "
                "loading); a model folder has them"
            )
        return counts

    def fill_norms(self, force: bool = False) -> None:
        """Computes the rows' lengths, which queries otherwise do at their first use.

        Args:
            force: Also where it was done before, because the matrix has changed since.

        Raises:
            ConfigError: There are more rows than keys, or fewer.
        """
        if self._norms is None or force:
            self._require_rows()
            self._forget()
            self._norms = row_norms(self._matrix)

    @property
    def norms(self) -> NDArray[np.float32]:
        """The rows' lengths (V); NaN for a row that is not finite. None has them computed anew."""
        self.fill_norms()
        if self._norms is None:
            raise LexiscopeError("the rows' lengths are gone")
        return self._norms

    @norms.setter
    def norms(self, norms: NDArray[np.float32] | None) -> None:
        self._forget()
        if norms is not None:
            self._norms = np.asarray(norms, dtype=np.float32)


def as_matrix(values: Matrix) -> Matrix:
    """The values as they are where they are floats of 16 to 64 bits, else as float32."""
    matrix = np.asarray(values)
    if matrix.dtype in (np.float16, np.float32, np.float64):
        return matrix
    return matrix.astype(np.float32)


def _narrowed(values: Matrix) -> Matrix:
    """The values as float32, or as they are where they are float16."""
    matrix = np.asarray(values)
    return matrix if matrix.dtype == np.float16 else matrix.astype(np.float32, copy=False)
