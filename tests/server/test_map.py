"""The map: places of all words in pieces, made in the background, and what is asked of parts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

import lexiscope
from lexiscope.errors import MissingExtraError
from lexiscope.server import maps
from lexiscope.server.app import create_app
from lexiscope.server.maps import inside
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.layout.word_map import word_map
from tests.support.patience import PATIENCE
from tests.support.server_pages import LOCAL, Page, vectors


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("LEXISCOPE_CACHE", str(folder))
    return folder


@pytest.fixture
def mapped(large_model: Path) -> Iterator[Page]:
    with TestClient(create_app(large_model), base_url=LOCAL) as client:
        yield Page(client)


def made(page: Page, layout: str = "neighbors") -> dict[str, Any]:
    """The state of a map once it is there."""
    last = time.monotonic() + PATIENCE
    while True:
        found: dict[str, Any] = page.json(f"/api/map?layout={layout}")
        if found["state"] != "making":
            return found
        assert time.monotonic() < last, found
        time.sleep(0.05)


def test_a_map_is_made_when_it_is_asked_for_and_is_the_librarys(
    mapped: Page, large_model: Path, own_cache: Path
) -> None:
    assert mapped.refused("/api/map/places", 404).endswith("/api/map says how far it is")
    state = made(mapped)
    expected = word_map(large_model, cache=False)
    assert (state["state"], state["placed"], state["error"]) == ("ready", 5_000, "")
    assert state["kept"]["everything"] == expected.kept.everything
    payload, arrays = mapped.binary("/api/map/places?first=10&count=500")
    assert (payload["first"], payload["placed"]) == (10, 5_000)
    assert np.array_equal(arrays["rows"], expected.order[10:510])
    assert np.array_equal(arrays["places"], expected.places[expected.order[10:510]])
    assert sum(array.nbytes for array in arrays.values()) == 12 * 500
    assert len(list(own_cache.glob("*.lexmap"))) == 3


def test_the_places_come_in_pieces_most_frequent_first(mapped: Page) -> None:
    pieces = [
        mapped.binary(f"/api/map/places?layout=pca&first={first}&count=2000")[1]["rows"]
        for first in range(0, 5_000, 2_000)
    ]
    rows = np.concatenate(pieces)
    assert [len(piece) for piece in pieces] == [2_000, 2_000, 1_000]
    counts = np.arange(1, 5_001)[rows]
    assert (np.diff(counts) < 0).all()


def test_principal_components_wait_for_nothing_and_are_measured_later(
    mapped: Page, large_model: Path
) -> None:
    expected = word_map(large_model, method="pca", cache=False)
    _, arrays = mapped.binary("/api/map/places?layout=pca")
    assert np.array_equal(arrays["places"], expected.places[expected.order])
    assert made(mapped, "pca")["kept"]["everything"] == expected.kept.everything


def test_a_map_that_was_made_is_there_at_once_for_the_next_server(
    mapped: Page, large_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(mapped)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the map is made again")

    monkeypatch.setattr(maps, "word_map", never)
    with TestClient(create_app(large_model), base_url=LOCAL) as client:
        again = Page(client)
        assert again.json("/api/map")["state"] == "ready"
        one, other = (page.binary("/api/map/places")[1]["places"] for page in (mapped, again))
        assert np.array_equal(one, other)


def test_how_far_it_is_is_told_and_never_kept(
    large_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = Event(), Event()

    def slow(model: KeyedVectors, **options: Any) -> Any:
        tell = options["progress"]
        tell(
            lexiscope.progress.Progress(
                stage="placing words", done=1, total=4, unit="words", rate=1, remaining=3.0
            )
        )
        begun.set()
        assert go.wait(PATIENCE)
        return word_map(model, **options)

    monkeypatch.setattr(maps, "word_map", slow)
    with TestClient(create_app(large_model), base_url=LOCAL) as client:
        page = Page(client)
        assert page.json("/api/map")["state"] == "making"
        assert begun.wait(PATIENCE)
        answer = page.get("/api/map")
        assert answer.headers["cache-control"] == "no-store"
        found = answer.json()
        assert (found["stage"], found["share"], found["remaining"]) == ("placing words", 0.25, 3.0)
        assert page.json("/api/explore/neighbors?word=w3")["row"] == 3  # meanwhile
        go.set()
        assert made(page)["state"] == "ready"


def test_a_server_that_ends_gives_up_its_map(
    large_model: Path, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    begun, go, ended = Event(), Event(), Event()

    def slow(model: KeyedVectors, **options: Any) -> Any:
        begun.set()
        assert go.wait(PATIENCE)
        try:
            return word_map(model, **options)
        finally:
            ended.set()

    monkeypatch.setattr(maps, "word_map", slow)
    with TestClient(create_app(large_model), base_url=LOCAL) as client:
        Page(client).json("/api/map")
        assert begun.wait(PATIENCE)
    go.set()
    assert ended.wait(PATIENCE)
    assert not list(own_cache.glob("*.json.lexmap"))


def test_without_the_extra_there_are_components_and_a_sentence(
    mapped: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise MissingExtraError("a map of neighbours", "map")

    monkeypatch.setattr(maps, "require_library", missing)
    state = mapped.json("/api/map")
    assert state["state"] == "missing"
    assert state["error"].endswith("pip install 'lexiscope[map]'")
    assert made(mapped, "pca")["state"] == "ready"


def test_a_map_that_fails_says_why(large_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise lexiscope.errors.ConfigError("there is no room for it")

    monkeypatch.setattr(maps, "word_map", failing)
    with TestClient(create_app(large_model), base_url=LOCAL) as client:
        state = made(Page(client))
    assert (state["state"], state["error"]) == ("failed", "there is no room for it")


def test_words_without_a_direction_have_no_place(tmp_path: Path) -> None:
    kept = vectors(40, 5)
    kept.vectors[7] = 0
    kept.save(tmp_path / "model")
    with TestClient(create_app(tmp_path / "model"), base_url=LOCAL) as client:
        page = Page(client)
        payload, arrays = page.binary("/api/map/places?layout=pca")
        assert payload["placed"] == 39 and 7 not in arrays["rows"]
        assert page.refused("/api/map/words?at=39", 404).startswith("there is no word 39")


def test_too_few_words_have_no_map(tmp_path: Path) -> None:
    vectors(5, 5).save(tmp_path / "model")
    with TestClient(create_app(tmp_path / "model"), base_url=LOCAL) as client:
        page = Page(client)
        assert not page.json("/api/subject")["features"]["map"]
        for address in ("/api/map", "/api/map/places?layout=pca"):
            assert "at least 11 words of 2" in page.refused(address, 404)


def test_colours_are_counts_lengths_and_sides(mapped: Page, large_model: Path) -> None:
    model = lexiscope.load(large_model)
    order = mapped.binary("/api/map/places?layout=pca")[1]["rows"]
    _, arrays = mapped.binary("/api/map/values?of=count")
    assert arrays["values"].tolist() == list(range(5_000, 0, -1))
    _, arrays = mapped.binary("/api/map/values?of=length")
    assert np.allclose(arrays["values"], np.linalg.norm(model.vectors[order], axis=1))
    payload, arrays = mapped.binary("/api/map/sides?positive=w3&negative=w9")
    units = model.vectors / np.linalg.norm(model.vectors, axis=1, keepdims=True)
    way = units[3] - units[9]
    assert np.allclose(arrays["values"], units[order] @ (way / np.linalg.norm(way)), atol=1e-6)
    assert payload["name"] == "w9 to w3"


def test_counts_are_missed_where_there_are_none(plain: Page) -> None:
    assert "no counts" in plain.refused("/api/map/values?of=count", 404)


def test_spellings_by_their_numbers(mapped: Page) -> None:
    assert mapped.json("/api/map/words?at=0&at=4999&at=10")["words"] == ["w4999", "w0", "w4989"]


def test_numbers_by_spelling(mapped: Page) -> None:
    found = mapped.json("/api/map/numbers?word=w4999&word=nonsense&word=w0")
    assert found["numbers"] == [0, -1, 4_999]


def test_the_words_of_a_part(mapped: Page) -> None:
    _, arrays = mapped.binary("/api/map/places?layout=pca")
    x, y = arrays["places"].T
    found = mapped.json("/api/map/inside?layout=pca&polygon=-0.1,-0.1_0.2,0.2&limit=20000")
    wanted = arrays["rows"][(x >= -0.1) & (x <= 0.2) & (y >= -0.1) & (y <= 0.2)]
    assert [one["row"] for one in found["words"]] == wanted.tolist() and found["total"] > 100
    part = mapped.json("/api/map/inside?layout=pca&polygon=-0.1,-0.1_0.2,0.2&first=5&limit=3")
    assert part["words"] == found["words"][5:8] and part["total"] == found["total"]
    triangle = mapped.json("/api/map/inside?layout=pca&polygon=0,0_1,0_0,1&limit=20000")
    inside_it = (x > 0) & (y > 0) & (x + y < 1)
    assert {one["row"] for one in triangle["words"]} == set(arrays["rows"][inside_it].tolist())
    assert "polygon is '1,2'" in mapped.refused("/api/map/inside?polygon=1,2", 422)


def test_the_words_of_a_part_between_two_axes(mapped: Page) -> None:
    across, up = (
        mapped.binary(f"/api/map/sides?positive={positive}&negative={negative}")[1]["values"]
        for positive, negative in (("w1", "w2"), ("w3", "w4"))
    )
    order = mapped.binary("/api/map/places?layout=pca")[1]["rows"]
    address = "/api/map/inside?polygon=0,0_0.3,0.2&axes=w2&axes=w1&axes=w4&axes=w3&limit=20000"
    found = mapped.json(address)["words"]
    wanted = (across >= 0) & (across <= 0.3) & (up >= 0) & (up <= 0.2)
    assert [one["row"] for one in found] == order[wanted].tolist() and len(found) > 100
    assert [one["x"] for one in found] == pytest.approx(across[wanted].tolist())
    assert "zzz" in mapped.refused(address.replace("axes=w1", "axes=zzz"), 404)


def test_a_polygon_that_crosses_itself_has_a_hole() -> None:
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], float)
    twice = np.concatenate([square, [[0, 0], [1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]])
    points = np.array([[2, 2], [0.5, 2], [5, 5], [np.nan, 2]], np.float32)
    assert inside(points, square).tolist() == [0, 1]
    assert inside(points, twice).tolist() == [1]


def test_colours_are_clusters_named_by_their_most_frequent_words(
    mapped: Page, large_model: Path
) -> None:
    payload, arrays = mapped.binary("/api/map/clusters")
    order = mapped.binary("/api/map/places?layout=pca")[1]["rows"]
    found = arrays["clusters"]
    assert len(found) == len(order) and len(payload["names"]) == int(found.max()) + 1 == 8
    sizes = np.bincount(found)
    assert sizes.tolist() == sorted(sizes.tolist(), reverse=True)
    for number, names in enumerate(payload["names"]):
        assert names == [f"w{row}" for row in order[found == number][:4]]
    model = lexiscope.load(large_model)
    units = model.vectors / np.linalg.norm(model.vectors, axis=1, keepdims=True)
    centres = np.array([units[order[found == number]].mean(axis=0) for number in range(8)])
    distances = np.square(units[order][:, None] - centres).sum(axis=-1)
    assert (distances.argmin(axis=1) == found).mean() > 0.99
