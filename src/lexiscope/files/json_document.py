"""JSON that anybody may have written, read with bounds, and asked for what is expected of it.

Python's own reader believes whatever it is given: brackets nested until its stack ends, `NaN`, a
number of a million digits, a name that is there twice. Here the size, the depth and the number of
values are looked at before anything is built; and every question to a document is one for a value
of some type, whose answer else is "model.vocab is a list; expected an object".

Refused are text that is not UTF-8, names given twice in one object (one of the two values would be
lost), integers beyond 64 bits, numbers beyond float64, and the constants NaN and Infinity. JSON
(RFC 8259) does not have the latter, but many programs write them, and 10³⁰ for "no limit"; whoever
reads such files may take constants as null, and integers beyond 64 bits as floats.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files.disguises import describe_encoding
from lexiscope.files.opening import read_within, require_file

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLOCK_BYTES = 1 << 20
_LEAST_WHOLE, _MOST_WHOLE = -(1 << 63), (1 << 64) - 1
_MOST_DIGITS = 40
_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How large a document may be.

    Attributes:
        size: Its bytes.
        values: How many values there may be in all.
        containers: How many of them may be lists and objects, the costliest: 72 bytes for two.
        depth: How deep they may be nested.
    """

    size: int
    values: int
    containers: int
    depth: int = 64


OPTIONS = Bounds(size=1 << 26, values=1 << 21, containers=1 << 20)
"""Of a configuration, or another document of one thing."""

TABLE = Bounds(size=1 << 27, values=1 << 24, containers=1 << 22)
"""Of a document that has an entry a token, a tensor or a part; tokenizers take up to 40 MB."""


class _Missing:
    """What stands for a value that is not there."""


_MISSING = _Missing()


@dataclass(frozen=True)
class Value:
    """A value of a document, with its place in it.

    Attributes:
        plain: As Python has it.
        name: Where it is: "model.vocab", "parts[3].size"; "" for the whole document.
        path: The file, for messages.
        position: Where in the file the document stands, for messages; None where it is the file.
        advice: What to do about a fault, for messages.
    """

    plain: Any
    name: str
    path: str | PathLike[str]
    position: str | None = None
    advice: str = ""

    @property
    def is_given(self) -> bool:
        """Whether it is there and not null."""
        return self.plain is not None and self.plain is not _MISSING

    def __getitem__(self, name: str) -> Value:
        """A field of an object; one that is not there is told by whoever asks what it is.

        Raises:
            FormatError: This is no object.
        """
        return self._inner(self.plain_fields().get(name, _MISSING), _joined(self.name, name))

    def plain_fields(self) -> dict[str, Any]:
        """An object's fields as plain data.

        Raises:
            FormatError: It is no object.
        """
        if isinstance(self.plain, dict):
            return self.plain
        raise self.fault("an object")

    def fields(self) -> dict[str, Value]:
        """An object's fields.

        Raises:
            FormatError: It is no object.
        """
        return {
            name: self._inner(field, _joined(self.name, name))
            for name, field in self.plain_fields().items()
        }

    def plain_entries(self) -> list[Any]:
        """A list's entries as plain data.

        Raises:
            FormatError: It is no list.
        """
        if isinstance(self.plain, list):
            return self.plain
        raise self.fault("a list")

    def entries(self) -> list[Value]:
        """A list's entries.

        Raises:
            FormatError: It is no list.
        """
        return [
            self._inner(entry, f"{self.name}[{number}]")
            for number, entry in enumerate(self.plain_entries())
        ]

    def text(self) -> str:
        """A text.

        Raises:
            FormatError: It is none.
        """
        if isinstance(self.plain, str):
            return self.plain
        raise self.fault("a text")

    def whole(self, least: int = 0, most: int = (1 << 63) - 1) -> int:
        """A whole number; true and false are none.

        Raises:
            FormatError: It is none, or out of its range.
        """
        if type(self.plain) is int and least <= self.plain <= most:
            return self.plain
        below = "" if most == (1 << 63) - 1 else f" to {most:,}"
        raise self.fault(f"a whole number from {least:,}{below or ' on'}")

    def number(self) -> float:
        """A number, finite as all are here.

        Raises:
            FormatError: It is none.
        """
        if type(self.plain) in (int, float):
            return float(self.plain)
        raise self.fault("a number")

    def texts(self) -> list[str]:
        """A list of texts.

        Raises:
            FormatError: It is none.
        """
        if not all(isinstance(entry, str) for entry in self.plain_entries()):
            raise next(entry for entry in self.entries() if not isinstance(entry.plain, str)).fault(
                "a text"
            )
        return self.plain_entries()

    def wholes(self, least: int = 0) -> list[int]:
        """A list of whole numbers from `least` on.

        Raises:
            FormatError: It is none.
        """
        if all(type(entry) is int and entry >= least for entry in self.plain_entries()):
            return self.plain_entries()
        return [entry.whole(least) for entry in self.entries()]

    def numbered(self) -> dict[str, int]:
        """An object whose fields are whole numbers from 0 on.

        Raises:
            FormatError: It is none.
        """
        fields = self.plain_fields()
        if all(type(number) is int and number >= 0 for number in fields.values()):
            return fields
        return {name: field.whole() for name, field in self.fields().items()}

    def fault(self, expected: str) -> FormatError:
        """An error to raise: what the value is, and what was expected."""
        what = self.name or "the document"
        return self.error(f"{what} is {_shown(self.plain)}; expected {expected}")

    def error(self, reason: str) -> FormatError:
        """An error to raise, about this document."""
        return FormatError(self.path, self.position, f"{reason}{self.advice}")

    def _inner(self, plain: Any, name: str) -> Value:
        return Value(plain, name, self.path, self.position, self.advice)


