"""A Python pickle read as data: nothing that it names is ever imported or called.

A pickle is a program for a small stack machine. Python's own unpickler runs it, which lets a file
run anything; it also believes lengths before it sees the bytes, and hashes keys that a file can
make as costly as it likes. This one builds strings, numbers, lists and dicts, and stands an
`Instance` in for every object. Lengths are checked against the file, keys are strings and small
numbers, nothing recurses; a name that the caller does not know is refused.

The opcodes are those of protocols 2 to 5, and of the earlier ones what they share with them.
Source: the standard library's pickletools, https://docs.python.org/3/library/pickletools.html.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.errors import FormatError

# Dicts of larger ones can be made to collide: Python hashes a number modulo 2⁶¹ − 1.
_LARGEST_KEY = 1 << 60
_LONGEST_NAME = 1000
_RUN = 1 << 16
# What a dict from words to their rows consists of: LONG_BINGET, then BININT or BININT2.
_ENTRIES = tuple(
    (
        re.compile(b"(?s:j.{4}%b.{%d}){1,%d}" % (code, size, _RUN)),
        np.dtype([("get", "u1"), ("word", "<u4"), ("int", "u1"), ("number", kind)]),
    )
    for code, size, kind in ((b"J", 4, "<i4"), (b"M", 2, "<u2"))
)


@dataclass(frozen=True, slots=True)
class Global:
    """A name that a pickle imports; it stays a name."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Instance:
    """What a pickle would have made by calling something.

    Attributes:
        kind: What would be called.
        arguments: With what.
        state: What its attributes would be set to: a dict for most classes.
        items: Keys and values that would be put into it, where it is a kind of dict.
        elements: What would be appended, where it is a kind of list.
    """

    kind: Global
    arguments: tuple[Any, ...]
    state: Any = None
    items: dict[Any, Any] | None = None
    elements: list[Any] | None = None


PERSISTENT = Global("pickle", "persistent id")
"""The kind of an instance that stands for something outside of the pickle; its argument is the id.
"""


def read(
    data: mmap | bytes,
    path: Path,
    allowed: Callable[[Global], bool],
    *,
    persistent: bool = False,
) -> Any:
    """The object in a pickle, as plain data and instances.

    Args:
        data: The file.
        path: For messages.
        allowed: Whether a name may stand in the file.
        persistent: Whether it may refer to what is outside of it (`PERSISTENT`).

    Raises:
        FormatError: It names something else, or is no sound pickle; the byte is given.
    """
    return read_at(data, 0, path, allowed, persistent=persistent)[0]


def read_at(
    data: mmap | bytes,
    start: int,
    path: Path,
    allowed: Callable[[Global], bool],
    *,
    persistent: bool = False,
) -> tuple[Any, int]:
    """`read` of a pickle that starts somewhere in the file; also gives where it ends."""
    machine = _Machine(data, path, allowed)
    machine.position = start
    if persistent:
        machine.handlers[ord("Q")] = machine.persistent_id
    try:
        return machine.run(), machine.position
    except (IndexError, ValueError, TypeError, AttributeError, KeyError, struct.error) as error:
        raise machine.error("is no sound pickle here; the file is damaged or truncated") from error


