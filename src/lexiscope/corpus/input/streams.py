"""Streams of text bytes: a file, a pipe or standard input, unpacked where it is compressed."""

from __future__ import annotations

import errno
import io
import os
import select
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lexiscope.corpus.input.remote import is_remote, open_remote
from lexiscope.corpus.input.text_form import AS_IT_IS, PARQUET, TextForm
from lexiscope.errors import CorpusError, reason_of
from lexiscope.files.compression import DamagedDataError, Memory, Unpacked, compression_of

if TYPE_CHECKING:
    from lexiscope.corpus.input.converting import Converted

STDIN = "-"
"""The name that stands for standard input."""

HEAD_BYTES = 4096
"""How much of a file is looked at before it is read."""

# Bytes of a file: from which to which.
Span = tuple[int, int]

_POLL_SECONDS = 0.2
# A text may be packed with any window, and any number of times over: blank lines are one.
_MEMORY = Memory(zstd_window=1 << 31, zstd_input=1 << 12, xz=None)
# Behind these a text that goes on is a damaged member; behind the others it is ignored, as their
# own tools do.
_NOTHING_FOLLOWS = ("gzip", "zstd")


class MissingTextError(CorpusError, FileNotFoundError):
    """There is no file of a text's name."""


class ReadingCancelled(Exception):
    """The run was stopped while standard input or a pipe kept it waiting."""


class RawInput(io.RawIOBase):
    """A file's bytes as they are stored, counted, with the first ones readable ahead.

    Args:
        path: The file, or `STDIN`.
        cancelled: Once set, a read that waits gives up.
        span: Which of its bytes; None for all. Of a file that can be read anywhere.

    Attributes:
        consumed: Bytes handed out so far.
    """

    def __init__(self, path: str, cancelled: threading.Event, span: Span | None = None) -> None:
        super().__init__()
        self._cancelled = cancelled
        self._is_stdin = path == STDIN
        self._file: BinaryIO | io.FileIO
        self._pollable = False
        if self._is_stdin:
            self._file = _standard_input()
            self._pollable = os.name == "posix" and isinstance(self._file, io.FileIO)
        elif is_remote(path):
            self._file = open_remote(path)
        else:
            self._file = io.FileIO(path, opener=_open_at_once)
            self._pollable = os.name == "posix" and not stat.S_ISREG(_kind(self._file))
        self._head = b""
        self._left: int | None = None
        if span is not None:
            self._file.seek(span[0])
            self._left = span[1] - span[0]
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
        elif self._is_stdin or self._pollable:
            data = self._read(len(view))
            count = len(data)
            view[:count] = data
        else:
            count = self._file.readinto(self._inside(view)) or 0  # type: ignore[union-attr]
            self._take(count)
        self.consumed += count
        return count

    def _read(self, size: int) -> bytes:
        # A terminal or a pipe may stay silent for ever: look up now and then.
        while self._pollable and not select.select([self._file], [], [], _POLL_SECONDS)[0]:
            if self._cancelled.is_set():
                raise ReadingCancelled
        data = self._file.read(size if self._left is None else min(size, self._left)) or b""
        self._take(len(data))
        return data

    def _inside(self, view: memoryview) -> memoryview:
        """As much of a view as the span still has bytes for."""
        return view if self._left is None else view[: self._left]

    def _take(self, count: int) -> None:
        if self._left is not None:
            self._left -= count

    def close(self) -> None:
        if not self.closed and not self._is_stdin:
            self._file.close()
        super().close()


def _open_at_once(path: str, flags: int) -> int:
    """Opens a file, and a named pipe before somebody writes to it: `RawInput` waits for that."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(descriptor, True)
    return descriptor


def _kind(stream: io.FileIO) -> int:
    return os.fstat(stream.fileno()).st_mode


def _standard_input() -> BinaryIO | io.FileIO:
    stream = sys.stdin.buffer
    try:
        return io.FileIO(stream.fileno(), closefd=False)
    except (OSError, io.UnsupportedOperation):
        return stream  # replaced by something in memory


class TextInput:
    """The text bytes of one file, whatever it is compressed with or kept in.

    Args:
        path: The file, or `STDIN`.
        form: What the text is kept in.
        cancelled: Once set, a read that waits for standard input or a pipe gives up.
        span: Which of the file's bytes, where these are the text; None for all.

    Raises:
        CorpusError: The file is missing or cannot be opened.
    """

    def __init__(
        self,
        path: str,
        form: TextForm = AS_IT_IS,
        cancelled: threading.Event | None = None,
        span: Span | None = None,
    ) -> None:
        self.path = path
        self._form = form
        self._is_done = False
        self.name = "standard input" if path == STDIN else path
        self.delivered = 0
        try:
            self._raw = RawInput(path, cancelled or threading.Event(), span)
            # What stands amid a text may look like the first bytes of anything.
            whole = span is None
            compression = compression_of(self._raw.peek_head()) if whole else None
        except OSError as error:
            kind = MissingTextError if error.errno == errno.ENOENT else CorpusError
            raise kind(_open_message(self.name, error)) from error
        self.compression = None if compression is None else compression.name
        self._stream: RawInput | Unpacked = self._raw
        if compression is not None:
            self._stream = Unpacked(
                self._raw.read,
                compression,
                _MEMORY,
                refuses_rest=compression.name in _NOTHING_FOLLOWS,
            )
        self._text: RawInput | Unpacked | Converted = self._stream
        if not form.is_as_stored:
            from lexiscope.corpus.input.converting import Converted

            self._text = Converted(self._read, form, path, self.name)

    def _read(self, size: int) -> bytes:
        """Some of the file, unpacked; nothing at its end."""
        return read_some(self._stream.readinto, size)

    @property
    def consumed(self) -> int:
        """Stored (compressed) bytes used so far."""
        if self._is_done and self._form.kind == PARQUET:  # which is read by a reader of its own
            return Path(self.path).stat().st_size
        return self._raw.consumed

    def readinto(self, buffer: memoryview) -> int:
        """Read up to the buffer's length; 0 at the end of the text.

        Raises:
            CorpusError: The compressed data are damaged or end too early, or reading failed.
        """
        try:
            count = self._text.readinto(buffer)
        except DamagedDataError as error:
            raise CorpusError(self._damaged(error)) from error
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else reason_of(error)
            raise CorpusError(f"{self.name}: cannot be read: {reason}") from error
        self.delivered += count
        self._is_done = count == 0
        return count

    def close(self) -> None:
        """Close the file (never standard input)."""
        self._raw.close()

    def _damaged(self, error: DamagedDataError) -> str:
        if error.is_cut:
            return (
                f"{self.name}: the {self.compression} data end too early, after "
                f"{self.delivered:,} bytes of text: the file is truncated; copy it again"
            )
        return (
            f"{self.name}: the {self.compression} data are damaged after {self.delivered:,} bytes "
            f"of text ({error.reason}): copy the file again"
        )


def read_some(readinto: Callable[[memoryview], int], size: int) -> bytes:
    """Bytes of a stream that fills buffers: `size` at most, none at its end."""
    buffer = memoryview(bytearray(size))
    return bytes(buffer[: readinto(buffer)])


def _open_message(name: str, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"{name}: no such file"
    return f"{name}: cannot be opened: {os.strerror(error.errno or 0)}"
