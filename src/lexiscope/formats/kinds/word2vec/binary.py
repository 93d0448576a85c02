"""word2vec's binary format.

Layout: `V D` newline in ASCII, then V rows of a token, one space, D little-endian float32. The C
tool ends a row with a newline, gensim and GoogleNews do not, so it is looked for row by row;
`write` puts none. There is no magic and no escape: a token with a space shifts everything after
it, which the values' size and the next token's bytes tell (`binary_checks`). From there on rows
are read by `spaced`, which tells where such a token ends, or refuses.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError, TruncatedError
from lexiscope.files import tokens
from lexiscope.files.atomic import counted_file
from lexiscope.files.maps import paged_in
from lexiscope.files.opening import HEAD_BYTES, Chunks, chunks
from lexiscope.formats.contract import (
    EVERYTHING,
    Block,
    Format,
    Matrix,
    ReadOptions,
    VectorsData,
    VectorsStream,
    Writable,
)
from lexiscope.formats.kinds.word2vec.binary_checks import Checker
from lexiscope.formats.kinds.word2vec.header import (
    MAX_DIMENSIONS,
    Header,
    parse_header,
    read_header,
    starts_as_text,
)
from lexiscope.formats.kinds.word2vec.spaced import LostRowsError, SpacedRows
from lexiscope.formats.reading.intake import Intake, RowScan, assemble, scan_rows
from lexiscope.formats.reading.outgoing import check_head, outgoing
from lexiscope.formats.token_rule import TokenRule

_MAX_TOKEN_BYTES = 1 << 16
_TOKENS = TokenRule(spelling="bytes", without=" \n", longest=_MAX_TOKEN_BYTES)
# What is read at a time stays in the processor's cache until its rows are copied.
_CHUNK_BYTES = 1 << 21
# Chunks whose rows are still being copied while the next one is read.
_AHEAD = 2
# Of a file no more is read than a limit likely needs; words are rarely longer than this.
_LIKELY_TOKEN_BYTES = 64


class CutRowError(LostRowsError, TruncatedError):
    """The file ends in a row; or a row before it took some of its bytes."""


class _Content:
    """A file's bytes, from places that never lie before the last one asked for.

    Args:
        content: The file, unwrapped.
        plain: The same file where it is not wrapped: there one can go to any place, which is
            cheaper than to keep the end of each piece for the next one.

    Attributes:
        size: In bytes; None for a wrapped file, which does not tell.
    """

    def __init__(self, content: Chunks, plain: BufferedReader | None) -> None:
        self.size = content.size
        self._content = content
        self._plain = plain
        self._rooms = deque([bytearray()] * (_AHEAD + 1))
        self._start = 0
        self._last = b""

    def read(self, position: int, size: int) -> memoryview:
        """The bytes from a place on: `size` or more, fewer only at the end.

        They are good until `_AHEAD` further calls were made.

        Raises:
            FormatError: The wrapper is damaged.
        """
        if self._plain is not None:
            # The same places again: fresh memory costs more than what is read into it.
            self._rooms.rotate()
            if len(self._rooms[0]) < size:
                self._rooms[0] = bytearray(size)
            room = memoryview(self._rooms[0])[:size]
            self._plain.seek(position)
            return room[: self._plain.readinto(room)]
        kept = self._last[position - self._start :]
        if len(kept) < size:
            kept += self._content.read(size - len(kept))
        self._start, self._last = position, kept
        return memoryview(kept)

    def progress(self) -> tuple[int, int]:
        """Bytes of the file read so far, and in all."""
        if self._plain is not None and self.size is not None:
            return self._plain.tell(), self.size
        return self._content.progress()


@dataclass(frozen=True)
class _Rows:
    """Some rows of a file.

    Attributes:
        start: The number of the first.
        data: The stretch of the file that they are in; see `_Content.read` for how long.
        words: Their tokens' bytes, each after the newlines that may end the row before it.
        offsets: The byte of `data` where each row's values start, int64.
    """

    start: int
    data: memoryview
    words: list[bytes]
    offsets: NDArray[np.int64]

    def load(self, out: Matrix) -> RowScan:
        """Copies the rows, which lie at any byte, and looks at them while they are in the cache.

        Args:
            out: n×D little-endian float32, where they go.
        """
        width = out.shape[1] * out.itemsize
        # Item i is the row that starts at byte i: overlapping items, nothing is copied here.
        every = np.ndarray(
            (len(self.data) - width + 1,), dtype=f"V{width}", buffer=self.data, strides=(1,)
        )
        out.view(f"V{width}")[:, 0] = every[self.offsets]
        return scan_rows(out)


class _File:
    """The rows of an open file, found chunk by chunk.

    Args:
        path: For messages.
        content: What is in it.
        limit: How many rows at most.

    Raises:
        FormatError: The header cannot be true.
    """

    def __init__(self, path: Path, content: _Content, limit: int | None) -> None:
        head = bytes(content.read(0, HEAD_BYTES))
        header = parse_header(head)
        if header is not None and starts_as_text(head, header):
            raise FormatError(
                path, "row 1", "is decimals, not raw floats; read it as word2vec text"
            )
        self.path = path
        self.content = content
        self.header: Header = read_header(
            head, path, size=content.size, row_bytes=1, value_bytes=4, limit=limit
        )
        self.columns = self.header.columns
        self.count = self.header.rows if limit is None else min(limit, self.header.rows)
        self.position = self.header.end

    def rows(self) -> Iterator[_Rows]:
        """All rows, some at a time.

        Each row's length depends on its token's, so this is a walk; the regular expression takes
        one row a match, and in its second branch all that is left, so that it never searches.

        Raises:
            FormatError: A row is cut, or there is no space where one must be.
        """
        width = 4 * self.columns
        walk = re.compile(rb"([^ ]{0,%d}) (?s:.{%d})|(?s:.+)" % (_MAX_TOKEN_BYTES, width))
        longest = _MAX_TOKEN_BYTES + 1 + width
        done = 0
        while done < self.count:
            likely = (self.count - done) * (_LIKELY_TOKEN_BYTES + width)
            data = self.content.read(self.position, max(longest, min(likely, _CHUNK_BYTES)))
            words = walk.findall(data)
            lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
            ends = np.cumsum(lengths + 1 + width)
            # What the second branch took gives an empty word where there is no row.
            if words and not words[-1] and not _is_row(data, int(ends[-1]), width):
                words.pop()
            words = words[: self.count - done]
            if not words:
                raise self._no_row(data, done)
            ends = ends[: len(words)]
            self.position += int(ends[-1])
            yield _Rows(done, data, words, ends - width)
            done += len(words)

    def _no_row(self, data: memoryview, row: int) -> FormatError:
        """The error about a row that does not start `data` as it should."""
        place = f"row {row + 1:,} (byte {self.position:,})"
        if len(data) > _MAX_TOKEN_BYTES and b" " not in bytes(data[: _MAX_TOKEN_BYTES + 1]):
            return LostRowsError(
                self.path,
                place,
                f"has no space in {_MAX_TOKEN_BYTES:,} bytes, expected a token and a space; a row "
                "before it is damaged, or the header's number of values a row is wrong",
            )
        return CutRowError(
            self.path,
            place,
            f"is cut: the header declares {self.header.rows:,} rows, the file ends in this one; "
            "it is truncated, its header is wrong, or a token holds a space: download or write it "
            "again",
        )

    def decode(self, rows: _Rows) -> list[str]:
        """The tokens.

        Raises:
            FormatError: One holds a line end.
        """
        words = rows.words
        joined = b"\n".join(words)
        if joined.count(b"\n") != len(words) - 1:
            words = [word.lstrip(b"\n") for word in words]
            joined = b"\n".join(words)
        if joined.count(b"\n") != len(words) - 1:
            row = next(row for row, word in enumerate(words) if b"\n" in word)
            shown = tokens.decode(words[row])
            raise LostRowsError(
                self.path,
                f"row {rows.start + row + 1:,}",
                f"its token is {shown!r}: the rows' boundaries are lost; a row before it is "
                "damaged, or the header's number of values a row is wrong",
            )
        return tokens.decode(joined).split("\n")

    def warnings(self) -> list[str]:
        """What follows after the last row, once all were walked over."""
        if self.count < self.header.rows:
            return []
        position, blank = self.position, True
        while rest := bytes(self.content.read(position, _CHUNK_BYTES)):
            if position == self.position and rest.startswith(b"\n"):
                self.position += 1
            blank = blank and not rest.strip(b"\r\n")
            position += len(rest)
        if blank:
            return []
        return [
            f"{position - self.position:,} bytes after the {self.count:,} rows that line 1 "
            "declares were left out"
        ]


def _is_row(data: memoryview, end: int, width: int) -> bool:
    """Whether a row's values end at a place."""
    return end <= len(data) and data[end - width - 1] == ord(" ")


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads a word2vec binary file.

    Raises:
        FormatError: The file is not whole and sound; the row is named.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    with _opened(path, options.limit) as file:
        if options.words is not None or file.content.size is None:
            return _stream_of(file, options).collect()
        vectors = np.empty((file.count, file.columns), dtype="<f4")
        with suppress(LostRowsError):
            words, scan = _load(file, vectors)
            data = assemble(
                words,
                vectors.astype(np.float32, copy=False),
                options=replace(options, limit=None),
                scan=scan,
            )
            data.warnings += file.warnings()
            return data
    del vectors
    with stream(path, options) as again:
        return again.collect()


