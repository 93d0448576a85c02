"""Plain data that stand in for a pickle's objects, and the memory that they may take.

Nothing here is hashed but strings, whose hashes have a random key: numbers are hashed as they are,
and a file could choose them so that a dict of them takes for ever.
"""

from __future__ import annotations

import codecs
import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

# What an object takes beside what it refers to, with what the garbage collector keeps of it.
REFERENCE, NUMBER, TUPLE, LIST, MARK = 9, 32, 48, 80, 80
INSTANCE, ITEMS, GLOBAL = 72, 48, 256
_BYTES = 40
_STRING = 8
_SHORT_LAYOUT = 16
_MOST_LAYOUTS = 256
# What small files may take that are all words, and whatever is taken once.
_FLOOR = 1 << 23
_TIMES = 2
# What a small array takes beyond that, of which a Huffman tree has two a word; and all of them.
_ARRAY = 700
_ARRAYS = 1 << 28
_DECODED_BYTES = 1 << 20


class SpentError(Exception):
    """A file's objects would take more memory than it may have."""


class Budget:
    """The memory that what is read from a file may take: twice its bytes, and 8 MiB.

    A file of many small arrays, as two a word are a Huffman tree, may take some more for each of
    them, in all 256 MiB: an array takes a thousand bytes, whatever its size.

    Whoever makes an object asks first. Time needs no budget of its own: an opcode is a byte at
    least, and takes a time that is bounded or grows with its bytes. A sound file stays below, since
    its vectors are most of it and are mapped.

    Args:
        file_bytes: Of the file, and of the arrays that are kept beside it.
    """

    def __init__(self, file_bytes: int) -> None:
        self._left = _FLOOR + _TIMES * file_bytes
        self._for_arrays = _ARRAYS

    def take(self, count: int) -> None:
        """Takes so many bytes.

        Raises:
            SpentError: There are fewer left.
        """
        self._left -= count
        if self._left < 0:
            raise SpentError

    def give(self, count: int) -> None:
        """Gives back bytes that `take` took for an object that is no more."""
        self._left += count

    def has_array(self) -> None:
        """Allows for an array that is whole, as long as there are not too many."""
        more = min(_ARRAY, self._for_arrays)
        self._for_arrays -= more
        self._left += more

    def has(self, count: int) -> None:
        """Makes sure that there are so many, for what changes with every step (the stack).

        Raises:
            SpentError: There are fewer left.
        """
        if count > self._left:
            raise SpentError

    def take_strings(self, strings: list[str]) -> None:
        """Takes what strings need.

        Raises:
            SpentError: As `take`.
        """
        self.take(sum(map(sys.getsizeof, strings)) + _STRING * len(strings))

    def take_values(self, values: list[Any]) -> None:
        """Takes what a container of these values needs for them; numbers live nowhere else.

        Raises:
            SpentError: As `take`.
        """
        kinds = list(map(type, values))
        self.take(REFERENCE * len(values) + NUMBER * (kinds.count(int) + kinds.count(float)))


