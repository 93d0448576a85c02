"""word2vec's text format.

Layout: `V D` newline, then V rows of a token, a space and D decimals with a space between, newline.
The C tool and fastText leave a space before the newline; the C tool writes 6 decimals, gensim the
shortest that give the same float32, and so does `write`.

Rows are split as bytes on space and newline only, so U+2028, U+0085 or a no-break space may stand
inside a token. Values are counted from the right, since a token may hold spaces. Accepted besides:
a byte order mark, CRLF, tabs for spaces, runs of spaces.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats import tokens
from lexiscope.formats.atomic import atomic_file
from lexiscope.formats.data import Format, VectorsData
from lexiscope.formats.source import HEAD_BYTES, mapped
from lexiscope.formats.word2vec import (
    Header,
    assemble,
    parse_header,
    read_header,
    scan_rows,
    starts_as_text,
)

_BLOCK_BYTES = 1 << 23
_WRITE_ROWS = 2048
_BLANK = b" \t\r"
_NUMBER = re.compile(
    rb"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|nan|inf|infinity)", re.IGNORECASE
)
_DIGITS = re.compile(rb"\d+")
_COMMA = re.compile(rb"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")


def read(path: Path, *, limit: int | None = None) -> VectorsData:
    """Reads a word2vec text file.

    Args:
        path: The file.
        limit: Read the first rows only, at most so many.

    Raises:
        FormatError: The file is not whole and sound; the row is named.
    """
    with mapped(path) as data:
        head = data[:HEAD_BYTES]
        # A row has a separator and a digit for each value, and a line end.
        header = read_header(head, path, size=len(data), row_bytes=1, value_bytes=2)
        if not starts_as_text(head, header) and b"\x00" in head:
            raise FormatError(
                path, "row 1", "is raw bytes, not decimals; read it as word2vec binary"
            )
        return _Reader(path, data, header, limit).read()


class _Reader:
    """One pass over the rows of one file."""

    def __init__(self, path: Path, data: mmap, header: Header, limit: int | None) -> None:
        self.path = path
        self.data = data
        self.header = header
        self.columns = header.columns
        self.rows = header.rows if limit is None else min(limit, header.rows)
        self.position = header.end

    def read(self) -> VectorsData:
        words: list[bytes] = []
        vectors = np.empty((self.rows, self.columns), dtype=np.float32)
        for lines in self._blocks():
            lines = lines[: self.rows - len(words)]
            split = [self._split(line, len(words) + i) for i, line in enumerate(lines)]
            start = len(words)
            words.extend(word for word, _values in split)
            vectors[start : len(words)] = self._numbers([values for _word, values in split], start)
            if len(words) == self.rows:
                break
        if len(words) < self.rows:
            raise FormatError(
                self.path,
                f"row {len(words) + 1:,}",
                f"is missing: the header declares {self.header.rows:,} rows; the file is truncated "
                "or its header wrong: download or write it again",
            )
        result = assemble(_decode_all(words), vectors, scan_rows(vectors))
        if self.rows == self.header.rows:
            self._warn_of_end(result.warnings)
        return result

    def _blocks(self) -> Iterator[list[bytes]]:
        """The lines from here on, a block at a time; `position` is where the next block starts."""
        size = len(self.data)
        while self.position < size:
            end = self.data.rfind(b"\n", self.position, self.position + _BLOCK_BYTES) + 1
            if end == 0:
                end = self.data.find(b"\n", self.position) + 1 or size
            block = self.data[self.position : end]
            self.position = end
            lines = block.split(b"\n")
            if not lines[-1]:
                lines.pop()
            yield lines

    def _split(self, line: bytes, row: int) -> tuple[bytes, bytes]:
        """A row's token, and its values with a space between."""
        line = line.rstrip(_BLANK)
        if line.count(b" ") == self.columns and b"  " not in line:
            word, _space, values = line.partition(b" ")
            if b"\t" not in values:
                return word, values
        if b"\t" in line:
            line = line.replace(b"\t", b" ")
        word, fields = _split_right(line, self.columns)
        last = word.rpartition(b" ")[2]
        missing = len(fields) < self.columns
        if missing or (b" " in word and _reads_as_value(last, fields)):
            found = len(line.split()) - 1
            raise FormatError(self.path, _where(row), self._wrong_count(line, found))
        return word, b" ".join(fields)

    def _wrong_count(self, line: bytes, found: int) -> str:
        if not line:
            return f"is empty, expected a word and {self.columns} values"
        reason = f"has {found:,} values, expected {self.columns:,}"
        is_last = self.position >= len(self.data) and self.data[-1:] != b"\n"
        if is_last and found < self.columns and self.data[-len(line) :] == line:
            return f"{reason}; the file is truncated here: download or write it again"
        return f"{reason} as line 1 declares; the row is damaged or the header wrong"

    def _numbers(self, rows: list[bytes], start: int) -> NDArray[np.float32]:
        """The values of many rows, parsed in one call.

        Args:
            rows: Each row's values; none holds two spaces together.
            start: The number of the first, for messages.
        """
        values: NDArray[np.float32] | None = None
        with warnings.catch_warnings():
            # NumPy tells of text that is no number by a warning only.
            warnings.simplefilter("error", DeprecationWarning)
            try:
                values = np.fromstring(b" ".join(rows), dtype=np.float32, sep=" ")
            except (DeprecationWarning, ValueError):
                values = None
        if values is None or values.size != len(rows) * self.columns:
            raise self._bad_number(rows, start)
        return values.reshape(len(rows), self.columns)

    def _bad_number(self, rows: list[bytes], start: int) -> FormatError:
        for row, text in enumerate(rows, start):
            for column, field in enumerate(text.split(b" ")):
                if _NUMBER.fullmatch(field):
                    continue
                shown = field[:40].decode("utf-8", "backslashreplace")
                hint = (
                    "; decimal commas are not read: write the file with decimal points"
                    if _COMMA.fullmatch(field)
                    else ""
                )
                return FormatError(
                    self.path,
                    _where(row),
                    f"has {shown!r} as value {column + 1}, expected a number{hint}",
                )
        return FormatError(self.path, _where(start), "starts a stretch that is not numbers")

    def _warn_of_end(self, messages: list[str]) -> None:
        """Tells of rows after the last declared one, and of a last row without its line end."""
        extra = _count_rows(self.data, self.header.end) - self.rows
        if extra > 0:
            messages.append(
                f"{extra:,} rows after the {self.rows:,} that line 1 declares were left out"
            )
        elif self.data[-1:] not in (b"\n", b"\r"):
            messages.append("the last row has no line end; the file may be cut in its last number")