def read(
    path: Path, bounds: Bounds = OPTIONS, *, as_written: bool = False, advice: str = ""
) -> Value:
    """Reads a file of JSON.

    Args:
        path: The file.
        bounds: How large it may be; a larger one is not read.
        as_written: Whether to take what programs write that JSON has not; see the module's text.
        advice: What to do where it is damaged ("download it again").

    Raises:
        MissingPathError: There is no such file.
        FormatError: It is no plain file, or as `parse`.
    """
    require_file(path)
    with path.open("rb") as stream:
        content = read_within(stream, bounds.size)
    if content is None:
        raise _too_large(Value(None, "", path), bounds)
    return parse(content, path, bounds, as_written=as_written, advice=advice)


def parse(
    content: bytes,
    path: str | PathLike[str],
    bounds: Bounds = OPTIONS,
    *,
    position: str | None = None,
    as_written: bool = False,
    advice: str = "",
) -> Value:
    """Reads JSON out of bytes.

    Args:
        content: The document; a byte order mark in front is left out.
        path: The file, for messages.
        bounds: How large it may be.
        position: Where in the file it stands, for messages; None where it is the file.
        as_written: Whether to take what programs write that JSON has not; see the module's text.
        advice: What to do where it is damaged ("download it again").

    Raises:
        FormatError: It is not JSON, not UTF-8, beyond the bounds, or one of the things that the
            module's text names.
    """
    document = Value(None, "", path, position, f"; {advice}" if advice else "")
    if len(content) > bounds.size:
        raise _too_large(document, bounds)
    if content.startswith(_BYTE_ORDER_MARK):
        content = content[len(_BYTE_ORDER_MARK) :]
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        wide = describe_encoding(content[:_BLOCK_BYTES])
        where = f"byte {error.start:,}" if wide is None else wide
        raise document.error(f"is not UTF-8 text ({where})") from error
    depth, containers, values = _structure(content)
    if depth > bounds.depth:
        raise document.error(f"is not JSON as it is needed: nested deeper than {bounds.depth}")
    if containers > bounds.containers or values > bounds.values:
        raise document.error(
            f"has more than {bounds.values:,} values, or {bounds.containers:,} lists and objects, "
            "too many for what it is"
        )
    try:
        plain = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole_or_float if as_written else _whole,
            parse_float=_finite,
            parse_constant=_null if as_written else _refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise document.error(f"is not JSON ({error})") from error
    return Value(plain, "", path, position, document.advice)


