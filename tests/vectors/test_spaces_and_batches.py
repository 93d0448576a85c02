"""Many questions at once answer as one by one; every query in all four spaces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.vectors import KeyedVectors
from tests.support.some_words import WORDS


@pytest.fixture
def both(matrix: np.ndarray) -> KeyedVectors:
    """Vectors with an output matrix."""
    output = np.random.default_rng(8).normal(size=matrix.shape).astype(np.float32)
    return KeyedVectors(WORDS, matrix, output=output)


def assert_answers(found: Any, expected: Any) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert [word for word, _ in one] == [word for word, _ in other]
        np.testing.assert_allclose([v for _, v in one], [v for _, v in other], atol=1e-6)


@pytest.mark.parametrize("options", [{}, {"topn": 3}, {"restrict_vocab": 50}, {"clip_start": 900}])
def test_a_batch_is_so_many_questions(options: dict[str, Any], ours: KeyedVectors) -> None:
    positive = [["a1", "b2"], ["c3"], ["a1"], [("d4", 0.5), "e5"]]
    negative = [["E5"], [], ["a1"], ["b2", "c3"]]
    expected = [
        ours.most_similar(near, far, **options)
        for near, far in zip(positive, negative, strict=True)
    ]
    assert expected[2] == [], "words that cancel out"
    assert_answers(ours.most_similar(positive, negative, **options), expected)
    assert_answers(
        ours.most_similar(positive[:2], **options),
        [ours.most_similar(near, **options) for near in positive[:2]],
    )


def test_batches_of_the_other_queries(ours: KeyedVectors) -> None:
    words, others = ["a1", "b2", "c3"], ["d4", "e5", "a1"]
    assert_answers(ours.similar_by_word(words), [ours.similar_by_word(word) for word in words])
    matrix = np.stack([ours[word] for word in words])
    assert_answers(ours.similar_by_vector(matrix), [ours.similar_by_vector(row) for row in matrix])
    pairs = list(zip(words, others, strict=True))
    np.testing.assert_allclose(
        ours.similarity(words, others), [ours.similarity(*pair) for pair in pairs], atol=1e-6
    )
    np.testing.assert_allclose(
        ours.distance("a1", others), [ours.distance("a1", word) for word in others], atol=1e-6
    )
    sets = [["a1", "b2"], ["c3"]], [["d4"], ["e5", "b2"]]
    np.testing.assert_allclose(
        ours.n_similarity(*sets), [ours.n_similarity(*pair) for pair in zip(*sets, strict=True)]
    )
    lists = [["a1", "b1", "c2"], ["d4", "e5", "a9"]]
    assert ours.doesnt_match(lists) == [ours.doesnt_match(some) for some in lists]
    assert np.array_equal(ours.distances(words), [ours.distances(word) for word in words])
    questions = [["a1", "b2"], ["c3"]], [["d4"], []]
    assert ours.most_similar_cosmul(*questions) == [
        ours.most_similar_cosmul(*pair) for pair in zip(*questions, strict=True)
    ]
    everything = ours.most_similar([["a1"], ["b2"]], topn=None)
    assert everything.shape == (2, len(WORDS))
    np.testing.assert_allclose(everything[1], ours.most_similar("b2", topn=None), atol=1e-6)


def test_batches_leave_out_what_has_no_direction() -> None:
    matrix = np.random.default_rng(3).normal(size=(6, 4)).astype(np.float32)
    matrix[2], matrix[3, 1] = 0, np.nan
    vectors = KeyedVectors(list("abcdef"), matrix)
    first, second = vectors.similar_by_word(["a", "c"])
    assert {word for word, _ in first} == set("bef")
    assert second == []
    assert vectors.similar_by_word([]) == []


def test_batches_that_do_not_fit_say_so(ours: KeyedVectors) -> None:
    with pytest.raises(ConfigError, match="2 positive and 1 negative"):
        ours.most_similar([["a1"], ["b2"]], [["c3"]])
    with pytest.raises(ConfigError, match="make no pairs"):
        ours.similarity(["a1", "b2"], ["c3", "d4", "e5"])


SPACES: dict[str, Any] = {
    "input": lambda w, _o: (w, w),
    "output": lambda _w, o: (o, o),
    "sum": lambda w, o: (w + o, w + o),
    "cross": lambda w, o: (w, o),
}


@pytest.mark.parametrize("space", list(SPACES))
def test_every_query_in_every_space(space: Any, both: KeyedVectors) -> None:
    asked, searched = (
        rows / np.linalg.norm(rows, axis=1, keepdims=True)
        for rows in SPACES[space](both.vectors, both.output_vectors)
    )
    row = both.get_index
    cosines = searched @ asked[row("a1")]
    cosines[row("a1")] = -2
    best = np.argsort(-cosines)[:5]
    for found in (
        both.most_similar("a1", topn=5, space=space),
        both.similar_by_word(["a1"], topn=5, space=space)[0],
    ):
        assert [word for word, _ in found] == [WORDS[place] for place in best]
        np.testing.assert_allclose([value for _, value in found], cosines[best], atol=1e-5)
    expected = float(asked[row("a1")] @ searched[row("b2")])
    assert both.similarity("a1", "b2", space=space) == pytest.approx(expected, abs=1e-6)
    assert both.distance("a1", "b2", space=space) == pytest.approx(1 - expected, abs=1e-6)
    assert both.similarity(["a1"], ["b2"], space=space)[0] == pytest.approx(expected, abs=1e-6)
    assert both.n_similarity(["a1"], ["b2"], space=space) == pytest.approx(expected, abs=1e-6)
    assert both.distances("a1", space=space)[row("b2")] == pytest.approx(1 - expected, abs=1e-6)
    assert both.rank("a1", WORDS[best[2]], space=space) in (3, 4)  # itself may be between them
    mean = asked[[row("a1"), row("b2"), row("c3")]].mean(axis=0)
    odd = min(["a1", "b2", "c3"], key=lambda word: searched[row(word)] @ mean)
    assert both.doesnt_match(["a1", "b2", "c3"], space=space) == odd


def test_spaces_take_no_copies_but_the_sum(both: KeyedVectors) -> None:
    assert both.in_space("input") is both
    assert np.shares_memory(both.in_space("output").vectors, both.output_vectors)
    assert np.shares_memory(both.in_space("cross").vectors, both.output_vectors)
    before = both.similarity("a1", "b2", space="sum")
    both["a1"] = both["c3"]
    assert both.similarity("a1", "b2", space="sum") != before, "made anew after a change"


def test_spaces_that_are_not_there_are_missed_clearly(both: KeyedVectors) -> None:
    with pytest.raises(ConfigError, match="space is 'outer'"):
        both.most_similar("a1", space="outer")
    bare = KeyedVectors(WORDS, both.vectors)
    with pytest.raises(LexiscopeError, match="no output matrix"):
        bare.most_similar("a1", space="cross")
    nodes = KeyedVectors(WORDS, both.vectors, output=both.output_vectors[:-1])
    with pytest.raises(ConfigError, match="hierarchical softmax"):
        nodes.similarity("a1", "b2", space="output")
