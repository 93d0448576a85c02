"""Shapes of tables: what the columns of a text file are, told by its first rows.

A table is what spreadsheets, R, pandas and people's own scripts write: fields with a comma, a
semicolon, a tab, a bar or a space between, in quotes or not, under a line of names or none, with
the rows' numbers in a column of their own, decimals with a point or a comma, or the whole vector as
one text (`"[0.1, 0.2]"`). A table whose first fields are numbers like all others has no words.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lexiscope.files import tokens
from lexiscope.files.opening import HEAD_BYTES
from lexiscope.formats.reading.listed_vectors import (
    delimiter_of_bare,
    is_list,
    join_lists,
    split_bare_list,
)
from lexiscope.formats.reading.text_rows import BOM
from lexiscope.formats.reading.text_values import DECIMAL, NO_DECIMAL, WITH_COMMA

WORD_NAMES = (
    "word", "token", "words", "tokens", "term", "key", "label", "name", "text", "entity", "item",
    "node", "lemma", "lexeme", "phrase", "concept", "index", "id", "",
)  # fmt: skip
COUNT_NAMES = ("count", "counts", "freq", "frequency", "occurrences")
_INDEX_NAMES = ("", "index", "unnamed: 0", "row", "row_id", "rowid", "idx")
_DELIMITERS = ("\t", ";", ",", "|", " ")
_SAMPLED = 200
_FEWEST_LINES = 4
# What no value of a vector is, and the commonest of some words occurs so often.
_LEAST_COUNT = 20
_MOST_HEAD = 1 << 23
_MOST_LINES = 16
_MOST_FIELDS = 100_004
# R writes NA; `5,` is a number that a comma ends.
_NUMBER = re.compile(
    rf"[+-]?(?:{DECIMAL}|{WITH_COMMA}|\d++,|{NO_DECIMAL}|na)", re.IGNORECASE | re.ASCII
)
_SPACES = re.compile(" +")
_DIGIT = re.compile(r"\d")
_NATURAL = re.compile(r"[0-9]{1,18}")
_WHOLE = re.compile(r"[+-]?\d{1,18}(?:\.0*)?")
_COMMA = re.compile(rf"[+-]?{WITH_COMMA}", re.ASCII)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a table's columns are.

    Attributes:
        delimiter: What stands between fields.
        has_header: Whether line 1 is names.
        fields: How many fields a row has.
        word: The column of the words; None where there are none.
        counts: The column of counts, where there is one.
        values: The columns of the values; the one of the vectors where they are one text each.
        columns: D; 0 where the rows' texts tell.
        is_listed: Whether a row's vector is one text.
        has_signs: Whether that text is in brackets, or has more than spaces between its numbers.
        is_bare: Whether it stands without quotes, with the delimiter in it.
        has_commas: Whether decimals have a comma.
        is_quoted: Whether all words of the first rows are in quotes.
        left_out: Columns that are none of these, by name or number.
        fault: Why the table cannot be read as it is; None where it can.
        fits_two: Whether that is since its numbers may be two things.
        is_aligned: Whether several spaces stand between fields, as where columns are aligned.
        is_index: Whether the words are the rows' numbers, under the name of an index or none.
    """

    delimiter: str
    has_header: bool
    fields: int
    word: int | None
    values: tuple[int, ...]
    columns: int
    counts: int | None = None
    is_listed: bool = False
    has_signs: bool = False
    is_bare: bool = False
    has_commas: bool = False
    is_quoted: bool = False
    left_out: tuple[str, ...] = ()
    fault: str | None = None
    fits_two: bool = False
    is_aligned: bool = False
    is_index: bool = False

    @property
    def is_words_and_values(self) -> bool:
        """Whether rows are a word and its values, and nothing else."""
        if self.has_header or self.has_commas or self.word != 0 or self.fault is not None:
            return False
        if self.is_aligned:
            return False
        if self.is_listed:
            return self.fields == 2 and not self.has_signs
        return self.columns == self.fields - 1 and not self.is_quoted

    @property
    def is_one_stretch(self) -> bool:
        """Whether the values are all fields from the first of them on."""
        return self.values == tuple(range(self.values[0], self.fields))


