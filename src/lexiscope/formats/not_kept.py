"""Things not kept: what a reader or a writer could not keep of a file, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.files.maps import rows_of

_FLOAT32_BYTES = 4


@dataclass(frozen=True)
class NotKept:
    """Something that is not kept.

    Attributes:
        what: What, in words.
        error: The largest change of a value, where values were rounded; 0 where none was.
    """

    what: str
    error: float = 0.0

    def __str__(self) -> str:
        return f"{self.what}, largest error {self.error:.2g}" if self.error else self.what


def output_of_nodes(shape: tuple[int, ...]) -> NotKept:
    """A W′ whose rows are inner nodes of a Huffman tree, where only words' rows can be kept."""
    rows, columns = shape
    return NotKept(f"output matrix not carried ({rows:,} × {columns:,}): its rows are no words'")


def native(matrix: NDArray[Any]) -> NDArray[Any]:
    """A matrix row by row and in the machine's own byte order: itself where it is so already."""
    return np.require(matrix, dtype=matrix.dtype.newbyteorder("="), requirements=["A", "C"])


class Rounding:
    """Tells the largest change of a value while rows are rounded.

    Args:
        what: What rounds them, for people.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._error = 0.0
        self._beyond = 0

    def see(self, exact: NDArray[Any], rounded: NDArray[Any]) -> None:
        """Compares some rows before and after; what was not finite before is left out."""
        with np.errstate(invalid="ignore", over="ignore"):
            error = np.abs(rounded - exact)
        self._error = max(self._error, float(error.max(where=np.isfinite(error), initial=0)))
        self._beyond += int(np.count_nonzero(np.isinf(rounded) & np.isfinite(exact)))

    def not_kept(self) -> list[NotKept]:
        """A line for what was rounded, and one for what was too large; none where nothing was."""
        not_kept = [NotKept(self._what, self._error)] if self._error else []
        if self._beyond:
            values = "value is" if self._beyond == 1 else "values are"
            not_kept.append(
                NotKept(f"{self._beyond:,} {values} too large for float32, and now infinite")
            )
        return not_kept


class Narrowing:
    """Makes float32 of float64, and tells what that changes; other floats stay what they are."""

    def __init__(self) -> None:
        self._rounding = Rounding("values rounded to float32")

    def take(self, vectors: NDArray[Any]) -> NDArray[Any]:
        """Some rows, as float32 where they are of more."""
        if vectors.dtype.itemsize <= _FLOAT32_BYTES:
            return vectors
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = vectors.astype(np.float32)
        self._rounding.see(vectors, rounded)
        return rounded

    def take_all(self, matrix: NDArray[Any]) -> NDArray[Any]:
        """A whole matrix, likewise, a block of rows at a time: itself where nothing changes."""
        if matrix.dtype.itemsize <= _FLOAT32_BYTES:
            return matrix
        rounded = np.empty(matrix.shape, dtype=np.float32)
        start = 0
        for block in rows_of(matrix):
            rounded[start : start + len(block)] = self.take(block)
            start += len(block)
        return rounded

    def not_kept(self) -> list[NotKept]:
        """What has been changed so far."""
        return self._rounding.not_kept()
