"""Memory as the kernels want it: on cache lines, in rows of whole lines, on large pages."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.llvm import ROW_MULTIPLE

_LARGE_PAGE = 2 * 2**20
_LINES = 128  # bytes of two cache lines


def padded(dimension: int) -> int:
    """The row length, in floats, of vectors of a dimension."""
    return -(-dimension // ROW_MULTIPLE) * ROW_MULTIPLE


def aligned(shape: int | tuple[int, ...], dtype: Any = np.float32) -> NDArray[Any]:
    """Zeros on cache lines of their own, two by two, as processors fetch them.

    What another thread writes beside them would take them away at every write.
    """
    count = int(np.prod(shape))
    size = np.dtype(dtype).itemsize
    raw = np.zeros(-(-count * size // _LINES) * _LINES // size + _LINES // size, dtype=dtype)
    first = (-raw.ctypes.data % _LINES) // size
    return raw[first : first + count].reshape(shape)


def zeros(rows: int, columns: int, dtype: Any = np.float32) -> NDArray[Any]:
    """A zero matrix whose rows are looked up at random: on large pages where the system has them.

    With pages of 4 KB nearly every look-up of a rare word's row also misses the address cache.
    """
    size = rows * columns * np.dtype(dtype).itemsize
    memory = mmap.mmap(-1, size + _LARGE_PAGE)
    if hasattr(mmap, "MADV_HUGEPAGE") and size >= _LARGE_PAGE:
        memory.madvise(mmap.MADV_HUGEPAGE)
    raw = np.frombuffer(memory, dtype=dtype)
    first = (-raw.ctypes.data % _LARGE_PAGE) // raw.itemsize
    return raw[first : first + rows * columns].reshape(rows, columns)
