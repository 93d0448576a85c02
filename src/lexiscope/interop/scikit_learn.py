"""Documents as vectors in scikit-learn's pipelines (extra `[sklearn]`): `WordVectorizer`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice
from lexiscope.errors import ConfigError, MissingExtraError
from lexiscope.vectors import KeyedVectors, load
from lexiscope.vectors.search import unit_rows
from lexiscope.vectors.sif import common_directions, sif_weights, without

try:
    from scipy.sparse import csr_matrix
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.utils.validation import check_is_fitted
except ImportError as error:
    raise MissingExtraError("a scikit-learn transformer", "sklearn") from error

Weighting = Literal["mean", "tfidf", "sif"]
Document = str | Sequence[str]

WORDS = r"(?u)\b\w+(?:['’]\w+)*\b"
"""Runs of letters and digits, with apostrophes inside."""


class WordVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Documents → the weighted mean of their words' vectors.

    A transformer of scikit-learn's: it stands in pipelines and searches of parameters. Its clones
    share the vectors, which are never copied.

    Args:
        vectors: Vectors, an estimator with `wv`, or a path that `load` opens.
        weighting: What a word counts: "mean", every occurrence alike; "tfidf", by
            ln((1 + n) / (1 + df)) + 1, df of n documents having it, as scikit-learn's
            `TfidfTransformer` does; "sif", a / (a + p) for a word of probability p, and the first
            principal direction of the documents taken away (Arora, Liang and Ma, A Simple but
            Tough-to-Beat Baseline for Sentence Embeddings, 2017).
        sif_a: The a of "sif", above 0.
        lowercase: Whether to lower-case documents that are text.
        token_pattern: What a word of a text is, a regular expression.
        tokenizer: Makes words of a text instead; None for the pattern.
        normalize: Whether documents' vectors are scaled to length 1.

    Attributes:
        vectors_: The vectors.
        n_features_out_: D.
        coverage_: Share of the words of the documents given to `fit`, 0 to 1, that have a vector.
        idf_: Word → what it counts, of "tfidf"; a word that `fit` saw in no document has
            `unseen_idf_`.
        probabilities_: Word → its probability, of "sif": of the vectors' counts, where they have
            some; else of the documents given to `fit`.
        component_: float64 (D,), the direction taken away, of "sif".

    Example:
        make_pipeline(WordVectorizer("model"), LogisticRegression()).fit(texts, labels)
    """

    def __init__(
        self,
        vectors: KeyedVectors | str | PathLike[str] | Any,
        *,
        weighting: Weighting = "mean",
        sif_a: float = 1e-3,
        lowercase: bool = False,
        token_pattern: str = WORDS,
        tokenizer: Callable[[str], Sequence[str]] | None = None,
        normalize: bool = False,
    ) -> None:
        self.vectors = vectors
        self.weighting = weighting
        self.sif_a = sif_a
        self.lowercase = lowercase
        self.token_pattern = token_pattern
        self.tokenizer = tokenizer
        self.normalize = normalize

    def __sklearn_clone__(self) -> WordVectorizer:
        return type(self)(**self.get_params(deep=False))

    def fit(self, documents: Iterable[Document], y: object = None) -> WordVectorizer:
        """Learns what words count, where that depends on the documents.

        Args:
            documents: Texts, or lists of words.
            y: Is passed over.

        Raises:
            ConfigError: A parameter is out of range, documents are one text, or there are none.
            FormatError: A path is no file of vectors.
        """
        del y
        self._fit(documents)
        return self

    def fit_transform(
        self, documents: Iterable[Document], y: object = None, **options: Any
    ) -> NDArray[np.float32]:
        """`fit` and `transform`, tokenizing once."""
        del y, options
        words = self._fit(documents)
        return self._finished(self._means(words))

    def transform(self, documents: Iterable[Document]) -> NDArray[np.float32]:
        """The documents' vectors, float32 (N, D); zeros for one without a known word.

        Raises:
            NotFittedError: `fit` was not called.
        """
        check_is_fitted(self, "vectors_")
        return self._finished(self._means(self._words(documents)))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """The columns' names: wordvectorizer0, wordvectorizer1, …"""
        del input_features
        check_is_fitted(self, "vectors_")
        prefix = type(self).__name__.lower()
        return np.array([f"{prefix}{column}" for column in range(self.n_features_out_)], object)

    def _fit(self, documents: Iterable[Document]) -> list[list[str]]:
        choice("weighting", self.weighting, get_args(Weighting))
        if not self.sif_a > 0:
            raise ConfigError(f"sif_a is {self.sif_a}, expected a number above 0")
        words = self._words(documents)
        if not words:
            raise ConfigError("there are no documents to fit on")
        self.vectors_ = _opened(self.vectors)
        self.n_features_out_ = self.vectors_.vector_size
        total = sum(map(len, words))
        known = {word for document in words for word in document if word in self.vectors_}
        with_vector = sum(word in known for document in words for word in document)
        self.coverage_ = with_vector / total if total else 0.0
        if self.weighting == "tfidf":
            self._learn_idf(words)
        if self.weighting == "sif":
            self._learn_sif(words)
        return words

    def _learn_idf(self, words: list[list[str]]) -> None:
        count = len(words)
        having: dict[str, int] = {}
        for document in words:
            for word in set(document):
                having[word] = having.get(word, 0) + 1
        self.idf_ = {
            word: float(np.log((1 + count) / (1 + documents)) + 1)
            for word, documents in having.items()
        }
        self.unseen_idf_ = float(np.log(1 + count) + 1)

    def _learn_sif(self, words: list[list[str]]) -> None:
        counts = self.vectors_.counts
        occurrences: dict[str, int] = {}
        if counts is not None:
            occurrences = dict(zip(self.vectors_.index_to_key, counts.tolist(), strict=True))
        else:
            for document in words:
                for word in document:
                    occurrences[word] = occurrences.get(word, 0) + 1
        total = max(1, sum(occurrences.values()))
        self.probabilities_ = {word: count / total for word, count in occurrences.items()}
        self.component_ = np.zeros(self.n_features_out_)
        means = self._means(words).astype(np.float64)
        if means.any():
            self.component_ = common_directions(means, 1)[0]

    def _weight(self, word: str) -> float:
        if self.weighting == "tfidf":
            return self.idf_.get(word, self.unseen_idf_)
        if self.weighting == "sif":
            return float(sif_weights(np.array(self.probabilities_.get(word, 0.0)), self.sif_a))
        return 1.0

    def _means(self, words: list[list[str]]) -> NDArray[np.float32]:
        """The weighted means (N×D): of SIF over how many words there are, else over the weights."""
        columns: dict[str, int] = {}
        for document in words:
            for word in document:
                if word not in columns and word in self.vectors_:
                    columns[word] = len(columns)
        if not columns:
            return np.zeros((len(words), self.n_features_out_), np.float32)
        rows = np.stack([self.vectors_.get_vector(word) for word in columns]).astype(np.float32)
        weights = np.array([self._weight(word) for word in columns])
        places = [[columns[word] for word in document if word in columns] for document in words]
        ends = np.cumsum([0, *map(len, places)])
        indices = np.array([place for document in places for place in document], np.int64)
        shape = (len(words), len(columns))
        table = csr_matrix((weights[indices], indices, ends), shape=shape)
        lengths = (
            np.diff(ends) if self.weighting == "sif" else np.asarray(table.sum(axis=1)).ravel()
        )
        sums = table @ rows.astype(np.float64)
        means = np.divide(
            sums, lengths[:, None], out=np.zeros_like(sums), where=lengths[:, None] > 0
        )
        narrow: NDArray[np.float32] = means.astype(np.float32)
        return narrow

    def _finished(self, means: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.weighting == "sif":
            means = without(means, self.component_[None]).astype(np.float32)
        return unit_rows(means) if self.normalize else means

    def _words(self, documents: Iterable[Document]) -> list[list[str]]:
        if isinstance(documents, str):
            raise ConfigError("documents are one text, expected a list of texts or lists of words")
        pattern = re.compile(self.token_pattern)
        split = pattern.findall if self.tokenizer is None else self.tokenizer
        words = []
        for number, document in enumerate(documents):
            if isinstance(document, str):
                words.append(list(split(document.lower() if self.lowercase else document)))
            elif isinstance(document, Sequence) and all(isinstance(one, str) for one in document):
                words.append(list(document))
            else:
                kind = type(document).__name__
                raise ConfigError(
                    f"document {number} is {kind}, expected a text or a list of words"
                )
        return words


def _opened(vectors: Any) -> KeyedVectors:
    if isinstance(vectors, str | PathLike):
        return load(vectors)
    vectors = vectors if isinstance(vectors, KeyedVectors) else getattr(vectors, "wv", None)
    if not isinstance(vectors, KeyedVectors):
        raise ConfigError("vectors are no KeyedVectors, no model with wv, and no path")
    return vectors
