"""Going through a large matrix in constant memory, also where it is a map of a file."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

_BLOCK_BYTES = 1 << 22


def rows_of(matrix: NDArray[Any], block_bytes: int = _BLOCK_BYTES) -> Iterator[NDArray[Any]]:
    """A matrix as views of some rows each.

    Where it is a map of a file, what has been gone through is given back to the system, so that
    the process does not grow by the file's size.

    Args:
        matrix: V×D.
        block_bytes: Bytes of a block, about.
    """
    width = max(1, int(matrix.shape[1])) * matrix.itemsize
    step = max(1, block_bytes // width)
    file_map = map_under(matrix)
    for start in range(0, len(matrix), step):
        yield matrix[start : start + step]
        if file_map is not None:
            let_go(file_map)


def map_under(array: NDArray[Any]) -> mmap.mmap | None:
    """The map of a file that an array looks into; None for an array in memory."""
    base: Any = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = base.obj if isinstance(base, memoryview) else getattr(base, "base", None)
    return base


def let_go(file_map: mmap.mmap, start: int = 0, stop: int | None = None) -> None:
    """Takes a map's pages out of the process's memory; a later look loads them again.

    Without `madvise` (Windows) the system decides by itself. A private map that was written to
    would lose what was written, so only maps that cannot be written to are let go.

    Args:
        file_map: The map.
        start, stop: Only the pages that lie wholly between these bytes; to the end where None.
    """
    if not hasattr(file_map, "madvise") or not memoryview(file_map).readonly:
        return
    first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    last = len(file_map) if stop is None else stop // mmap.PAGESIZE * mmap.PAGESIZE
    if last > first:
        file_map.madvise(mmap.MADV_DONTNEED, first, last - first)
