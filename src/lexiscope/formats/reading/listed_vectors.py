"""Vectors of a table that are one text each: `"[0.1, 0.2]"`, as pandas and NumPy write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lexiscope.formats.reading.text_values import DECIMAL, NO_DECIMAL

_VALUE = re.compile(rf"[+-]?(?:{DECIMAL}|{NO_DECIMAL})|\.\.\.", re.IGNORECASE | re.ASCII)
# What Python writes around a list's brackets.
_MAKER = re.compile(r"(?:(?:np|numpy|torch)\.)?(?:array|tensor)\s*\(\s*$")
_MAKER_FIRST = re.compile(r"(?:(?:np|numpy|torch)\.)?(?:array|tensor)\s*\(\s*")
_OPENING = re.compile(r"[\[(]\s*[+-]?(?:\.?\d|nan|inf)", re.IGNORECASE)
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
    text = _MAKER_FIRST.sub("", text.strip(' \t\n"'), count=1).lstrip("[( ")
    ends = [place for place in (text.find("]"), text.find(")")) if place >= 0]
    inner = text[: min(ends)] if ends else text
    return _BETWEEN.split(inner.strip(" \t\n,;"))


def is_list(text: str) -> bool:
    """Whether a text is two numbers or more, in brackets or not."""
    fields = _fields_of_list(text)
    return len(fields) > 1 and all(map(_VALUE.fullmatch, fields))


def split_bare_list(line: str, delimiter: str) -> list[str] | None:
    """The fields of a row whose vector stands in brackets without quotes; None of another row."""
    match = _OPENING.search(line)
    if match is None:
        return None
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
