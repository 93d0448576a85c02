"""The process's own three streams: closed at the start, their reader gone, their disk full."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

STDOUT = "standard output"


def prepare() -> None:
    """Makes sure that there are three streams, and that characters do not stop them.

    A stream that was closed at the start reads and writes nothing from here on: else the next file
    that is opened would get its number, and what libraries print would be written into that.
    Characters that the terminal's encoding has not are shown as escapes.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            with suppress(OSError):
                os.fstat(number)
                continue
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


@contextmanager
def answering() -> Iterator[IO[str]]:
    """Gives stdout; what goes wrong with it is said of it by name.

    Raises:
        OSError: It cannot be written to: its disk is full.
        BrokenPipeError: Its reader has gone.
    """
    try:
        yield sys.stdout
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, STDOUT) from None


def flush_answers() -> None:
    """Writes out what stdout still holds; see `answering`."""
    with answering() as stream:
        stream.flush()


def abandon(stream: IO[str]) -> None:
    """Lets what is left in a stream that cannot be written to go nowhere.

    The interpreter's last flush would complain, and change the exit code.
    """
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Unfailing:
    """A stream of remarks: where it cannot be written to, nobody's work stops for that.

    Args:
        stream: Where to.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes, or does not."""
        try:
            return self._stream.write(text)
        except OSError:
            abandon(self._stream)
            return len(text)

    def flush(self) -> None:
        """Flushes, or does not."""
        try:
            self._stream.flush()
        except OSError:
            abandon(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
