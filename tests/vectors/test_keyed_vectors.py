"""KeyedVectors answers as gensim does, never NaN, and without a second matrix."""

from __future__ import annotations

import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import gensim
import numpy as np
import pytest

import lexiscope
from lexiscope.errors import ConfigError, FormatError, LexiscopeError
from lexiscope.vectors import KeyedVectors, UnknownWordError


def assert_same(found: Any, expected: Any) -> None:
    assert [word for word, _cosine in found] == [word for word, _cosine in expected]
    np.testing.assert_allclose(
        [cosine for _word, cosine in found], [cosine for _word, cosine in expected], atol=1e-5
    )


VECTOR = np.random.default_rng(6).normal(size=24).astype(np.float32)


@pytest.mark.parametrize(
    "asked",
    [
        {"positive": "a1"},
        {"positive": ["a1", "b2"], "negative": ["c3"]},
        {"positive": ["a1"], "negative": ["c3", "d4", "E5"], "topn": 25},
        {"negative": ["a1"]},
        {"positive": ["a1", "b2"], "restrict_vocab": 37},
        {"positive": ["E99"], "restrict_vocab": 37},
        {"positive": ["a1"], "clip_start": 100, "clip_end": 300},
        {"positive": [("a1", 0.3), ("b2", 2.0)], "negative": [("c3", -0.5), "d4"]},
        {"positive": VECTOR},
        {"positive": [VECTOR, "a1"], "negative": [VECTOR[::-1]]},
        {"positive": np.stack([VECTOR, VECTOR[::-1]])},
        {"positive": ["a1"], "topn": 5000},
        {"positive": ["a1"], "topn": 0},
    ],
)
def test_most_similar_is_gensims(
    asked: dict[str, Any], ours: KeyedVectors, theirs: gensim.models.KeyedVectors
) -> None:
    assert_same(ours.most_similar(**asked), theirs.most_similar(**asked))


@pytest.mark.parametrize("restrict", [None, 50])
def test_all_cosines_are_gensims(
    restrict: int | None, ours: KeyedVectors, theirs: gensim.models.KeyedVectors
) -> None:
    asked = {"positive": ["a1", "b2"], "topn": None, "restrict_vocab": restrict}
    np.testing.assert_allclose(ours.most_similar(**asked), theirs.most_similar(**asked), atol=1e-5)
    np.testing.assert_allclose(
        ours.similar_by_word("a1", topn=None), theirs.similar_by_word("a1", topn=None), atol=1e-5
    )


def test_other_queries_are_gensims(ours: KeyedVectors, theirs: gensim.models.KeyedVectors) -> None:
    assert_same(ours.similar_by_word("a1"), theirs.similar_by_word("a1"))
    assert_same(ours.similar_by_key("a1", 3), theirs.similar_by_key("a1", 3))
    assert_same(
        ours.similar_by_vector(VECTOR, restrict_vocab=60),
        theirs.similar_by_vector(VECTOR, restrict_vocab=60),
    )
    assert ours.similarity("a1", "b2") == pytest.approx(theirs.similarity("a1", "b2"), abs=1e-6)
    assert ours.distance("a1", "b2") == pytest.approx(theirs.distance("a1", "b2"), abs=1e-6)
    sets = ["a1", "b2"], ["c3", "d4", "e5"]
    assert ours.n_similarity(*sets) == pytest.approx(theirs.n_similarity(*sets), abs=1e-6)
    for start in range(0, 100, 5):
        words = [f"a{start}", f"b{start}", f"c{start + 1}", "unknown"]
        assert ours.doesnt_match(words) == theirs.doesnt_match(words)
    np.testing.assert_allclose(
        ours.get_mean_vector(["a1", "b2"], weights=[1, -2]),
        theirs.get_mean_vector(["a1", "b2"], weights=[1, -2]),
        atol=1e-6,
    )


