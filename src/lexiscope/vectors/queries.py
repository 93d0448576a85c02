"""Queries: which words are near, how near two are, and which come between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lexiscope.checks import choice, whole
from lexiscope.errors import ConfigError
from lexiscope.formats.contract import Matrix
from lexiscope.vectors.asking import is_batch, is_list_of_keys, paired
from lexiscope.vectors.combining import movers_distance, multiplied_cosines
from lexiscope.vectors.keys import KEY_TYPES, Key
from lexiscope.vectors.search import NO_ROW, best_rows, cosine, cosines, unit, unit_rows
from lexiscope.vectors.searching import Question, Searching
from lexiscope.vectors.spaces import Space

Keys = Any  # a key, a vector, (key, weight), or several of them; None for none
Neighbours = list[tuple[Any, float]]
Answer = Neighbours | list[Neighbours] | NDArray[np.float32]


class Indexer(Protocol):
    """An index of neighbours of somebody else's, as gensim's Annoy and NMSLIB indexers are."""

    def most_similar(self, vector: NDArray[np.float32], num_neighbors: int, /) -> Neighbours:
        """The words near to a vector."""


class Queries(Searching):
    """A table that is asked what is near."""

    def most_similar(
        self,
        positive: Keys = None,
        negative: Keys = None,
        topn: int | None = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
        indexer: Indexer | None = None,
        *,
        space: Space = "input",
        index: Literal["hnsw"] | None = None,
    ) -> Any:
        """The words nearest, by cosine, to the mean of some words and the opposites of others.

        Words are scaled to length 1 before the mean is taken, vectors are taken as they are; a
        single word, a vector, or (word, weight) pairs are accepted too. The words asked with are
        not among the answers.

        Lists in the list are so many questions, which are answered together, by one product:
        `most_similar([["king", "woman"], ["Paris"]], negative=[["man"], []])`.

        Args:
            positive: What to be near to.
            negative: What to be far from.
            topn: How many words at most; None for the cosines of all rows.
            clip_start: First row to search.
            clip_end: Row to stop before; None or 0 for all.
            restrict_vocab: Search the first rows only, so many (instead of the two clips).
            indexer: Who is to answer instead, with the mean and `topn`.
            space: Which rows are asked with and searched: see `spaces.Space`.
            index: "hnsw" for nearly always the nearest, in a small part of the time: see
                `build_index`, which else is called at the first such question.

        Returns:
            [(word, cosine), …], highest first; or, for topn None, a float32 array, one cosine a row
            searched. Where the mean has no direction (all zero), no word is near: [] or zeros. For
            several questions a list of such lists, or float32 (questions, rows).

        Raises:
            ConfigError: Neither positive nor negative is given, or a vector has the wrong size.
            KeyTypeError: Something is neither a word nor a vector.
            UnknownWordError: A word has no vector.
        """
        if space != "input":
            return self.in_space(space).most_similar(
                positive, negative, topn, clip_start, clip_end, restrict_vocab, indexer, index=index
            )
        if index is not None:
            choice("index", index, ("hnsw",), note=", or None")
            if topn is None or clip_start or clip_end or restrict_vocab is not None:
                raise ConfigError("an index searches all rows for some; give topn and no limits")
        if restrict_vocab is not None:
            whole("restrict_vocab", restrict_vocab, 1, note=", or None")
        span = slice(clip_start, clip_end or None)
        if restrict_vocab is not None:
            span = slice(0, restrict_vocab)
        start, stop, _step = span.indices(len(self._matrix))
        if is_batch(positive) or (positive is None and is_batch(negative)):
            asked = [self._question(*pair) for pair in paired(positive, negative)]
            if index is not None and topn is not None:
                return [self._indexed(question, topn) for question in asked]
            return self._answers(asked, topn, start, stop, indexer)
        if topn is not None and topn < 1:
            return []
        question = self._question(positive, negative)
        if index is not None and topn is not None:
            return self._indexed(question, topn)
        if indexer is not None and topn is not None:
            return indexer.most_similar(question.query, topn)
        if topn is None:
            return cosines(self._matrix[start:stop], self.norms[start:stop], question.query)
        if not question.query.any():
            return []
        nearest = self._row_search().nearest(question.query, topn, question.rows, start, stop)
        return self._named(nearest.rows, nearest.cosines)

    def _question(self, positive: Keys, negative: Keys) -> Question:
        keys, weights = _weighted(positive, 1.0)
        more_keys, more_weights = _weighted(negative, -1.0)
        keys += more_keys
        query = self.get_mean_vector(
            keys, weights + more_weights, post_normalize=True, ignore_missing=False
        )
        return Question(query, tuple(self._rows_of(keys)))

    def _answers(
        self,
        questions: Sequence[Question],
        topn: int | None,
        start: int,
        stop: int,
        indexer: Indexer | None = None,
    ) -> list[Neighbours] | NDArray[np.float32]:
        """The answers to several questions, found together."""
        if indexer is not None and topn is not None:
            return [indexer.most_similar(question.query, topn) for question in questions]
        if topn is None:
            rows, norms = self._matrix[start:stop], self.norms[start:stop]
            values = [cosines(rows, norms, question.query) for question in questions]
            return np.array(values, np.float32).reshape(len(questions), len(rows))
        topn = min(topn, stop - start)
        if topn < 1 or not questions:
            return [[] for _ in questions]
        has_direction = [bool(question.query.any()) for question in questions]
        asked = [one for one, has in zip(questions, has_direction, strict=True) if has]
        wanted = np.array([one.query for one in asked], np.float32).reshape(-1, self.vector_size)
        excluded = [one.rows for one in asked]
        best = self._row_search().nearest_of_each(wanted, topn, excluded, start, stop)
        answers = (
            self._named(rows[rows != NO_ROW], values)
            for rows, values in zip(best.rows, best.values, strict=True)
        )
        return [next(answers) if has else [] for has in has_direction]

    def _rows_of(self, keys: Iterable[Any]) -> set[int]:
        """The rows of those that are keys and have one."""
        rows = {self.get_index(key, -1) for key in keys if isinstance(key, KEY_TYPES)}
        return rows - {-1}

    def _best(
        self,
        values: NDArray[np.float32],
        norms: NDArray[np.float32],
        topn: int,
        asked: Collection[int],
        start: int = 0,
    ) -> Neighbours:
        """The words of the highest values.

        Args:
            values: Of the rows from `start` on.
            norms: Theirs.
            topn: How many at most.
            asked: Rows that are no answer.
            start: The first row.
        """
        excluded = [row - start for row in asked if row >= start]
        rows = best_rows(values.copy(), norms, topn, excluded)
        return [(self._keys[row + start], float(values[row])) for row in rows]

    def similar_by_word(
        self,
        word: Key | list[Key],
        topn: int | None = 10,
        restrict_vocab: int | None = None,
        *,
        space: Space = "input",
    ) -> Any:
        """`most_similar` of one word, or of each word of a list."""
        return self.similar_by_key(word, topn, restrict_vocab, space=space)

    def similar_by_key(
        self,
        key: Key | list[Key],
        topn: int | None = 10,
        restrict_vocab: int | None = None,
        *,
        space: Space = "input",
    ) -> Any:
        """`most_similar` of one word, or of each word of a list."""
        if isinstance(key, list) and not key:
            return []
        asked = [[one] for one in key] if isinstance(key, list) else [key]
        return self.most_similar(asked, topn=topn, restrict_vocab=restrict_vocab, space=space)

    def similar_by_vector(
        self,
        vector: ArrayLike,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
        *,
        space: Space = "input",
    ) -> Any:
        """`most_similar` of one vector, or of each row of a matrix."""
        several = np.ndim(vector) == 2
        asked = [[row] for row in np.asarray(vector)] if several else [np.asarray(vector)]
        return self.most_similar(asked, topn=topn, restrict_vocab=restrict_vocab, space=space)

    def most_similar_cosmul(
        self,
        positive: Keys = None,
        negative: Keys = None,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
        *,
        space: Space = "input",
    ) -> Any:
        """The words whose cosines with some words, multiplied, are large beside those with others.

        For "a is to b as c is to …" this is 3CosMul, with positive b and c and negative a. Vectors
        are taken as given: scale them to length 1.

        Args:
            positive: What to be near to.
            negative: What to be far from.
            topn: How many words at most; None for the values of all rows.
            restrict_vocab: Search the first rows only, so many.
            space: As for `most_similar`; lists in the list are so many questions here too.

        Returns:
            [(word, value), …], highest first; or, for topn None, float32, a value a row searched.

        Raises:
            ConfigError: No positive word is given, or a vector has the wrong size.
            KeyTypeError: Something is neither a word nor a vector.
            UnknownWordError: A word has no vector.
        """
        if space != "input":
            return self.in_space(space).most_similar_cosmul(
                positive, negative, topn, restrict_vocab
            )
        if is_batch(positive):
            answers = [
                self.most_similar_cosmul(near, far, topn, restrict_vocab)
                for near, far in paired(positive, negative)
            ]
            return np.array(answers) if topn is None else answers
        if topn is not None and topn < 1:
            return []
        near, far = _several(positive), _several(negative)
        if not near:
            raise ConfigError("no word to be near to; give at least one positive")
        rows, norms = self._matrix[:restrict_vocab], self.norms[:restrict_vocab]
        values = multiplied_cosines(
            rows, norms, [self._direction(key) for key in near], [self._direction(k) for k in far]
        )
        if topn is None:
            return values
        return self._best(values, norms, topn, self._rows_of([*near, *far]))

    def _direction(self, item: Any) -> NDArray[np.float32]:
        """A word's vector of length 1; a vector as it is."""
        if isinstance(item, KEY_TYPES):
            return unit(self._asked_vector(item))
        return self._as_vector(item)

    def most_similar_to_given(
        self, key1: Key, keys_list: Sequence[Key], *, space: Space = "input"
    ) -> Key:
        """The one of some words that is nearest to a word; the first among equals.

        Raises:
            ConfigError: There are none to choose from.
            UnknownWordError: A word has no vector.
        """
        if not len(keys_list):
            raise ConfigError("no words to choose from; give at least one")
        return max(keys_list, key=lambda key: self.similarity(key1, key, space=space))

    def similarity(self, w1: Key, w2: Key, *, space: Space = "input") -> Any:
        """The cosine of two words; 0 where either row has no direction.

        Of two lists it is that of each pair, of a word and a list that with each: float32 (n,).

        Raises:
            ConfigError: The lists are not of the same length.
            UnknownWordError: A word has no vector.
        """
        if space != "input":
            return self.in_space(space).similarity(w1, w2)
        if isinstance(w1, list) or isinstance(w2, list):
            return self._similarities(w1, w2)
        return cosine(self._asked_vector(w1), self.get_vector(w2))

    def _similarities(self, w1: Key | list[Key], w2: Key | list[Key]) -> NDArray[np.float32]:
        one = [self._direction(key) for key in (w1 if isinstance(w1, list) else [w1])]
        other = self._compared(w2 if isinstance(w2, list) else [w2])
        if len(one) != len(other) and isinstance(w1, list) and isinstance(w2, list):
            raise ConfigError(f"{len(one)} and {len(other)} words make no pairs; give as many")
        first = np.array(one, np.float32).reshape(len(one), self.vector_size)
        result: NDArray[np.float32] = (first * other).sum(axis=1)
        return np.clip(result, -1, 1)

    def _compared(self, keys: Sequence[Key]) -> NDArray[np.float32]:
        """The rows that words are compared with (n×D), each of length 1 or zeros."""
        units = [self.get_vector(key, norm=True) for key in keys]
        return np.array(units, np.float32).reshape(len(units), self.vector_size)

    def distance(self, w1: Key, w2: Key, *, space: Space = "input") -> Any:
        """1 − `similarity`, of lists too; of a word from itself 0 exactly."""
        return 1.0 - self.similarity(w1, w2, space=space)

    def distances(
        self,
        word_or_vector: Key | ArrayLike,
        other_words: Iterable[Key] | None = (),
        *,
        space: Space = "input",
    ) -> NDArray[np.float32]:
        """1 − cosine of a word or vector with some words, or with all where none are given.

        Returns:
            float32, one a word; infinity for rows that are not finite. For a list of words or a
            matrix a row each.

        Raises:
            UnknownWordError: A word has no row.
        """
        if space != "input":
            return self.in_space(space).distances(word_or_vector, other_words)
        if np.ndim(word_or_vector) == 2 or is_list_of_keys(word_or_vector):
            several: Any = word_or_vector
            return np.array([self.distances(one, other_words) for one in several], np.float32)
        if isinstance(word_or_vector, KEY_TYPES):
            query = unit(self._asked_vector(word_or_vector))
        else:
            query = unit(self._as_vector(word_or_vector))
        words = [] if other_words is None else list(other_words)
        rows: Matrix = self._matrix
        norms = self.norms
        if words:
            places = [self.get_index(word) for word in words]
            rows, norms = rows[places], norms[places]
        return 1 - cosines(rows, norms, query)

    @staticmethod
    def cosine_similarities(vector_1: ArrayLike, vectors_all: ArrayLike) -> NDArray[Any]:
        """The cosines of a vector (D) with others (n×D): n; 0 where either has no direction."""
        one = np.asarray(vector_1)
        others = np.atleast_2d(np.asarray(vectors_all))
        if others.dtype.kind != "f":
            others = others.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            direction = unit_rows(np.atleast_2d(one.astype(others.dtype, copy=False)))[0]
            result: NDArray[Any] = unit_rows(others) @ direction
        result[~np.isfinite(result)] = 0
        return result

    def closer_than(self, key1: Key, key2: Key, *, space: Space = "input") -> list[Key]:
        """The words that are nearer to a word than another one is, in the order of the rows.

        Raises:
            UnknownWordError: A word has no row.
        """
        found = self.distances(key1, space=space)
        one, other = self.get_index(key1), self.get_index(key2)
        return [self._keys[row] for row in np.flatnonzero(found < found[other]) if row != one]

    def rank(self, key1: Key, key2: Key, *, space: Space = "input") -> int:
        """The place of a word among those nearest to another: 1 for the nearest.

        Raises:
            UnknownWordError: A word has no row.
        """
        return len(self.closer_than(key1, key2, space=space)) + 1

    def relative_cosine_similarity(self, wa: Key, wb: Key, topn: int = 10) -> float:
        """The cosine of two words, divided by the sum of those of the first one's neighbours.

        Above 1/topn two words are nearer than words that are near by chance, as synonyms are:
        Leeuwenberg et al., A Minimally Supervised Approach for Synonym Extraction with Word
        Embeddings, 2016, (1).

        Raises:
            ConfigError: The first word has no neighbours, or they are as far as they are near.
            UnknownWordError: A word has no vector.
        """
        near = self.most_similar([wa], topn=topn)
        total = sum(cosine_ for _word, cosine_ in near)
        if total == 0:
            raise ConfigError(f"{wa!r} has no neighbours to compare with; give a topn above 0")
        return float(self.similarity(wa, wb) / total)

    def wmdistance(
        self, document1: Sequence[Key], document2: Sequence[Key], norm: bool = True
    ) -> float:
        """Word Mover's Distance: how far the words of one text are from those of another.

        Kusner et al., From Word Embeddings To Document Distances, 2015. Unknown words, and rows
        that are not finite, are left out.

        Args:
            document1, document2: The words of each.
            norm: Whether vectors are scaled to length 1 first.

        Returns:
            0 for texts of the same words; infinity where a text has none that are known.

        Raises:
            MissingExtraError: Neither POT nor scipy is installed: extra `wmd`.
        """
        counted = [
            Counter(word for word in words if word in self and self._is_finite(word))
            for words in (document1, document2)
        ]
        if not all(counted):
            return float("inf")
        words = list(counted[0] | counted[1])
        rows = np.stack([self.get_vector(word, norm=norm) for word in words]).astype(np.float64)
        one, other = (
            np.array([counts[word] for word in words]) / counts.total() for counts in counted
        )
        return movers_distance(rows, one, other)

    def _is_finite(self, word: Key) -> bool:
        return bool(np.isfinite(self.get_vector(word)).all())


def _several(keys: Keys) -> list[Any]:
    """Keys and vectors in any form in which they are given, as a list."""
    if keys is None:
        return []
    if isinstance(keys, KEY_TYPES) or (isinstance(keys, np.ndarray) and keys.ndim == 1):
        return [keys]
    return list(keys)


def _weighted(keys: Keys, sign: float) -> tuple[list[Any], list[float]]:
    """Any form in which keys are given, as a list of keys and one of weights."""
    items: list[Any] = []
    weights: list[float] = []
    for item in _several(keys):
        is_pair = isinstance(item, tuple | list) and len(item) == 2
        if is_pair and isinstance(item[0], (*KEY_TYPES, np.ndarray)):
            items.append(item[0])
            weights.append(float(item[1]))
        else:
            items.append(item)
            weights.append(sign)
    return items, weights
