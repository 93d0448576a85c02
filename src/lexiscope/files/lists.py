"""Small text files that are read whole: lists of words, of pairs, of questions."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO, cast

from lexiscope.errors import FormatError
from lexiscope.files.opening import read_within, require

_MARK = b"\xef\xbb\xbf"
_MOST_BYTES = 1 << 28
_FIRST_BYTES = 1 << 16


def read_list(path: Path, expected: str, most: int | None = None) -> bytes:
    """A file's bytes, without a byte order mark.

    A pipe is read too (`<(grep …)` of a shell is one), if somebody writes to it.

    Args:
        path: The file.
        expected: What it should be, for messages ("lines of four words").
        most: How many bytes it may have; None for 256 MiB.

    Raises:
        MissingPathError: There is nothing at the path.
        FormatError: It is a folder or a device, a pipe that nobody writes to, cannot be read, or is
            larger than anybody's list.
    """
    try:
        require(path)
        kind = path.stat().st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):
            what = "a folder" if stat.S_ISDIR(kind) else "a device"
            raise FormatError(path, None, f"is {what}, expected a file with {expected}")
        # Opened to wait, a pipe would wait for ever for somebody who never comes.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            # None where somebody is there who has written nothing yet.
            first = stream.read(_FIRST_BYTES)
            if first == b"" and stat.S_ISFIFO(kind):
                raise FormatError(path, None, "is a pipe that nobody writes to; expected a file")
            if hasattr(os, "O_NONBLOCK"):
                os.set_blocking(descriptor, True)
            most = _MOST_BYTES if most is None else most
            rest = read_within(cast("BinaryIO", stream), most)
    except OSError as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(path, None, f"{error.strerror}; expected {expected}") from error
    if rest is None:
        raise FormatError(path, None, f"has more than {most:,} bytes, expected {expected}")
    return ((first or b"") + rest).removeprefix(_MARK)


def read_text(path: Path, expected: str) -> str:
    """A file's text, its lines ended by newlines alone; see `read_list`.

    Raises:
        MissingPathError: There is nothing at the path.
        FormatError: As for `read_list`, or it is not UTF-8.
    """
    try:
        text = read_list(path, expected).decode()
    except UnicodeDecodeError as error:
        raise FormatError(
            path, f"byte {error.start}", f"is not UTF-8 text, expected {expected}"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
