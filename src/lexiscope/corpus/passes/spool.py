"""Integers kept on disk: the text between the two passes over it, and the encoded text.

The files have no name wherever the system can do without one, so nothing is left behind however the
process ends.
"""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import CorpusError
from lexiscope.files.space import free_bytes
from lexiscope.progress import human_bytes

SEGMENT_SIZE = 1 << 22
"""Integers in a file of the first pass: few enough that their memory is soon used again."""

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Integer = TypeVar("Integer", np.uint16, np.int32)


def _cannot_write(folder: Path | None, error: OSError) -> CorpusError:
    where = folder if folder is not None else Path(tempfile.gettempdir())
    reason, advice = os.strerror(error.errno or 0), "name another cache folder"
    if error.errno in _NO_SPACE:
        reason += f", {human_bytes(free_bytes(where))} are free"
        advice = f"it needs up to twice the text's size: free some space or {advice}"
    return CorpusError(f"{where}: the encoded text cannot be written: {reason}; {advice}")


@dataclass
class _Segment:
    """One of a spool's files: where its first integer stands in the spool, and how many it has."""

    file: Any
    begin: int
    size: int = 0


class Spool(Generic[Integer]):
    """Temporary integers on disk, written at their end and read anywhere, from any thread.

    They lie in several files, so that what was read for the last time can be let go.

    Args:
        folder: Where the files lie; None for the system's temporary folder.
        kind: The integers' type.
        segment_size: Integers in a file, after which the next one is begun; None for one file.

    Attributes:
        size: Integers written.

    Raises:
        CorpusError: The folder cannot be written to.
    """

    def __init__(
        self, folder: Path | None, kind: type[Integer], segment_size: int | None = None
    ) -> None:
        self._folder = folder
        self._kind: type[Integer] = kind
        self._segment_size = segment_size
        self._lock = threading.Lock()
        self.size = 0
        self._segments = [self._new_segment()]

    def _new_segment(self) -> _Segment:
        try:
            if self._folder is not None:
                self._folder.mkdir(parents=True, exist_ok=True)
            file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115
        except OSError as error:
            raise _cannot_write(self._folder, error) from error
        return _Segment(file, self.size)

    def append(self, values: NDArray[Integer]) -> int:
        """Write integers at the end.

        Returns:
            The position of the first of them, counted in integers.

        Raises:
            CorpusError: The disk is full, or the folder cannot be written to.
        """
        view = values.data.cast("B") if values.size else memoryview(b"")
        with self._lock:
            segment = self._segments[-1]
            if self._segment_size is not None and segment.size >= self._segment_size:
                segment = self._new_segment()
                self._segments.append(segment)
            try:
                segment.file.seek(0, os.SEEK_END)
                while len(view):
                    view = view[segment.file.write(view) :]
            except OSError as error:
                raise _cannot_write(self._folder, error) from error
            position = self.size
            segment.size += values.size
            self.size += values.size
            return position

    def read(self, position: int, count: int) -> NDArray[Integer]:
        """Read back integers that one call of `append` wrote."""
        values = np.empty(count, self._kind)
        view = values.data.cast("B") if count else memoryview(b"")
        with self._lock:
            segment = next(s for s in reversed(self._segments) if s.begin <= position)
            segment.file.seek(values.itemsize * (position - segment.begin))
            while len(view):
                view = view[segment.file.readinto(view) :]
        return values

    def release(self, position: int) -> None:
        """Let go of the files that lie wholly before a position."""
        with self._lock:
            while len(self._segments) > 1 and self._segments[1].begin <= position:
                self._segments.pop(0).file.close()

    def map(self) -> NDArray[Integer]:
        """The whole of a spool of one file as a read-only array that stays on disk."""
        array: NDArray[Integer] = np.memmap(self._segments[0].file, self._kind, mode="r")
        return array

    def close(self) -> None:
        """Drop the files. A mapped array stays valid as long as it is held."""
        for segment in self._segments:
            segment.file.close()

    def __enter__(self) -> Spool[Integer]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Where a stretch of the corpus stands in a spool.

    Attributes:
        index: Its place in the corpus.
        spool: Which spool.
        position: Where in the spool it begins, counted in integers.
        count: How many integers it is long.
        starts_line: Whether a sentence begins with it.
    """

    index: int
    spool: int
    position: int
    count: int
    starts_line: bool
