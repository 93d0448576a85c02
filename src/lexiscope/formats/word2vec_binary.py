"""word2vec's binary format.

Layout: `V D` newline in ASCII, then V rows of a token, one space, D little-endian float32. The C
tool ends a row with a newline, gensim and GoogleNews do not, so it is looked for row by row;
`write` puts none. There is no magic and no escape: a token with a space shifts everything after
it, which the values' size and the next token's bytes tell (`word2vec_binary_checks`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from mmap import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats import tokens
from lexiscope.formats.atomic import counted_file
from lexiscope.formats.data import (
    EVERYTHING,
    Block,
    Format,
    Matrix,
    ReadOptions,
    VectorsData,
    VectorsStream,
    Writable,
    as_stream,
)
from lexiscope.formats.intake import Intake, RowScan, assemble, may_repeat, scan_rows
from lexiscope.formats.maps import let_go
from lexiscope.formats.source import HEAD_BYTES, is_wrapped, mapped, read_head
from lexiscope.formats.word2vec import (
    MAX_DIMENSIONS,
    Header,
    parse_header,
    read_header,
    starts_as_text,
)
from lexiscope.formats.word2vec_binary_checks import Checker

_MAX_TOKEN_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 22
_MOST_THREADS = 4
_GATHER_ROWS = 1024
# Rows of a wrapped file are unpacked up to a limit; words are rarely longer than this.
_LIKELY_TOKEN_BYTES = 64


@dataclass(frozen=True)
class _Rows:
    """Where some rows of a file are.

    Attributes:
        start: The number of the first.
        words: Their tokens' bytes, each after the newlines that may end the row before it.
        offsets: The byte where each row's values start, int64.
    """

    start: int
    words: list[bytes]
    offsets: NDArray[np.int64]


class _File:
    """The rows of an open file, found chunk by chunk.

    Args:
        path: For messages.
        data: Its content.
        limit: How many rows at most.
        whole: Whether `data` is all of the content, rather than its beginning.

    Raises:
        FormatError: The header cannot be true.
    """

    def __init__(self, path: Path, data: mmap, limit: int | None, whole: bool = True) -> None:
        head = data[:HEAD_BYTES]
        header = parse_header(head)
        if header is not None and starts_as_text(head, header):
            raise FormatError(
                path, "row 1", "is decimals, not raw floats; read it as word2vec text"
            )
        self.path = path
        self.data = data
        size = len(data) if whole else None
        self.header: Header = read_header(head, path, size=size, row_bytes=1, value_bytes=4)
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
        done = 0
        while done < self.count:
            least = 2 * (width + _MAX_TOKEN_BYTES)
            end = min(len(self.data), self.position + max(_CHUNK_BYTES, least))
            words = walk.findall(self.data, self.position, end)
            lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
            ends = self.position + np.cumsum(lengths + 1 + width)
            # What the second branch took gives an empty word where there is no row.
            if words and not words[-1] and (ends[-1] > end or not self._is_space(ends[-1] - width)):
                words.pop()
            words = words[: self.count - done]
            if not words:
                raise self._no_row(done)
            ends = ends[: len(words)]
            self.position = int(ends[-1])
            yield _Rows(done, words, ends - width)
            done += len(words)
        if self.data[self.position : self.position + 1] == b"\n":
            self.position += 1

    def _is_space(self, end: int) -> bool:
        return self.data[end - 1 : end] == b" "

    def _no_row(self, row: int) -> FormatError:
        start = self.position
        if self.data.find(b" ", start, start + _MAX_TOKEN_BYTES + 1) < 0 and (
            len(self.data) - start > _MAX_TOKEN_BYTES
        ):
            return FormatError(
                self.path,
                f"row {row + 1:,} (byte {start:,})",
                f"has no space in {_MAX_TOKEN_BYTES:,} bytes, expected a token and a space; a row "
                "before it is damaged, or the header's number of values a row is wrong",
            )
        return _CutError(
            self.path,
            f"row {row + 1:,} (byte {start:,})",
            f"is cut: the header declares {self.header.rows:,} rows, the file ends in this one; "
            "it is truncated, or a token holds a space: download or write it again",
        )

    def load(self, rows: _Rows, out: Matrix) -> RowScan:
        """Copies some rows, which lie at any byte, and looks at them while they are in the cache.

        Args:
            rows: Which.
            out: n×D little-endian float32, where they go.
        """
        width = 4 * self.columns
        # Item i is the row that starts at byte i: overlapping items, nothing is copied here.
        every = np.ndarray(
            (len(self.data) - width + 1,), dtype=f"V{width}", buffer=self.data, strides=(1,)
        )
        target = out.view(f"V{width}")[:, 0]
        for start in range(0, len(out), _GATHER_ROWS):
            target[start : start + _GATHER_ROWS] = every[rows.offsets[start : start + _GATHER_ROWS]]
        # Or the process would have the file and the matrix in memory, twice the matrix in all.
        let_go(self.data, int(rows.offsets[0]), int(rows.offsets[-1]) + width)
        return scan_rows(out)

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
            raise FormatError(
                self.path,
                f"row {rows.start + row + 1:,}",
                f"its token is {shown!r}: the rows' boundaries are lost; a row before it is "
                "damaged, or the header's number of values a row is wrong",
            )
        return tokens.decode(joined).split("\n")

    def warnings(self) -> list[str]:
        """What follows after the last row, once all were walked over."""
        rest = self.data[self.position :] if self.count == self.header.rows else b""
        if not rest.strip(b"\r\n"):
            return []
        return [
            f"{len(rest):,} bytes after the {self.count:,} rows that line 1 declares were left out"
        ]


class _CutError(FormatError):
    """The content ends inside a row."""


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads a word2vec binary file.

    The walk from token to token comes first, since it keeps other threads from running; copying and
    looking at the rows is NumPy's work, in some threads, beside decoding the tokens.

    Raises:
        FormatError: The file is not whole and sound; the row is named.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    if options.words is not None:
        with stream(path, options) as picked:
            return picked.collect()
    with _opened(path, options.limit) as file:
        found = list(file.rows())
        vectors = np.empty((file.count, file.columns), dtype="<f4")
        parts = [vectors[rows.start : rows.start + len(rows.words)] for rows in found]
        with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
            scanning = pool.map(file.load, found, parts)
            named = [file.decode(rows) for rows in found]
            words = [word for some in named for word in some]
            distinct = not may_repeat(words)
            scans = list(scanning)
        checker = Checker(path)
        for some, part, scan in zip(named, parts, scans, strict=True):
            checker.check(some, part, scan)
        data = assemble(
            words,
            vectors.astype(np.float32, copy=False),
            options=ReadOptions(dtype=options.dtype),
            scan=_joined(scans, [rows.start for rows in found]),
            distinct=distinct,
        )
        data.warnings += file.warnings()
        return data


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
    """The same as `read`, a few thousand rows at a time.

    Raises:
        FormatError: The header cannot be true; while the rows are gone through: see `read`.
    """
    with _opened(path, options.limit) as file:
        warnings: list[str] = []
        size = len(file.data)
        yield VectorsStream(
            columns=file.columns,
            rows=file.count,
            dtype=options.dtype,
            blocks=_blocks(file, options, warnings),
            warnings=warnings,
            progress=lambda: (file.position, size),
        )


def _blocks(file: _File, options: ReadOptions, warnings: list[str]) -> Iterator[Block]:
    intake = Intake(ReadOptions(words=options.words, dtype=options.dtype))
    checker = Checker(file.path)
    for rows in file.rows():
        words = file.decode(rows)
        vectors = np.empty((len(words), file.columns), dtype="<f4")
        checker.check(words, vectors, file.load(rows, vectors))
        yield intake.take(words, vectors.astype(np.float32, copy=False))
        if intake.done:
            break
    else:
        warnings += file.warnings()
    warnings[:0] = intake.warnings()


@contextmanager
def _opened(path: Path, limit: int | None) -> Iterator[_File]:
    """The file's rows; of a wrapped file no more is unpacked than a limit needs."""
    if limit is None or not is_wrapped(path):
        with mapped(path) as data:
            yield _File(path, data, limit)
        return
    header = parse_header(read_head(path))
    columns = 0 if header is None else min(header.columns, MAX_DIMENSIONS)
    needed = HEAD_BYTES + limit * (4 * columns + _LIKELY_TOKEN_BYTES)
    while True:
        with mapped(path, first=needed) as data:
            whole = len(data) < needed
            file = _File(path, data, limit, whole=whole)
            try:
                for _rows in file.rows():
                    pass
            except _CutError:
                if whole:
                    raise
                needed *= 2
                continue
            file.position = file.header.end
            yield file
            return


def write(path: Path, data: Writable) -> None:
    """Writes a word2vec binary file as gensim does, without newlines after the rows.

    Raises:
        FormatError: A token is empty or holds a space or a line end; the file is not touched.
        OSError: The disk is full or cannot be written to.
    """
    source = as_stream(data)
    with counted_file(Path(path), partial(_header, columns=source.columns), source.rows) as out:
        for block in source.blocks:
            words = [tokens.encode(word) for word in block.tokens]
            for row, word in enumerate(words, out.rows):
                if not word or b" " in word or b"\n" in word:
                    raise FormatError(
                        path,
                        f"row {row + 1:,}",
                        f"the token {tokens.decode(word)!r} is empty or holds a space or a line "
                        "end, which this format cannot say; save as a model folder instead",
                    )
            vectors = block.vectors.astype("<f4", copy=False)
            out.write(
                len(words),
                [
                    b"%b %b" % (word, row.tobytes())
                    for word, row in zip(words, vectors, strict=True)
                ],
            )


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
    indexed="later",
)
