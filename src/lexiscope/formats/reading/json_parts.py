"""JSON that has words and a matrix apart, or a table of pandas', read as a whole.

`{"words": […], "vectors": [[…]]}`, with the words as a list, as word → row or row → word, under any
names (`named_parts`); pandas' `to_json`, by columns (`{"0": {"sea": 0.5, …}, …}`), by rows
(`orient="index"`) or apart (`orient="split"`); a matrix alone, whose words lie beside it. Documents
have the bounds of `json_document`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from lexiscope.errors import FormatError
from lexiscope.files import json_document
from lexiscope.files.json_document import TABLE
from lexiscope.files.opening import chunks, read_within
from lexiscope.formats.contract import EVERYTHING, ReadOptions, VectorsData
from lexiscope.formats.reading import plain_data
from lexiscope.formats.reading.named_parts import Parts, add_array, assembled
from lexiscope.formats.reading.token_lists.reading import describe_list

_SHOWN = 6


def read(
    path: Path,
    options: ReadOptions = EVERYTHING,
    *,
    beside: Callable[[int], Path | None],
) -> VectorsData:
    """Reads the words and vectors of a document.

    Args:
        path: The file.
        options: Which rows, and as what.
        beside: Finds a file with the words of so many rows.

    Raises:
        FormatError: It is no JSON, or too large for it, or has no words and vectors.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    content = _content(path)
    if content is None:
        raise FormatError(
            path,
            None,
            f"is JSON of more than {TABLE.size:,} bytes that is no object of words and lists; save "
            "words and matrix with numpy.savez",
        )
    document = json_document.parse(content, path, TABLE, as_written=True).plain
    parts = _table(document)
    if parts is None:
        parts = plain_data.parts_of(document, path, lambda _value: None)
    if not parts.matrices:
        listed = describe_list(path)
        if listed is not None:
            raise FormatError(path, None, f"is {listed}, expected word vectors; check the path")
        raise FormatError(
            path, None, f"is JSON{_names(document)} without words and lists of their values"
        )
    return assembled(path, parts, options, beside=beside)


def _content(path: Path) -> bytes | None:
    """The file's bytes; None where they are too many."""
    with chunks(path) as stream:
        return read_within(cast("BinaryIO", stream), TABLE.size)


def _names(document: Any) -> str:
    """The names of a document's fields, for a message."""
    if not isinstance(document, dict):
        return ""
    names = ", ".join(f"{name!r:.40}" for name in list(document)[:_SHOWN])
    return f" of {names}{', …' if len(document) > _SHOWN else ''}"


def _table(document: Any) -> Parts | None:
    """pandas' table by columns or by rows: an object of objects of numbers, all of one layout."""
    if not isinstance(document, dict) or not document:
        return None
    rows = list(document.values())
    if not all(isinstance(row, dict) and row for row in rows):
        return None
    outer, inner = list(document), list(rows[0])
    if _are_counted(outer) == _are_counted(inner) or any(list(row) != inner for row in rows):
        return None
    values = [list(row.values()) for row in rows]
    if not all(type(value) in (int, float) for row in values for value in row):
        return None
    matrix = np.array(values, dtype=np.float64)
    parts = Parts()
    parts.words["words"] = inner if _are_counted(outer) else outer
    add_array(parts, "vectors", matrix.T.copy() if _are_counted(outer) else matrix)
    return parts


def _are_counted(names: list[str]) -> bool:
    """Whether names are the numbers of columns, from 0 or 1."""
    return any(names == [str(start + n) for n in range(len(names))] for start in (0, 1))
