"""Two models compared: against plain formulas, and on words that were made to move."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lexiscope
from lexiscope import KeyedVectors, Word2Vec
from lexiscope.errors import ConfigError
from lexiscope.vectors import UnknownWordError
from lexiscope.vectors.comparing.procrustes import cosines_after, rotation
from lexiscope.vectors.comparing.shifts import expectation, permutation_test


def table(words: list[str], matrix: np.ndarray) -> KeyedVectors:
    vectors = KeyedVectors(matrix.shape[1])
    vectors.add_vectors(words, matrix.astype(np.float32))
    return vectors


def random_rotation(rng: np.random.Generator, size: int) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(size, size)))[0]


@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_no_turn_is_nearer_than_the_one_that_is_found(seed: int, columns: int, other: int) -> None:
    rng = np.random.default_rng(seed)
    source, target = (rng.normal(size=(30, size)).astype(np.float32) for size in (columns, other))
    turn = rotation(source, target)
    narrow = turn.T @ turn if columns >= other else turn @ turn.T
    np.testing.assert_allclose(narrow, np.eye(min(columns, other)), atol=1e-10)
    best = np.trace(turn.T @ (source.T.astype(float) @ target))
    for _ in range(20):
        size = max(columns, other)
        another = random_rotation(rng, size)[:columns, :other]
        assert np.trace(another.T @ (source.T.astype(float) @ target)) <= best + 1e-6


def test_a_turned_model_has_not_moved() -> None:
    rng = np.random.default_rng(1)
    words = [f"w{row}" for row in range(300)]
    matrix = rng.normal(size=(300, 12))
    order = rng.permutation(300)
    turned = (matrix @ random_rotation(rng, 12))[order]
    result = lexiscope.compare(table(words, matrix), table([words[row] for row in order], turned))
    assert result.shifts.max() < 1e-5
    assert result.neighbours_shared == 1
    assert result.norms_correlation == pytest.approx(1)
    assert (result.only_first, result.only_second, result.test) == ([], [], None)


def test_words_whose_rows_were_exchanged_moved_most_and_say_what_they_lost() -> None:
    rng = np.random.default_rng(2)
    words = [f"w{row}" for row in range(400)]
    centers = rng.normal(size=(20, 16))
    matrix = centers[np.arange(400) % 20] + 0.3 * rng.normal(size=(400, 16))
    other = matrix @ random_rotation(rng, 16) + 0.05 * rng.normal(size=(400, 16))
    other[[3, 44]] = other[[44, 3]]
    result = lexiscope.compare(table(words, matrix), table(words, other))
    first, second = result.most_shifted(2)
    assert {first.word, second.word} == {"w3", "w44"}
    assert first.excess > 5 > abs(result.shift_of("w100").excess)
    moved = result.shift_of("w3")
    # It was of its row's group of 20, and stands where w44 stood.
    assert all(int(word[1:]) % 20 == 3 for word in moved.lost)
    assert all(int(word[1:]) % 20 == 4 for word in moved.gained)
    assert len(moved.kept) + len(moved.lost) == len(moved.kept) + len(moved.gained) == 10


def test_the_common_words_frequent_in_both_come_first_and_the_others_are_told() -> None:
    rng = np.random.default_rng(3)
    first = table(["the", "sea", "of", "old", "zero"], rng.normal(size=(5, 4)))
    second = table(["sea", "new", "zero", "the", "of"], rng.normal(size=(5, 4)))
    second.vectors[2] = 0
    second.norms = None
    result = lexiscope.compare(first, second)
    assert result.words == ["sea", "the", "of"]
    assert (result.only_first, result.only_second) == (["old"], ["new"])
    assert (result.without_direction, result.sizes) == (1, (5, 5))
    assert lexiscope.compare(first, second, words=3).words == ["sea", "the", "of"]


def test_models_of_other_dimensions_are_compared() -> None:
    rng = np.random.default_rng(4)
    words = [f"w{row}" for row in range(200)]
    matrix = rng.normal(size=(200, 6))
    wide = np.hstack([matrix, np.zeros((200, 3))]) @ random_rotation(rng, 9)
    for first, second in ((matrix, wide), (wide, matrix)):
        result = lexiscope.compare(table(words, first), table(words, second))
        assert result.shifts.max() < 1e-5


def test_the_mean_is_taken_away_where_asked() -> None:
    rng = np.random.default_rng(5)
    words = [f"w{row}" for row in range(300)]
    apart = [rng.normal(size=(300, 10)) + 8 for _ in range(2)]
    first, second = (table(words, matrix) for matrix in apart)
    assert lexiscope.compare(first, second).mean_shift < 0.1
    assert lexiscope.compare(first, second, center=True).mean_shift > 0.5


def test_the_usual_shift_is_the_median_of_words_as_frequent() -> None:
    shifts = np.linspace(0.1, 1.1, 2001).astype(np.float32)
    usual = expectation(shifts)
    middle = slice(200, 1800)
    np.testing.assert_allclose(usual.shift[middle], shifts[middle], atol=0.011)
    assert np.abs(usual.excess[middle]).max() < 0.3
    assert expectation(np.full(5, 0.5, np.float32)).excess.tolist() == [0.0] * 5


def test_p_is_the_share_of_divisions_that_are_as_far_apart() -> None:
    rng = np.random.default_rng(6)
    runs = rng.uniform(0, 1, (6, 6, 40)).astype(np.float32)
    runs = (runs + runs.transpose(1, 0, 2)) / 2
    runs[:3, 3:, 0] += 5
    runs[3:, :3, 0] += 5
    test = permutation_test(runs, 3, seed=1)
    assert (test.divisions, test.all, test.least) == (20, True, 1 / 20)

    def apart(side: tuple[int, ...], word: int) -> float:
        pairs = list(combinations(range(6), 2))
        across = [runs[a, b, word] for a, b in pairs if (a in side) != (b in side)]
        within = [runs[a, b, word] for a, b in pairs if (a in side) == (b in side)]
        return float(np.mean(across) - np.mean(within))

    for word in range(40):
        given_apart = apart((0, 1, 2), word)
        sides = combinations(range(6), 3)
        expected = np.mean([apart(side, word) >= given_apart - 1e-6 for side in sides])
        assert test.p_values[word] == pytest.approx(expected)
    # Its mirror is the same division of an even number, so two of twenty are as far apart.
    assert test.p_values[0] == pytest.approx(2 / 20)


@pytest.mark.slow
def test_many_runs_are_divided_by_a_sample_with_the_given_division_in_it() -> None:
    rng = np.random.default_rng(7)
    between = rng.uniform(size=(18, 18, 2)).astype(np.float32)
    test = permutation_test(between, 9, seed=1)
    assert (test.divisions, test.all) == (10_000, False)
    assert math.comb(18, 9) > test.divisions
    assert test.p_values.min() >= test.least
    again = permutation_test(between, 9, seed=1)
    assert (again.p_values == test.p_values).all()


def texts(rng: np.random.Generator, swapped: dict[str, str]) -> list[list[str]]:
    """Sentences of ten words of one of 40 subjects, some words exchanged."""
    sentences = []
    for _ in range(6000):
        subject = int(rng.integers(40))
        words = [f"s{subject}w{number}" for number in rng.integers(0, 12, 10)]
        sentences.append([swapped.get(word, word) for word in words])
    return sentences


@pytest.mark.slow
def test_thirty_words_exchanged_in_a_text_are_among_the_first_forty() -> None:
    pairs = [(f"s{number}w{number % 12}", f"s{number + 15}w{number % 7}") for number in range(15)]
    swapped = {**dict(pairs), **{other: one for one, other in pairs}}
    options = {"vector_size": 48, "min_count": 1, "epochs": 8, "workers": 1, "sg": 1}
    sides = [
        [
            Word2Vec(texts(np.random.default_rng(seed), words), seed=seed, **options)
            for seed in seeds
        ]
        for words, seeds in (({}, (1, 2, 3)), (swapped, (4, 5, 6)))
    ]
    plain, moved = sides
    result = lexiscope.compare(plain[0], moved[0])
    assert set(swapped) <= {one.word for one in result.most_shifted(40)}
    tested = lexiscope.compare(plain[0], moved[0], first_runs=plain[1:], second_runs=moved[1:])
    by_word = {one.word: one for one in tested.most_shifted(len(tested.words))}
    assert all(by_word[word].p == pytest.approx(2 / 20) for word in swapped)
    assert set(swapped) <= set(list(by_word)[:60])


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"words": 2}, "words is 2"),
        ({"topn": 0}, "topn is 0"),
        ({"first_runs": ["x"]}, "runs of one side only"),
    ],
)
def test_what_cannot_be_compared_is_refused(options: dict[str, object], reason: str) -> None:
    rng = np.random.default_rng(8)
    model = table(list("abcd"), rng.normal(size=(4, 3)))
    with pytest.raises(ConfigError, match=reason):
        lexiscope.compare(model, model, **options)  # type: ignore[arg-type]


def test_other_languages_and_other_things_are_refused() -> None:
    rng = np.random.default_rng(9)
    model = table(list("abcd"), rng.normal(size=(4, 3)))
    other = table(list("dxyz"), rng.normal(size=(4, 3)))
    with pytest.raises(ConfigError, match="have 1 words in common, expected 3"):
        lexiscope.compare(model, other)
    with pytest.raises(ConfigError, match="expected vectors, a model with wv, or a path, not int"):
        lexiscope.compare(model, 7)
    with pytest.raises(UnknownWordError):
        lexiscope.compare(model, model).shift_of("q")
    assert repr(lexiscope.compare(model, model)) == "Comparison(4 common words, mean shift 0.000)"


def test_cosines_are_those_of_the_turned_rows() -> None:
    rng = np.random.default_rng(10)
    source, target = (
        matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
        for matrix in (rng.normal(size=(2, 50, 5)).astype(np.float32))
    )
    turn = rotation(source, target)
    expected = np.sum((source @ turn) * target, axis=1)
    np.testing.assert_allclose(cosines_after(source, target, turn), expected, atol=1e-6)
