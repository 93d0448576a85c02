"""The opcodes of pickle protocols 0 and 1, whose arguments are lines of text.

Python 2 wrote protocol 0 unless it was told otherwise, so that what a script of that time pickled
by itself (`pickle.dump(model, file)`) is full of them: numbers in decimals, texts with escapes, a
`str` of bytes in quotes. They are read as data, like those of `inert_pickle`, whose machine runs
them. Source: the standard library's pickletools,
https://docs.python.org/3/library/pickletools.html.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Any, Protocol

# Of a number's digits; Python itself reads no more than 4,300.
_LONGEST_NUMBER = 700
# What `repr` never writes of a `str`; pairs of backslashes are taken out before.
_ODD_ESCAPE = re.compile(rb"""\\[^'"nrtx]""")
_TRUTH = {b"00": False, b"01": True}


class Machine(Protocol):
    """What the opcodes need of the machine."""

    memo: list[Any]

    def line(self, longest: int | None = None) -> bytes:
        """The bytes up to the next line end, which is passed."""

    def stack_push(self, value: Any) -> None:
        """Puts a value on the stack."""

    def push_bytes(self, content: bytes) -> None:
        """Puts a `str` of Python 2 on the stack."""

    def push_text(self, text: str) -> None:
        """Puts a text on the stack."""

    def put(self, place: int) -> None:
        """Numbers what is on top of the stack."""


def handlers(machine: Machine) -> dict[int, Callable[[], None]]:
    """The opcodes, and what each does to the machine."""
    lines = _Lines(machine)
    return {
        ord("I"): lines.int,
        ord("L"): lines.long,
        ord("F"): lines.float,
        ord("S"): lines.string,
        ord("V"): lines.unicode,
        ord("g"): lines.get,
        ord("p"): lines.put,
    }


class _Lines:
    """The opcodes, by their names in pickletools."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def int(self) -> None:
        """A number, or a truth value."""
        digits = self._machine.line(_LONGEST_NUMBER)
        truth = _TRUTH.get(digits)
        self._machine.stack_push(_whole(digits) if truth is None else truth)

    def long(self) -> None:
        """A number of any size."""
        self._machine.stack_push(_whole(self._machine.line(_LONGEST_NUMBER).removesuffix(b"L")))

    def float(self) -> None:
        """A number in decimals."""
        self._machine.stack_push(float(self._machine.line(_LONGEST_NUMBER)))

    def string(self) -> None:
        """Bytes in quotes, as Python 2 shows its `str`."""
        quoted = self._machine.line().strip()
        if len(quoted) < 2 or quoted[:1] not in b"'\"" or quoted[:1] != quoted[-1:]:
            raise ValueError
        content = quoted[1:-1]
        if b"\\" in content:
            if _ODD_ESCAPE.search(content.replace(rb"\\", b"")):
                raise ValueError
            content = codecs.escape_decode(content)[0]
        self._machine.push_bytes(content)

    def unicode(self) -> None:
        """A text."""
        self._machine.push_text(self._machine.line().decode("raw-unicode-escape"))

    def get(self) -> None:
        """An object that was numbered before."""
        place = _whole(self._machine.line(_LONGEST_NUMBER))
        if place < 0:
            raise IndexError
        self._machine.stack_push(self._machine.memo[place])

    def put(self) -> None:
        """The number of an object."""
        self._machine.put(_whole(self._machine.line(_LONGEST_NUMBER)))


def _whole(digits: bytes) -> int:
    """A number of plain digits; `int` would take underscores and spaces too."""
    if not digits.removeprefix(b"-").isdigit():
        raise ValueError
    return int(digits)
