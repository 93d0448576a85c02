"""A Python pickle read as data: nothing that it names is ever imported or called.

A pickle is a program for a small stack machine. Python's own unpickler runs it, which lets a file
run anything; it also believes lengths before it sees the bytes, hashes keys that a file can make as
costly as it likes, and makes 64 bytes out of one. This one builds strings, numbers, lists and
`Items`, and stands an `Instance` in for every object. Lengths are checked against the file, no key
is hashed, nothing recurses, long bytes are looked at where they stand, and all that is made is
taken out of one `Budget`; a name that the caller does not know is refused.

The opcodes are those of protocols 2 to 5, and of the earlier ones what they share with them; their
lines of text are in `inert_lines`, and in `inert_runs` what comes by the thousand. A `str` of
Python 2, which is bytes, is text where it is ASCII, else bytes. Source: pickletools,
https://docs.python.org/3/library/pickletools.html.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from mmap import mmap
from pathlib import Path
from typing import Any

from lexiscope.errors import FormatError
from lexiscope.formats.reading import inert_lines, inert_runs
from lexiscope.formats.reading.inert import (
    GLOBAL,
    INSTANCE,
    ITEMS,
    LIST,
    MARK,
    NUMBER,
    PERSISTENT,
    REFERENCE,
    TUPLE,
    Budget,
    Global,
    Instance,
    Items,
    LongText,
    SpentError,
)
from lexiscope.formats.reading.inert_arrays import INLINE_ARRAY, inline_size

_LONGEST_NAME = 1000
# Beyond these bytes and texts stay where they are.
_LONG_BYTES = 1 << 12
_LONGEST_WORD = 1 << 20
_LONGEST_NUMBER = 1 << 8
_CHECKED_EVERY = 1 << 10
_SHOWN = 100
_ARRAY, _ARRAY_PARTS = "_reconstruct", 5  # what NumPy makes an array with
_Bytes = bytes  # the machine has an opcode of this name


def read(
    data: mmap | bytes,
    path: Path,
    allowed: Callable[[Global], bool],
    beside: int = 0,
    may_call: Callable[[Global], bool] | None = None,
) -> Any:
    """The object in a pickle, as plain data and instances.

    Args:
        data: The file.
        path: For messages.
        allowed: Whether a name may stand in the file.
        beside: Bytes of the arrays that are kept in other files.
        may_call: Whether a name that may stand in the file may also be called there; None: any.

    Raises:
        FormatError: It names something else, is no sound pickle, or would take more than twice its
            size in memory; the byte is given.
    """
    advice = "; if you trust the file, open it in gensim and save it with save_word2vec_format"
    machine = _Machine(data, path, allowed, Budget(len(data) + beside))
    if may_call is not None:
        machine.may_call = may_call
    return _run(machine, advice)


def read_persistent(
    data: mmap | bytes, start: int, path: Path, allowed: Callable[[Global], bool], beside: int = 0
) -> tuple[Any, int]:
    """`read` of a pickle at a byte of the file that may refer to what is outside (`PERSISTENT`).

    Returns:
        The object, and where the pickle ends.

    Raises:
        FormatError: As `read`.
    """
    machine = _Machine(data, path, allowed, Budget(len(data) + beside))
    machine.position = start
    machine.handlers[ord("Q")] = machine.persistent_id
    return _run(machine, ""), machine.position


def _run(machine: _Machine, advice: str) -> Any:
    try:
        return machine.run()
    except SpentError as error:
        raise machine.error(
            "would take more than twice the file's size in memory, as no vectors do: it is damaged "
            f"or was made to use up memory{advice}"
        ) from error
    except (IndexError, ValueError, TypeError, AttributeError, KeyError, struct.error) as error:
        raise machine.error("is no sound pickle here; the file is damaged or truncated") from error


class _Machine:
    """The stack machine; its methods carry the opcodes' names in pickletools."""

    def __init__(
        self, data: mmap | bytes, path: Path, allowed: Callable[[Global], bool], budget: Budget
    ) -> None:
        self.data = data
        self.path = path
        self.allowed = allowed
        self.may_call = allowed
        self.budget = budget
        self.position = 0
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []
        self.below = 0  # how many values the marked stacks have
        self.memo: list[Any] = []
        self.layouts: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        self.handlers = self._handlers()

    def error(self, reason: str) -> FormatError:
        return FormatError(self.path, f"byte {self.position:,}", reason)

    def run(self) -> Any:
        """Everything up to the STOP."""
        data, handlers = self.data, self.handlers
        while True:
            for _ in range(_CHECKED_EVERY):
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
            self.check_stack()

    def check_stack(self) -> None:
        """Holds what only the machine refers to against the budget."""
        values = len(self.stack) + self.below
        self.budget.has((REFERENCE + NUMBER) * values + REFERENCE * len(self.memo))

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
            0x8A: lambda: push(self.long(1)),
            0x8B: lambda: push(self.long(4)),
            ord("U"): lambda: self.string(1),
            ord("T"): lambda: self.string(4),
            ord("C"): lambda: self.bytes(1),
            ord("B"): lambda: self.bytes(4),
            0x8E: lambda: self.bytes(8),
            0x96: lambda: self.bytes(8),
            ord("X"): lambda: self.text(4),
            0x8D: lambda: self.text(8),
            ord("]"): self.empty_list,
            ord("}"): self.empty_dict,
            ord(")"): lambda: push(()),
            0x8F: self.empty_list,  # a set: its elements are never looked up
            ord("t"): lambda: push(tuple(self.new(TUPLE, self.since_mark()))),
            ord("l"): lambda: push(self.new(LIST, self.since_mark())),
            0x91: lambda: push(self.new(LIST, self.since_mark())),
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
            0x94: lambda: self.memo.append(self.stack[-1]),
            ord("q"): lambda: self.put(self.number("<B", 1)),
            ord("r"): lambda: self.put(self.number("<I", 4)),
            ord("c"): self.named,
            0x93: self.stack_global,
            ord("R"): self.reduce,
            0x81: self.reduce,  # NEWOBJ takes a class and arguments just so
            0x92: self.newobj_ex,
            ord("b"): self.build,
            **inert_runs.handlers(self),
            **inert_lines.handlers(self),
        }

    def stack_push(self, value: Any) -> None:
        self.stack.append(value)

    def number(self, layout: str, size: int) -> Any:
        start = self.position
        self.position += size
        return struct.unpack_from(layout, self.data, start)[0]

    def stretch(self, size: int) -> slice:
        """Where the bytes stand that follow a length of so many bytes."""
        start = self.position
        length = int.from_bytes(self.data[start : start + size], "little")
        if size + length > len(self.data) - start:
            raise self.error(
                f"declares {length:,} bytes, where {len(self.data) - start:,} follow; the file is "
                "truncated or damaged"
            )
        self.position = start + size + length
        return slice(start + size, self.position)

    def bytes(self, size: int) -> None:
        """Bytes after their length; many are a view of the file, which takes nothing."""
        where = self.stretch(size)
        if where.stop - where.start > _LONG_BYTES:
            self.stack.append(memoryview(self.data)[where])
            return
        found = self.data[where]
        self.budget.take(2 * NUMBER + len(found))
        self.stack.append(found)

    def text(self, size: int) -> None:
        """A text after its length."""
        where = self.stretch(size)
        if where.stop - where.start > _LONGEST_WORD:
            self.stack.append(LongText(memoryview(self.data)[where]))
            return
        self.push_text(str(memoryview(self.data)[where], "utf-8", "surrogatepass"))

    def push_text(self, text: str) -> None:
        self.budget.take_strings([text])
        self.stack.append(text)

    def string(self, size: int) -> None:
        """A `str` of Python 2 after its length."""
        where = self.stretch(size)
        if where.stop - where.start > _LONGEST_WORD:
            self.stack.append(memoryview(self.data)[where])
            return
        self.push_bytes(self.data[where])

    def push_bytes(self, content: _Bytes) -> None:
        if content.isascii() and len(content) <= _LONGEST_WORD:
            self.push_text(content.decode("ascii"))
            return
        self.budget.take(2 * NUMBER + len(content))
        self.stack.append(content)

    def line(self, longest: int | None = None) -> _Bytes:
        """The bytes up to the next line end, which is passed."""
        start = self.position
        end = self.data.find(b"\n", start, len(self.data) if longest is None else start + longest)
        if end < 0:
            raise IndexError
        self.position = end + 1
        return self.data[start:end]

    def long(self, size: int) -> int:
        where = self.stretch(size)
        length = where.stop - where.start
        if length > _LONGEST_NUMBER:
            raise self.error(
                f"has a number of {length:,} bytes, as no gensim file has; it is damaged"
            )
        self.budget.take(length)
        return int.from_bytes(self.data[where], "little", signed=True)

    def proto(self) -> None:
        if (version := self.number("<B", 1)) > 5:
            raise self.error(f"is a pickle of protocol {version}, expected 0 to 5")

    def frame(self) -> None:
        # Frames only tell how much to read at a time; everything is mapped.
        self.position += 8

    def mark(self) -> None:
        self.budget.take(MARK)
        self.below += len(self.stack)
        self.marked.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        found = self.stack
        self.stack = self.marked.pop()
        self.below -= len(self.stack)
        # The rest stands for the step, which may well have been for nothing.
        self.budget.give(MARK - REFERENCE)
        return found

    def new(self, base: int, values: list[Any]) -> list[Any]:
        """The values, after what a container of them needs was taken."""
        self.budget.take(base)
        self.budget.take_values(values)
        return values

    def empty_list(self) -> None:
        self.budget.take(LIST)
        self.stack.append([])

    def empty_dict(self) -> None:
        self.budget.take(ITEMS)
        self.stack.append(Items())

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
        self.stack[-count:] = [tuple(self.new(TUPLE, self.stack[-count:]))]

    def make_dict(self) -> None:
        values = self.since_mark()
        self.empty_dict()
        self._fill(self.stack[-1], values)

    def append(self) -> None:
        self._extend([self.stack.pop()])

    def appends(self) -> None:
        self._extend(self.since_mark())

    def _extend(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, Instance):
            if target.elements is None:
                self.budget.take(LIST)
                target.elements = []
            target = target.elements
        if not isinstance(target, list):
            raise TypeError
        self.budget.take_values(values)
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
                self.budget.take(ITEMS)
                target.items = Items()
            target = target.items
        if not isinstance(target, Items) or len(values) % 2:
            raise TypeError
        # Keys of any kind: none is hashed, nor looked into where it is no word.
        target.extend(values[::2], values[1::2], self.layouts, self.budget)

    def put(self, place: int) -> None:
        memo = self.memo
        if place == len(memo) + 1 and place == 1:
            memo.append(None)  # Python 2 counts from 1
        if place > len(memo):
            raise self.error(f"numbers an object {place:,} where {len(memo):,} have been before")
        memo[place : place + 1] = [self.stack[-1]]

    def named(self) -> None:
        """GLOBAL: two lines."""
        module, name = self.line(_LONGEST_NAME), self.line(_LONGEST_NAME)
        self._import(Global(module.decode("ascii"), name.decode("ascii")))

    def stack_global(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise TypeError
        self._import(Global(module, name))

    def _import(self, found: Global) -> None:
        if not self.allowed(found):
            raise self.foreign(found)
        self.budget.take(GLOBAL)
        self.stack.append(found)

    def foreign(self, found: Global) -> FormatError:
        return self.error(
            f"refers to {str(found)[:_SHOWN]!r}, which no vectors file needs: it could run "
            "anything, so nothing was loaded; if you trust the file, open it in gensim and save "
            "it with save_word2vec_format"
        )

    def reduce(self) -> None:
        arguments, kind = self.stack.pop(), self.stack.pop()
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
        if not self.may_call(kind):
            raise self.foreign(kind)
        self.budget.take(INSTANCE)
        self.stack.append(Instance(kind, arguments))

    def persistent_id(self) -> None:
        found = self.stack.pop()
        self.budget.take(INSTANCE + TUPLE)
        self.stack.append(Instance(PERSISTENT, (found,)))

    def build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        if not isinstance(target, Instance):
            raise TypeError
        target.state = state
        if target.kind == INLINE_ARRAY:
            self.inline_array(target)
        if target.kind.name == _ARRAY and isinstance(state, tuple) and len(state) == _ARRAY_PARTS:
            self.budget.has_array()

    def inline_array(self, target: Instance) -> None:
        """Passes the bytes of an array that joblib keeps behind its description, and shows them."""
        size = inline_size(target)
        if size is None:
            raise self.error("has an array that is not plain numbers, which cannot be read")
        if target.state.get("numpy_array_alignment_bytes") is not None:
            self.position += 1 + self.data[self.position]
        end = self.position + size
        if end > len(self.data):
            raise self.error(
                f"declares an array of {size:,} bytes, where {len(self.data) - self.position:,} "
                "follow; the file is truncated or damaged"
            )
        target.elements = [memoryview(self.data)[self.position : end]]
        self.position = end
