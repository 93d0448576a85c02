"""CSV: a row a word, as spreadsheets, R, pandas and scripts write tables.

Layout (RFC 4180, lines of `\\n` or `\\r\\n`): a header, which `write` always puts: `word`, `count`
where there are counts, and the dimensions' numbers; then rows of a word, its count, and D decimals.
Fields with a comma, a quote or a line end stand in quotes. Decimals are the shortest that give the
same float32. What others write besides is told by its first rows (`table_shape`): other
delimiters, other names or none, rows' numbers, decimal commas, vectors that are one text each.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.atomic import atomic_file
from lexiscope.files.opening import HEAD_BYTES, chunks
from lexiscope.formats.contract import (
    EVERYTHING,
    Block,
    Format,
    ReadOptions,
    VectorsStream,
    Writable,
)
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.formats.reading import labels, listed_vectors, table_shape
from lexiscope.formats.reading.intake import Intake
from lexiscope.formats.reading.outgoing import check_head, outgoing
from lexiscope.formats.reading.table_shape import Shape
from lexiscope.formats.reading.text_rows import BOM, lines_of, text_lines
from lexiscope.formats.reading.text_values import Place, parse_decimals
from lexiscope.formats.token_rule import LONGEST_IN_TEXT, TokenRule

_ROWS = 2048
_SAID_BY = "as line 1 has; the row is damaged"
_MOST_RECORD = 1 << 23
_NUMBERED = (
    "a table without a column of words: its rows' numbers stand for them; put the words beside it, "
    "one a line, to have them back"
)
_TOKENS = TokenRule(spelling="bytes", without="\0", longest=LONGEST_IN_TEXT)


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The rows of a table, some at a time.

    Raises:
        FormatError: Line 1 is no row; several columns could be the words; while the rows are gone
            through: see `read`.
    """
    shape = _shape(path)
    with chunks(path, is_part=options.limit is not None) as content:
        lines = (tokens.decode(line) for block in lines_of(content, path) for line in block)
        records = _Records(lines, shape, path)
        rows: Iterator[list[str]] = iter(records)
        if shape.has_header:
            next(rows, None)
        warnings = [_NUMBERED] if shape.is_index else []
        reader = _Rows(
            shape, Place(path=path, lines_before=int(shape.has_header), said_by=_SAID_BY)
        )
        first = next(rows, None)
        if first is None:
            raise FormatError(path, None, "has no rows after its line of names")
        columns = reader.count_columns(first)
        yield VectorsStream(
            columns=columns,
            rows=None,
            has_counts=shape.counts is not None,
            dtype=options.dtype,
            blocks=_blocks(chain([first], rows), reader, columns, options, warnings),
            warnings=warnings,
            progress=content.progress,
        )


def _shape(path: Path) -> Shape:
    """What a file's columns are; it is closed again, as what unwraps it may take much memory.

    Raises:
        FormatError: Line 1 is no row; several columns could be the words.
    """
    with chunks(path, is_part=True) as content:
        head = table_shape.with_whole_rows(content.read(HEAD_BYTES), content.read)
    shape = table_shape.shape_of(head)
    if shape is None or shape.word is None:
        raise FormatError(
            path, "line 1", "is neither a word and its values nor names of columns, in CSV"
        )
    if shape.fault is not None:
        raise FormatError(path, "line 1", shape.fault)
    return shape


