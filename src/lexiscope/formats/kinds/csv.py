"""CSV: a row a word.

Layout (RFC 4180, lines of `\\n` or `\\r\\n`): a header, which `write` always puts: `word`, `count`
where there are counts, and the dimensions' numbers; then rows of a word, its count, and D decimals.
Without a header the second field is a value already. Fields with a comma, a quote or a line end
stand in quotes. Decimals are the shortest that give the same float32.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from lexiscope.formats.reading.intake import Intake
from lexiscope.formats.reading.outgoing import check_head, outgoing
from lexiscope.formats.reading.text_rows import (
    BOM,
    Place,
    is_number,
    is_value,
    lines_of,
    parse_decimals,
    text_lines,
)
from lexiscope.formats.token_rule import LONGEST_IN_TEXT, TokenRule

_ROWS = 2048
_SAID_BY = "as line 1 has; the row is damaged"
_TOKENS = TokenRule(spelling="bytes", without="\0", longest=LONGEST_IN_TEXT)


@dataclass(frozen=True)
class _Layout:
    """What a file's columns are.

    Attributes:
        columns: D.
        has_header: Whether line 1 is names.
        has_counts: Whether the second column is counts.
    """

    columns: int
    has_header: bool
    has_counts: bool

    @property
    def first_value(self) -> int:
        return 2 if self.has_counts else 1


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The rows of a CSV file, some at a time.

    Raises:
        FormatError: Line 1 is no row; while the rows are gone through: see `read`.
    """
    with chunks(path) as content:
        lines = (tokens.decode(line) + "\n" for block in lines_of(content, path) for line in block)
        rows = _records(csv.reader(lines, strict=True), path)
        first = next(rows, None)
        layout = None if first is None else _layout(first)
        if first is None or layout is None:
            raise FormatError(
                path, "line 1", "is neither a word and its values nor names of columns, in CSV"
            )
        warnings: list[str] = []
        if not layout.has_header:
            first[0] = first[0].removeprefix(BOM)
            rows = chain([first], rows)
        yield VectorsStream(
            columns=layout.columns,
            rows=None,
            has_counts=layout.has_counts,
            dtype=options.dtype,
            blocks=_blocks(rows, layout, path, options, warnings),
            warnings=warnings,
            progress=content.progress,
        )


def _records(reader: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    row = 0
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise FormatError(path, f"record {row + 1:,}", f"is no CSV ({error})") from error
        if record is None:
            return
        row += 1
        if record:  # csv gives [] for a blank line
            yield record


def _layout(first: list[str]) -> _Layout | None:
    fields = [field.strip().lower() for field in first]
    if len(fields) < 2 or len(fields) > MAX_DIMENSIONS + 2:
        return None
    if all(is_number(field.encode("utf-8", "replace")) for field in fields[1:]):
        named = fields[0].removeprefix(BOM) in ("word", "token", "")
        numbered = fields[1:] == [str(number) for number in range(len(fields) - 1)]
        return _Layout(len(fields) - 1, named and numbered, False)
    if any(is_number(field.encode("utf-8", "replace")) for field in fields[2:]) and (
        fields[1] != "count"
    ):
        return None
    has_counts = fields[1] == "count"
    columns = len(fields) - (2 if has_counts else 1)
    return _Layout(columns, True, has_counts) if columns else None


def _blocks(
    rows: Iterator[list[str]],
    layout: _Layout,
    path: Path,
    options: ReadOptions,
    warnings: list[str],
) -> Iterator[Block]:
    intake = Intake(options)
    place = Place(path=path, lines_before=int(layout.has_header), said_by=_SAID_BY)
    done = 0
    while not intake.done and (records := list(islice(rows, _ROWS))):
        values = [_values(record, layout, place, row) for row, record in enumerate(records, done)]
        vectors = parse_decimals(values, layout.columns, place, done)
        counts = _counts(records, place, done) if layout.has_counts else None
        yield intake.take([record[0] for record in records], vectors, counts)
        done += len(records)
    if not done:
        raise FormatError(path, None, "has no rows after its line of names")
    warnings += intake.warnings()


def _values(record: list[str], layout: _Layout, place: Place, row: int) -> bytes:
    """A row's values with a space between."""
    fields = record[layout.first_value :]
    if len(fields) != layout.columns:
        raise place.error(
            row, f"has {len(fields):,} values, expected {layout.columns:,} {_SAID_BY}"
        )
    joined = " ".join(fields)
    if joined.count(" ") >= layout.columns or "" in fields:
        fields = [field.strip() for field in fields]
        joined = " ".join(fields)
        if joined.count(" ") >= layout.columns or "" in fields:
            raise place.error(row, "has an empty value or one with a space, expected numbers")
    return joined.encode("utf-8", "replace")


def _counts(records: list[list[str]], place: Place, start: int) -> NDArray[np.int64]:
    counts = np.zeros(len(records), dtype=np.int64)
    for row, record in enumerate(records):
        try:
            counts[row] = int(record[1])
        except (ValueError, OverflowError):
            raise place.error(
                start + row, f"has {record[1][:40]!r} as count, expected a whole number"
            ) from None
    return counts


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
        check_head(path, out, _sniff)


def _quoted(word: bytes) -> bytes:
    if any(sign in word for sign in (b",", b'"', b"\n", b"\r")):
        return b'"' + word.replace(b'"', b'""') + b'"'
    return word


def _sniff(head: bytes, _path: Path) -> bool:
    if b"\x00" in head[:4096]:
        return False
    lines = [tokens.decode(line) + "\n" for line in head.split(b"\n")]
    is_cut = len(head) == HEAD_BYTES
    # Not strict where the head may end in the middle of a field in quotes.
    reader = csv.reader(lines, strict=not is_cut)
    try:
        records = list(islice((record for record in reader if record), 2))
    except csv.Error:
        return False
    layout = _layout(records[0]) if records else None
    if layout is None or len(records) < 2:
        return layout is not None and not layout.has_header
    values = records[1][layout.first_value :] or [""]
    # The second row of a wide file may be cut.
    is_cut = is_cut and reader.line_num == len(lines)
    return (len(values) == layout.columns or is_cut) and is_value(
        values[0].strip().encode("utf-8", "replace")
    )


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
