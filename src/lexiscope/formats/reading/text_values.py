"""Values of text files: what is a number, and many of them parsed in one call."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError, MalformedError

# The grammar of numbers, as text; what is read as bytes has it encoded. Digits are never
# given back: of many that are no number in the end the time would grow with their square.
DECIMAL = r"(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?"
WITH_COMMA = r"\d*+,\d++(?:[eE][+-]?\d++)?"
# Microsoft's C library writes -nan(ind), and wrote 1.#QNAN and 1.#INF.
NO_DECIMAL = r"nan(?:\(\w*\))?|inf|infinity|1\.#\w+"
_NUMBER = re.compile(rf"[+-]?(?:{DECIMAL}|{NO_DECIMAL})".encode(), re.IGNORECASE)
_NO_NUMBER = re.compile(
    rb"(?<![^ ])[+-]?(?:nan\(\w*\)|1\.#(?:IND|[QS]NAN)\w*)(?![^ ])", re.IGNORECASE
)
_INFINITE = re.compile(rb"(?<![^ ])([+-]?)1\.#INF\w*(?![^ ])", re.IGNORECASE)
_OTHER_BLANK = re.compile(rb"[\t\n\v\f\r]")
_COMMA = re.compile(rf"[+-]?{WITH_COMMA}".encode())


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a text file's rows are, for messages.

    Attributes:
        path: The file.
        lines_before: Lines before the first row (a header).
        said_by: What tells the number of values, and what follows where a row has another.
    """

    path: Path
    lines_before: int
    said_by: str

    def error(self, row: int, reason: str, kind: type[FormatError] = MalformedError) -> FormatError:
        """An error about a row (0-based)."""
        line = row + 1 + self.lines_before
        return kind(self.path, f"row {row + 1:,} (line {line:,})", reason)


def parse_decimals(
    rows: list[bytes], columns: int, place: Place, number: int, dtype: str = "float32"
) -> NDArray[Any]:
    """The values of many rows, parsed in one call.

    Args:
        rows: Each row's values, with one space between.
        columns: How many a row has.
        place: For messages.
        number: The first row's.
        dtype: What values are read as.

    Returns:
        n×columns.

    Raises:
        FormatError: A field is no number.
    """
    joined = b" ".join(rows)
    # NumPy takes these for spaces too.
    if _OTHER_BLANK.search(joined):
        raise _bad_number(rows, place, number)
    values = _parsed(joined, dtype)
    if values is None and (b"(" in joined or b"#" in joined):
        values = _parsed(_INFINITE.sub(rb"\1inf", _NO_NUMBER.sub(b"nan", joined)), dtype)
    if values is None or values.size != len(rows) * columns:
        raise _bad_number(rows, place, number)
    return values.reshape(len(rows), columns)


def _parsed(text: bytes, dtype: str) -> NDArray[Any] | None:
    """The numbers of a text; None where something else stands in it."""
    with warnings.catch_warnings():
        # NumPy tells of text that is no number by a warning only.
        warnings.simplefilter("error", DeprecationWarning)
        try:
            values: NDArray[Any] = np.fromstring(text, dtype=dtype, sep=" ")
        except (DeprecationWarning, ValueError):
            return None
    return values


def _bad_number(rows: list[bytes], place: Place, number: int) -> FormatError:
    for row, text in enumerate(rows, number):
        for column, field in enumerate(text.split(b" ")):
            if _NUMBER.fullmatch(field):
                continue
            shown = field[:40].decode("utf-8", "backslashreplace")
            hint = (
                "; decimal commas are not read: write the file with decimal points"
                if _COMMA.fullmatch(field)
                else ""
            )
            return place.error(row, f"has {shown!r} as value {column + 1}, expected a number{hint}")
    return place.error(number, "starts a stretch that is not numbers")


def is_number(field: bytes) -> bool:
    """Whether a field is a number, and not a word that reads as one (nan, inf)."""
    return _NUMBER.fullmatch(field) is not None and any(48 <= byte <= 57 for byte in field)


def is_value(field: bytes) -> bool:
    """Whether a field can be a value, nan and inf included."""
    return _NUMBER.fullmatch(field) is not None
