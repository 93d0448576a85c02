"""The nearest rows of a large matrix: exact, whatever is passed over, and with little memory."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from typing import Any

import numpy as np
import pytest

from lexiscope.vectors import KeyedVectors, exact, sketch
from lexiscope.vectors.exact import RowSearch, scan
from lexiscope.vectors.search import row_norms
from lexiscope.vectors.sketch import Sketch, make_sketch
from lexiscope.vectors.threads import on_threads, threads_allowed

ROWS, COLUMNS = 5000, 100


@pytest.fixture(autouse=True)
def _small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrices of the tests count as large, and the clock decides nothing."""
    monkeypatch.setattr(exact, "LARGE_BYTES", 1)
    monkeypatch.setattr(exact, "_CHUNK_ROWS", 640)
    monkeypatch.setattr(sketch, "_SAMPLE", 512)
    monkeypatch.setattr(RowSearch, "_worthwhile", lambda _self, made, _query: made)


def made(kind: str, columns: int = COLUMNS) -> np.ndarray:
    """Rows of a kind, as the name says."""
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(ROWS, columns))
    if kind == "groups":
        rows = 0.6 * rows + rng.normal(size=(100, columns))[rng.integers(0, 100, ROWS)]
    if kind == "twins":
        rows = rows[rng.integers(0, ROWS // 4, ROWS)]
    if kind == "a common part":
        rows += 3 * rng.normal(size=columns)
    if kind == "sizes":
        rows *= np.exp(rng.normal(size=(ROWS, 1)) * 8)
    if kind == "odd rows":
        rows[::7] = 0
        rows[3::50, 2] = np.nan
        rows[4::50, 3] = np.inf
        rows[5::50] = np.eye(columns)[rng.integers(0, columns, len(rows[5::50]))]
    return rows.astype(np.float32)


def truth(
    vectors: np.ndarray, query: np.ndarray, excluded: list[int], start: int, stop: int
) -> np.ndarray:
    """The cosines in float64; −inf for what is no answer."""
    rows = vectors[start:stop].astype(np.float64)
    with np.errstate(all="ignore"):
        cosines = rows @ query / np.sqrt((rows**2).sum(axis=1))
    cosines[[row - start for row in excluded if start <= row < stop]] = np.nan
    cosines[~np.isfinite(cosines)] = -np.inf
    return cosines


def assert_nearest(found: Any, cosines: np.ndarray, topn: int, start: int) -> None:
    """Rows are the best but for what float32 cannot tell apart, none twice, values theirs."""
    count = min(topn, int(np.isfinite(cosines).sum()))
    assert len(set(found.rows.tolist())) == len(found.rows) == count
    values = cosines[found.rows - start]
    np.testing.assert_allclose(values, np.sort(cosines)[::-1][:count], atol=2e-6)
    np.testing.assert_allclose(found.cosines, values, atol=2e-6)
    same = found.cosines[1:] == found.cosines[:-1]
    assert (found.rows[1:][same] > found.rows[:-1][same]).all()
    assert (found.cosines[1:] <= found.cosines[:-1]).all()


@pytest.mark.slow
@pytest.mark.parametrize("bits", [None, 2, 3])
@pytest.mark.parametrize(
    "kind", ["alike to none", "groups", "twins", "a common part", "sizes", "odd rows"]
)
def test_the_nearest_are_the_nearest(
    kind: str, bits: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = made(kind)
    norms = row_norms(vectors)
    monkeypatch.setattr(sketch, "_LEAST_GAIN", -9.0)
    if bits is not None:
        monkeypatch.setattr(sketch, "_STEPS", {bits: sketch._STEPS[bits]})
    bits_of = None if bits is None else make_sketch(vectors, norms)
    assert (bits_of is None) == (bits is None)
    rng = np.random.default_rng(5)
    for number in range(12):
        row = int(rng.integers(ROWS))
        query = vectors[row] if norms[row] > 0 else rng.normal(size=COLUMNS)
        query = (query / np.linalg.norm(query.astype(np.float64))).astype(np.float32)
        excluded = [row, 3, 4000][: number % 4]
        start, stop = [(0, ROWS), (17, 3001), (4990, ROWS)][number % 3]
        for topn in (1, 10, 100):
            found = scan(vectors, norms, bits_of, query, topn, excluded, start, stop)
            assert found is not None
            assert_nearest(found, truth(vectors, query, excluded, start, stop), topn, start)


@pytest.mark.slow
def test_bounds_are_bounds() -> None:
    """What the bits say of a row, and what they may be wrong by, are of that row."""
    vectors = made("groups")
    norms = row_norms(vectors)
    bits = make_sketch(vectors, norms)
    assert bits is not None
    fields = 32 // bits.bits
    words = bits.codes.transpose(0, 2, 1).reshape(-1, bits.codes.shape[1])[:ROWS]
    shifts = np.arange(fields) * bits.bits
    codes = (words[:, :, None] >> shifts.astype(np.uint32)) & (2**bits.bits - 1)
    codes = codes.reshape(ROWS, -1)[:, : COLUMNS - bits.split]
    coded = bits.offsets + codes * bits.steps
    units = vectors / norms[:, None]
    left = np.linalg.norm(units[:, bits.split :] - coded, axis=1)
    known = bits.lengths[:, 1] < 255
    assert known.mean() > 0.99
    assert (left[known] <= bits.lengths[known, 1] * bits.units[1]).all()
    first = np.linalg.norm(units[:, : bits.split], axis=1)
    known = bits.lengths[:, 0] < 255
    assert (first[known] <= bits.lengths[known, 0] * bits.units[0]).all()


@pytest.mark.slow
def test_most_rows_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    from lexiscope.vectors.kernels import scan as kernels

    vectors = made("groups")
    rows = RowSearch(vectors, row_norms(vectors))
    read: list[int] = []
    search = kernels.search

    def counted(*arguments: Any) -> int:
        read.append(search(*arguments))
        return read[-1]

    monkeypatch.setattr(kernels, "search", counted)
    query = vectors[7] / rows._norms[7]
    first = rows.nearest(query, 10, [7])
    assert not read and rows.sketch is None, "somebody who asks once waits for nothing"
    again = rows.nearest(query, 10, [7])
    assert first.rows.tolist() == again.rows.tolist()
    assert 0 < sum(read) < ROWS / 4


@pytest.mark.slow
def test_a_matrix_that_changes_is_noticed() -> None:
    vectors = made("groups")
    rows = RowSearch(vectors, row_norms(vectors))
    query = vectors[7] / rows._norms[7]
    for _ in range(2):
        rows.nearest(query, 10)
    assert rows.sketch is not None
    vectors[:] = vectors[::-1].copy()
    rows._norms[:] = row_norms(vectors)
    for _ in range(2):
        found = rows.nearest(query, 10)
        assert_nearest(found, truth(vectors, query, [], 0, ROWS), 10, 0)


@pytest.mark.parametrize("columns", [24, 50, 100, 300, 1024])
def test_plans_keep_within_a_twentieth(columns: int) -> None:
    """The rows' lengths included; the search itself is measured below."""
    for plan in sketch._plans(columns):
        assert 4 * plan.words + 2 + 4 <= 0.05 * 4 * columns
        assert 0 <= plan.split < columns
    assert sketch._plans(300), "or nothing would be won"


@pytest.mark.slow
def test_memory_stays_within_a_twentieth() -> None:
    vectors = np.random.default_rng(6).normal(size=(40_000, 300)).astype(np.float32)
    norms = row_norms(vectors)
    warm = RowSearch(vectors[:ROWS].copy(), norms[:ROWS])
    query = vectors[0] / norms[0]
    for _ in range(2):
        warm.nearest(query, 10)
    tracemalloc.start()
    try:
        rows = RowSearch(vectors, norms.copy())
        for _ in range(3):
            rows.nearest(query, 10)
        now, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(rows.sketch, Sketch)
    assert now < 0.05 * vectors.nbytes


def test_float16_and_strided_matrices_are_searched_without_bits() -> None:
    vectors = made("groups")
    for matrix in (vectors.astype(np.float16), vectors[:, ::2], vectors[::2]):
        rows = RowSearch(matrix, row_norms(matrix))
        query = matrix[1].astype(np.float32)
        query /= np.linalg.norm(query)
        for _ in range(3):
            found = rows.nearest(query, 5)
            assert_nearest(found, truth(matrix, query, [], 0, len(matrix)), 5, 0)
        assert rows.sketch is None


def test_vectors_are_copied_without_their_search() -> None:
    vectors = KeyedVectors([str(row) for row in range(ROWS)], made("groups"))
    expected = vectors.most_similar("7")
    assert vectors._search is not None
    for again in (copy.deepcopy(vectors), pickle.loads(pickle.dumps(vectors))):
        assert again._search is None
        assert again.most_similar("7") == expected


def test_threads_are_those_of_blas() -> None:
    from threadpoolctl import threadpool_limits

    assert threads_allowed() >= 1
    with threadpool_limits(1, user_api="blas"):
        assert threads_allowed() == 1


def test_what_a_thread_raises_is_raised() -> None:
    done: list[int] = []
    on_threads(lambda: done.append(1), 3)
    assert done == [1, 1, 1]

    def fail() -> None:
        raise ValueError("here")

    with pytest.raises(ValueError, match="here"):
        on_threads(fail, 3)