def test_looking_up(ours: KeyedVectors, matrix: np.ndarray) -> None:
    assert len(ours) == 1000
    assert ours.vector_size == 24
    assert "a1" in ours and "zz" not in ours and ours.has_index_for("a1")
    assert ours.key_to_index["b0"] == 1 == ours.get_index("b0")
    assert ours.get_index("zz", default=-1) == -1
    assert np.array_equal(ours["b0"], matrix[1])
    assert np.array_equal(ours[["b0", "a0"]], matrix[[1, 0]])
    assert ours[[]].shape == (0, 24)
    assert np.linalg.norm(ours.get_vector("b0", norm=True)) == pytest.approx(1)
    assert ours.input_vectors is ours.vectors
    assert ours.get_vecattr("a0", "count") == 1000
    assert repr(ours) == "KeyedVectors(1,000 words, 24 dimensions)"


def test_a_vector_cannot_be_written_to_by_accident() -> None:
    vectors = KeyedVectors(["a"], np.ones((1, 2), np.float32))
    with pytest.raises(ValueError, match="read-only"):
        vectors["a"][0] = 5
    vectors.vectors[0, 0] = 5
    vectors.fill_norms(force=True)
    assert vectors.norms[0] == pytest.approx(26**0.5)


def test_unknown_words_offer_close_spellings(ours: KeyedVectors) -> None:
    vectors = KeyedVectors(["kingdom", "King", "queen"], np.ones((3, 2), np.float32))
    with pytest.raises(KeyError) as caught:
        vectors["kingdon"]
    assert isinstance(caught.value, LexiscopeError)
    assert str(caught.value) == (
        "the word 'kingdon' is not in the vocabulary; close spellings that are: kingdom"
    )
    with pytest.raises(UnknownWordError, match="that are: King"):
        vectors.most_similar("king")
    with pytest.raises(UnknownWordError, match=r"not in the vocabulary$"):
        vectors.most_similar("zzz")
    with pytest.raises(UnknownWordError):
        vectors[""]
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.suggestions) == (str(caught.value), ("kingdom",))


@pytest.mark.parametrize(
    "call",
    [
        lambda v: v.most_similar(),
        lambda v: v.most_similar(positive=[np.ones(3, np.float32)]),
        lambda v: v.most_similar(positive=[None]),
        lambda v: v.most_similar("a0", restrict_vocab=0),
        lambda v: v[7.5],
        lambda v: v.doesnt_match(["zz"]),
        lambda v: v.doesnt_match([]),
        lambda v: v.n_similarity([], ["a0"]),
        lambda v: v.get_mean_vector(["a0"], weights=[1, 2]),
        lambda _: KeyedVectors("word", np.ones((4, 1))),
        lambda _: KeyedVectors(["a", "a"], np.ones((2, 1))),
        lambda _: KeyedVectors(["a"], np.ones((2, 1))),
        lambda _: KeyedVectors(["a"], np.ones(1)),
        lambda _: KeyedVectors(["a"], np.ones((1, 1)), counts=np.array([1, 2])),
    ],
)
def test_wrong_calls_say_so(call: Any, ours: KeyedVectors) -> None:
    with pytest.raises(ConfigError):
        call(ours)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf, 1e38])
def test_no_query_answers_nan(bad: float) -> None:
    """Users' pain: rows of zeros or NaN make gensim answer nan."""
    matrix = np.random.default_rng(7).normal(size=(6, 4)).astype(np.float32)
    matrix[2] = bad
    vectors = KeyedVectors(list("abcdef"), matrix)
    found = vectors.most_similar("a", topn=None)
    assert not np.isnan(found).any()
    if bad == 0:
        assert found[2] == 0
    elif not np.isfinite(bad):
        assert found[2] == -np.inf
    near = vectors.most_similar("a", topn=10)
    assert len(near) == (5 if bad == 1e38 else 4)
    assert np.isfinite([cosine for _word, cosine in near]).all()
    for answer in (vectors.similarity("a", "c"), vectors.n_similarity(["a", "c"], ["b"])):
        assert np.isfinite(answer)
    assert vectors.doesnt_match(["a", "b", "c"]) in "abc"
    if bad != 1e38:
        assert vectors.similarity("a", "c") == 0
        assert vectors.most_similar("c") == []
        assert not vectors.most_similar("c", topn=None)[[0, 1, 3, 4, 5]].any()


