"""Vectors of a table that are one text each: `"[0.1, 0.2]"`, as pandas and NumPy write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lexiscope.formats.reading.text_values import DECIMAL, NO_DECIMAL

_VALUE = re.compile(rf"[+-]?(?:{DECIMAL}|{NO_DECIMAL})|\.\.\.", re.IGNORECASE | re.ASCII)
# What Python writes around a list's brackets.
_MAKER = re.compile(r"(?:(?:np|numpy|torch)\.)?(?:array|tensor)\s*\(\s*$")
_MAKER_FIRST = re.compile(r"(?:(?:np|numpy|torch)\.)?(?:array|tensor)\s*\(\s*")
# What NumPy 2 writes around the numbers of a list of its own.
_SCALAR = re.compile(r"(?:np|numpy)\.float(?:16|32|64)\(([^()]*)\)")
_OPENING = re.compile(
    r"[\[(]\s*(?:(?:np|numpy)\.float\d\d\()?[+-]?(?:\.?\d|nan|inf)", re.IGNORECASE
)
_PLAIN = rf"[+-]?(?:{DECIMAL}|{NO_DECIMAL})"
_AFTER_SPACE = re.compile(
    rf"(.*?[^\s,;])\s+({_PLAIN}(?:\s*,\s*{_PLAIN})+)\s*", re.IGNORECASE | re.ASCII
)
_FRACTION = re.compile(r"[+-]?\d*+(?:\.\d|\.?\d*+e)", re.IGNORECASE | re.ASCII)
_BETWEEN = re.compile(r"[\s,;]+")


def join_lists(lines: Sequence[str]) -> list[str]:
    """Lines, those of a list that goes over several (as NumPy prints one) made one."""
    joined: list[str] = []
    pieces: list[str] = []
    for line in lines:
        if pieces:
            pieces.append(line)
        elif opens_list(line):
            pieces = [line]
        else:
            joined.append(line)
        if pieces and ("]" in line or ")" in line):
            joined.append(" ".join(pieces))
            pieces = []
    return joined + pieces


def opens_list(line: str) -> bool:
    """Whether a line ends inside of a list of numbers that began in it, behind another field."""
    start = line.rfind("[")
    if start < 1 or line.find("]", start) >= 0 or _OPENING.match(line, start) is None:
        return False
    before = _MAKER.sub("", line[:start])
    return before.rstrip(' "')[-1:] in ("\t", ",", ";", "|", ":") or before.endswith(" ")


def list_values(text: str) -> str:
    """The numbers of a vector that is one text, with a space between.

    Raises:
        ValueError: NumPy left some out when it printed them.
    """
    inner = " ".join(_fields_of_list(text))
    if "..." in inner:
        raise ValueError("'...' in place of values that NumPy did not print")
    return inner


def _fields_of_list(text: str) -> list[str]:
    """What stands in a list's brackets, or in a text without any."""
    text = _SCALAR.sub(r"\1", text)
    text = _MAKER_FIRST.sub("", text.strip(' \t\n"'), count=1).lstrip("[( ")
    ends = [place for place in (text.find("]"), text.find(")")) if place >= 0]
    inner = text[: min(ends)] if ends else text
    return _BETWEEN.split(inner.strip(" \t\n,;"))


def is_list(text: str) -> bool:
    """Whether a text is two numbers or more, in brackets or not."""
    fields = _fields_of_list(text)
    return len(fields) > 1 and all(map(_VALUE.fullmatch, fields))


def delimiter_of_bare(lines: Sequence[str]) -> str | None:
    """What stands between words and values of lines without brackets (`sea: 0.5 1`, `sea 0.5,1`).

    A colon, or a space where commas are between the values; None where it is neither in all lines.
    """
    rows = [line for line in lines if line.strip()]
    for delimiter in (":", " "):
        split = [_split_before_list(line, delimiter) for line in rows]
        found = [row for row in split if row is not None]
        if len(rows) < 2 or len(found) < len(rows):
            continue
        # A whole number there may be the word's (`route 1,0.5,0.25`).
        if delimiter == ":" or any(_FRACTION.match(listed) for _word, listed in found):
            return delimiter
    return None


def _split_before_list(line: str, delimiter: str) -> list[str] | None:
    """A word and its values, which stand without brackets; None of another line."""
    if delimiter == " ":
        match = _AFTER_SPACE.fullmatch(line)
        return None if match is None else [match[1], match[2]]
    before, colon, listed = line.partition(": ")
    is_row = colon and before and "[" not in listed and "(" not in listed and is_list(listed)
    return [before.strip('"'), listed] if is_row else None


def split_bare_list(line: str, delimiter: str) -> list[str] | None:
    """The fields of a row whose vector stands in brackets without quotes; None of another row.

    With a colon or a space as delimiter there need be no brackets.
    """
    match = _OPENING.search(line)
    if match is None:
        return _split_before_list(line, delimiter) if delimiter in ": " else None
    apart = _MAKER.sub("", line[: match.start()]).rstrip('"')
    before = apart.rstrip(" ")
    ends_so = (
        before.endswith(delimiter)
        if delimiter != " "
        else before.endswith(":") or (before != apart)
    )
    listed = line[match.start() :]
    if not before or not ends_so or not _VALUE.fullmatch(_fields_of_list(listed)[-1]):
        return None
    fields = before.removesuffix(":").removesuffix(delimiter).split(delimiter)
    return [*(field.strip().strip('"') for field in fields), listed]
