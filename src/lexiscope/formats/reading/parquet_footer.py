"""Sizes in a Parquet file's footer, read by ourselves.

pyarrow ends the process where it is asked for a column's sizes and the footer is damaged there
(what its C++ throws is not caught on that way), so that they must be known before it is asked.

Layout: the footer is a struct of Thrift's compact protocol: a field is a byte of a step in the
fields' numbers and a type (or a step of 0 and the number), numbers are varints with the sign in the
lowest bit, lists begin with their length and type. Sources: parquet.thrift of apache/parquet-format
(`FileMetaData`, `RowGroup`, `ColumnChunk`, `ColumnMetaData`); thrift-compact-protocol.md of
apache/thrift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_DEEPEST = 64
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_WHOLE = (4, 5, 6)
_ROW_GROUPS, _COLUMNS, _TOTAL_BYTES, _COLUMN_METADATA, _VALUES = 4, 1, 2, 3, 5


@dataclass(frozen=True)
class Sizes:
    """What a footer declares.

    Attributes:
        bytes: Of all row groups' values, unpacked.
        values: Of the longest column chunk.
    """

    bytes: int
    values: int


def sizes(footer: bytes) -> Sizes:
    """The sizes in a footer.

    Raises:
        ValueError: It is no footer, or a damaged one.
    """
    reader = _Compact(footer)
    total, longest = 0, 0
    groups = reader.struct({_ROW_GROUPS: reader.list_of(_row_group)}).get(_ROW_GROUPS, [])
    for group in groups:
        total += max(0, group.get(_TOTAL_BYTES, 0))
        for column in group.get(_COLUMNS, []):
            longest = max(longest, column.get(_COLUMN_METADATA, {}).get(_VALUES, 0))
    return Sizes(total, longest)


def _row_group(reader: _Compact) -> dict[int, Any]:
    return reader.struct({_COLUMNS: reader.list_of(_column), _TOTAL_BYTES: None})


def _column(reader: _Compact) -> dict[int, Any]:
    return reader.struct({_COLUMN_METADATA: lambda inner: inner.struct({_VALUES: None})})


class _Compact:
    """A reader of Thrift's compact protocol."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        self._depth = 0

    def struct(self, wanted: dict[int, Callable[[_Compact], Any] | None]) -> dict[int, Any]:
        """The wanted fields of a struct: whole numbers, or what a callable reads."""
        found: dict[int, Any] = {}
        for number, kind in self._fields():
            if number not in wanted:
                self._skip(kind)
                continue
            read = wanted[number]
            if kind in _WHOLE and read is None:
                found[number] = self._zigzag()
            elif kind in (_STRUCT, _LIST) and read is not None:
                found[number] = read(self)
            else:
                raise ValueError(f"field {number} is of type {kind}")
        return found

    def list_of(self, read: Callable[[_Compact], Any]) -> Callable[[_Compact], list[Any]]:
        """What reads a list of structs."""

        def read_all(reader: _Compact) -> list[Any]:
            size, kind = reader._list_head()
            if size and kind != _STRUCT:
                raise ValueError(f"a list is of type {kind}")
            return [read(reader) for _ in range(size)]

        return read_all

    def _fields(self) -> Iterator[tuple[int, int]]:
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            yield number, head & 15

    def _skip(self, kind: int) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("it is nested too deep")
        self._skip_value(kind)
        self._depth -= 1

    def _skip_value(self, kind: int) -> None:
        if kind in (_TRUE, _FALSE):
            return
        if kind == _BYTE:
            self._pass(1)
        elif kind in _WHOLE:
            self._varint()
        elif kind == _DOUBLE:
            self._pass(8)
        elif kind == _BINARY:
            self._pass(self._varint())
        elif kind in (_LIST, _SET):
            size, inner = self._list_head()
            for _ in range(size):
                self._skip_element(inner)
        elif kind == _MAP:
            size = self._bounded(self._varint())
            kinds = self._byte() if size else 0
            for _ in range(size):
                self._skip_element(kinds >> 4)
                self._skip_element(kinds & 15)
        elif kind == _STRUCT:
            for _number, inner in self._fields():
                self._skip(inner)
        else:
            raise ValueError(f"there is no type {kind}")

    def _skip_element(self, kind: int) -> None:
        """Passes over an element of a list or map, where truth takes a byte."""
        if kind in (_TRUE, _FALSE):
            self._pass(1)
        else:
            self._skip(kind)

    def _list_head(self) -> tuple[int, int]:
        head = self._byte()
        return self._bounded(head >> 4 if head >> 4 < 15 else self._varint()), head & 15

    def _bounded(self, size: int) -> int:
        """A number of elements, each of which takes a byte at least."""
        if size > len(self._content) - self._at:
            raise ValueError("a list is longer than what is left")
        return size

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise ValueError("a number has no end")

    def _byte(self) -> int:
        self._pass(1)
        return self._content[self._at - 1]

    def _pass(self, size: int) -> None:
        self._at += size
        if self._at > len(self._content):
            raise ValueError("it ends too early")
