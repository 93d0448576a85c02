"""Files as streams of text bytes, decompressed where their first bytes say so.

====== ============================== =====================
kind   first bytes                    reader
====== ============================== =====================
gzip   1f 8b                          `gzip`, many members
bzip2  "BZh", a digit, a block magic  `bz2`, many streams
xz     fd "7zXZ" 00                   `lzma`, many streams
zstd   28 b5 2f fd, or ?? 2a 4d 18    `zstandard`, many frames
====== ============================== =====================

The name of a file is never looked at.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import select
import sys
import threading
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, Literal

from lexiscope.errors import CorpusError

Compression = Literal["plain", "gzip", "bzip2", "xz", "zstd"]

STDIN = "-"
"""The name that stands for standard input."""

HEAD_BYTES = 4096
"""How much of a file is looked at before it is read."""

_INPUT_BYTES = 1 << 18
_ZSTD_INPUT_BYTES = 4096  # small: one piece of input can stand for any amount of output
_POLL_SECONDS = 0.2
_BZIP2_BLOCKS = (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90")


class ReadingCancelled(Exception):
    """The run was stopped while standard input kept it waiting."""


def compression_of(head: bytes) -> Compression:
    """What the first bytes of a file say it was compressed with."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"BZh") and head[3:4].isdigit() and head[4:10] in _BZIP2_BLOCKS:
        return "bzip2"
    if head.startswith(b"\xfd7zXZ\x00"):
        return "xz"
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return "zstd"
    if len(head) >= 4 and 0x50 <= head[0] <= 0x5F and head[1:4] == b"\x2a\x4d\x18":
        return "zstd"  # a skippable frame, as parallel compressors write first
    return "plain"


class RawInput(io.RawIOBase):
    """A file's bytes as they are stored, counted, with the first ones readable ahead.

    Attributes:
        consumed: Bytes handed out so far.
    """

    def __init__(self, path: str, cancelled: threading.Event) -> None:
        super().__init__()
        self._cancelled = cancelled
        self._is_stdin = path == STDIN
        self._file: BinaryIO | io.FileIO
        self._pollable = False
        if self._is_stdin:
            self._file = _standard_input()
            self._pollable = os.name == "posix" and isinstance(self._file, io.FileIO)
        else:
            self._file = io.FileIO(path)
        self._head = b""
        self.consumed = 0

    def peek_head(self) -> bytes:
        """The first `HEAD_BYTES` bytes (fewer where there are no more), without consuming them."""
        while len(self._head) < HEAD_BYTES:
            more = self._read(HEAD_BYTES - len(self._head))
            if not more:
                break
            self._head += more
        return self._head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if self._head:
            count = min(len(view), len(self._head))
            view[:count] = self._head[:count]
            self._head = self._head[count:]
        elif self._is_stdin:
            data = self._read(len(view))
            count = len(data)
            view[:count] = data
        else:
            count = self._file.readinto(view) or 0  # type: ignore[union-attr]
        self.consumed += count
        return count

    def _read(self, size: int) -> bytes:
        # A terminal or a pipe may stay silent for ever: look up now and then.
        while self._pollable and not select.select([self._file], [], [], _POLL_SECONDS)[0]:
            if self._cancelled.is_set():
                raise ReadingCancelled
        return self._file.read(size) or b""

    def close(self) -> None:
        if not self.closed and not self._is_stdin:
            self._file.close()
        super().close()


def _standard_input() -> BinaryIO | io.FileIO:
    stream = sys.stdin.buffer
    try:
        return io.FileIO(stream.fileno(), closefd=False)
    except (OSError, io.UnsupportedOperation):
        return stream  # replaced by something in memory


class TextInput:
    """The text bytes of one file, whatever it is compressed with.

    Args:
        path: The file, or `STDIN`.
        cancelled: Once set, a read that waits for standard input gives up.

    Raises:
        CorpusError: The file is missing or cannot be opened.
    """

    def __init__(self, path: str, cancelled: threading.Event | None = None) -> None:
        self.path = path
        self.name = "standard input" if path == STDIN else path
        self.delivered = 0
        try:
            self._raw = RawInput(path, cancelled or threading.Event())
            self.compression = compression_of(self._raw.peek_head())
        except OSError as error:
            raise CorpusError(_open_message(self.name, error)) from error
        self._stream: Any = _READERS[self.compression](self._raw)

    @property
    def consumed(self) -> int:
        """Stored (compressed) bytes used so far."""
        return self._raw.consumed

    def readinto(self, buffer: memoryview) -> int:
        """Read up to the buffer's length; 0 at the end of the text.

        Raises:
            CorpusError: The compressed data are damaged or end too early, or reading failed.
        """
        try:
            count: int = self._stream.readinto(buffer) or 0
        except EOFError as error:
            raise CorpusError(
                f"{self.name}: the {self.compression} data end too early, after "
                f"{self.delivered:,} bytes of text: the file is truncated; copy it again"
            ) from error
        except (zlib.error, lzma.LZMAError, _DamagedDataError, gzip.BadGzipFile) as error:
            raise CorpusError(self._damaged(str(error))) from error
        except OSError as error:
            if error.errno is None:  # bz2 says so of its data, not of the disk
                raise CorpusError(self._damaged(str(error))) from error
            raise CorpusError(f"{self.name}: cannot be read: {os.strerror(error.errno)}") from error
        self.delivered += count
        return count

    def close(self) -> None:
        """Close the file (never standard input)."""
        self._stream.close()
        self._raw.close()

    def _damaged(self, reason: str) -> str:
        return (
            f"{self.name}: the {self.compression} data are damaged after {self.delivered:,} bytes "
            f"of text ({reason}): copy the file again"
        )


class _DamagedDataError(Exception):
    """A Zstandard stream that cannot be decoded."""


class _ZstdReader:
    """Zstandard frames one after another.

    The package's own stream reader takes a truncated frame for a finished one; this one tells.
    """

    def __init__(self, raw: RawInput) -> None:
        import zstandard

        self._raw = raw
        self._error = zstandard.ZstdError
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=2**31)
        self._frame: Any = None
        self._ready = memoryview(b"")
        self._input = b""

    def readinto(self, buffer: memoryview) -> int:
        while not self._ready:
            if not self._input:
                self._input = self._raw.read(_ZSTD_INPUT_BYTES) or b""
                if not self._input:
                    if self._frame is not None:
                        raise EOFError
                    return 0
            self._decode()
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _decode(self) -> None:
        if self._frame is None:
            self._frame = self._decompressor.decompressobj()
        try:
            self._ready = memoryview(self._frame.decompress(self._input))
        except self._error as error:
            raise _DamagedDataError(str(error)) from error
        self._input = b""
        if self._frame.eof:
            self._input = self._frame.unused_data
            self._frame = None

    def close(self) -> None:
        self._ready = memoryview(b"")


def _buffered(raw: RawInput) -> io.BufferedReader:
    return io.BufferedReader(raw, _INPUT_BYTES)


_READERS: dict[Compression, Callable[[RawInput], Any]] = {
    "plain": lambda raw: raw,
    "gzip": lambda raw: gzip.GzipFile(fileobj=_buffered(raw), mode="rb"),
    "bzip2": lambda raw: bz2.BZ2File(_buffered(raw)),
    "xz": lambda raw: lzma.LZMAFile(_buffered(raw)),  # noqa: SIM115 - closed by TextInput
    "zstd": _ZstdReader,
}


def _open_message(name: str, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"{name}: no such file"
    return f"{name}: cannot be opened: {os.strerror(error.errno or 0)}"