class _Records:
    """The records of a table, one after the other: fields as texts.

    A line without quotes is split where the delimiter stands, which is what CSV means by it too. A
    quote that nothing closes is CSV's in no way: such a line is taken as it stands where it has the
    fields of all others and its word is a quote alone, as programs write it that know of none.

    Args:
        lines: The file's.
        shape: What its columns are.
        path: For messages.
    """

    def __init__(self, lines: Iterable[str], shape: Shape, path: Path) -> None:
        self._lines = iter(lines)
        self._shape = shape
        self._path = path
        self._done = 0
        self._ending = ""  # what stands before the line's end, and belongs to a field in quotes

    def __iter__(self) -> Iterator[list[str]]:
        for number, line in enumerate(self._lines):
            plain = line.removesuffix("\r")
            self._ending = line[len(plain) :]
            if number == 0:
                plain = plain.removeprefix(BOM)
            if not plain:
                continue
            if self._shape.is_aligned:
                plain = table_shape.folded(plain)
            record = self._record(plain)
            self._done += 1
            yield table_shape.trimmed(record, self._shape.delimiter)

    def _record(self, line: str) -> list[str]:
        delimiter = self._shape.delimiter
        if self._shape.is_listed and self._shape.has_signs:
            line = self._joined(line)
        if self._shape.is_bare:
            split = listed_vectors.split_bare_list(line, delimiter)
            if split is not None:
                return split
        if '"' not in line:
            return line.split(delimiter)
        raw = line.split(delimiter)
        if len(raw) == self._shape.fields and raw[0].strip('"') == "" and len(raw[0]) % 2:
            return raw
        return self._quoted(line)

    def _joined(self, line: str) -> str:
        """A line, with those after it that its list goes on in."""
        if not listed_vectors.opens_list(line):
            return line
        pieces, size = [line], len(line)
        while "]" not in pieces[-1] and ")" not in pieces[-1]:
            following = next(self._lines, None)
            size += 0 if following is None else len(following)
            if following is None or size > _MOST_RECORD:
                raise self._error("has a list that nothing closes; the file is cut or damaged")
            pieces.append(following.removesuffix("\r"))
        return " ".join(pieces)

    def _quoted(self, line: str) -> list[str]:
        """The fields of a record with quotes, which may go over several lines."""
        size = len(line)
        while True:
            try:
                reader = csv.reader([line + "\n"], delimiter=self._shape.delimiter, strict=True)
                return next(reader)
            except csv.Error as error:
                reason = str(error)
            following = next(self._lines, None)
            if following is None or "unexpected end" not in reason or size > _MOST_RECORD:
                raise self._error(f"is no CSV ({reason})")
            plain = following.removesuffix("\r")
            line, self._ending = f"{line}{self._ending}\n{plain}", following[len(plain) :]
            size += len(following)

    def _error(self, reason: str) -> FormatError:
        return FormatError(self._path, f"record {self._done + 1:,}", reason)


class _Rows:
    """What of records is words, counts and values.

    Args:
        shape: What the columns are.
        place: For messages.
    """

    def __init__(self, shape: Shape, place: Place) -> None:
        self.shape = shape
        self.place = place

    def count_columns(self, first: list[str]) -> int:
        """D, which a vector that is one text tells itself."""
        if not self.shape.is_listed:
            return self.shape.columns
        return len(self.values(first, 0, None).split(b" "))

    def word(self, record: list[str]) -> str:
        """A record's word; spaces after a delimiter that is none belong to the layout."""
        return record[self.shape.word or 0]

    def fitted(self, record: list[str]) -> list[str]:
        """A record with as many fields as others: a word of commas, not in quotes, made one."""
        more = len(record) - self.shape.fields
        if more <= 0 or self.shape.word != 0:
            return record
        word = record[: more + 1]
        if any(word):
            return record
        return [self.shape.delimiter * more, *record[more + 1 :]]

    def values(self, record: list[str], row: int, columns: int | None) -> bytes:
        """A record's values with a space between.

        Raises:
            FormatError: There are fewer or more than columns, or one is empty.
        """
        shape = self.shape
        if len(record) != shape.fields:
            found = len(record) - (shape.fields - max(1, shape.columns))
            raise self.place.error(
                row, f"has {found:,} values, expected {shape.columns or 1:,} {_SAID_BY}"
            )
        if shape.is_listed:
            return self._listed(record[shape.values[0]], row, columns)
        if shape.is_one_stretch:
            fields = record[shape.values[0] :]
        else:
            fields = [record[column] for column in shape.values]
        if shape.has_commas:
            fields = [field.replace(",", ".") for field in fields]
        joined = " ".join(fields)
        if joined.count(" ") >= len(fields) or "" in fields:
            fields = [field.strip() for field in fields]
            joined = " ".join(fields)
            if joined.count(" ") >= len(fields) or "" in fields:
                raise self.place.error(
                    row, "has an empty value or one with a space, expected numbers"
                )
        return joined.encode("utf-8", "replace")

    def _listed(self, text: str, row: int, columns: int | None) -> bytes:
        try:
            joined = listed_vectors.list_values(text)
        except ValueError as error:
            raise self.place.error(row, f"has {error}: they are not in the file") from error
        found = joined.count(" ") + 1
        if columns is not None and found != columns:
            raise self.place.error(row, f"has {found:,} values, expected {columns:,} {_SAID_BY}")
        return joined.encode("utf-8", "replace")

    def counts(self, records: list[list[str]], start: int) -> NDArray[np.int64] | None:
        """The records' counts, where there are some.

        Raises:
            FormatError: One is no whole number.
        """
        column = self.shape.counts
        if column is None:
            return None
        counts = np.zeros(len(records), dtype=np.int64)
        for row, record in enumerate(records):
            try:
                whole, _point, rest = record[column].strip().partition(".")
                counts[row] = int(whole if not rest.strip("0") else record[column])
            except (ValueError, OverflowError):
                raise self.place.error(
                    start + row, f"has {record[column][:40]!r} as count, expected a whole number"
                ) from None
        return counts


