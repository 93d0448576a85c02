"""The nearest rows of a large matrix: exact, whatever is passed over."""

from __future__ import annotations

import copy
import os
import pickle
import platform
import subprocess
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest

from lexiscope.vectors import KeyedVectors, exact
from lexiscope.vectors.exact import RowSearch, scan, scan_many
from lexiscope.vectors.int8_rows import encode_rows, int8_bytes, weights_of
from lexiscope.vectors.nearest import nearest_of_each
from lexiscope.vectors.search import NO_ROW, directions, row_norms
from lexiscope.vectors.threads import on_threads, threads_allowed

ROWS, COLUMNS = 5000, 100


@pytest.fixture(autouse=True)
def _small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrices of the tests count as large, and have several chunks."""
    monkeypatch.setattr(exact, "LARGE_BYTES", 1)
    for name in ("_CHUNK_ROWS", "_CHUNK_ROWS_OF_MANY"):
        monkeypatch.setattr(exact, name, 641)


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


def assert_nearest(
    rows: np.ndarray, values: np.ndarray, cosines: np.ndarray, topn: int, start: int
) -> None:
    """Rows are the best but for what float32 cannot tell apart, none twice, values theirs."""
    rows, values = rows[rows != NO_ROW], values[rows != NO_ROW]
    count = min(topn, int(np.isfinite(cosines).sum()))
    assert len(set(rows.tolist())) == len(rows) == count
    true = cosines[rows - start]
    np.testing.assert_allclose(true, np.sort(cosines)[::-1][:count], atol=2e-6)
    np.testing.assert_allclose(values, true, atol=2e-6)
    same = values[1:] == values[:-1]
    assert (rows[1:][same] > rows[:-1][same]).all()
    assert (values[1:] <= values[:-1]).all()


KINDS = ["alike to none", "groups", "twins", "a common part", "sizes", "odd rows"]


def questions(vectors: np.ndarray, norms: np.ndarray, count: int) -> tuple[np.ndarray, list[int]]:
    """Directions (count, D), and the rows that they are of."""
    rng = np.random.default_rng(5)
    rows = rng.integers(0, ROWS, count)
    wanted = np.array(
        [vectors[row] if norms[row] > 0 else rng.normal(size=vectors.shape[1]) for row in rows],
        np.float32,
    )
    return directions(wanted, row_norms(wanted)), rows.tolist()


@pytest.mark.parametrize("columns", [COLUMNS, 16, 33])
@pytest.mark.parametrize("kind", KINDS)
def test_the_nearest_are_the_nearest(kind: str, columns: int) -> None:
    vectors = made(kind, columns)
    norms = row_norms(vectors)
    int8 = encode_rows(vectors, norms)
    wanted, own = questions(vectors, norms, 12)
    for number, row in enumerate(own):
        excluded = [row, 3, 4000][: number % 4]
        start, stop = [(0, ROWS), (17, 3001), (4990, ROWS)][number % 3]
        for topn in (1, 10, 100):
            found = scan(vectors, norms, int8, wanted[number, None], topn, [excluded], start, stop)
            assert found is not None
            cosines = truth(vectors, wanted[number], excluded, start, stop)
            assert_nearest(found.best.rows[0], found.best.values[0], cosines, topn, start)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("start", "stop"), [(0, ROWS), (17, 3002)])
def test_many_are_answered_as_one(
    kind: str, start: int, stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where they make no whole tile, block or turn."""
    monkeypatch.setattr(exact, "_QUERIES", 47)
    vectors = made(kind)
    norms = row_norms(vectors)
    wanted, own = questions(vectors, norms, 53)
    excluded = [[row, 20][: row % 3] for row in own]
    found = scan_many(vectors, norms, encode_rows(vectors, norms), wanted, 7, excluded, start, stop)
    assert found is not None
    for number in range(len(own)):
        cosines = truth(vectors, wanted[number], excluded[number], start, stop)
        assert_nearest(found.best.rows[number], found.best.values[number], cosines, 7, start)
    peer = nearest_of_each(vectors, norms, wanted, 7, excluded, start, stop)
    np.testing.assert_allclose(found.best.values, peer.values, atol=2e-6)


