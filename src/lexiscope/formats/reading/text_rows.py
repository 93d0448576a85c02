"""Rows of a token and decimals: what the text formats (word2vec, fastText, GloVe) share.

Rows are split as bytes on space and newline only, so U+2028, U+0085 or a no-break space may stand
inside a token. Values are counted from the right, since a token may hold spaces. Accepted besides:
CRLF, tabs for spaces, runs of spaces; tokens that are empty; and such as hold line ends, where the
file says how many rows it has or nothing but blanks stands in front of the values. Tokens that
begin with `B64:` are deeplearning4j's, and stand for the UTF-8 that they are in base64.

In large files the plain rows are read by compiled code (`decimals`) in some threads, and only the
others by what is here; small files are not worth loading Numba.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope.cores import cores_allowed
from lexiscope.errors import FormatError, TruncatedError
from lexiscope.files import tokens
from lexiscope.files.maps import rows_of
from lexiscope.files.opening import HEAD_BYTES, Chunks
from lexiscope.formats.contract import Block, Matrix
from lexiscope.formats.reading.spaced_words import SpacedWords, half_of
from lexiscope.formats.reading.text_values import Place, is_number, is_value, parse_decimals

_BLOCK_BYTES = 1 << 23
_COMPILED_FROM_BYTES = 1 << 25
_MOST_THREADS = 4
# What the Python reader takes over at a row that is not plain, before the compiled one goes on.
_UNUSUAL_BYTES = 1 << 16
_USUAL_VALUE_BYTES = 10
# A value of 17 digits with sign, point and exponent takes 24 bytes, and a token some.
_MOST_VALUE_BYTES = 64
_MOST_TOKEN_BYTES = 1 << 20
_MOST_LINE_BYTES = 1 << 23
_WRITTEN_AT_ONCE_BYTES = 1 << 18
BLANK = b" \t\r"
BOM = "\ufeff"
_BASE64 = b"B64:"
_DIGITS = re.compile(rb"\d+")


class _SplitTokenError(Exception):
    """A line without values, which compiled code leaves to Python."""


class TextRows:
    """The rows of a text file, in order.

    Args:
        place: For messages.
        chunks: The file's content.
        start: What was read of the rows already.
        columns: D.
        count: How many rows at most; None for all there are.
        dtype: What values are read as; "float64" is read in Python only.
        is_counted: Whether the file says how many rows it has, so that a token over several lines
            cannot be taken for a row that has lost its values.

    Attributes:
        done: Rows read so far.
        cut_line: The file's last line, where it has no end; None otherwise.
    """

    def __init__(
        self,
        place: Place,
        chunks: Chunks,
        start: bytes,
        columns: int,
        count: int | None,
        dtype: Literal["float32", "float64"] = "float32",
        is_counted: bool = False,
    ) -> None:
        self.done = 0
        self.cut_line: bytes | None = None
        self._place = place
        self._chunks = chunks
        self._rest = start
        self._columns = columns
        self._count = count
        self._dtype = dtype
        self._is_counted = is_counted
        self._is_base64 = start.startswith(_BASE64)
        self._at_end = False
        self._first_joined: int | None = None
        self._spaced = SpacedWords()
        self._lines = 0  # those of rows, in the blocks so far

    def blocks(self) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        """Tokens and values (n×D) of some rows at a time.

        Raises:
            FormatError: A row is damaged.
        """
        size = self._chunks.progress()[1]
        if self._count is not None:
            size = min(size, self._count * self._columns * _USUAL_VALUE_BYTES)
        compiled = size >= _COMPILED_FROM_BYTES and self._dtype == "float32"
        threads = min(_MOST_THREADS, cores_allowed()) if compiled else 1
        with ThreadPoolExecutor(threads) as pool:
            while not self._is_done():
                block = self._next_block()
                if not block:
                    self._chunks.confirm_end()
                    return
                words, vectors = self._read(block, pool, threads if compiled else 0)
                self._spaced.add(words, self.done)
                self.done += len(words)
                if words:
                    yield words, vectors

    def check_words(self) -> None:
        """Refuses words that may be something else; once all rows were gone through.

        Raises:
            FormatError: As said.
        """
        self._spaced.check(self._place)

    def rows_left_over(self) -> int:
        """Rows after those that were asked for; reads the file to its end."""
        while self._next_block():
            pass
        return self._lines - self.done

    def missing(self, declared: int) -> FormatError:
        """The error of a file that ends before its last row."""
        if self._first_joined is not None:
            # A row that has lost its values looks like the begin of the next one's word.
            reason = f"has no values, expected {self._columns:,} {self._place.said_by}"
            return self._place.error(self._first_joined, reason)
        return TruncatedError(
            self._place.path,
            f"row {self.done + 1:,}",
            f"is missing: the header declares {declared:,} rows; the file is truncated or its "
            "header wrong: download or write it again",
        )

    def _is_done(self) -> bool:
        return self._count is not None and self.done >= self._count

    def _next_block(self) -> bytes:
        """The next whole lines, a newline after each; nothing at the end."""
        block = b""
        while not block and not self._at_end:
            wanted = self._block_bytes()
            piece = self._chunks.read(wanted)
            self._at_end = len(piece) < wanted
            end = piece.rfind(b"\n") + 1
            if end:
                block, self._rest = self._rest + piece[:end], piece[end:]
            else:
                self._rest += piece
                self._check_length()
        if self._at_end:
            block, self._rest = block + self._rest, b""
            if block and not block.endswith(b"\n"):
                self.cut_line = block[block.rfind(b"\n") + 1 :]
                block += b"\n"
        return self._without_blank_end(block)

    def _block_bytes(self) -> int:
        """How much to read: under a limit, little more than it takes."""
        if self._count is None or self._is_done():
            return _BLOCK_BYTES
        wanted = (self._count - self.done) * self._columns * _USUAL_VALUE_BYTES
        return min(_BLOCK_BYTES, max(HEAD_BYTES, wanted))

    def _without_blank_end(self, block: bytes) -> bytes:
        """Puts blank lines off until it is known whether rows follow, and counts the others."""
        content = len(block.rstrip(BLANK + b"\n"))
        if not content:
            return b"" if self._at_end else block
        end = block.find(b"\n", content) + 1
        block, self._rest = block[:end], block[end:] + self._rest
        self._lines += block.count(b"\n")
        return block

    def _check_length(self) -> None:
        """Refuses to gather a line without an end in memory."""
        if len(self._rest) > self._columns * _MOST_VALUE_BYTES + _MOST_TOKEN_BYTES:
            raise self._place.error(
                self.done,
                f"has no line end in {len(self._rest):,} bytes, expected {self._columns:,} values; "
                "the file is no text, or damaged",
            )

    def _read(
        self, block: bytes, pool: Executor, threads: int
    ) -> tuple[list[str], NDArray[np.float32]]:
        """A block's tokens and values; compiled code reads it where there are threads."""
        if threads:
            with suppress(_SplitTokenError):
                return self._compiled(block, pool, threads)
        lines = self._whole_rows(block.split(b"\n")[:-1])
        if self._count is not None:
            lines = lines[: self._count - self.done]
        words, vectors = self._parse(lines, self.done)
        return self._decode_all(words), vectors

    def _whole_rows(self, lines: list[bytes]) -> list[bytes]:
        """Lines, those that a token with line ends is spread over made one."""
        rows: list[bytes] = []
        pieces: list[bytes] = []
        for line in lines:
            if not self._may_be_row(line):
                pieces.append(line)
                continue
            if pieces and self._is_token(pieces, line):
                if self._first_joined is None:
                    self._first_joined = self.done + len(rows)
                rows.append(b"\n".join([*pieces, line]))
            else:
                rows += [*pieces, line]
            pieces = []
        if pieces and not self._at_end:
            self._rest = b"\n".join([*pieces, self._rest])
            pieces = []
        rows += pieces
        self._lines -= len(lines) - len(rows)
        return rows

    def _may_be_row(self, line: bytes) -> bool:
        """Whether a line is more than a part of a token."""
        # As many spaces as values: most lines are that, and looking closer takes a while.
        return line.count(b" ") >= self._columns or has_values(line)

    def _is_token(self, pieces: list[bytes], line: bytes) -> bool:
        """Whether lines without values are the begin of the token of the row behind them."""
        is_told = self._is_counted and pieces[0].strip(BLANK) != b""
        return is_told or line[:1] in (b" ", b"\t")

    def _compiled(
        self, block: bytes, pool: Executor, threads: int
    ) -> tuple[list[str], NDArray[np.float32]]:
        """A block read by compiled code, a piece a thread."""
        pieces = _split(block, threads)
        rows = [block.count(b"\n", start, stop) for start, stop in pieces]
        room = sum(rows) if self._count is None else min(sum(rows), self._count - self.done)
        vectors = np.empty((room, self._columns), dtype=np.float32)
        jobs, first = [], 0
        for (start, stop), count in zip(pieces, rows, strict=True):
            part = vectors[first : first + count]
            jobs.append(pool.submit(self._piece, block, (start, stop), part, self.done + first))
            first = min(room, first + count)
        words = [word for job in jobs for word in job.result()]
        return self._decode_all(words), vectors

    def _piece(
        self, block: bytes, piece: tuple[int, int], out: NDArray[np.float32], number: int
    ) -> list[bytes]:
        """Reads part of a block.

        Args:
            block: The block.
            piece: Where the part starts and ends.
            out: As many rows as are wanted of it, at most.
            number: The first row's.
        """
        from lexiscope.formats.reading.decimals import parse_rows

        text = np.frombuffer(block, dtype=np.uint8)
        bounds = np.empty((len(out), 2), dtype=np.int64)
        words: list[bytes] = []
        position, stop = piece
        while len(words) < len(out):
            row = len(words)
            count, position = parse_rows(text, position, stop, out[row:], bounds[row:])
            words += [block[start:end] for start, end in bounds[row : row + count].tolist()]
            if len(words) < len(out):
                row = len(words)
                end = block.find(b"\n", min(position + _UNUSUAL_BYTES, stop - 1), stop) + 1
                lines = block[position:end].split(b"\n")[:-1][: len(out) - row]
                if not all(map(self._may_be_row, lines)):
                    raise _SplitTokenError
                unusual, values = self._parse(lines, number + row)
                out[row : row + len(unusual)] = values
                words += unusual
                position = end
        return words

    def _parse(self, lines: list[bytes], number: int) -> tuple[list[bytes], NDArray[np.float32]]:
        """Rows of any accepted look; `number` is the first one's."""
        split = [self._split_row(line, row) for row, line in enumerate(lines, number)]
        values = parse_decimals(
            [values for _word, values in split], self._columns, self._place, number, self._dtype
        )
        return [word for word, _values in split], values

    def _split_row(self, line: bytes, row: int) -> tuple[bytes, bytes]:
        """A row's token, and its values with a space between."""
        whole, line = line, line.rstrip(BLANK)
        if line.count(b" ") == self._columns and b"  " not in line:
            word, _space, values = line.partition(b" ")
            if b"\t" not in values:
                return word, values
        if b"\t" in line:
            line = line.replace(b"\t", b" ")
        word, fields = split_right(line, self._columns)
        last = word.rpartition(b" ")[2]
        missing = len(fields) < self._columns
        if missing or (b" " in word and reads_as_value(last, fields)):
            found = len(line.split()) - 1
            raise self._wrong_count(row, whole, line, found)
        return word, b" ".join(fields)

    def _decode_all(self, words: list[bytes]) -> list[str]:
        """All tokens, in one call where none holds a newline."""
        if self._is_base64:
            return [from_base64(word) for word in words]
        joined = b"\n".join(words)
        if joined.count(b"\n") != len(words) - 1:
            return [tokens.decode(word) for word in words]
        return tokens.decode(joined).split("\n") if words else []

    def _wrong_count(self, row: int, whole: bytes, line: bytes, found: int) -> FormatError:
        if not line:
            reason = (
                f"is empty, expected a word and {self._columns} values; remove the line, and the "
                "next one too if its word began with a line end"
            )
            return self._place.error(row, reason)
        reason = f"has {found:,} values, expected {self._columns:,}"
        if whole == self.cut_line and found < self._columns:
            reason += "; the file is truncated here: download or write it again"
            return self._place.error(row, reason, TruncatedError)
        said_by = self._place.said_by
        if found == self._columns - 1 and is_number(whole.split()[0]):
            said_by += (
                ", or it has no word, as in what `fasttext dump` prints: open the .bin itself"
            )
        elif found == 0 and not self._is_counted:
            said_by += ", or the next one's word holds a line end"
        return self._place.error(row, f"{reason} {said_by}")


