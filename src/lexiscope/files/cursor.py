"""A cursor over a binary file, which checks each field against the bytes that are left."""

from __future__ import annotations

import struct
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError, TruncatedError


class Cursor:
    """A place in a mapped file that moves forward as fields are read.

    Nothing is allocated for a field before its bytes are known to be there, so a length or a shape
    that lies is refused for the price of reading it.

    Args:
        data: The file.
        path: For messages.

    Attributes:
        position: The byte where the next field starts.
    """

    def __init__(self, data: mmap | bytes, path: Path) -> None:
        self.data = data
        self.path = path
        self.position = 0
        self._size = len(data)

    @property
    def left(self) -> int:
        """How many bytes follow."""
        return self._size - self.position

    def unpack(self, layout: str, what: str) -> tuple[Any, ...]:
        """Reads fields of a fixed layout.

        Args:
            layout: In `struct`'s letters.
            what: What they are, for the message.

        Raises:
            TruncatedError: The file ends before them.
        """
        start = self.skip(struct.calcsize(layout), what)
        return struct.unpack_from(layout, self.data, start)

    def skip(self, length: int, what: str) -> int:
        """Passes over a stretch of bytes and gives where it starts.

        Raises:
            TruncatedError: The file ends before its end.
        """
        if length > self.left:
            raise TruncatedError(
                self.path,
                f"byte {self.position:,}",
                f"ends in {what}, which takes {length:,} bytes where {self.left:,} are left; the "
                "file is truncated or damaged: download or write it again",
            )
        start = self.position
        self.position += length
        return start

    def take(self, length: int, what: str) -> bytes:
        """Copies a stretch of bytes.

        Raises:
            TruncatedError: The file ends before its end.
        """
        start = self.skip(length, what)
        return self.data[start : start + length]

    def matrix(self, rows: int, columns: int, what: str) -> NDArray[np.float32]:
        """A matrix of little-endian float32 as a read-only map, which may lie at any byte.

        Raises:
            TruncatedError: The file ends before its end.
        """
        start = self.skip(4 * rows * columns, what)
        flat = np.frombuffer(self.data, dtype="<f4", count=rows * columns, offset=start)
        return flat.reshape(rows, columns)

    def bytes_matrix(self, rows: int, columns: int, what: str) -> NDArray[np.uint8]:
        """A matrix of bytes as a read-only map.

        Raises:
            TruncatedError: The file ends before its end.
        """
        start = self.skip(rows * columns, what)
        flat = np.frombuffer(self.data, dtype=np.uint8, count=rows * columns, offset=start)
        return flat.reshape(rows, columns)

    def error(self, reason: str, *, at: int | None = None) -> FormatError:
        """An error to raise, at a byte of the file (here, where none is given)."""
        return FormatError(self.path, f"byte {self.position if at is None else at:,}", reason)