def _load(file: _File, vectors: Matrix) -> tuple[list[str], RowScan]:
    """All rows: their tokens, their values into a matrix, and what is odd in it.

    The walk from token to token keeps other threads from running Python. Copying and looking at the
    rows is NumPy's work, which one thread does beside it; more of them only wait for each other.

    Args:
        file: At its first row.
        vectors: As many rows as the file is to have, new.
    """
    words: list[str] = []
    scans: list[RowScan] = []
    starts: list[int] = []
    checker = Checker(file.path)
    loading: deque[tuple[int, list[str], Future[RowScan]]] = deque()

    def finish_one() -> None:
        start, some, job = loading.popleft()
        scan = job.result()
        checker.check(some, vectors[start : start + len(some)], scan)
        words.extend(some)
        scans.append(scan)
        starts.append(start)

    with paged_in(vectors) as wait_for, ThreadPoolExecutor(1) as pool:
        for rows in file.rows():
            end = rows.start + len(rows.words)
            wait_for(end)
            job = pool.submit(rows.load, vectors[rows.start : end])
            loading.append((rows.start, file.decode(rows), job))
            if len(loading) > _AHEAD:
                finish_one()
        while loading:
            finish_one()
    return words, _joined(scans, starts)


def _joined(scans: list[RowScan], starts: list[int]) -> RowScan:
    """The scans of parts of a matrix as one of the whole."""
    pairs = list(zip(scans, starts, strict=True))
    return RowScan(
        non_finite=np.concatenate([scan.non_finite + start for scan, start in pairs]),
        zero=np.concatenate([scan.zero + start for scan, start in pairs]),
        huge=np.concatenate([scan.huge + start for scan, start in pairs]),
    )


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The same as `read`, some rows at a time.

    Raises:
        FormatError: The header cannot be true; while the rows are gone through: see `read`.
    """
    with _opened(path, options.limit) as file:
        yield _stream_of(file, options)


def _stream_of(file: _File, options: ReadOptions) -> VectorsStream:
    warnings: list[str] = []
    return VectorsStream(
        columns=file.columns,
        # Of a wrapped file only the end tells whether it has as many as it declares.
        rows=None if file.content.size is None else file.count,
        dtype=options.dtype,
        blocks=_blocks(file, options, warnings),
        warnings=warnings,
        progress=file.content.progress,
    )


def _blocks(file: _File, options: ReadOptions, warnings: list[str]) -> Iterator[Block]:
    intake = Intake(replace(options, limit=None))
    spaced: list[str] = []
    for words, vectors in _checked(file, options, spaced):
        yield intake.take(words, vectors.astype(np.float32, copy=False))
        if intake.done:
            break
    else:
        warnings += file.warnings()
    warnings[:0] = intake.warnings()
    warnings += spaced


def _checked(
    file: _File, options: ReadOptions, spaced: list[str]
) -> Iterator[tuple[list[str], Matrix]]:
    """Words and values of some rows at a time; where words hold spaces, by `SpacedRows`.

    Args:
        file: At its first row.
        options: The words' encoding.
        spaced: Gets what that says of the words, at the end.

    Raises:
        FormatError: A row is damaged, or where its word ends cannot be told.
    """
    checker = Checker(file.path)
    done, start = 0, file.position
    try:
        for rows in file.rows():
            words = file.decode(rows)
            vectors = np.empty((len(words), file.columns), dtype="<f4")
            checker.check(words, vectors, rows.load(vectors))
            yield words, vectors
            done, start = rows.start + len(words), file.position
    except LostRowsError as refused:
        left = SpacedRows(
            file.content.read,
            file.columns,
            start,
            done,
            file.count,
            file.header.rows,
            encoding=options.encoding,
        )
        for words, vectors in left.blocks(refused):
            if len(scan_rows(vectors).huge):
                raise refused from None
            yield words, vectors
        file.position = left.position
        spaced += left.warnings()


@contextmanager
def _opened(path: Path, limit: int | None) -> Iterator[_File]:
    is_part = limit is not None
    with chunks(path, is_part=is_part) as content, path.open("rb") as plain:
        is_plain = content.size is not None
        yield _File(path, _Content(content, plain if is_plain else None), limit)


def write(path: Path, data: Writable) -> None:
    """Writes a word2vec binary file as gensim does, without newlines after the rows.

    Raises:
        FormatError: A token or a value would be taken for damage or another format; the file is
            not touched.
        OSError: The disk is full or cannot be written to.
    """
    source = outgoing(path, data, _TOKENS, columns=(1, MAX_DIMENSIONS))
    checker = Checker(path, writing=True)
    header = partial(_header, columns=source.columns)
    with counted_file(Path(path), header, source.rows, source.least_bytes()) as out:
        for block in source.blocks:
            vectors = np.ascontiguousarray(block.vectors, dtype="<f4")
            checker.check(block.tokens, vectors, scan_rows(vectors))
            words = map(tokens.encode, block.tokens)
            out.write(
                len(vectors),
                [
                    b"%b %b" % (word, row.tobytes())
                    for word, row in zip(words, vectors, strict=True)
                ],
            )
        check_head(path, out.stream, _sniff)


def _header(rows: int, columns: int) -> bytes:
    return b"%d %d\n" % (rows, columns)


def _sniff(head: bytes, _path: Path) -> bool:
    header = parse_header(head)
    return header is not None and len(head) > header.end and not starts_as_text(head, header)


FORMAT = Format(
    name="word2vec-binary",
    description="word2vec binary (.bin)",
    extensions=(".bin",),
    sniff=_sniff,
    read=read,
    write=write,
    stream=stream,
    tokens=_TOKENS,
    indexed="later",
)