def _blocks(
    rows: Iterator[list[str]],
    reader: _Rows,
    columns: int,
    options: ReadOptions,
    warnings: list[str],
) -> Iterator[Block]:
    intake = Intake(options)
    done = 0
    while not intake.done:
        records = [reader.fitted(row) for row in islice(rows, intake.wanted(_ROWS))]
        if not records:
            break
        values = [reader.values(record, row, columns) for row, record in enumerate(records, done)]
        vectors = parse_decimals(values, columns, reader.place, done)
        counts = reader.counts(records, done)
        yield intake.take([reader.word(record) for record in records], vectors, counts)
        done += len(records)
    warnings += intake.warnings()
    if reader.shape.left_out:
        named = ", ".join(reader.shape.left_out)
        warnings.append(f"columns that are neither words nor values were left out ({named})")


def write(path: Path, data: Writable) -> None:
    """Writes a CSV file with a header; words and values come back the same.

    Raises:
        FormatError: A token cannot stand in this format; the file is not touched.
        OSError: The disk is full or cannot be written to.
    """
    source = outgoing(path, data, _TOKENS, columns=(1, MAX_DIMENSIONS))
    names = ["word", *(["count"] if source.has_counts else []), *map(str, range(source.columns))]
    with atomic_file(Path(path)) as out:
        out.write((",".join(names) + "\n").encode())
        for block in source.blocks:
            words, lines = text_lines(block)
            starts: Iterator[bytes] = map(_quoted, words)
            if block.counts is not None:
                numbers = block.counts.tolist()
                starts = (b"%b,%d" % pair for pair in zip(starts, numbers, strict=True))
            out.writelines(
                start + b"," + line.replace(b" ", b",") + b"\n"
                for start, line in zip(starts, lines, strict=True)
            )
        check_head(
            path,
            out,
            lambda head, path: _sniff(table_shape.with_whole_rows(head, out.read), path),
        )


def _quoted(word: bytes) -> bytes:
    if any(sign in word for sign in (b",", b'"', b"\n", b"\r")):
        return b'"' + word.replace(b'"', b'""') + b'"'
    return word


def _sniff(head: bytes, path: Path) -> bool:
    shape = table_shape.shape_of(head)
    if shape is None or shape.word is None:
        return False
    if shape.is_index and labels.has_own(path):  # a table of numbers, with its words beside it
        return False
    # Rows of a word and its values with a space or a tab between are GloVe's, and read as those.
    return shape.delimiter not in " \t" or not shape.is_words_and_values


FORMAT = Format(
    name="csv",
    description="comma-separated values: word, decimals (.csv)",
    extensions=(".csv",),
    sniff=_sniff,
    write=write,
    stream=stream,
    is_text=True,
    tokens=_TOKENS,
    carries=frozenset({"counts"}),
)
