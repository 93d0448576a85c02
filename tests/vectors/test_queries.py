"""What is promised of queries to the bit, and Word Mover's Distance."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lexiscope.errors import ConfigError, MissingExtraError
from lexiscope.vectors import KeyedVectors, UnknownWordError, combining

seeds = st.integers(0, 2**32 - 1)


def table(seed: int, rows: int = 12, columns: int = 7, scale: float = 1) -> KeyedVectors:
    matrix = np.random.default_rng(seed).normal(size=(rows, columns)) * scale
    return KeyedVectors([f"w{row}" for row in range(rows)], matrix.astype(np.float32))


@given(seeds, st.sampled_from([1e-15, 1, 1e15]), st.sampled_from([1, 7, 300]))
@settings(deadline=None, max_examples=40)
def test_equal_to_the_bit(seed: int, scale: float, columns: int) -> None:
    vectors = table(seed, columns=columns, scale=scale)
    for a, b in itertools.pairwise(vectors.index_to_key):
        assert vectors.distance(a, a) == 0.0 and vectors.similarity(a, a) == 1.0
        assert vectors.n_similarity([a], [b]) == vectors.similarity(a, b)
        assert vectors.similarity(a, b) == vectors.similarity(b, a)
        assert vectors.most_similar(a, topn=None).tolist() == (
            vectors.most_similar([vectors.get_vector(a, norm=True)], topn=None).tolist()
        )
        vector = vectors[a]
        mean = vectors.get_mean_vector([vector, vector], pre_normalize=False)
        assert mean.tolist() == vector.tolist()


def test_unknown_words_are_left_out_of_means() -> None:
    vectors = table(1)
    known = vectors.get_mean_vector(["w1", "w2"])
    assert np.array_equal(vectors.get_mean_vector(["w1", "zz", "w2"]), known)
    assert vectors.n_similarity(["w1", "zz"], ["w2"]) == vectors.similarity("w1", "w2")
    assert vectors.n_similarity(["zz"], ["w2"]) == 0.0
    assert not vectors.get_mean_vector(["zz"]).any()
    with pytest.raises(UnknownWordError):
        vectors.get_mean_vector(["w1", "zz"], ignore_missing=False)
    with pytest.raises(ValueError, match="no words"):
        vectors.get_mean_vector([])
    for empty in (([], ["w1"]), (["w1"], [])):
        with pytest.raises(ZeroDivisionError) as caught:
            vectors.n_similarity(*empty)
        assert isinstance(caught.value, ConfigError)


def test_rows_that_are_not_finite_are_left_out_of_means() -> None:
    vectors = table(2)
    clean = vectors.get_mean_vector(["w1", "w2"], pre_normalize=False)
    vectors.vectors[3] = np.nan
    vectors.vectors[4] = np.inf
    names = ["w1", "w2", "w3", "w4"]
    assert np.array_equal(vectors.get_mean_vector(names, pre_normalize=False), clean)
    assert np.isfinite([cosine for cosine, _ in vectors.rank_by_centrality(names, False)]).all()
    assert vectors.wmdistance(names, ["w1", "w2"]) == 0.0
    assert np.isfinite(vectors.most_similar_cosmul("w1", "w2")[0][1])
    assert vectors.distances("w1")[3] == np.inf and not np.isnan(vectors.distances("w1")).any()
    assert vectors.cosine_similarities(vectors.vectors[1], vectors.vectors)[3:5].tolist() == [0, 0]
    assert not np.isnan(vectors.get_normed_vectors()).any()


def test_an_index_of_somebody_elses_is_asked_with_the_mean() -> None:
    vectors, asked = table(3), []

    class Index:
        def most_similar(self, vector: np.ndarray, num_neighbors: int) -> list[Any]:
            asked.append((vector, num_neighbors))
            return ["answer"]

    assert vectors.most_similar("w1", topn=4, indexer=Index()) == ["answer"]
    assert asked[0][1] == 4
    assert np.allclose(asked[0][0], vectors.get_vector("w1", norm=True))
    assert len(vectors.most_similar("w1", topn=None, indexer=Index())) == 12


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda v: v.most_similar(positive=[None]), TypeError),
        (lambda v: v[None], TypeError),
        (lambda v: v.most_similar(["zz"]), KeyError),
        (lambda v: v.most_similar_cosmul(negative=["w1"]), ValueError),
        (lambda v: v.most_similar_to_given("w1", []), ValueError),
        (lambda v: v.relative_cosine_similarity("w1", "w2", topn=0), ValueError),
        (lambda v: v.doesnt_match(["zz"]), ValueError),
        (lambda v: v.closer_than("w1", "zz"), KeyError),
        (lambda v: v.evaluate_word_pairs("x", encoding="latin-1"), NotImplementedError),
        (lambda v: v.similarity_unseen_docs(), NotImplementedError),
        (lambda v: v.get_mean_vector(["w1"], weights=[1, 2]), ValueError),
    ],
)
def test_errors_are_of_gensims_kinds(call: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        call(table(4))


def test_suggestions_are_looked_for_when_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, calls = table(5), []
    monkeypatch.setattr(
        "lexiscope.vectors.table.close_spellings", lambda *given: calls.append(given) or ["w1"]
    )
    for _ in range(3):
        with pytest.raises(KeyError) as caught:
            vectors["w1x"]
    assert calls == []
    assert "close spellings that are: w1" in str(caught.value)
    assert caught.value.suggestions == ("w1",)  # type: ignore[attr-defined]
    assert len(calls) == 1


# Word Mover's Distance


def by_permutations(vectors: KeyedVectors, one: list[str], other: list[str]) -> float:
    """The least mean distance of two texts of as many words: by trying all there are."""
    units = {word: vectors.get_vector(word, norm=True) for word in {*one, *other}}
    return min(
        float(
            np.mean([np.linalg.norm(units[a] - units[b]) for a, b in zip(one, order, strict=True)])
        )
        for order in itertools.permutations(other)
    )


words = st.lists(st.sampled_from([f"w{row}" for row in range(12)]), min_size=1, max_size=5)


@given(seeds, words, st.randoms())
@settings(deadline=None, max_examples=40)
def test_the_least_of_all_ways(seed: int, one: list[str], random: Any) -> None:
    vectors = table(seed)
    other = random.choices(vectors.index_to_key, k=len(one))
    found = vectors.wmdistance(one, other)
    assert found == pytest.approx(by_permutations(vectors, one, other), abs=1e-6)
    assert vectors.wmdistance(other, one) == pytest.approx(found, abs=1e-6)
    assert vectors.wmdistance(one, one[::-1]) == 0.0


def test_texts_of_unlike_length() -> None:
    vectors = KeyedVectors(["a", "b", "c"], np.array([[0, 0], [3, 4], [0, 1]], np.float32))
    assert vectors.wmdistance(["a"], ["b"], norm=False) == pytest.approx(5)
    assert vectors.wmdistance(["a", "b"], ["b"], norm=False) == pytest.approx(2.5)
    assert vectors.wmdistance(["a", "a", "b", "c"], ["b", "c"], norm=False) == pytest.approx(
        0.25 * 5 + 0.25 * 1
    )
    assert vectors.wmdistance(["a", "unknown"], ["b"], norm=False) == pytest.approx(5)
    assert vectors.wmdistance(["unknown"], ["b"]) == float("inf")
    assert vectors.wmdistance([], []) == float("inf")


def test_another_solver_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pot:
        @staticmethod
        def emd2(one: np.ndarray, other: np.ndarray, costs: np.ndarray) -> float:
            assert costs.shape == (len(one), len(other)) == (2, 2)
            assert one.sum() == pytest.approx(1) == other.sum()
            return 42.0

    monkeypatch.setitem(sys.modules, "ot", Pot)
    assert table(1).wmdistance(["w1", "w2"], ["w3", "w4"]) == 42


def test_without_a_solver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(combining, "_imported", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"lexiscope\[wmd\]"):
        table(1).wmdistance(["w1", "w2"], ["w3", "w4"])
    assert table(1).wmdistance(["w1"], ["w3", "w4"]) > 0
