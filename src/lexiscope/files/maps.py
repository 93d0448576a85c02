"""Memory of large matrices: gone through in constant memory, maps of files too, or got in time."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.cores import cores_allowed

_BLOCK_BYTES = 1 << 22
_TOUCHED_BYTES = 1 << 24
_SMALLEST_PAGE_BYTES = 1 << 12
_MOST_THREADS = 4


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

    Without that request (Windows) the system decides by itself. A private map that was written to
    would lose what was written, so only maps that cannot be written to are let go.

    Args:
        file_map: The map.
        start, stop: Only the pages that lie wholly between these bytes; to the end where None.
    """
    if not hasattr(mmap, "MADV_DONTNEED") or not memoryview(file_map).readonly:
        return
    first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    last = len(file_map) if stop is None else stop // mmap.PAGESIZE * mmap.PAGESIZE
    if last > first:
        file_map.madvise(mmap.MADV_DONTNEED, first, last - first)


@contextmanager
def paged_in(matrix: NDArray[Any]) -> Iterator[Callable[[int], None]]:
    """Lets threads touch a new matrix's pages, ahead of whoever fills it from its first row on.

    The system gives a page, and clears it, when it is first written to. For a large matrix that
    takes as long as copying into it, and several times as long in a virtual machine.

    Args:
        matrix: V×D, new and contiguous.

    Yields:
        What waits until no thread touches any of the first so many rows any more; to be called
        before they are filled.
    """
    flat = matrix.reshape(-1)
    step = _TOUCHED_BYTES // matrix.itemsize
    every = _SMALLEST_PAGE_BYTES // matrix.itemsize
    starts = range(0, len(flat), step) if len(flat) > step else ()
    pool = ThreadPoolExecutor(min(_MOST_THREADS, cores_allowed()))
    touching = [pool.submit(np.copyto, flat[at : at + step : every], 0) for at in starts]
    untouched = iter(touching)
    reached = 0

    def wait_for(rows: int) -> None:
        nonlocal reached
        while reached < rows * matrix.shape[1] and (job := next(untouched, None)) is not None:
            job.result()
            reached += step

    try:
        yield wait_for
    finally:
        pool.shutdown(cancel_futures=True)
