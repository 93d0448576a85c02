"""Small text files that are read whole: lists of words, of pairs, of questions."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files.opening import require

_MARK = b"\xef\xbb\xbf"


def read_list(path: Path, expected: str) -> bytes:
    """A file's bytes, without a byte order mark.

    A pipe is read too (`<(grep …)` of a shell is one), if somebody writes to it.

    Args:
        path: The file.
        expected: What it should be, for messages ("a file with one word a line").

    Raises:
        MissingPathError: There is nothing at the path.
        FormatError: It is a folder or a device, a pipe that nobody writes to, or cannot be read.
    """
    try:
        require(path)
        kind = path.stat().st_mode
        if stat.S_ISFIFO(kind):
            content = _read_pipe(path)
        elif stat.S_ISREG(kind):
            content = path.read_bytes()
        else:
            what = "a folder" if stat.S_ISDIR(kind) else "a device"
            raise FormatError(path, None, f"is {what}, expected {expected}")
    except OSError as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(path, None, f"{error.strerror}; expected {expected}") from error
    return content.removeprefix(_MARK)


def read_text_list(path: Path, expected: str) -> str:
    """A file's text; see `read_list`.

    Raises:
        MissingPathError: There is nothing at the path.
        FormatError: As for `read_list`, or it is not UTF-8.
    """
    try:
        return read_list(path, expected).decode()
    except UnicodeDecodeError as error:
        raise FormatError(
            path, f"byte {error.start}", f"is not UTF-8 text; expected {expected}"
        ) from error


def _read_pipe(path: Path) -> bytes:
    # Opened to wait, it would wait for ever for somebody who never comes.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as stream:
        first = stream.read(1 << 16)  # None where somebody is there who has written nothing yet
        if first == b"":
            raise FormatError(path, None, "is a pipe that nobody writes to; expected a file")
        os.set_blocking(stream.fileno(), True)
        return (first or b"") + (stream.read() or b"")
