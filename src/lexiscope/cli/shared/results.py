"""Results of long work, written: at their place, or at another that holds them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lexiscope.cli.shared.output import print_note
from lexiscope.errors import LexiscopeError
from lexiscope.interruption import HeldBack

Result = TypeVar("Result")

SECONDS_TO_TRY_AGAIN = 10.0


def write_result(write: Callable[[Path], Result], out: Path, size: int) -> Result:
    """Has a result written that took long to compute; it is not thrown away for want of room.

    Where its place cannot hold it, somebody at the terminal may make room: it is tried again until
    it fits, or Ctrl-C. Else, and where nobody is there, it is written to the first other folder
    that can hold it (see `files.elsewhere`), and that is told as an error.

    Args:
        write: Writes it to a path, whole or not at all.
        out: Its place.
        size: Bytes that it takes, about.

    Returns:
        What `write` gives.

    Raises:
        LexiscopeError: It could not be written at its place; where it is now.
        KeyboardInterrupt: Somebody has insisted on a stop, and nothing is kept; or asked for it
            and waited, and it was written.
    """
    while True:
        try:
            return _written(write, out)
        except (LexiscopeError, OSError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            if not isinstance(cause, OSError):
                raise
            reason = f"{out} could not be written: {cause.strerror or cause}"
        if not _somebody_is_there() or not _waited(reason):
            break
    with HeldBack():
        place = _write_elsewhere(write, out, size)
    if place is None:
        raise LexiscopeError(f"{reason}; no other folder could hold it either")
    raise LexiscopeError(f"{reason}; the result is kept as {place}: move it from there")


def _written(write: Callable[[Path], Result], out: Path) -> Result:
    """Writes it; who asks to stop meanwhile is told, and waits."""
    finished = False
    try:
        with HeldBack(lambda: _tell(out)):
            result = write(out)
            finished = True
    except KeyboardInterrupt:
        ending = "it is whole" if finished else "nothing of it was kept"
        print_note(f"lexiscope: stopped while writing {out}; {ending}")
        raise
    return result


def _tell(out: Path) -> None:
    print_note(
        f"lexiscope: {out} is being written; Ctrl-C once more in a second or later gives it up"
    )


def _write_elsewhere(write: Callable[[Path], Result], out: Path, size: int) -> Path | None:
    from lexiscope.files.elsewhere import places_for

    for place in places_for(out, size):
        try:
            write(place)
        except (LexiscopeError, OSError):
            continue
        return place
    return None


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _waited(reason: str) -> bool:
    """Waits for room; False where nobody wants to wait longer."""
    print_note(f"lexiscope: {reason}")
    print_note(
        f"the result is kept in memory, and tried again every {SECONDS_TO_TRY_AGAIN:.0f} s; "
        f"Ctrl-C puts it into another folder"
    )
    try:
        time.sleep(SECONDS_TO_TRY_AGAIN)
    except KeyboardInterrupt:
        return False
    return True
