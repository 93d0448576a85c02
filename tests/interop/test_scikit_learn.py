"""`WordVectorizer` against plain formulas, and inside scikit-learn's own tools."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline

from lexiscope import FastText, KeyedVectors, Word2Vec
from lexiscope.errors import ConfigError
from lexiscope.interop.scikit_learn import WordVectorizer

WORDS = ["sea", "fish", "ship", "king", "queen"]
DOCUMENTS = [
    "The sea, the fish; the sea!",
    "king queen ship",
    "ship's fish sea",
    "nothing known",
    "",
]


@pytest.fixture
def vectors() -> KeyedVectors:
    table = KeyedVectors(4)
    rows = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)
    table.add_vectors(WORDS, rows)
    return table


def known(vectors: KeyedVectors, *words: str) -> np.ndarray:
    return np.array([vectors[word] for word in words])


def test_the_mean_of_the_known_words(vectors: KeyedVectors) -> None:
    vectorizer = WordVectorizer(vectors)
    means = vectorizer.fit_transform(DOCUMENTS)
    assert means.dtype == np.float32 and means.shape == (5, 4)
    np.testing.assert_allclose(means[0], known(vectors, "sea", "fish", "sea").mean(0), rtol=1e-6)
    np.testing.assert_allclose(means[2], known(vectors, "fish", "sea").mean(0), rtol=1e-6)
    assert not means[3].any() and not means[4].any()
    np.testing.assert_array_equal(vectorizer.transform(DOCUMENTS), means)
    lists = [document.replace(",", "").split() for document in DOCUMENTS]
    assert vectorizer.transform(lists).shape == (5, 4)
    # the sea the fish the sea | king queen ship | ship's fish sea | nothing known
    assert vectorizer.coverage_ == pytest.approx(8 / 14)
    assert vectorizer.get_feature_names_out().tolist() == [f"wordvectorizer{n}" for n in range(4)]


def test_tfidf_weighs_as_scikit_learn_does(vectors: KeyedVectors) -> None:
    texts = ["sea fish sea", "sea king", "ship sea king queen"]
    peer = TfidfVectorizer(norm=None, vocabulary=WORDS)
    table = peer.fit_transform(texts).toarray()
    expected = table @ known(vectors, *WORDS) / table.sum(axis=1, keepdims=True)
    vectorizer = WordVectorizer(vectors, weighting="tfidf")
    np.testing.assert_allclose(vectorizer.fit_transform(texts), expected, rtol=1e-5)
    new = vectorizer.transform(["queen fish", "fish"])
    idf = [vectorizer.idf_["queen"], vectorizer.idf_["fish"]]
    np.testing.assert_allclose(
        new[0], np.average(known(vectors, "queen", "fish"), axis=0, weights=idf), rtol=1e-5
    )


@pytest.mark.parametrize("counted", [True, False])
def test_sif_is_the_papers(vectors: KeyedVectors, counted: bool) -> None:
    texts = ["sea fish sea", "sea king", "ship sea king queen"]
    counts = np.array([4, 1, 1, 2, 1]) if not counted else np.array([50, 20, 10, 5, 1])
    if counted:
        for word, count in zip(WORDS, counts, strict=True):
            vectors.set_vecattr(word, "count", int(count))
    weights = 0.01 / (0.01 + counts / counts.sum())
    sums = [
        sum(weights[WORDS.index(word)] * vectors[word] for word in text.split()) / len(text.split())
        for text in texts
    ]
    direction = np.linalg.svd(np.array(sums))[2][0]
    expected = np.array(sums) - np.outer(np.array(sums) @ direction, direction)
    vectorizer = WordVectorizer(vectors, weighting="sif", sif_a=0.01)
    np.testing.assert_allclose(vectorizer.fit_transform(texts), expected, atol=1e-6)
    np.testing.assert_allclose(vectorizer.transform(texts), expected, atol=1e-6)


def test_lengths_letter_case_and_a_tokenizer(vectors: KeyedVectors) -> None:
    texts = ["Sea-fish", "KING"]
    unit = WordVectorizer(vectors, lowercase=True, normalize=True).fit_transform(texts)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1, rtol=1e-6)
    split = WordVectorizer(vectors, tokenizer=lambda text: text.lower().split("-"))
    np.testing.assert_allclose(
        split.fit_transform(texts)[0], known(vectors, "sea", "fish").mean(0), rtol=1e-6
    )


def test_unseen_words_of_subwords_have_a_vector() -> None:
    sentences = [["swimming", "swims", "sea"], ["walking", "walks", "land"]] * 30
    model = FastText(sentences, vector_size=8, min_count=1, epochs=1, workers=1, bucket=1000)
    vectorizer = WordVectorizer(model).fit(["swimmer"])
    assert vectorizer.coverage_ == 1
    assert vectorizer.transform(["swimmer"]).any()


def test_it_stands_in_pipelines_searches_and_unions(vectors: KeyedVectors, tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    vectors.save_word2vec_format(path)
    texts = ["sea fish", "fish ship", "sea ship", "king queen", "queen king king", "queen"] * 5
    labels = [0, 0, 0, 1, 1, 1] * 5
    pipeline = make_pipeline(WordVectorizer(str(path)), LogisticRegression())
    grid = {"wordvectorizer__weighting": ["mean", "tfidf", "sif"]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(texts, labels)
    assert search.best_score_ == 1.0
    union = FeatureUnion([("words", WordVectorizer(vectors)), ("tfidf", TfidfVectorizer())])
    assert union.fit_transform(texts).shape == (30, 4 + 5)
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict(texts), search.predict(texts))


def test_a_clone_shares_the_vectors_and_has_learned_nothing(vectors: KeyedVectors) -> None:
    vectorizer = WordVectorizer(vectors, weighting="tfidf").fit(["sea"])
    copy = clone(vectorizer)
    assert copy.vectors is vectors and copy.weighting == "tfidf"
    with pytest.raises(NotFittedError):
        copy.transform(["sea"])


@pytest.mark.parametrize(
    ("options", "documents", "reason"),
    [
        ({"weighting": "max"}, ["sea"], "weighting is 'max'"),
        ({"sif_a": 0}, ["sea"], "sif_a is 0, expected a number above 0"),
        ({}, "sea fish", "documents are one text"),
        ({}, ["sea", 7], "document 1 is int"),
        ({}, [["sea", 7]], "document 0 is list"),
        ({}, [], "there are no documents"),
    ],
)
def test_what_is_no_parameter_or_document_is_refused(
    vectors: KeyedVectors, options: dict[str, object], documents: object, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        WordVectorizer(vectors, **options).fit(documents)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="vectors are no KeyedVectors"):
        WordVectorizer(7).fit(["sea"])


def test_a_trained_model_serves_as_it_is() -> None:
    model = Word2Vec([["sea", "fish"], ["king", "queen"]] * 20, min_count=1, vector_size=5)
    means = WordVectorizer(model).fit_transform(["sea fish"])
    np.testing.assert_allclose(means[0], (model.wv["sea"] + model.wv["fish"]) / 2, rtol=1e-5)
