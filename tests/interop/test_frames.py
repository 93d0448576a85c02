"""Vectors as tables of pandas, Polars and Arrow, as a dict, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lexiscope.errors import ConfigError
from lexiscope.interop import frames
from lexiscope.vectors import KeyedVectors

WORDS = ["the", "zoë", "日本", "a b", "nan", "1"]


@pytest.fixture
def vectors() -> KeyedVectors:
    matrix = np.random.default_rng(2).normal(size=(6, 5)).astype(np.float32)
    return KeyedVectors(WORDS, matrix, counts=np.array([9, 5, 4, 3, 2, 1]))


def same(found: KeyedVectors, expected: KeyedVectors, *, counts: bool = True) -> None:
    assert found.index_to_key == expected.index_to_key
    np.testing.assert_array_equal(found.vectors, expected.vectors)
    assert found.vectors.dtype == np.float32
    if counts:
        np.testing.assert_array_equal(found.counts, expected.counts)
    assert found.most_similar("the", topn=2) == expected.most_similar("the", topn=2)


def test_pandas_has_a_row_a_word(vectors: KeyedVectors) -> None:
    pandas = pytest.importorskip("pandas")
    frame = frames.to_pandas(vectors)
    assert frame.shape == (6, 5) and frame.index.name == "word"
    assert frame.loc["日本"].to_numpy() == pytest.approx(vectors["日本"])
    same(frames.from_pandas(frame), vectors, counts=False)
    same(frames.from_pandas(frame.reset_index()), vectors, counts=False)
    lists = pandas.DataFrame({"word": WORDS, "vector": vectors.vectors.tolist(), "count": [9, 5, 4, 3, 2, 1]})  # fmt: skip  # noqa: E501
    same(frames.from_pandas(lists), vectors)
    assert list(lists.columns) == ["word", "vector", "count"]
    frame.loc["the"] = 0
    assert vectors["the"].any()


def test_arrow_has_words_vectors_and_counts(vectors: KeyedVectors) -> None:
    import pyarrow

    table = frames.to_arrow(vectors)
    assert table.column_names == ["word", "vector", "count"]
    assert table["vector"].type == pyarrow.list_(pyarrow.float32(), 5)
    same(frames.from_arrow(table), vectors)
    same(frames.from_arrow(table.slice(0, 4)), frames.from_arrow(table.take([0, 1, 2, 3])))
    loose = pyarrow.table({"word": WORDS, "vector": vectors.vectors.tolist()})
    same(frames.from_arrow(loose), vectors, counts=False)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"word": ["a"], "row": [[1.0]]}, "the table has columns 'word', 'row'"),
        ({"word": ["a", "b"], "vector": [[1.0, 2.0], None]}, "without a vector"),
        ({"word": ["a", "b"], "vector": [[1.0, 2.0], [None, 1.0]]}, "without a vector"),
        ({"word": ["a", "b"], "vector": [[1.0, 2.0, 3.0], [1.0]]}, "several lengths"),
        ({"word": ["a", "a"], "vector": [[1.0, 2.0], [1.0, 3.0]]}, "1 words are there twice"),
    ],
)
def test_tables_that_are_none_of_vectors_are_refused(columns: Any, said: str) -> None:
    import pyarrow

    with pytest.raises(ConfigError, match=said):
        frames.from_arrow(pyarrow.table(columns))


def test_polars_goes_by_arrow(vectors: KeyedVectors) -> None:
    polars = pytest.importorskip("polars")
    frame = frames.to_polars(vectors)
    assert frame.columns == ["word", "vector", "count"]
    same(frames.from_polars(frame.filter(polars.col("word") != "x")), vectors)


def test_a_dict_has_a_row_a_word(vectors: KeyedVectors) -> None:
    rows = frames.to_dict(vectors)
    assert list(rows) == WORDS
    same(frames.from_dict(rows), vectors, counts=False)
    same(frames.from_dict({w: [float(x) for x in v] for w, v in rows.items()}), vectors, counts=False)  # fmt: skip  # noqa: E501
    with pytest.raises(ConfigError, match="no word in it"):
        frames.from_dict({})
    with pytest.raises(ConfigError, match="no table of numbers"):
        frames.from_dict({"a": [1, 2], "b": [1]})
    with pytest.raises(ConfigError, match="D numbers in each row"):
        frames.from_dict({"a": 1.0})