def _where(row: int) -> str:
    return f"row {row + 1:,} (line {row + 2:,})"


def _count_rows(data: mmap, start: int) -> int:
    """Lines from `start` to the end, blank ones at the end not counted."""
    end = len(data)
    while end > start and data[end - 1] in b" \t\r\n":
        end -= 1
    count = 0
    for position in range(start, end, _BLOCK_BYTES):
        count += data[position : min(end, position + _BLOCK_BYTES)].count(b"\n")
    return count + (end > start)


def _split_right(line: bytes, columns: int) -> tuple[bytes, list[bytes]]:
    """The last `columns` fields that are not empty, and what stands before them."""
    fields: list[bytes] = []
    rest = line
    while len(fields) < columns:
        head, space, field = rest.rpartition(b" ")
        if not space:
            return rest, []
        if field:
            fields.append(field)
        rest = head
    fields.reverse()
    return (rest.rstrip(b" ") or rest), fields


def _reads_as_value(last: bytes, fields: list[bytes]) -> bool:
    """Whether the end of a token with a space is rather one value too many.

    "route 66" among decimals is a token; "66" among whole numbers, or "0.66", is a value.
    """
    if not _is_number(last):
        return False
    return not _DIGITS.fullmatch(last) or any(_DIGITS.fullmatch(field) for field in fields)


def _is_number(field: bytes) -> bool:
    """Whether a field is a number, and not a word that reads as one (nan, inf)."""
    return _NUMBER.fullmatch(field) is not None and any(48 <= byte <= 57 for byte in field)


def _decode_all(words: list[bytes]) -> list[str]:
    """All tokens in one call; no token holds a newline."""
    return tokens.decode(b"\n".join(words)).split("\n")


def write(path: Path, data: VectorsData) -> None:
    """Writes a word2vec text file whose values come back as the same float32.

    Raises:
        FormatError: A token cannot stand in this format; the file is not touched.
        OSError: The disk is full or cannot be written to.
    """
    words = [tokens.encode(word) for word in data.tokens]
    for row, word in enumerate(words):
        _check_word(Path(path), row, word)
    with atomic_file(Path(path)) as stream:
        stream.write(b"%d %d\n" % data.vectors.shape)
        for start in range(0, len(words), _WRITE_ROWS):
            # NumPy's cast to bytes gives the shortest decimals that name this float32.
            block = data.vectors[start : start + _WRITE_ROWS].astype("S32").tolist()
            stream.writelines(
                b"%b %b\n" % (word, b" ".join(values))
                for word, values in zip(words[start : start + len(block)], block, strict=True)
            )


def _check_word(path: Path, row: int, word: bytes) -> None:
    if b"\n" in word:
        reason = "holds a line end"
    elif (b" " in word and b"\t" in word) or word.rstrip(b" ") not in (word, b""):
        reason = "holds spaces that would not come back"
    elif b" " in word and _is_number(word.rpartition(b" ")[2]):
        reason = "ends in a number after a space, which reads as a value"
    elif not word:
        reason = "is empty"
    else:
        return
    shown = repr(tokens.decode(word))
    raise FormatError(
        path, f"row {row + 1:,}", f"the token {shown} {reason}; save as a model folder instead"
    )


def _sniff(head: bytes, _path: Path) -> bool:
    header = parse_header(head)
    if header is None:
        return False
    return len(head) == header.end or starts_as_text(head, header)


FORMAT = Format(
    name="word2vec-text",
    description="word2vec text (.txt, .vec)",
    extensions=(".txt", ".vec"),
    sniff=_sniff,
    read=read,
    write=write,
)
