"""Integers kept on disk: the text between the two passes over it, and the encoded text.

The files have no name wherever the system can do without one, so nothing is left behind however the
process ends.
"""

from __future__ import annotations

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

Integer = TypeVar("Integer", np.uint16, np.int32)


def _full_disk(folder: Path | None, error: OSError) -> CorpusError:
    where = folder if folder is not None else tempfile.gettempdir()
    return CorpusError(
        f"{where}: the encoded text cannot be written: {os.strerror(error.errno or 0)}; "
        "it needs about twice the text's size for a while: free some space or name another "
        "cache folder"
    )


class Spool(Generic[Integer]):
    """A temporary file of integers, written at its end and read anywhere, from any thread.

    Args:
        folder: Where it lies; None for the system's temporary folder.
        kind: The integers' type.
    """

    def __init__(self, folder: Path | None, kind: type[Integer]) -> None:
        self._kind = kind
        self._folder = folder
        self._lock = threading.Lock()
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self._file: Any = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        except OSError as error:
            raise _full_disk(folder, error) from error
        self.size = 0

    def append(self, values: NDArray[Integer]) -> int:
        """Write integers at the end.

        Returns:
            The position of the first of them, counted in integers.

        Raises:
            CorpusError: The disk is full.
        """
        with self._lock:
            position = self.size
            view = values.data.cast("B") if values.size else memoryview(b"")
            try:
                self._file.seek(0, os.SEEK_END)
                while len(view):
                    view = view[self._file.write(view) :]
            except OSError as error:
                raise _full_disk(self._folder, error) from error
            self.size += values.size
            return position

    def read(self, position: int, count: int) -> NDArray[Integer]:
        """Read integers back."""
        values = np.empty(count, self._kind)
        view = values.data.cast("B") if count else memoryview(b"")
        with self._lock:
            self._file.seek(values.itemsize * position)
            while len(view):
                view = view[self._file.readinto(view) :]
        return values

    def map(self) -> NDArray[Integer]:
        """The whole file as a read-only array that stays on disk."""
        array: NDArray[Integer] = np.memmap(self._file, self._kind, mode="r")
        return array

    def close(self) -> None:
        """Drop the file. A mapped array stays valid as long as it is held."""
        self._file.close()

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