@dataclass(frozen=True, slots=True)
class Global:
    """A name that a pickle imports; it stays a name."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


PERSISTENT = Global("pickle", "persistent id")
"""The kind of an instance that stands for something outside of the pickle; its argument is the id.
"""


class Items:
    """The keys and values of a dict, in the file's order.

    A dict would hash keys; this is gone through, or asked for a few names. Values that are all
    small numbers stand in an array, which takes a fifth of the memory; those of a few, as of the
    hundred thousand words of an old model, in bytes.
    """

    __slots__ = ("_keys", "_values")

    def __init__(self) -> None:
        self._keys: list[Any] | tuple[Any, ...] = ()
        # Empty they are nothing: dicts without anything in them are the cheapest to write.
        self._values: list[Any] | array[int] | bytes | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return zip(self._keys, self._unpacked(), strict=True)

    def get(self, name: str) -> Any:
        """The last value of a key; None where there is none."""
        place = -1
        try:
            while True:
                place = self._keys.index(name, place + 1)
        except ValueError:
            return None if place < 0 else self._unpacked()[place]

    def extend(
        self,
        keys: list[Any],
        values: list[Any],
        layouts: dict[tuple[Any, ...], tuple[Any, ...]],
        budget: Budget,
    ) -> None:
        """Adds pairs.

        Args:
            keys: n, of any kind.
            values: n.
            layouts: Short lists of keys that many dicts share, as the attributes of a class.
            budget: What there is for it.

        Raises:
            SpentError: It is too little.
        """
        if not self._keys and len(keys) <= _SHORT_LAYOUT:
            self._keys = _shared(tuple(keys), layouts, budget)
            if values and set(map(type, values)) == {int}:
                try:
                    self._values = struct.pack(f"{len(values)}q", *values)
                except struct.error:  # one is too large
                    pass
                else:
                    budget.take(_BYTES + len(self._values))
                    return
        else:
            budget.take(REFERENCE * len(keys))
            self._growing_keys().extend(keys)
        own = self._own_values(budget)
        if isinstance(own, array):
            if set(map(type, values)) <= {int}:
                budget.take(own.itemsize * len(values))
                try:
                    own.extend(values)
                    return
                except OverflowError:  # those before the large one are in it
                    del own[len(self._keys) - len(keys) :]
            budget.take((NUMBER + REFERENCE) * len(own))
            self._values = own = own.tolist()
        budget.take_values(values)
        own.extend(values)

    def extend_numbers(self, keys: list[Any], numbers: array[int], budget: Budget) -> bool:
        """Adds pairs whose values are small numbers; False where other values are there already.

        Args:
            keys: As many as there are numbers.
            numbers: Of type "q".
            budget: What there is for it.

        Raises:
            SpentError: It is too little.
        """
        own = self._own_values(budget)
        if not isinstance(own, array):
            return False
        budget.take((REFERENCE + numbers.itemsize) * len(numbers))
        self._growing_keys().extend(keys)
        own.extend(numbers)
        return True

    def _own_values(self, budget: Budget) -> list[Any] | array[int]:
        if self._values is None or isinstance(self._values, bytes):
            budget.take(LIST)
            self._values = array("q", self._values or b"")
        return self._values

    def _unpacked(self) -> Sequence[Any]:
        if isinstance(self._values, bytes):
            return memoryview(self._values).cast("q")
        return self._values or ()

    def _growing_keys(self) -> list[Any]:
        if isinstance(self._keys, tuple):
            self._keys = list(self._keys)
        return self._keys


def _shared(
    keys: tuple[Any, ...], layouts: dict[tuple[Any, ...], tuple[Any, ...]], budget: Budget
) -> tuple[Any, ...]:
    """The keys, or those of an earlier dict that had the same."""
    # Only strings are hashed; see the module's text.
    if set(map(type, keys)) == {str}:
        if keys in layouts:
            return layouts[keys]
        if len(layouts) < _MOST_LAYOUTS:
            layouts[keys] = keys
    budget.take(TUPLE + REFERENCE * len(keys))
    return keys


@dataclass(frozen=True, slots=True)
class LongText:
    """A text longer than any word: bytes of an array, as Python 3 says them in protocol 2.

    Attributes:
        content: Where it stands in the file, as UTF-8.
    """

    content: memoryview

    def to_latin(self) -> memoryview:
        """The bytes that its characters stand for.

        Raises:
            ValueError: It has a character beyond 255, or is no UTF-8.
        """
        decoder = codecs.getincrementaldecoder("utf-8")()
        found = bytearray()
        for start in range(0, len(self.content), _DECODED_BYTES):
            piece = self.content[start : start + _DECODED_BYTES]
            found += decoder.decode(piece, start + len(piece) == len(self.content)).encode(
                "latin-1"
            )
        return memoryview(found).toreadonly()


@dataclass(slots=True, eq=False)
class Instance:
    """What a pickle would have made by calling something.

    Attributes:
        kind: What would be called.
        arguments: With what.
        state: What its attributes would be set to: `Items` for most classes.
        items: Keys and values that would be put into it, where it is a kind of dict.
        elements: What would be appended, where it is a kind of list.
    """

    kind: Global
    arguments: tuple[Any, ...]
    state: Any = None
    items: Items | None = None
    elements: list[Any] | None = None
