"""Lines of several fields: where the tokens are, and what the numbers beside them are.

Fields stand between tabs, between commas in a `.csv`, or are two or three with spaces between. A
line of names may come first, or a line with the number of entries alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lexiscope.formats.reading.text_values import DECIMAL

TOKEN_NAMES = ("word", "token", "label", "name", "piece", "term", "text", "words", "tokens", "key")
ID_NAMES = ("id", "index", "idx", "ids", "token_id", "word_id", "row")
COUNT_NAMES = ("count", "freq", "frequency", "counts", "occurrences", "n", "cnt")
OVERWRITE = "#fairseq:overwrite"

_NATURAL = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(rf"[+-]?(?:{DECIMAL}|inf|nan)", re.ASCII)
_MOST_WITH_SPACES = 3
# Ids may have a few holes, and begin behind a few tokens that are not in the list.
_SPREAD, _AHEAD = 1.2, 5
# So many distinct numbers in so narrow a range are ids in whatever order; a few may be counts.
_ENOUGH_IDS = 20


def is_natural(field: str) -> bool:
    """Whether a field is a whole number from 0 on, in digits of ASCII."""
    return _NATURAL.fullmatch(field) is not None


def is_number(field: str) -> bool:
    """Whether a field is a number."""
    return _NUMBER.fullmatch(field) is not None


@dataclass(frozen=True, kw_only=True)
class Table:
    """The columns of a list.

    Attributes:
        columns: Field by field, N each.
        names: The names of the columns in lower case; None where the file gives none.
        separator: What stands between fields.
    """

    columns: list[list[str]]
    names: list[str] | None
    separator: str

    @property
    def naturals(self) -> list[int]:
        """The columns of whole numbers from 0 on."""
        return [place for place, fields in enumerate(self.columns) if all(map(is_natural, fields))]

    @property
    def texts(self) -> list[int]:
        """The columns that are not numbers all through."""
        return [
            place for place, fields in enumerate(self.columns) if not all(map(is_number, fields))
        ]

    def named(self, names: Sequence[str]) -> int | None:
        """The column of the first of some names that is there."""
        there = self.names or []
        return next((there.index(name) for name in names if name in there), None)

    def numbers(self, place: int) -> list[int]:
        """A column of whole numbers."""
        return [int(field) for field in self.columns[place]]


def parse(lines: list[str], name: str, rows: int | None) -> Table | None:
    """The columns of a list; None where its lines are not of several fields.

    Args:
        lines: The file's lines.
        name: Its name, in lower case.
        rows: How many entries are expected, where that is known.
    """
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    if len(lines) > 1 and is_natural(lines[0].strip()) and re.search(r"\S[ \t]", lines[1]):
        lines = lines[1:]  # the number of entries
    for separator in ("\t", ",", " "):
        entries = _split(lines, separator, name)
        if entries:
            return _with_names(entries, separator, name, rows)
    return None


def _split(lines: list[str], separator: str, name: str) -> list[list[str]] | None:
    """The fields of each line; None where lines are not two fields or more, as many in each."""
    if separator == "\t":
        entries = [line.split("\t") for line in lines] if lines and "\t" in lines[0] else []
    elif separator == ",":
        entries = _records(lines) if name.endswith(".csv") else []
    else:
        # `uniq -c` sets its counts to the right.
        bare = (line.strip(" ").removesuffix(f" {OVERWRITE}") for line in lines)
        entries = [line.split(" ") for line in bare]
        wide = len(entries[0]) if entries else 0
        if not 2 <= wide <= _MOST_WITH_SPACES or any(len(entry) != wide for entry in entries):
            return None
        # Pairs of words are phrases, or merges; only with numbers are they an entry and its number.
        numbered = [all(is_number(entry[place]) for entry in entries[1:]) for place in range(wide)]
        if sum(numbered) < wide - 1:
            return None
    if not entries or len(entries[0]) < 2:
        return None
    return entries if all(len(entry) == len(entries[0]) for entry in entries) else None


def _records(lines: list[str]) -> list[list[str]]:
    """The records of CSV; none of what is no CSV."""
    try:
        return list(csv.reader(lines))
    except csv.Error:
        return []


def _with_names(
    entries: list[list[str]], separator: str, name: str, rows: int | None
) -> Table | None:
    names = [field.strip().lower() for field in entries[0]]
    if _is_header(entries, names, name, rows):
        entries = entries[1:]
        given: list[str] | None = names
    else:
        given = None
    columns = [list(column) for column in zip(*entries, strict=True)]
    return Table(columns=columns, names=given, separator=separator) if entries else None


def _is_header(entries: list[list[str]], names: list[str], name: str, rows: int | None) -> bool:
    """Whether the first line names the columns."""
    if len(entries) < 2:
        return False
    for place, first in enumerate(entries[0]):
        if not is_number(first) and all(is_number(entry[place]) for entry in entries[1:]):
            return True
    if rows in (len(entries), len(entries) - 1):
        return rows == len(entries) - 1
    if any(all(is_number(entry[place]) for entry in entries) for place in range(len(names))):
        return False
    # The projector's tables of several columns begin with their names.
    known = {*TOKEN_NAMES, *ID_NAMES, *COUNT_NAMES}
    return name.endswith("metadata.tsv") or (
        any(field in TOKEN_NAMES for field in names) and all(field in known for field in names)
    )


def are_ids(numbers: Sequence[int]) -> bool:
    """Whether numbers can be the ids of as many tokens: distinct, and nearly without holes."""
    if not numbers or len(set(numbers)) != len(numbers):
        return False
    count, lowest, highest = len(numbers), min(numbers), max(numbers)
    if count == 1:
        return lowest == 0
    if lowest <= 1 and highest - lowest + 1 == count:
        return True
    if highest >= _SPREAD * count + _AHEAD:
        return False
    ascends = all(one < other for one, other in pairwise(numbers))
    return ascends or count >= _ENOUGH_IDS


def are_counts(numbers: Sequence[int]) -> bool:
    """Whether numbers can be counts: most lists fall, and in others none look like ids.

    What is in a list has occurred, so that a 0 among numbers that look like ids is one.
    """
    if len(numbers) > 2 and numbers[0] == 0:  # word2vec's </s>, which no text has
        numbers = numbers[1:]
    falls = all(one >= other for one, other in pairwise(numbers))
    return (falls and min(numbers) > 0) or not are_ids(numbers)
