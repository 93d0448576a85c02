"""Errors of the libraries underneath: told from the process's own, and said in a line."""

from __future__ import annotations

import re

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LONGEST = 200


def is_of_a_library(error: BaseException) -> bool:
    """Whether an error is about what was read, and none of the process's own.

    What a damaged model makes the libraries raise is anything at all, Rust's panics included.
    """
    if isinstance(error, Exception):
        return not isinstance(error, MemoryError)
    return type(error).__name__ == "PanicException"


def first_line(error: BaseException) -> str:
    """What an error says, in one plain line; of a library's long texts the first sentence."""
    text = _COLOURS.sub("", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = lines[0] if lines else type(error).__name__
    plain = "".join(character if character.isprintable() else " " for character in line)
    return plain.split(". ")[0].rstrip(".")[:_LONGEST]
