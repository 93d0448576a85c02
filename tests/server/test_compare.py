"""The routes of a comparison, against the comparison itself and plain products."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

import lexiscope
from lexiscope import KeyedVectors
from lexiscope.server.app import create_app
from lexiscope.server.compared import BothScores, ComparedModels, Score
from lexiscope.vectors.comparing.comparison import Comparison
from lexiscope.vectors.layout.word_map import first_places
from tests.support.server_pages import LOCAL, Page

WORDS, MOVED = 900, 37


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A model, and it turned, with two words' rows exchanged and one word of either alone."""
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(30, 12))[np.arange(WORDS) % 30]
    matrix = matrix + 0.4 * rng.normal(size=matrix.shape)
    turned = matrix @ np.linalg.qr(rng.normal(size=(12, 12)))[0]
    turned += 0.05 * rng.normal(size=matrix.shape)
    turned[[MOVED, 44]] = turned[[44, MOVED]]
    names = [f"w{row}" for row in range(WORDS)]
    folder = tmp_path_factory.mktemp("compared")
    paths = []
    for name, rows, words in (
        ("old", matrix, [*names[:-1], "steam"]),
        ("new", turned, [*names[:-1], "radio"]),
    ):
        paths.append(folder / name)
        KeyedVectors(words, rows.astype(np.float32)).save(paths[-1])
    return paths


@pytest.fixture(scope="module")
def result(models: list[Path]) -> Comparison:
    one, other = models
    return lexiscope.compare(one, other, first_runs=[one], second_runs=[other])


@pytest.fixture(scope="module")
def both(models: list[Path], result: Comparison) -> Iterator[Page]:
    score = Score(value=0.5, low=0.4, high=0.6, used=8, total=10)
    none = Score(value=None, low=None, high=None, used=0, total=10)
    compared = ComparedModels(
        first="old",
        second="new",
        result=result,
        scores=[BothScores(name="pairs.tsv", kind="pairs", first=score, second=none)],
    )
    with TestClient(create_app(models[0], compared=compared), base_url=LOCAL) as client:
        yield Page(client)


def test_a_comparison_is_told_as_a_whole(both: Page, result: Comparison) -> None:
    assert both.json("/api/subject")["features"]["comparison"]
    found = both.json("/api/compare")
    assert found["a"] == {"name": "old", "words": WORDS, "vector_size": 12, "alone": 1}
    assert found["b"] == {"name": "new", "words": WORDS, "vector_size": 12, "alone": 1}
    assert found["words"] == WORDS - 1
    assert found["mean_shift"] == pytest.approx(result.mean_shift)
    assert found["test"] == {"divisions": 6, "all": True, "least": 1 / 6}
    (scores,) = found["scores"]
    assert scores["a"] == {"value": 0.5, "low": 0.4, "high": 0.6, "used": 8, "total": 10}
    assert scores["b"]["value"] is None


def test_all_words_come_in_pieces_with_their_figures(both: Page, result: Comparison) -> None:
    payload, arrays = both.binary("/api/compare/words")
    assert (payload["total"], payload["words"]) == (WORDS - 1, result.words)
    for name, wanted in (
        ("shifts", result.shifts),
        ("expected", result.expected),
        ("excess", result.excess),
        ("p", result.test.p_values if result.test else None),
        ("rows", result.rows[0]),
        ("lengths", np.stack(result.lengths, axis=1)),
    ):
        assert np.array_equal(arrays[name], wanted), name
    some, part = both.binary("/api/compare/words?first=10&count=5")
    assert some["words"] == result.words[10:15]
    assert np.array_equal(part["shifts"], result.shifts[10:15])


def test_a_words_neighbours_are_marked_where_the_other_has_them(
    both: Page, models: list[Path], result: Comparison
) -> None:
    for word in (f"w{MOVED}", "w100"):
        found = both.json(f"/api/compare/word?word={word}")
        told = result.shift_of(word)
        names = [[one["word"] for one in found[side]] for side in "ab"]
        assert {*names[0]} == {*told.kept, *told.lost}
        assert {*names[1]} == {*told.kept, *told.gained}
        for side in "ab":
            assert {one["word"] for one in found[side] if one["both"]} == {*told.kept}
    model = lexiscope.load(models[1])
    near = both.json("/api/compare/word?word=w100")["b"][0]
    assert near["cosine"] == pytest.approx(model.similarity("w100", near["word"]), abs=1e-5)
    assert "radio" in both.refused("/api/compare/word?word=radio", 404)


def test_words_of_one_model_alone(both: Page) -> None:
    for side, word in (("a", "steam"), ("b", "radio")):
        found = both.json(f"/api/compare/alone?side={side}")
        assert found == {"total": 1, "first": 0, "words": [word]}


def test_an_arrow_ends_among_the_words_that_are_nearest_in_the_first(
    both: Page, models: list[Path], result: Comparison
) -> None:
    moved = result.words.index(f"w{MOVED}")
    still = result.words.index("w100")
    _, arrays = both.binary(f"/api/compare/arrows?layout=pca&at={moved}&at={still}")
    model = lexiscope.load(models[0])
    places = first_places(model, model.norms)
    rows = result.rows[0]
    assert np.array_equal(arrays["starts"], places[rows[[moved, still]]])
    other = lexiscope.load(models[1])
    for end, word in zip(arrays["ends"], (f"w{MOVED}", "w100"), strict=True):
        turned = other.get_vector(word, norm=True) @ result.turn.T
        near = [one for one, _ in model.similar_by_vector(turned, topn=12)]
        near = [one for one in near if one not in (word, "steam")][:10]
        there = places[[model.get_index(one) for one in near]]
        # A weighted mean of the ten lies within them.
        assert (end >= there.min(axis=0) - 1e-5).all() and (end <= there.max(axis=0) + 1e-5).all()
    # w37 stands where w44 stood: its group's middle is the end of its arrow.
    group = [model.get_index(f"w{row}") for row in range(WORDS - 1) if row % 30 == 44 % 30]
    middle = np.median(places[group], axis=0)
    to_middle = np.linalg.norm(arrays["ends"][0] - middle)
    assert to_middle < np.linalg.norm(arrays["starts"][0] - middle)
    assert "there is no word 5,000" in both.refused("/api/compare/arrows?layout=pca&at=5000", 404)


def test_what_is_compared_is_part_of_the_fingerprint(
    both: Page, models: list[Path], result: Comparison
) -> None:
    one = ComparedModels(first="old", second="new", result=result)
    other = ComparedModels(first="old", second="newer", result=result)
    swapped = ComparedModels(
        first="old", second="new", result=lexiscope.compare(models[0], models[1])
    )
    prints = {each.fingerprint for each in (one, other, swapped)}
    assert len(prints) == 3
    assert one.fingerprint == ComparedModels(first="old", second="new", result=result).fingerprint


def test_without_a_second_model_the_command_is_told(plain: Page) -> None:
    for address in ("", "/words", "/word?word=w1", "/alone?side=a", "/arrows?at=0&layout=pca"):
        assert "--serve" in plain.refused(f"/api/compare{address}", 404)