class _Machine:
    """The stack machine; its methods carry the opcodes' names in pickletools."""

    def __init__(self, data: mmap | bytes, path: Path, allowed: Callable[[Global], bool]) -> None:
        self.data = data
        self.path = path
        self.allowed = allowed
        self.position = 0
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []
        self.memo: list[Any] = []
        self.handlers = self._handlers()

    def error(self, reason: str) -> FormatError:
        return FormatError(self.path, f"byte {self.position:,}", reason)

    def run(self) -> Any:
        """Everything up to the STOP."""
        data, handlers = self.data, self.handlers
        while True:
            code = data[self.position]
            self.position += 1
            handler = handlers.get(code)
            if handler is not None:
                handler()
            elif code == 0x2E:  # STOP
                return self.stack.pop()
            else:
                raise self.error(
                    f"has opcode {bytes([code])!r}, which no gensim file needs; it is damaged "
                    "or was made to do something else"
                )

    def _handlers(self) -> dict[int, Callable[[], None]]:
        push = self.stack_push
        return {
            0x80: self.proto,
            0x95: self.frame,
            ord("("): self.mark,
            ord("0"): self.pop,
            ord("1"): self.pop_mark,
            ord("N"): lambda: push(None),
            ord("K"): lambda: push(self.number("<B", 1)),
            0x88: lambda: push(True),
            0x89: lambda: push(False),
            ord("J"): lambda: push(self.number("<i", 4)),
            ord("M"): lambda: push(self.number("<H", 2)),
            ord("G"): lambda: push(self.number(">d", 8)),
            0x8A: lambda: push(self.long(1)),
            0x8B: lambda: push(self.long(4)),
            ord("U"): lambda: push(self.counted(1).decode("latin-1")),
            ord("T"): lambda: push(self.counted(4).decode("latin-1")),
            ord("C"): lambda: push(self.counted(1)),
            ord("B"): lambda: push(self.counted(4)),
            0x8E: lambda: push(self.counted(8)),
            0x96: lambda: push(self.counted(8)),
            0x8C: self.short_strings,
            ord("X"): lambda: push(self.counted(4).decode("utf-8", "surrogatepass")),
            0x8D: lambda: push(self.counted(8).decode("utf-8", "surrogatepass")),
            ord("]"): lambda: push([]),
            ord("}"): lambda: push({}),
            ord(")"): lambda: push(()),
            0x8F: lambda: push([]),  # a set: its elements are never looked up
            ord("t"): lambda: push(tuple(self.since_mark())),
            ord("l"): lambda: push(self.since_mark()),
            0x91: lambda: push(self.since_mark()),
            ord("d"): self.make_dict,
            0x85: lambda: self.make_tuple(1),
            0x86: lambda: self.make_tuple(2),
            0x87: lambda: self.make_tuple(3),
            ord("a"): self.append,
            ord("e"): self.appends,
            0x90: self.appends,
            ord("s"): self.setitem,
            ord("u"): self.setitems,
            ord("h"): lambda: push(self.memo[self.number("<B", 1)]),
            ord("j"): self.entries,
            0x94: lambda: self.memo.append(self.stack[-1]),
            ord("q"): lambda: self.put(self.number("<B", 1)),
            ord("r"): lambda: self.put(self.number("<I", 4)),
            ord("c"): self.named,
            0x93: self.stack_global,
            ord("R"): self.reduce,
            0x81: self.reduce,  # NEWOBJ takes a class and arguments just so
            0x92: self.newobj_ex,
            ord("b"): self.build,
        }

    def stack_push(self, value: Any) -> None:
        self.stack.append(value)

    def short_strings(self) -> None:
        """SHORT_BINUNICODE, and all that follow it with a MEMOIZE between: a list of words."""
        data, found = self.data, self.stack
        first = len(found)
        while True:
            start = self.position + 1
            end = start + data[start - 1]
            found.append(data[start:end].decode("utf-8", "surrogatepass"))
            if data[end : end + 2] != b"\x94\x8c":
                break
            self.position = end + 2
        if end > len(data):
            raise IndexError
        # The last one has a MEMOIZE of its own to come, if any.
        self.memo += found[first:-1]
        self.position = end

    def entries(self) -> None:
        """LONG_BINGET, and all that follow it with a BININT or BININT2 between: a dict's entries,
        words seen before and numbers."""
        start = self.position - 1
        for run, layout in _ENTRIES:
            found = run.match(self.data, start)
            if found is not None:
                entries = np.frombuffer(found[0], dtype=layout)
                pairs: list[Any] = [None] * (2 * len(entries))
                pairs[::2] = map(self.memo.__getitem__, entries["word"].tolist())
                pairs[1::2] = entries["number"].tolist()
                self.stack += pairs
                self.position = found.end()
                return
        self.stack.append(self.memo[self.number("<I", 4)])

    def number(self, layout: str, size: int) -> Any:
        start = self.position
        self.position += size
        return struct.unpack_from(layout, self.data, start)[0]

    def counted(self, size: int) -> bytes:
        """A stretch of bytes after its length."""
        start = self.position
        length = int.from_bytes(self.data[start : start + size], "little")
        if size + length > len(self.data) - start:
            raise self.error(
                f"declares {length:,} bytes, where {len(self.data) - start:,} follow; the file is "
                "truncated or damaged"
            )
        self.position = start + size + length
        return self.data[start + size : self.position]

    def long(self, size: int) -> int:
        return int.from_bytes(self.counted(size), "little", signed=True)

    def proto(self) -> None:
        version = self.number("<B", 1)
        if version > 5:
            raise self.error(f"is a pickle of protocol {version}, expected 2 to 5")

    def frame(self) -> None:
        # Frames only tell how much to read at a time; everything is mapped.
        self.position += 8

    def mark(self) -> None:
        self.marked.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        found = self.stack
        self.stack = self.marked.pop()
        return found

    def pop(self) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.since_mark()

    def pop_mark(self) -> None:
        self.since_mark()

    def make_tuple(self, count: int) -> None:
        if len(self.stack) < count:
            raise IndexError
        self.stack[-count:] = [tuple(self.stack[-count:])]

    def make_dict(self) -> None:
        values = self.since_mark()
        found: dict[Any, Any] = {}
        self._fill(found, values)
        self.stack.append(found)

    def append(self) -> None:
        value = self.stack.pop()
        self._extend([value])

    def appends(self) -> None:
        self._extend(self.since_mark())

    def _extend(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, Instance):
            if target.elements is None:
                target.elements = []
            target = target.elements
        if not isinstance(target, list):
            raise TypeError
        target += values

    def setitem(self) -> None:
        value = self.stack.pop()
        key = self.stack.pop()
        self._fill(self.stack[-1], [key, value])

    def setitems(self) -> None:
        values = self.since_mark()
        self._fill(self.stack[-1], values)

    def _fill(self, target: Any, values: list[Any]) -> None:
        if isinstance(target, Instance):
            if target.items is None:
                target.items = {}
            target = target.items
        if not isinstance(target, dict) or len(values) % 2:
            raise TypeError
        keys = values[::2]
        if set(map(type, keys)) - {str}:
            for key in keys:
                if type(key) is not str and (type(key) is not int or abs(key) >= _LARGEST_KEY):
                    raise self.error("has a dict whose keys are neither strings nor small numbers")
        target.update(zip(keys, values[1::2], strict=True))

    def put(self, place: int) -> None:
        memo = self.memo
        if place == len(memo) + 1 and place == 1:
            memo.append(None)  # Python 2 counts from 1
        if place > len(memo):
            raise self.error(f"numbers an object {place:,} where {len(memo):,} have been before")
        memo[place : place + 1] = [self.stack[-1]]

    def named(self) -> None:
        """GLOBAL: two lines."""
        parts = []
        for _ in range(2):
            start = self.position
            end = self.data.find(b"\n", start, start + _LONGEST_NAME)
            if end < 0:
                raise IndexError
            parts.append(self.data[start:end].decode("utf-8"))
            self.position = end + 1
        self._import(Global(*parts))

    def stack_global(self) -> None:
        name = self.stack.pop()
        module = self.stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise TypeError
        self._import(Global(module, name))

    def _import(self, found: Global) -> None:
        if not self.allowed(found):
            shown = str(found)[:100]
            raise self.error(
                f"refers to {shown!r}, which no vectors file needs: it could run anything, so "
                "nothing was loaded; if you trust the file, open it in gensim and save it with "
                "save_word2vec_format"
            )
        self.stack.append(found)

    def reduce(self) -> None:
        arguments = self.stack.pop()
        kind = self.stack.pop()
        self._make(kind, arguments)

    def newobj_ex(self) -> None:
        self.stack.pop()  # keyword arguments, which the classes read here have none of
        self.reduce()

    def _make(self, kind: Any, arguments: Any) -> None:
        if not isinstance(kind, Global) or not isinstance(arguments, tuple):
            raise self.error(
                "calls something that it has not named; the file is damaged or was made to do "
                "something else"
            )
        self.stack.append(Instance(kind, arguments))

    def persistent_id(self) -> None:
        self.stack.append(Instance(PERSISTENT, (self.stack.pop(),)))

    def build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        if not isinstance(target, Instance):
            raise TypeError
        target.state = state
