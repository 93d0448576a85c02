"""Room on the disk: looked for before the work, and named in one line where it does not suffice."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lexiscope.errors import LexiscopeError
from lexiscope.progress import human_bytes

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class NoRoomError(LexiscopeError, OSError):
    """A disk has less room than a file needs.

    Args:
        target: The file or folder.
        reason: What was found, with sizes.
        number: The system's error number.

    Attributes:
        strerror: The reason.
    """

    def __init__(self, target: Path, reason: str, number: int = errno.ENOSPC) -> None:
        super().__init__(number, reason, os.fspath(target))

    def __str__(self) -> str:
        return (
            f"{self.filename} could not be written: {self.strerror}; make room there, or name "
            "another place"
        )


def free_bytes(path: Path) -> int:
    """Free bytes of the disk on which a path is or would be."""
    return shutil.disk_usage(standing(path)).free


def standing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    place = path.resolve()
    while not place.exists() and place != place.parent:
        place = place.parent
    return place


def check_room(target: Path, size: int) -> None:
    """Refuses a result that will not fit, before any work for it.

    What stands at the target stays until the new one is whole, so its room does not count.

    Args:
        target: Where it will be.
        size: Bytes that it takes.

    Raises:
        NoRoomError: Less is free.
    """
    free = free_bytes(target)
    if free < size:
        raise NoRoomError(
            target,
            f"it takes {human_bytes(size)}, but {human_bytes(free)} are free in "
            f"{standing(target.parent)}",
        )


@contextmanager
def full_disk_named(
    target: Path,
    written: Callable[[], int],
    size: int | None = None,
    draft: Path | None = None,
) -> Iterator[None]:
    """Turns the system's error of a full disk, which names no file, into one that does.

    Args:
        target: What is being written.
        written: How many bytes of it have been.
        size: How many it takes, where that is known.
        draft: The folder that will take the target's place; what is in it has no name for people.

    Raises:
        NoRoomError: The disk is full, a quota is used up, or a file may not become so large.
    """
    try:
        yield
    except OSError as error:
        in_draft = draft is not None and draft in Path(os.fspath(error.filename or "")).parents
        if error.errno not in _NO_ROOM or (isinstance(error, NoRoomError) and not in_draft):
            raise
        wanted = f" of {human_bytes(size)}" if size is not None else ""
        raise NoRoomError(
            target,
            f"{os.strerror(error.errno)}: {human_bytes(written())}{wanted} were written, and "
            f"{human_bytes(free_bytes(target))} are free in {standing(target.parent)}",
            error.errno,
        ) from error