def test_words_that_cancel_out_have_no_neighbours(ours: KeyedVectors) -> None:
    assert ours.most_similar(positive=["a1"], negative=["a1"]) == []


def test_equals_are_given_in_row_order() -> None:
    vectors = KeyedVectors(list("abcdefgh"), np.ones((8, 2), np.float32))
    assert [word for word, _ in vectors.most_similar("a", topn=3)] == ["b", "c", "d"]


def test_first_query_does_not_double_the_memory() -> None:
    """Users' pain: gensim #2447."""
    matrix = np.random.default_rng(8).normal(size=(100_000, 100)).astype(np.float32)
    vectors = KeyedVectors([str(row) for row in range(100_000)], matrix)
    tracemalloc.start()
    try:
        vectors.most_similar("0")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Two blocks in float64 and a few vectors of one float a word, beside a matrix of 40 MB.
    assert peak < matrix.nbytes / 2
    small = matrix[:, :50]
    assert np.shares_memory(KeyedVectors(vectors.index_to_key, small).vectors, matrix)


def test_output_vectors_are_there_or_missed_clearly(tmp_path: Path) -> None:
    """Users' pain: gensim #917, output vectors thrown away."""
    matrix = np.eye(3, dtype=np.float32)
    vectors = KeyedVectors(list("abc"), matrix, output=2 * matrix, metadata={"window": 5})
    vectors.save(tmp_path / "model")
    back = lexiscope.load(tmp_path / "model")
    assert back.has_output
    assert np.array_equal(back.output_vectors, 2 * matrix)
    assert back.metadata == {"window": 5}
    back.save_word2vec_format(tmp_path / "v.txt")
    bare = lexiscope.load(tmp_path / "v.txt")
    assert not bare.has_output
    with pytest.raises(LexiscopeError, match="no output matrix"):
        _ = bare.output_vectors
    with pytest.raises(LexiscopeError, match="no word counts"):
        bare.get_vecattr("a", "count")


@pytest.mark.parametrize("binary", [True, False])
def test_word2vec_files(binary: bool, ours: KeyedVectors, tmp_path: Path) -> None:
    path, counts = tmp_path / "v", tmp_path / "counts"
    ours.save_word2vec_format(path, fvocab=counts, binary=binary)
    back = KeyedVectors.load_word2vec_format(path, fvocab=counts, binary=binary)
    assert back.index_to_key == ours.index_to_key
    assert np.array_equal(back.vectors, ours.vectors)
    assert np.array_equal(back.counts, ours.counts)
    some = KeyedVectors.load_word2vec_format(str(path), binary=binary, limit=10)
    assert len(some) == 10
    assert lexiscope.load(path).counts is None
    with pytest.raises(FormatError, match="read it as word2vec"):
        KeyedVectors.load_word2vec_format(path, binary=not binary)
    with pytest.raises(ConfigError, match="limit is 0"):
        KeyedVectors.load_word2vec_format(path, binary=binary, limit=0)
    peer = gensim.models.KeyedVectors.load_word2vec_format(
        str(path), fvocab=str(counts), binary=binary
    )
    assert peer.get_vecattr("a0", "count") == 1000
    assert np.array_equal(peer.vectors, ours.vectors)


def test_counts_are_not_made_up(tmp_path: Path) -> None:
    vectors = KeyedVectors(["a"], np.ones((1, 2), np.float32))
    with pytest.raises(LexiscopeError, match="no word counts"):
        vectors.save_word2vec_format(tmp_path / "v", fvocab=tmp_path / "c")
    assert list(tmp_path.iterdir()) == []
    vectors.save_word2vec_format(tmp_path / "v")
    (tmp_path / "c").write_text("a 5\nb\n")
    with pytest.raises(FormatError, match="line 2"):
        KeyedVectors.load_word2vec_format(tmp_path / "v", fvocab=tmp_path / "c")


def test_public_names() -> None:
    assert lexiscope.KeyedVectors is KeyedVectors
    assert set(lexiscope.__all__) <= set(dir(lexiscope))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = lexiscope.nonsense
