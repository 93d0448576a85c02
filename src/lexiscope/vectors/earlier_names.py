"""Names that gensim had until version 3, each with a warning that tells today's."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, MutableMapping
from os import PathLike
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lexiscope.formats.contract import Matrix
from lexiscope.vectors import saved_attributes
from lexiscope.vectors.changing import ChangingTable
from lexiscope.vectors.errors import UnsupportedError
from lexiscope.vectors.evaluated import Evaluated
from lexiscope.vectors.keys import Key
from lexiscope.vectors.table import COUNT


def renamed(old: str, new: str, stacklevel: int = 3) -> None:
    """Warns of an earlier name.

    Args:
        old: The name that was used.
        new: Today's.
        stacklevel: How many calls above this one the user's line is, this one counted.
    """
    warnings.warn(
        f"{old} is a name of gensim 3; today it is {new}", DeprecationWarning, stacklevel=stacklevel
    )


class Vocab:
    """A word's place and facts, as gensim 3's `wv.vocab[word]` has them.

    Args:
        facts: By name: `index`, `count`, and what else is known of the word.
    """

    def __init__(self, **facts: Any) -> None:
        self.count = 0
        self.__dict__.update(facts)

    def __lt__(self, other: Vocab) -> bool:
        return bool(self.count < other.count)

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}: {value!r}" for name, value in sorted(vars(self).items()))
        return f"{type(self).__name__}({facts})"


class VocabView(MutableMapping[Key, Vocab]):
    """A table's words as gensim 3's `wv.vocab`, which it looks at and writes to.

    Args:
        table: The table.
    """

    def __init__(self, table: ChangingTable) -> None:
        self._table = table

    def __getitem__(self, key: Key) -> Vocab:
        row = self._table.key_to_index[key]
        facts = {name: values[row] for name, values in self._table.expandos.items()}
        # gensim 3 made counts up where a file had none.
        count = facts.pop(COUNT, len(self._table) - row)
        return Vocab(**facts, count=int(count), index=row)

    def __setitem__(self, key: Key, item: Vocab) -> None:
        expandos, row = self._table.expandos, int(vars(item)["index"])
        self._table.key_to_index[key] = row
        counts = expandos.get(COUNT, np.zeros(0, np.int64))
        expandos[COUNT] = saved_attributes.resized(counts, max(len(counts), row + 1))
        expandos[COUNT][row] = item.count

    def __delitem__(self, key: Key) -> None:
        del self._table.key_to_index[key]

    def __contains__(self, key: object) -> bool:
        return key in self._table.key_to_index

    def __iter__(self) -> Iterator[Key]:
        return iter(self._table.key_to_index)

    def __len__(self) -> int:
        return len(self._table.key_to_index)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self):,} words)"


class EarlierNames(ChangingTable, Evaluated):
    """A table that answers to gensim 3's names too."""

    @property
    def vocab(self) -> VocabView:
        """Today `key_to_index`, and `get_vecattr` for facts about words."""
        renamed("vocab", "key_to_index (and get_vecattr for counts)")
        return VocabView(self)

    @vocab.setter
    def vocab(self, words: Mapping[Key, Vocab]) -> None:
        renamed("vocab", "key_to_index (and set_vecattr for counts)")
        self.key_to_index = {key: int(vars(item)["index"]) for key, item in words.items()}
        if any(item.count for item in words.values()):
            counts = np.zeros(len(words), dtype=np.int64)
            for item in words.values():
                counts[vars(item)["index"]] = item.count
            self.expandos[COUNT] = counts

    @property
    def index2word(self) -> list[Key]:
        """Today `index_to_key`."""
        renamed("index2word", "index_to_key")
        return self.index_to_key

    @index2word.setter
    def index2word(self, keys: list[Key]) -> None:
        renamed("index2word", "index_to_key")
        self.index_to_key = keys

    @property
    def index2entity(self) -> list[Key]:
        """Today `index_to_key`."""
        renamed("index2entity", "index_to_key")
        return self.index_to_key

    @index2entity.setter
    def index2entity(self, keys: list[Key]) -> None:
        renamed("index2entity", "index_to_key")
        self.index_to_key = keys

    @property
    def syn0(self) -> Matrix:
        """Today `vectors`."""
        renamed("syn0", "vectors")
        return self.vectors

    @syn0.setter
    def syn0(self, matrix: Matrix) -> None:
        renamed("syn0", "vectors")
        self.vectors = matrix

    @property
    def vectors_norm(self) -> NDArray[np.float32]:
        """Today `get_normed_vectors()`; kept until rows change, as it is asked row by row."""
        renamed("vectors_norm", "get_normed_vectors()")
        return self._normed()

    @vectors_norm.setter
    def vectors_norm(self, _matrix: Matrix | None) -> None:
        renamed("vectors_norm", "fill_norms(force=True), after changes of vectors")
        self._forget()

    @vectors_norm.deleter
    def vectors_norm(self) -> None:
        renamed("vectors_norm", "fill_norms(force=True), after changes of vectors")
        self._forget()

    @property
    def syn0norm(self) -> NDArray[np.float32]:
        """Today `get_normed_vectors()`."""
        renamed("syn0norm", "get_normed_vectors()")
        return self._normed()

    @syn0norm.setter
    def syn0norm(self, _matrix: Matrix | None) -> None:
        renamed("syn0norm", "fill_norms(force=True), after changes of vectors")
        self._forget()

    def _normed(self) -> NDArray[np.float32]:
        self.fill_norms()
        if self._units is None:
            self._units = self.get_normed_vectors()
        return self._units

    @property
    def wv(self) -> Self:
        """Today the vectors themselves."""
        renamed("wv of KeyedVectors", "the object itself")
        return self

    def init_sims(self, replace: bool = False) -> None:
        """Today `fill_norms()`; with `replace` today `unit_normalize_all()`."""
        renamed("init_sims", "unit_normalize_all()" if replace else "fill_norms()")
        self.fill_norms()
        if replace:
            self.unit_normalize_all()

    def word_vec(self, word: Key, use_norm: bool = False, norm: bool = False) -> Matrix:
        """Today `get_vector(word, norm=)`."""
        renamed("word_vec", "get_vector")
        return self.get_vector(word, norm=use_norm or norm)

    def words_closer_than(self, word1: Key, word2: Key) -> list[Key]:
        """Today `closer_than`."""
        renamed("words_closer_than", "closer_than")
        return self.closer_than(word1, word2)

    def add(self, entities: Key | list[Key], weights: ArrayLike, replace: bool = False) -> None:
        """Today `add_vectors`."""
        renamed("add", "add_vectors")
        self.add_vectors(entities, weights, replace=replace)

    def similarity_unseen_docs(self, *args: object, **kwargs: object) -> None:
        """Nothing: it was for documents.

        Raises:
            UnsupportedError: Always.
        """
        del args, kwargs
        raise UnsupportedError("vectors of documents are not offered; gensim's Doc2Vec has them")

    def accuracy(
        self,
        questions: str | PathLike[str],
        restrict_vocab: int | None = 30_000,
        most_similar: object = None,
        case_insensitive: bool = True,
    ) -> list[dict[str, Any]]:
        """Today the second of what `evaluate_word_analogies` gives.

        Args:
            questions: The file.
            restrict_vocab, case_insensitive: As there.
            most_similar: What answered the questions in gensim 3; not asked.
        """
        renamed("accuracy", "evaluate_word_analogies")
        del most_similar
        return self.evaluate_word_analogies(
            questions, restrict_vocab=restrict_vocab, case_insensitive=case_insensitive
        )[1]