@pytest.mark.parametrize("columns", [COLUMNS, 3000])
@pytest.mark.parametrize("kind", KINDS)
def test_bounds_are_bounds(kind: str, columns: int) -> None:
    """What the codes and weights leave out is no longer than they say."""
    vectors = made(kind, columns)[:1000]
    norms = row_norms(vectors)
    int8 = encode_rows(vectors, norms)
    assert int8.nbytes == int8_bytes(*vectors.shape)
    wanted, _own = questions(made(kind, columns), row_norms(made(kind, columns)), 9)
    whole = weights_of(wanted, 12)
    known = norms > 0
    units = vectors[known].astype(np.float64) / norms[known, None].astype(np.float64)
    coded = int8.codes[: len(vectors), :columns][known] * int8.steps[known, None].astype(np.float64)
    assert (np.linalg.norm(units - coded, axis=1) <= int8.errors[known]).all()
    assert np.isinf(int8.errors[~known]).all()
    assert (int8.errors[known] < 0.1).mean() > 0.9, "and say something"
    said = whole.weights[:9, :columns] * whole.units[:9, None].astype(np.float64)
    assert (np.linalg.norm(wanted - said, axis=1) <= whole.slacks[:9]).all()
    assert not whole.weights[9:].any()
    assert not int8.codes[:, columns:].any()
    products = int8.codes.astype(np.int64) @ whole.weights.T.astype(np.int64)
    assert np.abs(products).max() < 2**31


def test_most_rows_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = made("groups")
    rows = RowSearch(vectors, row_norms(vectors))
    read: list[int] = []

    def counted(*arguments: Any) -> Any:
        found = scan(*arguments)
        assert found is not None
        read.append(found.read)
        return found

    monkeypatch.setattr(exact, "scan", counted)
    query = vectors[7] / rows._norms[7]
    answers = [rows.nearest(query, 10, [7]).rows.tolist() for _ in range(2)]
    assert not read and rows.int8 is None, "somebody who asks once or twice pays for nothing"
    answers.append(rows.nearest(query, 10, [7]).rows.tolist())
    assert answers[0] == answers[1] == answers[2]
    assert 0 < sum(read) < ROWS / 10


def test_rows_that_are_all_alike_are_read() -> None:
    """Where bounds tell nothing apart, their memory is given back."""
    rng = np.random.default_rng(3)
    vectors = (1 + 1e-4 * rng.normal(size=(ROWS, COLUMNS))).astype(np.float32)
    rows = RowSearch(vectors, row_norms(vectors))
    query = vectors[7] / rows._norms[7]
    for _ in range(4):
        found = rows.nearest(query, 10)
        assert_nearest(found.rows, found.cosines, truth(vectors, query, [], 0, ROWS), 10, 0)
    assert rows.int8 is None


def test_questions_without_a_direction_are_not_asked() -> None:
    """Every row would reach their bound, and the int8 would pass for useless."""
    rows = made("alike to none")
    rows[3:9] = 0
    vectors = KeyedVectors([str(row) for row in range(ROWS)], rows)
    words = ["3", "1", "4", "5", "2", "6"]
    for _ in range(2):  # by products, and by the int8
        found = vectors.similar_by_word(words)
    assert [len(answer) for answer in found] == [0, 10, 0, 0, 10, 0]
    assert found[1] == vectors.similar_by_word(["1"])[0]
    assert vectors.similar_by_word(["3", "4"]) == [[], []]
    assert vectors._search is not None and vectors._search.int8 is not None


