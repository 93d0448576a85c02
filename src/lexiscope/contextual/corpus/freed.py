"""Freed memory, given back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back_freed() -> None:
    """Asks the C library to give back what was freed, where it can be asked (glibc).

    Batches of ever other shapes leave gaps of ever other sizes, which glibc keeps for each thread:
    a process grows long after its data have stopped growing. Takes a few milliseconds.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
