"""Maps of words: kernels against plain NumPy, the same bits, what is kept, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import lexiscope
from lexiscope.drawing.figures import require_library
from lexiscope.errors import ConfigError, MissingExtraError
from lexiscope.files.cache import VARIABLE
from lexiscope.progress import Progress
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.layout import cached, landmarks, word_map
from lexiscope.vectors.layout.clusters import clusters_of
from lexiscope.vectors.layout.kept import nearest_on_map, sample_of, share_kept
from lexiscope.vectors.layout.landmarks import nearest_landmarks
from lexiscope.vectors.layout.placing import mean_places
from lexiscope.vectors.layout.products import each_row_nearest, nearest_among_all
from lexiscope.vectors.search import directions, row_norms

CLUSTERS, WORDS, DIMENSIONS = 12, 900, 16


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "cache"
    monkeypatch.setenv(VARIABLE, str(folder))
    yield folder


def rows(words: int = WORDS, seed: int = 1, noise: float = 0.5) -> np.ndarray:
    """Clusters of rows; row n is of cluster n % CLUSTERS."""
    draw = np.random.default_rng(seed)
    centers = draw.standard_normal((CLUSTERS, DIMENSIONS))
    matrix = centers[np.arange(words) % CLUSTERS]
    matrix = matrix + noise * draw.standard_normal((words, DIMENSIONS))
    return matrix.astype(np.float32)


def table(matrix: np.ndarray, counts: np.ndarray | None = None) -> KeyedVectors:
    return KeyedVectors([f"w{row}" for row in range(len(matrix))], matrix, counts=counts)


def nothing(_done: int) -> None:
    pass


def test_the_nearest_landmarks_are_those_of_a_sort() -> None:
    matrix = rows(5000)
    norms = row_norms(matrix)
    units = directions(matrix, norms)
    candidates = np.ascontiguousarray(units[::3])
    true = np.argsort(-(units @ candidates.T), axis=1, kind="stable")[:, :7]
    found = np.full((5000, 7), -1)
    cosines = np.empty((5000, 7), np.float32)

    def take(first: int, beyond: int, values: np.ndarray, near: np.ndarray) -> None:
        found[first:beyond], cosines[first:beyond] = near, values

    each_row_nearest(matrix, norms, candidates, 7, take, nothing)
    # Products in another order differ in their last bits, and so may rows of nearly equal cosines.
    np.testing.assert_allclose(
        cosines, np.take_along_axis(units @ candidates.T, true, 1), atol=1e-6
    )
    assert (found == true).mean() > 0.999


def test_whoever_stops_the_work_stops_all_of_it() -> None:
    matrix = rows(60_000)
    taken: list[int] = []

    def stop(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        each_row_nearest(
            matrix, row_norms(matrix), matrix[:500], 3, lambda first, *_: taken.append(first), stop
        )
    assert len(taken) <= 4  # of 30 pieces


def test_the_nearest_of_all_leave_out_themselves_and_rows_without_direction() -> None:
    matrix = rows(4500)
    matrix[5], matrix[2100], matrix[4400, 3] = 0, np.nan, np.inf
    norms = row_norms(matrix)
    asked = np.array([0, 7, 2050, 4499])
    found = nearest_among_all(matrix, norms, asked, 10, nothing)
    units = directions(matrix, norms)
    units[~(norms > 0)] = 0
    cosines = units[asked] @ units.T
    cosines[:, ~(norms > 0)] = -np.inf
    cosines[np.arange(4), asked] = -np.inf
    np.testing.assert_array_equal(found, np.argsort(-cosines, axis=1, kind="stable")[:, :10])


def test_twins_are_not_taken_for_the_word_itself() -> None:
    units = directions(np.ones((30, 4), np.float32), np.full(30, 2, np.float32))
    near = nearest_landmarks(units, 10)
    assert near.shape == (30, 10)
    assert not (near == np.arange(30)[:, None]).any()


def test_the_nearest_on_a_map_are_those_of_all_distances() -> None:
    places = np.random.default_rng(3).standard_normal((1500, 2)).astype(np.float32)
    places[[4, 900]] = np.nan
    asked = np.array([0, 3, 1499])
    apart = np.square(places[asked, None] - places[None]).sum(axis=2)
    apart[np.arange(3), asked] = np.nan
    expected = np.argsort(apart, axis=1, kind="stable")[:, :10]
    np.testing.assert_array_equal(nearest_on_map(places, asked, 10), expected)
    assert (nearest_on_map(places[:3], np.array([0]), 10)[0] == -1).sum() == 8


def test_the_share_kept_is_counted_and_of_equal_rows_any_is_right() -> None:
    angles = np.array([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.1])
    units = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    queries = np.repeat(units[:1], 4, axis=0)
    true = np.array([[1, 2, 3], [1, 2, -1], [-1, -1, -1], [1, -1, -1]])
    found = np.array([[3, 1, 6], [2, 1, -1], [4, 5, 6], [7, 5, 6]])
    share = share_kept(queries, units.__getitem__, true, found)
    assert share == pytest.approx((2 / 3 + 1 + 1) / 3)


def test_a_word_stands_where_most_of_its_landmarks_do() -> None:
    near = np.zeros((1, 10, 2), np.float32)
    near[0, 0] = (100, 100)
    near[0, 1:, 0] = np.linspace(-0.1, 0.1, 9)
    place = mean_places(np.linspace(0.9, 0.8, 10, dtype=np.float32)[None], near, 1.0)
    assert np.abs(place).max() < 0.1


def test_a_map_is_the_same_twice_and_keeps_clusters_together() -> None:
    vectors = table(rows())
    one, other = (word_map.word_map(vectors, landmarks=300, cache=False) for _ in range(2))
    np.testing.assert_array_equal(one.places, other.places)
    assert one.kept == other.kept and not other.from_cache
    assert (one.landmarks, one.method, one.without_place) == (300, "neighbors", 0)
    near = nearest_on_map(one.places, np.arange(WORDS), 10)
    same = (near % CLUSTERS == np.arange(WORDS)[:, None] % CLUSTERS).mean()
    assert same > 0.9  # 1/12 by chance
    assert one.kept.landmarks > 0.3
    assert one.kept.placed is not None and one.kept.placed > 0.7 * one.kept.landmarks
    pca = word_map.word_map(vectors, method="pca", cache=False)
    assert pca.kept.everything < one.kept.everything


@pytest.mark.parametrize("method", word_map.METHODS)
def test_a_map_is_the_same_for_any_number_of_threads(method: word_map.Method) -> None:
    vectors = table(rows(6000))
    made = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            made.append(word_map.word_map(vectors, method=method, landmarks=200, cache=False))
    np.testing.assert_array_equal(made[0].places, made[1].places)
    assert made[0].kept == made[1].kept


def test_pca_is_that_of_an_svd_and_does_not_mirror() -> None:
    matrix = rows(200)
    made = word_map.word_map(table(matrix), method="pca", cache=False)
    units = directions(matrix, row_norms(matrix)).astype(np.float64)
    left, sizes, axes = np.linalg.svd(units - units.mean(axis=0), full_matrices=False)
    expected = (left * sizes)[:, :2]
    largest = axes[[0, 1], np.abs(axes[:2]).argmax(axis=1)]
    np.testing.assert_allclose(made.places, expected * np.sign(largest), atol=1e-5)


def test_counts_say_which_words_are_landmarks() -> None:
    counts = np.arange(WORDS, dtype=np.int64)
    made = word_map.word_map(table(rows(), counts), landmarks=100, method="pca", cache=False)
    assert made.order[:3].tolist() == [WORDS - 1, WORDS - 2, WORDS - 3]


def test_rows_without_direction_have_no_place() -> None:
    matrix = rows()
    matrix[3], matrix[700, 2], matrix[899, 0] = 0, np.nan, np.inf
    for method in word_map.METHODS:
        made = word_map.word_map(table(matrix), method=method, landmarks=100, cache=False)
        without = np.flatnonzero(np.isnan(made.places).any(axis=1))
        assert without.tolist() == [3, 700, 899] and made.without_place == 3


def test_a_map_is_taken_from_the_cache_while_it_is_of_these_rows(own_cache: Path) -> None:
    matrix = rows(300)
    first = word_map.word_map(table(matrix), method="pca")
    again = word_map.word_map(table(matrix.copy()), method="pca")
    assert (first.from_cache, again.from_cache) == (False, True)
    np.testing.assert_array_equal(first.places, again.places)
    assert again.kept == first.kept
    matrix[299, 15] = np.nextafter(matrix[299, 15], np.float32(9))
    assert not word_map.word_map(table(matrix), method="pca").from_cache
    for path in own_cache.glob("*"):
        path.write_bytes(path.read_bytes()[:-3])
    assert not word_map.word_map(table(matrix), method="pca").from_cache


def test_a_cache_that_cannot_be_written_to_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "cache"))
    assert word_map.word_map(table(rows(50)), method="pca").places.shape == (50, 2)


def test_another_release_of_the_library_is_another_map(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, chosen = rows(50), np.arange(50)
    before = cached.key_of(matrix, chosen, "neighbors", 1)
    monkeypatch.setattr("importlib.metadata.version", lambda _name: "99")
    assert cached.key_of(matrix, chosen, "neighbors", 1) != before


@pytest.mark.parametrize(
    ("matrix", "options", "said"),
    [
        (rows(10), {}, "at least 11 words"),
        (np.zeros((50, 4), np.float32), {}, "0 words of 4 dimensions"),
        (np.ones((50, 1), np.float32), {}, "1 dimensions"),
        (rows(50), {"landmarks": 99}, "landmarks is 99"),
        (rows(50), {"landmarks": 20_001}, "landmarks is 20001"),
        (rows(50), {"method": "umap"}, "neighbors, pca"),
        (rows(50), {"seed": -1}, "seed is -1"),
    ],
)
def test_what_is_no_map_is_refused(matrix: np.ndarray, options: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        word_map.word_map(table(matrix), **options)


def test_no_model_is_refused() -> None:
    with pytest.raises(ConfigError, match="got int"):
        word_map.word_map(3)


@pytest.mark.parametrize("words", [11, 12, 40])
def test_few_words_have_a_map(words: int) -> None:
    made = word_map.word_map(table(rows(words)), cache=False)
    assert np.isfinite(made.places).all() and made.kept.placed is None


def test_equal_rows_have_a_map() -> None:
    made = word_map.word_map(table(np.ones((200, 4), np.float32)), landmarks=100, cache=False)
    assert np.isfinite(made.places).all()


def test_half_precision_and_an_estimator_are_taken() -> None:
    matrix = rows(300)
    whole = word_map.word_map(table(matrix), method="pca", cache=False)
    half = SimpleNamespace(wv=table(matrix.astype(np.float16)))
    made = word_map.word_map(half, method="pca", cache=False)
    np.testing.assert_allclose(made.places, whole.places, atol=0.01)


def test_progress_tells_all_stages_with_the_time_left() -> None:
    told: list[Progress] = []
    lexiscope.word_map(table(rows()), landmarks=100, progress=told.append)
    last = {one.stage: (one.done, one.total, one.remaining) for one in told}
    assert last["laying out landmarks"] == (250, 250, 0.0)
    assert last["placing words"] == (WORDS, WORDS, 0.0)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landmarks, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"lexiscope\[map\]"):
        lexiscope.word_map(table(rows(50)))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"lexiscope\[plot\]"):
        require_library()


def test_a_sample_is_drawn_by_its_seed() -> None:
    every = np.arange(100)
    assert sample_of(every, 200, 1) is every
    one, other = sample_of(every, 10, 1), sample_of(every, 10, 2)
    assert len(set(one.tolist())) == 10 and one.tolist() != other.tolist()


def test_clusters_are_those_that_were_made_the_largest_first() -> None:
    rng = np.random.default_rng(9)
    sizes = [400, 300, 200, 100]
    centers = rng.normal(size=(4, 20))
    made = np.repeat(np.arange(4), sizes)
    rng.shuffle(made)
    # Lengths, and what all have in common, play no part.
    matrix = (centers[made] + 0.3 * rng.normal(size=(1000, 20))).astype(np.float32)
    matrix *= rng.uniform(0.5, 9, size=(1000, 1)).astype(np.float32)
    matrix[77] = 0
    norms = row_norms(matrix)
    order = np.flatnonzero(norms > 0)[::-1].copy()
    found = clusters_of(matrix, norms, order, 4)
    assert np.array_equal(found, made[order])
    assert np.array_equal(clusters_of(matrix, norms, order, 4), found)
    same = np.ones((30, 5), np.float32)
    assert set(clusters_of(same, row_norms(same), np.arange(30), 8).tolist()) == {0}
