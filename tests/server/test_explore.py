"""Explore: any vectors of any size, searched as one types."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from fastapi.testclient import TestClient

from lexiscope import load
from lexiscope.server.app import create_app
from lexiscope.server.neighborhood import Neighborhood
from lexiscope.server.wordsearch import WordSearch
from lexiscope.shown import LONGEST_WORD
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.nearest import nearest_to
from lexiscope.vectors.search import row_norms, unit
from tests.support.server_pages import LOCAL, Page, vectors
from tests.support.zoo import HOSTILE_WORDS


def test_neighbours_are_those_of_the_command_line(large: Page, large_model: Path) -> None:
    found = large.json("/api/explore/neighbors?word=w17&topn=7")
    expected = load(large_model).most_similar("w17", topn=7)
    assert [one["word"] for one in found["nearest"]] == [word for word, _ in expected]
    assert [one["cosine"] for one in found["nearest"]] == pytest.approx(
        [value for _, value in expected], abs=1e-6
    )
    assert (found["row"], found["space"]) == (17, "input")


def test_neighbours_in_and_across_the_two_matrices(large: Page, large_model: Path) -> None:
    model = load(large_model)
    inputs, outputs = model.vectors, model.output_vectors

    def nearest(direction: np.ndarray, rows: np.ndarray) -> int:
        return int(np.argmax(rows @ direction / np.linalg.norm(rows, axis=1)))

    for space, direction, rows in (
        ("input-output", inputs[3], outputs),
        ("output-input", outputs[3], inputs),
    ):
        found = large.json(f"/api/explore/neighbors?word=w3&space={space}&topn=1")
        assert found["nearest"][0]["row"] == nearest(direction, rows)
    found = large.json("/api/explore/neighbors?word=w3&space=output&topn=100")
    assert len(found["nearest"]) == 100 and 3 not in {one["row"] for one in found["nearest"]}


def test_in_the_other_matrix_a_word_may_be_its_own_neighbour(page: Page) -> None:
    found = page.json("/api/explore/neighbors?word=king&space=input-output&topn=95")
    assert "king" in {one["word"] for one in found["nearest"]}


def test_an_analogy_shows_its_arithmetic(page: Page, bundled_run: Path) -> None:
    address = "/api/explore/analogy?positive=king&positive=woman&negative=man&topn=3"
    found = page.json(address)
    assert [(one["word"], one["sign"]) for one in found["terms"]] == [
        ("king", 1),
        ("woman", 1),
        ("man", -1),
    ]
    total = sum(one["sign"] * np.array(one["vector"]) for one in found["terms"])
    assert np.allclose(found["sum"], total, atol=1e-6)
    expected = load(bundled_run).most_similar(["king", "woman"], ["man"], topn=3)
    assert [one["word"] for one in found["nearest"]] == [word for word, _ in expected]
    assert page.refused("/api/explore/analogy", 422) == "positive is missing"


def test_an_analogy_that_cancels_out_has_no_answer(page: Page) -> None:
    found = page.json("/api/explore/analogy?positive=king&negative=king")
    assert found["nearest"] == [] and set(found["sum"]) == {0.0}


def test_a_list_of_words_tells_the_unknown_apart(page: Page, bundled_run: Path) -> None:
    found = page.json("/api/explore/similarity?word=king&word=zzz&word=queen&word=king")
    assert (found["words"], found["unknown"]) == (["king", "queen"], ["zzz"])
    assert found["cosines"][0][1] == pytest.approx(load(bundled_run).similarity("king", "queen"))
    assert page.json("/api/explore/similarity?word=zzz")["cosines"] == []


def test_two_words_are_compared(page: Page, bundled_run: Path) -> None:
    model = load(bundled_run)
    found = page.json("/api/explore/compare?a=king&b=queen")
    assert found["cosine"] == pytest.approx(model.similarity("king", "queen"))
    assert found["euclidean"] == pytest.approx(np.linalg.norm(model["king"] - model["queen"]))
    assert found["counts"] == [28, 28] and len(found["a_vector"]) == 8
    near = [{word for word, _ in model.most_similar(one, topn=51)} for one in ("king", "queen")]
    assert set(found["shared"]) <= near[0] & near[1] and len(found["shared"]) > 10
    assert page.json("/api/explore/compare?a=king&b=king")["cosine"] == pytest.approx(1)


def test_norms_are_a_sample_of_all_frequencies(large: Page, plain: Page) -> None:
    payload, arrays = large.binary("/api/explore/norms")
    assert payload["of"] == 5_000 and payload["has_counts"]
    assert arrays["counts"].max() == 5_000 and arrays["counts"].min() == 1
    assert len(payload["words"]) == len(arrays["norms"]) <= 4_000
    payload, arrays = plain.binary("/api/explore/norms")
    assert not payload["has_counts"] and arrays["counts"].tolist() == list(range(300))


def test_an_unknown_word_comes_with_spellings(page: Page) -> None:
    for address in ("neighbors?word=quen", "analogy?positive=quen", "compare?a=king&b=quen"):
        answer = page.get(f"/api/explore/{address}")
        assert answer.status_code == 404 and "queen" in answer.json()["suggestions"]


def test_words_that_are_no_utf8_are_shown(tmp_path: Path) -> None:
    words = ["caf\udce9", "näher", "日本", "a\nb", "</script>"]
    KeyedVectors(words, np.eye(5, 3, dtype=np.float32) + 1).save(tmp_path / "model")
    found = Page(TestClient(create_app(tmp_path / "model"), base_url=LOCAL))
    assert found.json("/api/vocabulary")["words"] == [
        *("caf\\xe9", "näher", "日本", "a\\nb", "</script>")
    ]
    assert found.json("/api/words?search=日")["words"][0]["word"] == "日本"
    assert found.json("/api/explore/neighbors?word=日本")["row"] == 2
    assert found.json("/api/explore/neighbors?word=a%0Ab")["row"] == 3


@pytest.mark.slow
def test_hostile_words_are_shown_escaped_and_cut_and_found_by_what_is_shown(tmp_path: Path) -> None:
    words = [*HOSTILE_WORDS, "a" * 200_000, "king", "क्‍ष"]
    vectors = np.random.default_rng(2).normal(size=(len(words), 3)).astype(np.float32)
    KeyedVectors(words, vectors).save(tmp_path / "model")
    found = Page(TestClient(create_app(tmp_path / "model"), base_url=LOCAL))
    seen = found.json("/api/vocabulary")["words"]
    assert len(set(seen)) == len(words) and seen[-2:] == words[-2:]
    for row, word in enumerate(seen):
        assert word.isprintable() or word == words[-1]
        assert len(word) <= LONGEST_WORD
        address = f"/api/explore/neighbors?word={quote(word)}"
        answer = found.json(address)
        assert answer["row"] == row
        assert {one["word"] for one in answer["nearest"]} == set(seen) - {word}
        assert (
            found.json(f"/api/explore/similarity?word=king&word={quote(seen[2])}")["unknown"] == []
        )
    assert "\\u202e" in found.refused("/api/explore/neighbors?word=%E2%80%AEking", 404)


# Search as one types


def test_beginnings_come_before_insides_and_the_common_before_the_rare() -> None:
    tokens = ["bar", "Barn", "unbar", "ba", "crowbar", "barb"]
    search = WordSearch(tokens, np.array([5, 4, 3, 2, 1, 0]))
    assert [tokens[row] for row in search.find("bar", 10)] == [
        *("barb", "Barn", "bar"),
        *("crowbar", "unbar"),
    ]
    assert [tokens[row] for row in search.find("BA", 2)] == ["barb", "ba"]
    assert search.find("xyz", 5) == []
    assert search.find("", 3) == [5, 4, 3]


def test_a_search_finds_what_a_plain_loop_finds() -> None:
    rng = np.random.default_rng(7)
    tokens = sorted({"".join(rng.choice(list("ab\n"), rng.integers(1, 6))) for _ in range(300)})
    order = rng.permutation(len(tokens))
    search = WordSearch(tokens, order)
    for piece in ["a", "b", "ab", "ba", "\n", "a\n", "aab", "\nb", "bbbb"]:
        ordered = [tokens[row] for row in order]
        begin = [word for word in ordered if word.startswith(piece)]
        inside = [word for word in ordered if piece in word and not word.startswith(piece)]
        for limit in (1, 5, 1000):
            found = [tokens[row] for row in search.find(piece, limit)]
            assert found == [*begin, *inside][:limit], (piece, limit)


def test_the_exact_word_is_first(large: Page) -> None:
    found = large.json("/api/words?search=w1&limit=3")
    assert found["words"][0] == {"word": "w1", "row": 1, "count": 2}
    assert [one["word"] for one in found["words"][1:]] == ["w1999", "w1998"]


# Many at once


def test_many_directions_at_once_are_answered_exactly() -> None:
    model = vectors(9_000, 6)
    model.vectors[5] = 0
    model.vectors[6] = np.nan
    norms = row_norms(model.vectors)
    directions = np.stack([unit(model.vectors[row]) for row in (0, 1, 8_999)])
    rows, cosines = nearest_to(model.vectors, norms, directions, 9)
    wide = np.delete(model.vectors, [5, 6], axis=0).astype(np.float64)
    numbers = np.delete(np.arange(9_000), [5, 6])
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    for place, direction in enumerate(directions):
        best = np.argsort(-(wide @ direction), kind="stable")[:9]
        assert rows[place].tolist() == numbers[best].tolist()
        assert np.allclose(cosines[place], (wide @ direction)[best], atol=1e-6)


def test_fewer_rows_than_asked_for() -> None:
    model = vectors(3, 4)
    rows, cosines = nearest_to(model.vectors, model.norms, model.vectors[:1], 5)
    assert rows[0, 3:].tolist() == [-1, -1] and np.isneginf(cosines[0, 3:]).all()


def test_waiting_questions_share_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    model = vectors(2_000, 8)
    passes: list[int] = []
    plain = nearest_to

    def counted(matrix: np.ndarray, norms: np.ndarray, directions: np.ndarray, topn: int) -> object:
        passes.append(len(directions))
        return plain(matrix, norms, directions, topn)

    monkeypatch.setattr("lexiscope.server.neighborhood.nearest_to", counted)

    async def ask() -> list[list[tuple[int, float]]]:
        with ThreadPoolExecutor(1) as executor:
            rows = Neighborhood(model.vectors, model.norms, executor)
            return await asyncio.gather(
                *(rows.nearest(model.vectors[row], 3 + row % 3, [row]) for row in range(20))
            )

    found = asyncio.run(ask())
    assert sum(passes) == 20 and len(passes) <= 3
    for row, near in enumerate(found):
        expected = model.most_similar(f"w{row}", topn=3 + row % 3)
        assert [f"w{other}" for other, _ in near] == [word for word, _ in expected]


def test_a_failed_pass_fails_its_questions_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    model = vectors(50, 4)

    def failing(*_arguments: object) -> object:
        raise MemoryError("no room")

    async def ask() -> int:
        with ThreadPoolExecutor(1) as executor:
            rows = Neighborhood(model.vectors, model.norms, executor)
            with monkeypatch.context() as patch:
                patch.setattr("lexiscope.server.neighborhood.nearest_to", failing)
                with pytest.raises(MemoryError):
                    await rows.nearest(model.vectors[0], 3)
            return len(await rows.nearest(model.vectors[0], 3))

    assert asyncio.run(ask()) == 3
