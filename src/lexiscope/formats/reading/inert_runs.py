"""Opcodes of pickles that come by the thousand, taken in one go: words, words and rows, floats.

A machine that looks at each opcode takes a microsecond for it; lists of words, dicts from words to
rows, and lists of floats are most of a file that is no array. Source: as `inert_pickle`, whose
machine runs these.
"""

from __future__ import annotations

import re
import struct
from array import array
from collections.abc import Callable
from mmap import mmap
from typing import Any, Protocol

import numpy as np

from lexiscope.formats.reading.inert import LIST, Budget, Items

_RUN = 1 << 16
_MOST_WORDS_AT_ONCE = 1 << 12
_FEWEST_FLOATS = 8
# What a dict from words to their rows consists of: LONG_BINGET, then BININT or BININT2.
_ENTRIES = tuple(
    (
        re.compile(b"(?s:j.{4}%b.{%d}){1,%d}" % (code, size, _RUN)),
        np.dtype([("get", "u1"), ("word", "<u4"), ("int", "u1"), ("number", kind)]),
    )
    for code, size, kind in ((b"J", 4, "<i4"), (b"M", 2, "<u2"))
)
# What a list of floats consists of: BINFLOAT.
_FLOATS = re.compile(b"(?s:G.{8}){%d,%d}" % (_FEWEST_FLOATS, _RUN))
_FLOAT = np.dtype([("float", "u1"), ("number", ">f8")])
# APPENDS, TUPLE and LIST, which take everything up to the mark.
_TAKING_ALL = b"etl"


class Machine(Protocol):
    """What the opcodes need of the machine."""

    data: mmap | bytes
    position: int
    stack: list[Any]
    marked: list[list[Any]]
    memo: list[Any]
    budget: Budget

    def check_stack(self) -> None:
        """Holds the stack against the budget."""

    def since_mark(self) -> list[Any]:
        """What was put on the stack since the mark, which is taken off."""


def handlers(machine: Machine) -> dict[int, Callable[[], None]]:
    """The opcodes, and what each does to the machine."""
    runs = _Runs(machine)
    return {0x8C: runs.short_strings, ord("j"): runs.entries, ord("G"): runs.floats}


class _Runs:
    """The opcodes, each with those like it that follow."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        # Up to here are floats that no list takes, so that each is not matched with all after it.
        self._loose_until = 0

    def short_strings(self) -> None:
        """SHORT_BINUNICODE, and all that follow it with a MEMOIZE between: a list of words."""
        machine = self._machine
        data, found = machine.data, machine.stack
        first = len(found)
        for _ in range(_MOST_WORDS_AT_ONCE):
            start = machine.position + 1
            end = start + data[start - 1]
            found.append(data[start:end].decode("utf-8", "surrogatepass"))
            if data[end : end + 2] != b"\x94\x8c":
                break
            machine.position = end + 2
        if end > len(data):
            raise IndexError
        words = found[first:]
        machine.budget.take_strings(words)
        # The last one has a MEMOIZE of its own to come, if any.
        words.pop()
        machine.memo += words
        machine.position = end
        machine.check_stack()

    def entries(self) -> None:
        """LONG_BINGET, and all that follow it with BININT or BININT2 between: words and numbers."""
        machine = self._machine
        start = machine.position - 1
        for run, layout in _ENTRIES:
            found = run.match(machine.data, start)
            if found is not None:
                machine.position = found.end()
                entries = np.frombuffer(found[0], dtype=layout)
                if self._is_dict_filled(entries):
                    return
                pairs: list[Any] = [None] * (2 * len(entries))
                pairs[::2] = map(machine.memo.__getitem__, entries["word"].tolist())
                pairs[1::2] = entries["number"].tolist()
                machine.stack += pairs
                machine.check_stack()
                return
        (place,) = struct.unpack_from("<I", machine.data, machine.position)
        machine.position += 4
        machine.stack.append(machine.memo[place])

    def _is_dict_filled(self, entries: np.ndarray[Any, np.dtype[Any]]) -> bool:
        """Puts entries where the SETITEMS that follows them would, if it is all that does."""
        machine = self._machine
        target = machine.marked[-1][-1] if machine.marked and machine.marked[-1] else None
        is_all = not machine.stack and machine.data[machine.position] == ord("u")
        if not is_all or not isinstance(target, Items):
            return False
        words = list(map(machine.memo.__getitem__, entries["word"].tolist()))
        numbers = array("q", entries["number"].astype(np.int64).tobytes())
        if not target.extend_numbers(words, numbers, machine.budget):
            return False
        machine.since_mark()
        machine.position += 1
        return True

    def floats(self) -> None:
        """BINFLOAT, and all that follow it: one array in their place, where a list takes them all.

        An object of its own each would take five times the file's bytes.
        """
        machine = self._machine
        start = machine.position - 1
        found = _FLOATS.match(machine.data, start) if start >= self._loose_until else None
        if found is not None and machine.data[found.end()] not in _TAKING_ALL:
            self._loose_until = found.end()
        elif found is not None:
            numbers = np.frombuffer(found[0], dtype=_FLOAT)["number"].astype(np.float64)
            machine.budget.take(LIST + numbers.nbytes)
            machine.stack.append(array("d", numbers.tobytes()))
            machine.position = found.end()
            return
        (number,) = struct.unpack_from(">d", machine.data, machine.position)
        machine.position += 8
        machine.stack.append(number)
