"""Words in `.npy` files: arrays of texts, of bytes, or of Python's own objects.

NumPy keeps texts of one width (`<U12`: UTF-32, padded with NULs), bytes of one width (`S12`), or,
of type `object`, a pickle, which is read as data and never run.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.cursor import Cursor
from lexiscope.formats.reading import inert_pickle, npy_file
from lexiscope.formats.reading.inert import Global
from lexiscope.formats.reading.inert_arrays import is_plain_name, to_objects

_UTF32_BYTES = 4


def texts_in(content: bytes, path: Path) -> list[str] | None:
    """The words of a `.npy` file that is part of another; None where it holds something else.

    Args:
        content: The file's bytes.
        path: The other file, for messages.

    Raises:
        FormatError: It is not whole and sound.
    """
    cursor = Cursor(content, path)
    header = npy_file.read_text_header(cursor)
    if header is None or header.kind == "O" or len(header.shape) != 1:
        return None
    count = math.prod(header.shape)
    width = header.width * (_UTF32_BYTES if header.kind == "U" else 1)
    start = cursor.skip(count * width, f"its {count:,} words")
    if width == 0:
        return [""] * count
    kind = f"{header.order}{header.kind}{header.width}" if header.kind == "U" else f"S{width}"
    array = np.frombuffer(content, dtype=kind, count=count, offset=start)
    if header.kind == "S":
        return [tokens.decode(word) for word in array.tolist()]
    # NumPy makes Python strings of code points that there are not, which nothing may be done with.
    if array.view(f"{header.order}u{_UTF32_BYTES}").max(initial=0) > sys.maxunicode:
        raise FormatError(path, None, "has words that are no text; it is damaged")
    found: list[str] = array.tolist()
    return found


def object_in(content: bytes, path: Path) -> Any:
    """What stands in a `.npy` of Python's objects: a list of them, or the one; None for others.

    Args:
        content: The file's bytes.
        path: The other file, for messages.

    Raises:
        FormatError: It is not whole and sound, or names more than plain data need.
    """
    cursor = Cursor(content, path)
    header = npy_file.read_text_header(cursor)
    if header is None or header.kind != "O":
        return None
    held = to_objects(inert_pickle.read(content[cursor.position :], path, _allowed))
    return held[0] if held and not header.shape else held


def _allowed(found: Global) -> bool:
    return is_plain_name(found)
