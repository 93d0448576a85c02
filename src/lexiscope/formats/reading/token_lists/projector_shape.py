"""The words of a table of numbers, as the Embedding Projector and its kin have them beside it.

One column without a name, or several under a line of names, with tabs between; there are no
escapes, so that whatever else stands in a line is of its word. Only where it is known how many rows
the table has does that tell a line of names from a word; a list by itself is read by other shapes.
Source: https://projector.tensorflow.org ("Load").
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats.reading.token_lists import fields
from lexiscope.formats.reading.token_lists.contract import Source, TokenList
from lexiscope.formats.reading.token_lists.fields import COUNT_NAMES, ID_NAMES, TOKEN_NAMES, Table

PROJECTOR = "table of words"
_QUOTED = re.compile(r'".*"')
_NAME = re.compile(r"(?:.*[^a-z])?(?:metadata|meta|labels?)[^a-z]*\.tsv")


def read(source: Source) -> TokenList | None:
    """The words and, where a column is named so, their counts.

    Raises:
        FormatError: It is empty, lines have other numbers of fields, or a count is none.
    """
    if source.rows is None or _NAME.fullmatch(source.name) is None:
        return None
    if not source.lines:
        raise FormatError(source.path, None, "is empty, expected a word a line")
    lines = _unquoted([line.removesuffix("\r") for line in source.lines])
    if "\t" in lines[0]:
        return _of_columns(source, lines)
    wide = next((row for row, line in enumerate(lines) if "\t" in line), None)
    if wide is not None:
        raise FormatError(
            source.path, f"line {wide + 1:,}", "has several fields, expected one as line 1"
        )
    is_named = len(lines) == source.rows + 1 and lines[0].strip().lower() in TOKEN_NAMES
    return TokenList(tokens=list(lines[is_named:]), shape=PROJECTOR)


def _of_columns(source: Source, lines: list[str]) -> TokenList | None:
    """The words of several columns that have names; None where they have none."""
    expected = lines[0].count("\t") + 1
    for row, line in enumerate(lines):
        found = line.count("\t") + 1
        if found != expected:
            raise FormatError(
                source.path,
                f"line {row + 1:,}",
                f"has {found} fields, expected {expected} as line 1",
            )
    table = fields.parse(lines, source.name, source.rows)
    if table is None or table.names is None or table.named(ID_NAMES) in table.naturals:
        return None
    token = table.named(TOKEN_NAMES)
    count = table.named(COUNT_NAMES)
    token = token if token is not None else next(iter(table.texts), 0)
    counts = None if count is None else _counts(source, table, count)
    notes = [f"tokens are in the column {table.names[token]!r}"] if token else []
    if count is not None and counts is None:
        notes.append(f"{table.names[count]!r} is no whole numbers, and left out")
    return TokenList(
        tokens=list(table.columns[token]),
        shape=PROJECTOR,
        counts=counts,
        note="; ".join(notes),
    )


def _unquoted(lines: list[str]) -> list[str]:
    """Lines without the quotes that R puts around every field, names too; others as they stand."""
    names = lines[0].split("\t")
    are_quoted = all(map(_QUOTED.fullmatch, names)) and all(line.startswith('"') for line in lines)
    # Words may have quotes of their own: the line of names tells.
    if not are_quoted or not any(_without_quotes(name).lower() in TOKEN_NAMES for name in names):
        return lines
    fields = (line.split("\t") for line in lines)
    return ["\t".join(map(_without_quotes, line)) for line in fields]


def _without_quotes(field: str) -> str:
    is_quoted = _QUOTED.fullmatch(field) is not None
    return field[1:-1].replace('""', '"').replace('\\"', '"') if is_quoted else field


def _counts(source: Source, table: Table, place: int) -> NDArray[np.int64] | None:
    """The counts of a column; None where its numbers are shares.

    Raises:
        FormatError: Something else than a number is in it.
    """
    if place not in table.naturals and place not in table.texts:
        return None
    for row, field in enumerate(table.columns[place]):
        if not fields.is_natural(field):
            raise FormatError(
                source.path,
                f"line {row + 2:,}",
                f"has a count that is no whole number ({field!r:.40})",
            )
    return np.array(table.numbers(place), dtype=np.int64)