def test_memory_that_is_not_there_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = made("groups")
    monkeypatch.setattr(exact, "available_memory", lambda: 2 * int8_bytes(*vectors.shape) - 2)
    rows = RowSearch(vectors, row_norms(vectors))
    query = vectors[7] / rows._norms[7]
    for _ in range(4):
        found = rows.nearest(query, 10)
        assert_nearest(found.rows, found.cosines, truth(vectors, query, [], 0, ROWS), 10, 0)
    assert rows.int8 is None


def test_a_matrix_that_changes_is_noticed() -> None:
    vectors = made("groups")
    rows = RowSearch(vectors, row_norms(vectors))
    query = vectors[7] / rows._norms[7]
    for many in (False, True):
        rows.nearest_of_each(np.stack([query] * 3), 10, [()] * 3, 0, ROWS)
        assert rows.int8 is not None
        vectors[:] = vectors[::-1].copy()
        rows._norms[:] = row_norms(vectors)
        for _ in range(2):
            cosines = truth(vectors, query, [], 0, ROWS)
            if many:
                best = rows.nearest_of_each(query[None], 10, [()], 0, ROWS)
                assert_nearest(best.rows[0], best.values[0], cosines, 10, 0)
            else:
                found = rows.nearest(query, 10)
                assert_nearest(found.rows, found.cosines, cosines, 10, 0)


def test_memory_beyond_the_matrix() -> None:
    """A twentieth after the first questions, the rows' lengths; and int8 for who goes on."""
    vectors = np.random.default_rng(6).normal(size=(40_000, 300)).astype(np.float32)
    norms = row_norms(vectors)
    warm = RowSearch(vectors[:ROWS].copy(), norms[:ROWS])
    query = vectors[0] / norms[0]
    for _ in range(3):
        warm.nearest(query, 10)
    tracemalloc.start()
    try:
        rows = RowSearch(vectors, norms.copy())
        taken = []
        for _ in range(3):
            rows.nearest(query, 10)
            taken.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert max(taken[:2]) < 0.05 * vectors.nbytes
    assert taken[2] < norms.nbytes + int8_bytes(*vectors.shape) + 100_000 < 0.27 * vectors.nbytes


def test_float16_and_strided_matrices_are_searched_by_products() -> None:
    vectors = made("groups")
    for matrix in (vectors.astype(np.float16), vectors[:, ::2], vectors[::2]):
        rows = RowSearch(matrix, row_norms(matrix))
        query = matrix[1].astype(np.float32)
        query /= np.linalg.norm(query)
        for _ in range(3):
            found = rows.nearest(query, 5)
            cosines = truth(matrix, query, [], 0, len(matrix))
            assert_nearest(found.rows, found.cosines, cosines, 5, 0)
        assert rows.int8 is None


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


def test_processors_without_byte_products_find_the_same() -> None:
    """VPDPBUSD is not everywhere: another processor's code, in a process of its own."""
    program = """
import numpy as np
from lexiscope.vectors.exact import scan, scan_many
from lexiscope.vectors.int8_rows import encode_rows
from lexiscope.vectors.search import directions, row_norms
vectors = np.random.default_rng(1).normal(size=(2001, 33)).astype(np.float32)
norms = row_norms(vectors)
units = directions(vectors, norms)
int8 = encode_rows(vectors, norms)
wanted, excluded = units[:9], [[row] for row in range(9)]
many = scan_many(vectors, norms, int8, wanted, 5, excluded, 0, 2001)
one = scan(vectors, norms, int8, wanted[3:4], 5, excluded[3:4], 0, 2001)
assert (one.best.rows[0] == many.best.rows[3]).all()
true = wanted @ units.T
true[range(9), range(9)] = -2
assert (many.best.rows == np.argsort(-true, axis=1, kind="stable")[:, :5]).all()
print("same", many.read < 9 * 2001 / 2)
"""
    other = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma"}
    for chosen in ({}, other) if platform.machine() in {"x86_64", "AMD64"} else ({},):
        environment = {**os.environ, **chosen}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True
        )
        assert done.stdout == "same True\n", done.stderr
