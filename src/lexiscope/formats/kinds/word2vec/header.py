"""Header of word2vec text and binary files, and how to tell the two apart.

Both start with an ASCII line `V D`, rows and columns. The source is the C tool of Mikolov et al.
(https://code.google.com/archive/p/word2vec).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError, MalformedError, TruncatedError
from lexiscope.files import tokens
from lexiscope.files.opening import mapped

MAX_DIMENSIONS = 100_000
_BOM = b"\xef\xbb\xbf"
_HEADER = re.compile(rb"[ \t]*([+-]?\d{1,30})[ \t]+([+-]?\d{1,30})[ \t\r]*\n")
_NUMBER = re.compile(rb"[+-]?(?:[\d.,]+(?:[eE][+-]?\d+)?|nan|inf|infinity)", re.IGNORECASE)
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
    return Header(rows=int(match[1]), columns=int(match[2]), end=match.end())


def read_header(
    head: bytes, path: Path, *, size: int | None, row_bytes: int, value_bytes: int
) -> Header:
    """The header, checked against the file's size before anything is allocated for it.

    Args:
        head: The file's first bytes.
        path: For messages.
        size: The content's size in bytes; None where it is not known.
        row_bytes: The least bytes a row takes besides its values.
        value_bytes: The least bytes a value takes.

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
    needed = header.rows * (row_bytes + header.columns * value_bytes)
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
    row, newline, _rest = head[header.end :].partition(b"\n")
    # The token may hold anything, so only the fields after it are looked at.
    fields = row.replace(b"\t", b" ").rstrip().rsplit(b" ", header.columns)
    if len(fields) < 2 or _CONTROL.search(b"".join(fields[1:])):
        return False
    all_printable = _CONTROL.search(head) is None
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