def with_whole_rows(head: bytes, read: Callable[[int], bytes]) -> bytes:
    """A file's first bytes, and more where they are less than some rows.

    Args:
        head: The first 64 KiB, or all.
        read: Gives the bytes that follow.
    """
    while head.count(b"\n") < _FEWEST_LINES and HEAD_BYTES <= len(head) < _MOST_HEAD:
        more = read(len(head))
        if not more:
            return head + b"\n"
        head += more
    return head


def shape_of(head: bytes) -> Shape | None:
    """The shape of a table by its first bytes; None where they are none.

    Args:
        head: 64 KiB, or all, or what `with_whole_rows` made of it.
    """
    if b"\x00" in head:
        return None
    is_cut = len(head) >= HEAD_BYTES and not head.endswith(b"\n")
    lines = tokens.decode(head).removeprefix(BOM).split("\n")
    if is_cut and len(lines) > 2:
        lines.pop()  # the last line may be cut
        is_cut = False
    lines = join_lists([line.removesuffix("\r") for line in lines])
    if not any(map(_DIGIT.search, lines)):
        return None
    bare = delimiter_of_bare(lines)
    if bare is not None:
        return Shape(
            delimiter=bare, has_header=False, fields=2, word=0, values=(1,), columns=0,
            is_listed=True, has_signs=True, is_bare=True,
        )  # fmt: skip
    is_aligned = _are_aligned(lines)
    lines = [folded(line) for line in lines] if is_aligned else lines
    shapes = (_shape(lines, delimiter, is_cut) for delimiter in _DELIMITERS)
    shape = next((shape for shape in shapes if shape is not None), None) or _bare_lists(lines)
    if shape is not None and is_aligned and shape.delimiter == " " and not shape.is_listed:
        return replace(shape, is_aligned=True)
    if shape is None or shape.word != 0:
        return shape
    words = [line for line in lines[shape.has_header :] if line]
    return replace(shape, is_quoted=all(map(_QUOTED.match, words)))


def folded(line: str) -> str:
    """A line of aligned columns with one space between them."""
    return _SPACES.sub(" ", line.strip(" "))


def _are_aligned(lines: Sequence[str]) -> bool:
    """Whether all of some lines have several spaces between fields."""
    found = ["  " in line.strip(" ") for line in lines if line.strip()]
    return len(found) > 1 and all(found)