def has_values(line: bytes) -> bool:
    """Whether a line has a value behind its token, be that empty; one that has none is a part."""
    line = line.rstrip(BLANK).replace(b"\t", b" ")
    _before, space, last = line.rpartition(b" ")
    if space and is_value(last):
        return True
    return any(map(is_value, line.split(b" ")[1:]))


def from_base64(word: bytes) -> str:
    """deeplearning4j's word; a word that is none of its is what it is."""
    if not word.startswith(_BASE64):
        return tokens.decode(word)
    try:
        return tokens.decode(binascii.a2b_base64(word[len(_BASE64) :], strict_mode=True))
    except binascii.Error:
        return tokens.decode(word)


def lines_of(content: Chunks, path: Path) -> Iterator[list[bytes]]:
    """The lines of a table, some at a time, without their newlines; blank ones at the end not.

    Raises:
        FormatError: A line is longer than any row, or the wrapper is damaged.
    """
    rest = b""
    blank: list[bytes] = []
    at_end = False
    while not at_end:
        piece = content.read(_BLOCK_BYTES)
        at_end = len(piece) < _BLOCK_BYTES
        lines = (rest + piece).split(b"\n")
        rest = b"" if at_end else lines.pop()
        if len(rest) > _MOST_LINE_BYTES:
            raise FormatError(path, None, f"has a line of more than {_MOST_LINE_BYTES:,} bytes")
        lines = blank + lines
        end = len(lines)
        while end and not lines[end - 1].strip(BLANK):
            end -= 1
        lines, blank = lines[:end], lines[end:]
        if lines:
            yield lines
    content.confirm_end()


