"""Header of word2vec text and binary files, and how to tell the two apart.

Both start with an ASCII line `V D`, rows and columns. The source is the C tool of Mikolov et al.
(https://code.google.com/archive/p/word2vec). deeplearning4j's has a third number, of documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError, MalformedError, TruncatedError
from lexiscope.files import tokens
from lexiscope.files.opening import mapped

MAX_DIMENSIONS = 100_000
_MOST_LINES_OF_A_TOKEN = 8
_BOM = b"\xef\xbb\xbf"
# R writes 100,000 as 1e+05, and pandas 100.0 for 100.
_SIZE = rb"([+-]?\d{1,30}(?:\.0*)?|\d(?:\.\d{1,12})?[eE]\+?\d{1,2})"
_HEADER = re.compile(rb"[ \t]*%b[ \t]+%b(?:[ \t]+(\d{1,30}))?[ \t\r]*\n" % (_SIZE, _SIZE))
_NUMBER = re.compile(
    rb"[+-]?(?:[\d.,]+(?:[eE][+-]?\d+)?|nan(?:\(\w*\))?|inf|infinity|1\.#\w+)", re.IGNORECASE
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Header:
    """The first line of a word2vec file.

    Attributes:
        rows: V, as declared.
        columns: D.
        end: The byte where the rows start.
    """

    rows: int
    columns: int
    end: int


def parse_header(head: bytes) -> Header | None:
    """The header at the start of a file, after a byte order mark if there is one; None if none."""
    start = len(_BOM) if head.startswith(_BOM) else 0
    match = _HEADER.match(head, start)
    if match is None:
        return None
    rows, columns = _size(match[1]), _size(match[2])
    if rows is None or columns is None:
        return None
    if match[3] is not None and not _is_of_deeplearning4j(head[match.end() :], columns):
        return None
    return Header(rows=rows, columns=columns, end=match.end())


def _size(field: bytes) -> int | None:
    """A number of rows or columns; None where it is none, as 1.5e+00."""
    if b"." not in field and b"e" not in field.lower():
        return int(field)
    number = Decimal(field.decode())
    return int(number) if number == number.to_integral_value() else None


def _is_of_deeplearning4j(rest: bytes, columns: int) -> bool:
    """Whether rows follow to which a line of three numbers (words, columns, documents) belongs.

    A row of a word and two values is three numbers too, where its word is one.
    """
    row = rest.split(b"\n", 1)[0]
    fields = row.split()
    return row.startswith(b"B64:") or (columns != 2 and len(fields) == columns + 1)


def read_header(
    head: bytes,
    path: Path,
    *,
    size: int | None,
    row_bytes: int,
    value_bytes: int,
    limit: int | None = None,
) -> Header:
    """The header, checked against the file's size before anything is allocated for it.

    Args:
        head: The file's first bytes.
        path: For messages.
        size: The content's size in bytes; None where it is not known.
        row_bytes: The least bytes a row takes besides its values.
        value_bytes: The least bytes a value takes.
        limit: How many rows are asked for; a file that was cut may still have those.

    Raises:
        MalformedError: There is no header, or its numbers cannot be true of any file.
        TruncatedError: It declares more than the file can hold.
    """
    header = parse_header(head)
    if header is None:
        line = head[:80].split(b"\n", 1)[0].decode("utf-8", "backslashreplace")
        raise MalformedError(
            path,
            "line 1",
            f"is {line!r}, expected two numbers, rows and columns (a file without that line is "
            "not word2vec's)",
        )
    if header.rows <= 0 or header.columns <= 0:
        raise MalformedError(
            path,
            "line 1",
            f"declares {header.rows} rows of {header.columns} values; both must be above 0",
        )
    if header.columns > MAX_DIMENSIONS:
        raise FormatError(
            path,
            "line 1",
            f"declares {header.columns:,} values a row; above {MAX_DIMENSIONS:,} it is taken for "
            "a damaged header",
        )
    if size is None:
        return header
    rows = header.rows if limit is None else min(limit, header.rows)
    needed = rows * (row_bytes + header.columns * value_bytes)
    if needed > size - header.end + row_bytes:
        raise TruncatedError(
            path,
            "line 1",
            f"declares {header.rows:,} rows of {header.columns:,} values, which take at least "
            f"{needed:,} bytes, but {size - header.end:,} follow; the header is wrong or the file "
            "is truncated: download or write it again",
        )
    return header


def starts_as_text(head: bytes, header: Header) -> bool:
    """Whether the first row is decimals rather than raw floats.

    Args:
        head: The file's first bytes, the header included.
        header: Its parsed header.
    """
    all_printable = _CONTROL.search(head) is None
    rest = head[header.end :]
    if all_printable:
        # The first token may hold line ends, and its row then begins on one of the next lines.
        for _line in range(_MOST_LINES_OF_A_TOKEN):
            row, newline, following = rest.partition(b"\n")
            if not newline or len(row.replace(b"\t", b" ").rsplit(b" ", header.columns)) > 1:
                break
            rest = following
    row, newline, _rest = rest.partition(b"\n")
    # The token may hold anything, so only the fields after it are looked at.
    fields = row.replace(b"\t", b" ").rstrip().rsplit(b" ", header.columns)
    if len(fields) < 2 or _CONTROL.search(b"".join(fields[1:])):
        return False
    # Without a newline in sight the last field may be cut, so the one before it is asked.
    if _NUMBER.fullmatch(fields[-1 if newline else -2]):
        return all_printable or len(row) > 2 * header.columns
    # A damaged text row is still text; 20 bytes of raw floats are never all printable UTF-8.
    uncut = row if newline else row[: len(row) - 4]
    return header.columns > 4 and all_printable and not tokens.is_cut(tokens.decode(uncut))


def read_counts(path: Path, words: list[str]) -> NDArray[np.int64]:
    """The counts of given words from a `word count` file, as the C tool's -save-vocab writes it.

    Returns:
        A count for each word, int64; 0 for a word that the file has not.

    Raises:
        FormatError: A line is no word and count.
    """
    with mapped(path) as data:
        lines = data[:].split(b"\n")
    counts: dict[bytes, int] = {}
    for row, line in enumerate(lines):
        word, _space, count = line.rstrip(b"\r\t ").rpartition(b" ")
        if not line.strip():
            continue
        if not count.isdigit():
            raise FormatError(path, f"line {row + 1:,}", "is not a word, a space and a count")
        counts[word] = int(count)
    return np.array([counts.get(tokens.encode(word), 0) for word in words], dtype=np.int64)


def write_counts(stream: BinaryIO, words: list[str], counts: NDArray[np.int64]) -> None:
    """Writes the content of a `word count` file, a line a word."""
    stream.writelines(
        b"%b %d\n" % (tokens.encode(word), count)
        for word, count in zip(words, counts.tolist(), strict=True)
    )