def _too_large(document: Value, bounds: Bounds) -> FormatError:
    return document.error(f"is more than {bounds.size:,} bytes of JSON, too many for what it is")


def render(document: Mapping[str, Any], what: str) -> bytes:
    """A document as bytes that `parse` takes, in lines; numbers that are not finite as null.

    Lone surrogates are written as JSON's escapes.

    Args:
        document: Plain data.
        what: What it is, for messages ("config.json").

    Raises:
        ConfigError: It holds what JSON cannot say, or `parse` would refuse.
    """
    try:
        text = json.dumps(_without_constants(document, OPTIONS.depth), ensure_ascii=False, indent=2)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{what} cannot be written: {error}") from error
    content = (text + "\n").encode("utf-8", "backslashreplace")
    try:
        parse(content, what)
    except FormatError as error:
        raise ConfigError(f"{what} could not be read again: it {error.reason}") from error
    return content


def _without_constants(value: Any, depth: int) -> Any:
    if depth < 0:
        raise ValueError(f"it is nested deeper than {OPTIONS.depth}")
    if isinstance(value, Mapping):
        return {name: _without_constants(inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_constants(inner, depth - 1) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


# What a byte does to the depth, by its value.
_STEPS = np.zeros(256, np.int8)
_STEPS[[ord("["), ord("{")]] = 1
_STEPS[[ord("]"), ord("}")]] = -1


def _structure(content: bytes) -> tuple[int, int, int]:
    """How deep a document is nested, and how many containers and values it has at most.

    Up to its first fault, which ends the reading, a document is counted as its reader sees it.
    """
    deepest = depth = containers = commas = 0
    is_inside = 0  # of a string
    rest = b""
    for start in range(0, len(content), _BLOCK_BYTES):
        # What follows a backslash ends no string: pairs of them go first, from left to right.
        block = (rest + content[start : start + _BLOCK_BYTES]).replace(b"\\\\", b"  ")
        rest = b"\\" if block.endswith(b"\\") else b""
        block = block.removesuffix(rest).replace(b'\\"', b"  ")
        codes = np.frombuffer(block, np.uint8)
        if not len(codes):
            continue
        # Sums modulo 256 tell odd from even as well.
        quotes = np.cumsum(codes == ord('"'), dtype=np.uint8) + np.uint8(is_inside)
        is_inside = int(quotes[-1] & 1)
        outside = (quotes & 1) == 0
        steps = _STEPS[codes] * outside
        depths = np.cumsum(steps, dtype=np.int64) + depth
        depth, deepest = int(depths[-1]), max(deepest, int(depths.max()))
        containers += int(np.count_nonzero(steps > 0))
        commas += int(np.count_nonzero((codes == ord(",")) & outside))
    return deepest, containers, containers + commas + 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names: set[str] = set()
        for name, _field in pairs:
            if name in names:
                raise ValueError(f"the name {_shown(name)} is given twice in one object")
            names.add(name)
    return fields


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) <= _MOST_DIGITS else _MOST_WHOLE + 1
    if not _LEAST_WHOLE <= number <= _MOST_WHOLE:
        raise ValueError(f"the number {digits[:_MOST_DIGITS]} does not fit into 64 bits")
    return number


def _whole_or_float(digits: str) -> int | float:
    return _whole(digits) if len(digits) < len(str(_MOST_WHOLE)) else _finite(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:_MOST_DIGITS]} is beyond what float64 holds")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is none of its numbers")


def _null(_name: str) -> None:
    return None


def _joined(name: str, field: str) -> str:
    shown = field if field.isidentifier() and len(field) <= _SHOWN else _shown(field)
    return f"{name}.{shown}" if name else shown


def _shown(plain: Any) -> str:
    """A value in a message: in ASCII, short, and of containers only what they are."""
    if plain is _MISSING:
        return "missing"
    if isinstance(plain, dict):
        return "an object"
    if isinstance(plain, list):
        return "a list"
    shown = json.dumps(plain)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