def _split(block: bytes, pieces: int) -> list[tuple[int, int]]:
    """Cuts a block into about equal parts of whole lines."""
    ends = [0]
    for piece in range(1, pieces + 1):
        near = len(block) * piece // pieces - 1
        ends.append(max(ends[-1], block.find(b"\n", max(near, ends[-1] - 1)) + 1))
    return list(pairwise(ends))


def split_right(line: bytes, columns: int) -> tuple[bytes, list[bytes]]:
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


def reads_as_value(last: bytes, fields: list[bytes]) -> bool:
    """Whether the end of a token with a space is rather one value too many.

    "route 66" among decimals is a token; "66" among whole numbers, or "0.66", is a value.
    """
    if not is_number(last):
        return False
    return not _DIGITS.fullmatch(last) or any(_DIGITS.fullmatch(field) for field in fields)


def text_lines(block: Block) -> tuple[list[bytes], Iterator[bytes]]:
    """A block's tokens, and its values as the shortest decimals that name the same float32."""
    return [tokens.encode(word) for word in block.tokens], _value_lines(block.vectors)


def _value_lines(vectors: Matrix) -> Iterator[bytes]:
    # A number takes some 100 bytes on its way to text.
    for rows in rows_of(vectors, _WRITTEN_AT_ONCE_BYTES):
        # NumPy's cast to bytes gives the shortest decimals that name a float32.
        fields = rows.astype(np.float32, copy=False).astype("S32").tolist()
        yield from map(b" ".join, fields)


def in_row_fault(word: str, is_first: bool) -> str | None:
    """Why a token would not come back from a row of text; None where it does."""
    if is_first and word.startswith(_BASE64.decode()):
        return "starts the file as deeplearning4j's words do"
    if " " not in word:
        return None
    if "\t" in word or word.rstrip(" ") not in (word, ""):
        return "holds spaces that would not come back"
    if is_number(tokens.encode(word.rpartition(" ")[2])):
        return "ends in a number after a space, which reads as a value"
    if half_of(word) is not None:
        return "is a word twice, which reads as one that was doubled by mistake"
    return None
