"""`KeyedVectors`: word vectors to search, score, load and save, by gensim's names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from lexiscope import formats
from lexiscope.checks import whole
from lexiscope.errors import ConfigError
from lexiscope.files.atomic import atomic_file
from lexiscope.formats.contract import ReadOptions
from lexiscope.formats.kinds import model_folder
from lexiscope.formats.kinds.word2vec import binary as word2vec_binary
from lexiscope.formats.kinds.word2vec import header as word2vec
from lexiscope.formats.kinds.word2vec import text as word2vec_text
from lexiscope.vectors import evaluation
from lexiscope.vectors.search import best_rows, cosine, cosines, unit
from lexiscope.vectors.table import VectorTable

Vector = NDArray[np.float32]
Key = str | Vector
WeightedKey = Key | tuple[Key, float]
Keys = WeightedKey | Sequence[WeightedKey] | None
Neighbours = list[tuple[str, float]]


class KeyedVectors(VectorTable):
    """Words and their vectors, to search and score.

    A row of zeros, or with a NaN or an infinity, has no direction: `similarity` with it is 0, and
    it is never a neighbour. No query answers NaN.

    Queries keep the rows' lengths (V floats), never a second matrix. Where the matrix is changed
    from outside, `fill_norms(force=True)` brings the lengths up to date.

    The arguments and attributes are `VectorTable`'s.
    """

    # Opening and saving

    @classmethod
    def load(
        cls,
        path: str | PathLike[str],
        *,
        limit: int | None = None,
        words: Iterable[str] | None = None,
        dtype: Literal["float32", "float16"] = "float32",
    ) -> KeyedVectors:
        """Opens a model folder (mapped, not read) or any supported vectors file.

        A large file that takes time to read gets an index beside it, or in the user's cache where
        its folder cannot be written to, and is mapped from there the next time.

        Args:
            path: What to open.
            limit: Only the first rows, at most so many; reading stops there.
            words: Only rows of these words; with `limit`, those among the first rows.
            dtype: "float16" for half the memory, rounded; answers are float32 all the same.

        Raises:
            FormatError: It is missing, of no known format, or damaged.
            ConfigError: An argument is out of its range, or a value does not fit into float16.
        """
        wanted = None if words is None else frozenset(words)
        options = ReadOptions(limit=limit, words=wanted, dtype=dtype)
        return cls.from_data(formats.read(path, options))

    def save(self, path: str | PathLike[str]) -> None:
        """Writes a model folder, whole or not at all.

        Raises:
            ConfigError: The path is taken by something that is not a model.
            OSError: The disk is full or cannot be written to.
        """
        model_folder.write(path, self.to_data())

    @classmethod
    def load_word2vec_format(
        cls,
        fname: str | PathLike[str],
        fvocab: str | PathLike[str] | None = None,
        binary: bool = False,
        limit: int | None = None,
    ) -> KeyedVectors:
        """Reads a word2vec file.

        Args:
            fname: The file.
            fvocab: A file of `word count` lines, as the C tool's -save-vocab writes it.
            binary: Whether it is the binary format rather than text.
            limit: Read the first rows only, at most so many.

        Raises:
            FormatError: The file is missing, damaged, or of the other kind.
        """
        options = ReadOptions(limit=limit)
        format_ = word2vec_binary.FORMAT if binary else word2vec_text.FORMAT
        data = format_.load(Path(fname), options)
        if fvocab is not None:
            data.counts = word2vec.read_counts(Path(fvocab), data.tokens)
        return cls.from_data(data)

    def save_word2vec_format(
        self,
        fname: str | PathLike[str],
        fvocab: str | PathLike[str] | None = None,
        binary: bool = False,
    ) -> None:
        """Writes the input vectors as a word2vec file, rows in their present order.

        Args:
            fname: The file.
            fvocab: Also write the counts here, a `word count` line a row.
            binary: Whether to write the binary format rather than text.

        Raises:
            FormatError: A word cannot stand in that format; nothing is written.
            LexiscopeError: `fvocab` is given and there are no counts.
            OSError: The disk is full or cannot be written to.
        """
        counts = None if fvocab is None else self.known_counts()
        writer = word2vec_binary.write if binary else word2vec_text.write
        if fvocab is None or counts is None:
            writer(Path(fname), self.to_data())
            return
        # Both are on disk before either takes its place.
        with atomic_file(Path(fvocab)) as stream:
            word2vec.write_counts(stream, self.index_to_key, counts)
            stream.flush()
            writer(Path(fname), self.to_data())

    # Queries

    def get_mean_vector(
        self,
        keys: Sequence[Key],
        weights: Sequence[float] | None = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
    ) -> NDArray[np.float32]:
        """The weighted mean of words and vectors (D).

        Args:
            keys: Words and vectors.
            weights: One each; all 1 where None.
            pre_normalize: Scale the words' vectors to length 1 first; vectors are taken as given.
            post_normalize: Scale the mean to length 1.

        Raises:
            ConfigError: There are no keys, or a weight too many or too few.
            UnknownWordError: A word has no vector.
        """
        if len(keys) == 0:
            raise ConfigError("no words to take the mean of; give at least one")
        factors = [1.0] * len(keys) if weights is None else list(weights)
        if len(factors) != len(keys):
            raise ConfigError(f"{len(factors)} weights for {len(keys)} words; expected one each")
        mean = np.zeros(self.vector_size, dtype=np.float64)
        total = 0.0
        for key, weight in zip(keys, factors, strict=True):
            if isinstance(key, str):
                mean += weight * self.get_vector(key, norm=pre_normalize).astype(np.float64)
                total += abs(weight)
            else:
                mean += weight * self._as_vector(key).astype(np.float64)
        if total > 0:
            mean /= total
        result: NDArray[np.float32] = mean.astype(np.float32)
        return unit(result) if post_normalize else result

    @overload
    def most_similar(
        self,
        positive: Keys = None,
        negative: Keys = None,
        topn: int = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
    ) -> Neighbours: ...
    @overload
    def most_similar(
        self,
        positive: Keys = None,
        negative: Keys = None,
        *,
        topn: None,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
    ) -> NDArray[np.float32]: ...
    def most_similar(
        self,
        positive: Keys = None,
        negative: Keys = None,
        topn: int | None = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
    ) -> Neighbours | NDArray[np.float32]:
        """The words nearest, by cosine, to the mean of some words and the opposites of others.

        Words are scaled to length 1 before the mean is taken, vectors are taken as they are; a
        single word, a vector, or (word, weight) pairs are accepted too. The words asked with are
        not among the answers.

        Args:
            positive: What to be near to.
            negative: What to be far from.
            topn: How many words at most; None for the cosines of all rows.
            clip_start: First row to search.
            clip_end: Row to stop before; None for all.
            restrict_vocab: Search the first rows only, so many (instead of the two clips).

        Returns:
            [(word, cosine), …], highest first; or, for topn None, a float32 array, one cosine a row
            searched. Where the mean has no direction (all zero), no word is near: [] or zeros.

        Raises:
            ConfigError: Neither positive nor negative is given, or a vector has the wrong size.
            UnknownWordError: A word has no vector.
        """
        if topn is not None and topn < 1:
            return []
        if restrict_vocab is not None:
            whole("restrict_vocab", restrict_vocab, 1, note=", or None")
        keys, weights = _weighted(positive, 1.0)
        more_keys, more_weights = _weighted(negative, -1.0)
        keys += more_keys
        query = self.get_mean_vector(keys, weights + more_weights, post_normalize=True)
        start, end = clip_start, clip_end
        if restrict_vocab is not None:
            start, end = 0, restrict_vocab
        norms = self.norms[start:end]
        similarities = cosines(self.vectors[start:end], norms, query)
        if topn is None:
            return similarities
        if not query.any():
            return []
        rows_asked = [self.key_to_index.get(key) for key in keys if isinstance(key, str)]
        asked = [row - start for row in rows_asked if row is not None and row >= start]
        rows = best_rows(similarities.copy(), norms, topn, asked)
        return [(self.index_to_key[row + start], float(similarities[row])) for row in rows]

    def similar_by_word(
        self, word: str, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Neighbours | NDArray[np.float32]:
        """`most_similar` of one word."""
        if topn is None:
            return self.most_similar([word], topn=None, restrict_vocab=restrict_vocab)
        return self.most_similar([word], topn=topn, restrict_vocab=restrict_vocab)

    similar_by_key = similar_by_word

    def similar_by_vector(
        self, vector: Vector, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Neighbours | NDArray[np.float32]:
        """`most_similar` of one vector."""
        if topn is None:
            return self.most_similar([vector], topn=None, restrict_vocab=restrict_vocab)
        return self.most_similar([vector], topn=topn, restrict_vocab=restrict_vocab)

    def similarity(self, w1: str, w2: str) -> float:
        """The cosine of two words; 0 where either row has no direction.

        Raises:
            UnknownWordError: A word has no vector.
        """
        return cosine(self.get_vector(w1), self.get_vector(w2))

    def distance(self, w1: str, w2: str) -> float:
        """1 − `similarity`."""
        return 1.0 - self.similarity(w1, w2)

    def n_similarity(self, ws1: Sequence[str], ws2: Sequence[str]) -> float:
        """The cosine of the means of two sets of words.

        Raises:
            ConfigError: A set is empty.
            UnknownWordError: A word has no vector.
        """
        if not ws1 or not ws2:
            raise ConfigError("n_similarity needs at least one word in each of the two sets")
        one = self.get_mean_vector(ws1, pre_normalize=False)
        return cosine(one, self.get_mean_vector(ws2, pre_normalize=False))

    def rank_by_centrality(self, words: Iterable[str]) -> list[tuple[float, str]]:
        """Words by their cosine with the mean of all of them; unknown words are left out.

        Returns:
            [(cosine, word), …], highest first.

        Raises:
            ConfigError: None of the words has a vector.
        """
        known = [word for word in words if word in self]
        if not known:
            raise ConfigError("none of the words is in the vocabulary; give words that are")
        mean = self.get_mean_vector(known)
        return sorted(((cosine(self.get_vector(word), mean), word) for word in known), reverse=True)

    def doesnt_match(self, words: Iterable[str]) -> str:
        """The word farthest from the mean of all; unknown words are left out.

        Raises:
            ConfigError: None of the words has a vector.
        """
        return self.rank_by_centrality(words)[-1][1]

    # Evaluation, with gensim's return shapes; `lexiscope.vectors.evaluation` gives plain reports.

    def evaluate_word_pairs(
        self,
        pairs: str | PathLike[str],
        delimiter: str = "\t",
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
    ) -> tuple[tuple[float, float], tuple[float, float], float]:
        """Correlation with people's judgements: see `evaluation.word_pairs`.

        Returns:
            (Pearson's r, its p), (Spearman's ρ, its p), percentage of pairs with unknown words.
        """
        score = evaluation.word_pairs(
            self,
            pairs,
            delimiter=delimiter,
            restrict_vocab=restrict_vocab,
            case_insensitive=case_insensitive,
        )
        unknown = 100.0 * (score.total - score.used) / score.total
        return (score.pearson, score.pearson_p), (score.spearman, score.spearman_p), unknown

    def evaluate_word_analogies(
        self,
        analogies: str | PathLike[str],
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
    ) -> tuple[float, list[dict[str, Any]]]:
        """Accuracy in analogies: see `evaluation.analogies`.

        Returns:
            Share of right answers, and a dict a section ("section", "correct", "incorrect"), the
            last of which is the total.
        """
        report = evaluation.analogies(
            self,
            analogies,
            restrict_vocab=restrict_vocab,
            case_insensitive=case_insensitive,
            unknown_is_wrong=dummy4unknown,
        )
        return report.accuracy, report.as_gensim()

    def _as_vector(self, value: object) -> NDArray[np.float32]:
        vector = np.asarray(value)
        if vector.shape != (self.vector_size,) or vector.dtype.kind not in "fiu":
            raise ConfigError(
                f"got {type(value).__name__} of shape {vector.shape}, expected a word or a vector "
                f"of {self.vector_size} numbers"
            )
        return vector.astype(np.float32, copy=False)


def _weighted(keys: Keys, sign: float) -> tuple[list[Key], list[float]]:
    """Any form in which keys are given, as a list of keys and one of weights."""
    if keys is None:
        return [], []
    items: list[Any]
    if isinstance(keys, str) or (isinstance(keys, np.ndarray) and keys.ndim == 1):
        items = [keys]
    else:
        items = list(keys)
    found: list[Key] = []
    weights: list[float] = []
    for item in items:
        if isinstance(item, tuple) and len(item) == 2:
            found.append(item[0])
            weights.append(float(item[1]))
        else:
            found.append(item)
            weights.append(sign)
    return found, weights


def load(
    path: str | PathLike[str],
    *,
    limit: int | None = None,
    words: Iterable[str] | None = None,
    dtype: Literal["float32", "float16"] = "float32",
) -> KeyedVectors:
    """Opens a model folder or any supported vectors file: see `KeyedVectors.load`.

    Raises:
        FormatError: It is missing, of no known format, or damaged.
        ConfigError: An argument is out of its range, or a value does not fit into float16.
    """
    return KeyedVectors.load(path, limit=limit, words=words, dtype=dtype)
