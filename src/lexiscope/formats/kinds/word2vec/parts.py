"""Rows of a word2vec file that are no file like any other.

They are without its first line, or with another number of rows in it, behind what a file has
already, or packed as its name's ending says.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

import numpy as np

from lexiscope.files import tokens
from lexiscope.files.atomic import atomic_file
from lexiscope.formats.contract import Block, VectorsData
from lexiscope.formats.kinds.word2vec import binary, text
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.formats.reading.outgoing import outgoing
from lexiscope.formats.reading.text_rows import text_lines


def _zstd(stream: BinaryIO) -> IO[bytes]:
    import zstandard

    return cast(IO[bytes], zstandard.ZstdCompressor().stream_writer(stream, closefd=False))


# Without the time in it the same vectors give the same bytes.
_PACKERS: dict[str, Callable[[BinaryIO], IO[bytes]]] = {
    ".gz": lambda stream: cast(IO[bytes], gzip.GzipFile("", "wb", fileobj=stream, mtime=0)),
    ".bz2": lambda stream: cast(IO[bytes], bz2.BZ2File(stream, "wb")),
    ".xz": lambda stream: cast(IO[bytes], lzma.LZMAFile(stream, "wb")),  # noqa: SIM115
    ".zst": _zstd,
}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How rows are written.

    Attributes:
        is_binary: As raw floats; else as decimals.
        has_header: Whether the line of sizes comes first.
        total: The number of rows in that line, where others are still to follow; None for those
            that are written.
        append: Whether rows go behind what the file has.
    """

    is_binary: bool = False
    has_header: bool = True
    total: int | None = None
    append: bool = False

    def is_whole(self, path: Path) -> bool:
        """Whether this is a file like any other, which the format itself writes."""
        return self.has_header and self.total is None and not self.append and not is_packed(path)


def is_packed(path: Path) -> bool:
    """Whether a name's ending says that the file is compressed."""
    return path.suffix.lower() in _PACKERS


def write(path: Path, data: VectorsData, layout: Layout) -> None:
    """Writes rows, whole or not at all.

    Args:
        path: The file. What ends in .gz, .bz2, .xz or .zst is compressed; as much is added to one
            that is so already.
        data: The rows.
        layout: How.

    Raises:
        ConfigError: There are no rows.
        FormatError: A token cannot stand in that format; the file is not touched.
        OSError: The disk is full or cannot be written to.
    """
    format_ = binary.FORMAT if layout.is_binary else text.FORMAT
    if layout.is_whole(path) and format_.write is not None:
        format_.write(path, data)
        return
    source = outgoing(path, data, format_.tokens, columns=(1, MAX_DIMENSIONS))
    with opened(path, append=layout.append) as stream:
        if layout.has_header:
            total = len(data.tokens) if layout.total is None else layout.total
            stream.write(b"%d %d\n" % (total, source.columns))
        for block in source.blocks:
            stream.writelines(_raw(block) if layout.is_binary else _decimals(block))


def _raw(block: Block) -> Iterator[bytes]:
    rows = np.ascontiguousarray(block.vectors, dtype="<f4")
    for word, row in zip(block.tokens, rows, strict=True):
        yield b"%b %b" % (tokens.encode(word), row.tobytes())


def _decimals(block: Block) -> Iterator[bytes]:
    for word, line in zip(*text_lines(block), strict=True):
        yield b"%b %b\n" % (word, line)


@contextmanager
def opened(path: Path, *, append: bool = False) -> Iterator[IO[bytes]]:
    """A file to write to, which takes its place when it is whole.

    Args:
        path: The file; its name's ending says whether it is compressed.
        append: Whether what it has comes first.

    Raises:
        BusyError, NoRoomError, OSError: As `atomic_file`.
    """
    with atomic_file(path) as stream:
        if append and path.exists():
            with path.open("rb") as before:
                shutil.copyfileobj(before, stream)
        pack = _PACKERS.get(path.suffix.lower())
        with ExitStack() as packing:
            yield stream if pack is None else packing.enter_context(pack(stream))
