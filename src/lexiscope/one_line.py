"""One short line for an object that holds much: its fields, of large ones how large they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Any, TypeVar

LONGEST = 120
_LONGEST_VALUE = 40
_CUT = ", …)"

Class = TypeVar("Class", bound=type[Any])


def one_line(cls: Class) -> Class:
    """Gives a dataclass a `repr` that is a short line, whatever its fields hold.

    To stand above `@dataclass`, whose own writes every list and array out.
    """
    type.__setattr__(cls, "__repr__", _line)
    return cls


def _line(self: Any) -> str:
    line = f"{type(self).__name__}("
    for place, field in enumerate(field for field in fields(self) if field.repr):
        part = f"{', ' if place else ''}{field.name}={_value(getattr(self, field.name))}"
        if len(line) + len(part) + len(_CUT) > LONGEST:
            return line + _CUT if place else line + "…)"
        line += part
    return line + ")"


def _value(value: Any) -> str:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return " × ".join(f"{size:,}" for size in shape) or repr(value)
    if isinstance(value, Collection) and not isinstance(value, str | bytes) and len(value) > 1:
        return f"{len(value):,} items"
    text = repr(value)
    if len(text) <= _LONGEST_VALUE and "\n" not in text:
        return text
    if isinstance(value, str):
        return f"{text[: _LONGEST_VALUE - 1]}…{text[-1]}"
    return f"{type(value).__name__}(…)"
