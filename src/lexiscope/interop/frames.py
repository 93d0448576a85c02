"""Vectors as tables of other libraries, and back: pandas, Polars, Arrow, and a plain dict.

Of pandas a frame has a word a row: the words are its index, and a column is a dimension. Polars and
Arrow have a column `word` and one `vector` of D floats in each row, and `count` where the vectors
know how often their words occurred. Libraries are imported where they are asked for (extra
`[parquet]` has Arrow).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.table import VectorTable

WORD, VECTOR, COUNT = "word", "vector", "count"


def to_pandas(vectors: VectorTable) -> Any:
    """A pandas DataFrame (V × D): words as index "word", the dimensions 0 … D−1 as columns.

    Raises:
        LexiscopeError: pandas is not installed.
    """
    pandas = _library("pandas")
    words = pandas.Index(list(vectors.index_to_key), name=WORD)
    return pandas.DataFrame(np.array(vectors.vectors), index=words)


def from_pandas(frame: Any) -> KeyedVectors:
    """Vectors of a pandas DataFrame.

    Args:
        frame: Words as index and a column a dimension, numbers only; or a column "word" beside the
            dimensions, or beside a column "vector" of lists.

    Raises:
        ConfigError: It is neither, a word is there twice, or a value is no number.
    """
    frame = frame.copy(deep=False)
    words: Iterable[Any] = frame.index
    if WORD in frame.columns:
        words = frame.pop(WORD)
    counts = frame.pop(COUNT).to_numpy() if COUNT in frame.columns else None
    values = frame[VECTOR].tolist() if VECTOR in frame.columns else frame.to_numpy()
    return _made(list(words), values, counts)


def to_arrow(vectors: VectorTable) -> Any:
    """A pyarrow Table of `word` (string), `vector` (D floats), and `count` where it is known.

    Raises:
        LexiscopeError: pyarrow is not installed.
    """
    arrow = _library("pyarrow")
    matrix = np.ascontiguousarray(vectors.vectors)
    columns = {
        WORD: arrow.array([str(key) for key in vectors.index_to_key], arrow.string()),
        VECTOR: arrow.FixedSizeListArray.from_arrays(
            arrow.array(matrix.reshape(-1)), matrix.shape[1]
        ),
    }
    if vectors.counts is not None:
        columns[COUNT] = arrow.array(np.asarray(vectors.counts))
    return arrow.table(columns)


def from_arrow(table: Any) -> KeyedVectors:
    """Vectors of a pyarrow Table with columns `word` and `vector`, lists of equally many numbers.

    Raises:
        ConfigError: A column is missing, a word is there twice, or rows differ in length.
    """
    for name in (WORD, VECTOR):
        if name not in table.column_names:
            found = ", ".join(map(repr, table.column_names[:12]))
            raise ConfigError(f"the table has columns {found}; expected {WORD!r} and {VECTOR!r}")
    column = table[VECTOR].combine_chunks()
    flat = column.flatten()
    rows = table.num_rows
    if column.null_count or flat.null_count or (rows and len(flat) % rows):
        raise ConfigError(f"column {VECTOR!r} has rows without a vector, or of several lengths")
    if hasattr(column, "value_lengths"):
        lengths = column.value_lengths()
        if rows and len(lengths.unique()) != 1:
            raise ConfigError(f"column {VECTOR!r} has rows of several lengths; expected one")
    values = flat.to_numpy(zero_copy_only=False).reshape(rows, -1)
    counts = table[COUNT].to_numpy() if COUNT in table.column_names else None
    return _made(table[WORD].to_pylist(), values, counts)


def to_polars(vectors: VectorTable) -> Any:
    """A Polars DataFrame with the columns of `to_arrow`.

    Raises:
        LexiscopeError: Polars or pyarrow is not installed.
    """
    return _library("polars").from_arrow(to_arrow(vectors))


def from_polars(frame: Any) -> KeyedVectors:
    """Vectors of a Polars DataFrame with columns `word` and `vector`.

    Raises:
        ConfigError: As `from_arrow`.
    """
    return from_arrow(frame.to_arrow())


def to_dict(vectors: VectorTable) -> dict[Any, NDArray[np.float32]]:
    """Word → its vector, a row of the matrix (a view, not a copy)."""
    return dict(zip(vectors.index_to_key, vectors.vectors, strict=True))


def from_dict(vectors: Mapping[Any, ArrayLike]) -> KeyedVectors:
    """Vectors of a mapping from words to rows of equally many numbers.

    Raises:
        ConfigError: It is empty, or rows are of several lengths or no numbers.
    """
    return _made(list(vectors), list(vectors.values()), None)


def _made(words: list[Any], values: Any, counts: Any) -> KeyedVectors:
    if not words:
        raise ConfigError("there is no word in it; expected a row a word")
    try:
        matrix = np.asarray(values)
        if matrix.dtype.kind in "iu" or matrix.dtype == object:
            matrix = np.asarray(values, np.float32)
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"the vectors are no table of numbers, D in each row ({error})"
        ) from error
    if matrix.ndim != 2 or matrix.dtype.kind != "f":
        raise ConfigError(
            f"the vectors are of shape {matrix.shape} and type {matrix.dtype}; expected D numbers "
            "in each row"
        )
    twice = len(words) - len(set(words))
    if twice:
        raise ConfigError(f"{twice:,} words are there twice; expected each once")
    numbers = None if counts is None else np.asarray(counts, np.int64)
    return KeyedVectors(words, np.array(matrix, np.float32, order="C"), counts=numbers)


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise LexiscopeError(f"{name} is not installed: pip install {name}") from error