def _records_of(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The first records of lines; a line with a quote that nothing closes is split as it stands."""
    records: list[list[str]] = []
    place = 0
    while place < len(lines) and len(records) < _SAMPLED:
        record, taken = _record(lines, place, delimiter)
        place += taken
        if record and record != [""]:
            records.append(trimmed(record, delimiter))
    return records


def _record(lines: Sequence[str], place: int, delimiter: str) -> tuple[list[str], int]:
    """The record that begins with a line, and how many lines it takes."""
    if '"' in lines[place]:
        for taken in range(1, min(_MOST_LINES, len(lines) - place) + 1):
            text = "\n".join(lines[place : place + taken]) + "\n"
            try:
                return next(csv.reader([text], delimiter=delimiter, strict=True)), taken
            except csv.Error as error:
                if "unexpected end" not in str(error):
                    break
    return lines[place].split(delimiter), 1


def trimmed(record: list[str], delimiter: str) -> list[str]:
    """A record without the empty field that a delimiter at the line's end makes."""
    if len(record) > 1 and delimiter in "\t " and not record[-1].strip():
        return record[:-1]
    return record


def is_number(field: str) -> bool:
    """Whether a field is a number, with a point or a comma, or stands for one that is none."""
    return _NUMBER.fullmatch(field.strip()) is not None


def _shape(lines: Sequence[str], delimiter: str, is_cut: bool) -> Shape | None:
    """The shape with some delimiter, if all rows have it."""
    records = _records_of(lines, delimiter)
    if not records:
        return None
    rows = records[1:] or records
    width = Counter(map(len, rows)).most_common(1)[0][0]
    if is_cut and len(records) == 2:
        width = max(width, len(records[0]))
    if not 2 <= width <= _MOST_FIELDS:
        return None
    whole = [row for row in rows if len(row) == width]
    if not whole:
        # The second row of a wide table may be cut; what is missing is like what is there.
        rest = [rows[0][-2]] if is_cut and len(rows[0]) > 2 else []
        whole = [rows[0][:-1] + rest * (width - len(rows[0]) + 1)]
    rows = whole
    if len(rows[0]) != width:
        return None
    return _by_columns(records[0], rows, delimiter, width)


@dataclass(frozen=True, kw_only=True)
class _Sample:
    """The first rows of a table, and what stands in their columns.

    Attributes:
        first: Line 1, which may be names.
        rows: The rows behind it; line 1 too where there is no other.
        delimiter: What stands between fields.
        texts: The columns that are no numbers in most rows.
    """

    first: list[str]
    rows: list[list[str]]
    delimiter: str
    texts: list[int]

    @property
    def width(self) -> int:
        """How many fields a row has."""
        return len(self.rows[0])

    @property
    def numeric(self) -> list[int]:
        """The columns of numbers."""
        return sorted(set(range(self.width)).difference(self.texts))

    @property
    def has_rows_behind(self) -> bool:
        """Whether there are rows behind line 1."""
        return self.rows[0] is not self.first


def _by_columns(
    first: list[str], rows: list[list[str]], delimiter: str, width: int
) -> Shape | None:
    """The shape, by what stands in each column of the rows after the first line."""
    texts = _texts(first, rows, width)
    lists = [c for c in texts if all(is_list(row[c]) for row in rows)]
    if len(first) == width - 1 and rows[0] is not first and not lists:
        # R writes no name over the rows' names.
        first = ["", *first]
    if len(first) != width:
        return None
    sample = _Sample(first=first, rows=rows, delimiter=delimiter, texts=texts)
    if lists:
        return _listed(sample, lists)
    numeric = sample.numeric
    if len(numeric) < 2 and not (numeric and width == 2 and delimiter != " "):
        return None
    return _spread_out(sample)


def _texts(first: list[str], rows: list[list[str]], width: int) -> list[int]:
    """The columns that are no numbers in most rows; half of few rows may be damaged."""
    texts: list[int] = []
    for column in range(width):
        numbers = sum(is_number(row[column]) for row in rows)
        counted = len(first) == width and first[column].strip().lower() in COUNT_NAMES
        if 2 * numbers < len(rows) + (not texts) and not counted:
            texts.append(column)
    return texts


def _listed(sample: _Sample, lists: list[int]) -> Shape | None:
    """The shape of a table whose vectors are one text each, in some columns."""
    first, rows, width = sample.first, sample.rows, sample.width
    names = [field.strip().lower() for field in first]
    has_header = sample.has_rows_behind and not is_list(first[lists[0]])
    others = sorted(set(range(width)).difference(lists))
    words = sorted(set(sample.texts).difference(lists)) or others
    word = _named(names, WORD_NAMES[:-1], words) if has_header else None
    word = word if word is not None else (words[0] if words else None)
    if word is None:
        return None
    counts = _named(names, COUNT_NAMES, others) if has_header else None
    shape = Shape(
        delimiter=sample.delimiter, has_header=has_header, fields=width, word=word, counts=counts,
        values=(lists[0],), columns=0, is_listed=True,
        has_signs=any(sign in rows[0][lists[0]] for sign in "[(,;"),
        left_out=_left_out(first, has_header, [c for c in others if c not in (word, counts)], rows),
    )  # fmt: skip
    if len(lists) > 1:
        shape = replace(shape, fault=f"has {len(lists)} columns of vectors, expected one")
    return shape


def _spread_out(sample: _Sample) -> Shape | None:
    """The shape of a table that has a column for each value."""
    first, rows, texts, numeric = sample.first, sample.rows, sample.texts, sample.numeric
    names = [field.strip().strip('"').lower() for field in first]
    has_header = sample.has_rows_behind and _is_header(names, first, rows, numeric, texts)
    counts = _named(names, COUNT_NAMES, numeric) if has_header else None
    shares = [] if counts is None or not _are_shares(rows, counts) else [counts]
    indexed = [c for c in numeric[:1] if c == 0 and _is_index(names, rows, has_header, texts)]
    values = [c for c in numeric if c != counts and c not in indexed]
    counts = None if shares else counts
    word: int | None = None
    fault: str | None = None
    if has_header and texts:
        word = _named(names, WORD_NAMES, texts)
    if word is None and texts:
        word = texts[0]
        if len(texts) > 1:
            shown = " and ".join(_name(first, column, has_header) for column in texts[:2])
            fault = (
                f"has several columns of text ({shown}); name that of the words 'word', in line 1"
            )
    elif word is None:
        is_index = has_header and names[0] in _INDEX_NAMES and _is_counted(rows, 0)
        word = 0 if is_index else _word_of_numbers(names, rows, has_header, values)
        values = [column for column in values if column != word]
    fits_two = fault is None and word == 0 and not has_header and _is_tally(rows, values)
    if fits_two:
        fault = (
            f"has whole numbers in column {values[0] + 1}, which may be the words' counts or "
            "numbers, or their first value; name the columns in line 1 (word, count, …), or leave "
            "it out"
        )
    if len(values) < 1 or (word is None and len(values) < 2):
        return None
    if word is not None and word > 0 and word not in indexed:
        # What stands before the words is no value: a row's number, a rank.
        values = [c for c in values if c > word] or values
    if fault is None and texts and _is_count_alone(names, rows, has_header, values):
        fault = (
            f"has one whole number a word, in column {values[0] + 1}, which is a count or a word's "
            "number and no vector; expected a word's values in columns of their own (for vectors "
            "of one dimension, name the columns in line 1: word,0)"
        )
    others = sorted(set(range(sample.width)).difference(values, (word, counts)))
    return Shape(
        delimiter=sample.delimiter,
        has_header=has_header,
        fields=sample.width,
        word=word,
        counts=counts,
        values=tuple(values),
        columns=len(values),
        has_commas=_has_commas(rows if has_header else [first, *rows], values),
        left_out=_left_out(first, has_header, others, rows),
        fault=fault,
        fits_two=fits_two,
        is_index=has_header and word == 0 and names[0] in _INDEX_NAMES and _is_counted(rows, 0),
    )


def _is_header(
    names: list[str],
    first: list[str],
    rows: list[list[str]],
    numeric: list[int],
    texts: list[int],
) -> bool:
    """Whether line 1 is names: most columns of numbers have none there, or dimensions' numbers."""
    named = sum(not is_number(first[column]) for column in numeric)
    if 2 * named > len(numeric):
        return True
    if any(names[column] in COUNT_NAMES for column in numeric):
        return True
    columns = [c for c in numeric if names[c] not in (*WORD_NAMES, *_INDEX_NAMES)]
    wholes = [names[column] for column in columns]
    counted = wholes in ([str(n + start) for n in range(len(wholes))] for start in (0, 1))
    told = any(names[column] in WORD_NAMES for column in texts) or names[0] in WORD_NAMES
    decimals = any(_WHOLE.fullmatch(row[c].strip()) is None for row in rows for c in columns)
    return counted and (told or (len(columns) > 3 and decimals))


def _are_shares(rows: list[list[str]], column: int) -> bool:
    """Whether a column of counts has broken numbers: shares of a text, which are left out."""
    fields = [row[column].strip() for row in rows]
    return all(map(is_number, fields)) and not all(map(_WHOLE.fullmatch, fields))


def _is_index(names: list[str], rows: list[list[str]], has_header: bool, texts: list[int]) -> bool:
    """Whether the first column is the rows' numbers, beside words of their own or under no name."""
    if has_header and names[0] not in _INDEX_NAMES:
        return False
    return len(rows) > 1 and bool(texts) and _is_counted(rows, 0)


def _is_tally(rows: list[list[str]], values: list[int]) -> bool:
    """Whether the first of some columns is rows' numbers or counts, and no other one is whole."""
    if len(rows) < _FEWEST_LINES or len(values) < 2:
        return False
    fields = [row[values[0]].strip() for row in rows]
    if not all(map(_NATURAL.fullmatch, fields)):
        return False
    if any(_WHOLE.fullmatch(row[column].strip()) for row in rows for column in values[1:]):
        return False
    numbers = [int(field) for field in fields]
    falls = all(one >= other for one, other in pairwise(numbers)) and len(set(numbers)) > 2
    return _is_counted(rows, values[0]) or (falls and numbers[0] >= _LEAST_COUNT)


def _is_count_alone(
    names: list[str], rows: list[list[str]], has_header: bool, values: list[int]
) -> bool:
    """Whether there is one column of numbers, all whole, that no dimension's name stands over."""
    if len(values) != 1 or (has_header and _DIGIT.search(names[values[0]])):
        return False
    return all(_NATURAL.fullmatch(row[values[0]].strip()) for row in rows)


def _is_counted(rows: list[list[str]], column: int) -> bool:
    """Whether a column is the rows' numbers, of which the first may begin the second line."""
    found = [row[column].strip().strip('"') for row in rows]
    return any(found == [str(start + n) for n in range(len(found))] for start in (0, 1, 2))


def _word_of_numbers(
    names: list[str], rows: list[list[str]], has_header: bool, values: list[int]
) -> int | None:
    """The column of words that are numbers, where no column has text; None where none are words.

    Words are distinct. Whole numbers beside decimals are nodes' or items' names; a decimal is none.
    """
    if not values:
        return None
    column = [row[values[0]].strip() for row in rows]
    if has_header and names[values[0]] in WORD_NAMES:
        return values[0]
    whole = all(map(_WHOLE.fullmatch, column)) and len(set(column)) == len(column)
    return values[0] if whole and not has_header else None


def _has_commas(rows: list[list[str]], values: list[int]) -> bool:
    fields = [row[column].strip() for row in rows for column in values]
    return any(map(_COMMA.fullmatch, fields)) and not any("." in field for field in fields)


def _named(names: list[str], wanted: Sequence[str], columns: Sequence[int]) -> int | None:
    """The column with the first of some names."""
    return next((c for name in wanted for c in columns if names[c] == name), None)


def _name(first: list[str], column: int, has_header: bool) -> str:
    return repr(first[column][:40]) if has_header and first[column] else f"column {column + 1}"


def _left_out(
    first: list[str], has_header: bool, columns: Sequence[int], rows: list[list[str]]
) -> tuple[str, ...]:
    """Names of columns that are left out and say something: the rows' numbers do not."""
    return tuple(
        _name(first, column, has_header) for column in columns if not _is_counted(rows, column)
    )


def _bare_lists(lines: Sequence[str]) -> Shape | None:
    """The shape of rows whose vectors stand in brackets, without quotes."""
    for delimiter in _DELIMITERS:
        split = [split_bare_list(line, delimiter) for line in lines if line]
        rows = [row for row in split[1:] or split if row is not None]
        if not rows or len(rows) < len(split) - 1:
            continue
        width = Counter(map(len, rows)).most_common(1)[0][0]
        if any(len(row) != width for row in rows):
            continue
        names = _record(lines, 0, delimiter)[0]
        first = split[0] if split[0] is not None else names[:width]
        if len(first) == width:
            texts = [c for c in range(width) if not all(is_number(row[c]) for row in rows)]
            sample = _Sample(first=first, rows=rows, delimiter=delimiter, texts=texts)
            shape = _listed(sample, [width - 1])
            return None if shape is None else replace(shape, is_bare=True)
    return None
