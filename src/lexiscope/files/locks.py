"""Lock of a target: one process writes it at a time, and a lock dies with its process.

The lock is the system's, on the file `.NAME.lock` beside the target, which is removed when the lock
is let go. After `kill -9` the file stays, but nobody holds it: the next run takes it. What the file
says is for people only. Where the file system knows no locks there are none.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lexiscope.errors import LexiscopeError
from lexiscope.files.siblings import beside
from lexiscope.interruption import HeldBack

# Windows keeps others from reading what is locked, so a byte behind the file's end is.
_LOCKED_BYTE = 1 << 30
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class BusyError(LexiscopeError):
    """Another process is writing the same target."""


@dataclass
class _Held:
    """A lock of this process, held as often as it was taken.

    Attributes:
        descriptor: Of the open lock file.
        times: How often.
        real: Whether the file system knows locks.
    """

    descriptor: int
    times: int
    real: bool


# By process, since a forked child has its parent's locks in memory, but does not hold them.
_HELD: dict[tuple[int, Path], _Held] = {}
_GUARD = threading.Lock()


@contextmanager
def locked(target: Path) -> Iterator[bool]:
    """Holds a target's lock; the same process may take it again within.

    Args:
        target: A resolved path in a folder that is there.

    Yields:
        Whether the lock was taken just now and keeps other processes out; False within another
        `locked` of the target, and where the file system knows no locks.

    Raises:
        BusyError: Another process holds it.
        OSError: The folder is missing or cannot be written to.
    """
    place = beside(target, ".lock")
    key = (os.getpid(), place)
    held: _Held | None = None
    try:
        # A request to stop between taking it and knowing it would keep it for the process's life.
        with HeldBack(), _GUARD:
            before = _HELD.get(key)
            is_new = before is None
            held = _HELD[key] = _take(place, target) if before is None else before
            held.times += 1
        yield is_new and held.real
    finally:
        with HeldBack(), _GUARD:
            if held is not None:
                held.times -= 1
                if held.times <= 0 and os.getpid() == key[0]:
                    del _HELD[key]
                    _let_go(place, held.descriptor)


def _take(place: Path, target: Path) -> _Held:
    while True:
        try:
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        except OSError as error:
            raise OSError(error.errno, error.strerror, os.fspath(target)) from None
        try:
            real = _lock(descriptor)
            # Its holder may have removed the file between our opening and our locking it.
            if not _is_at(descriptor, place):
                os.close(descriptor)
                continue
            os.ftruncate(descriptor, 0)
            # A disk that is full has no room for the number, which is for people only.
            with suppress(OSError):
                os.write(descriptor, b"%d\n" % os.getpid())
        except BlockingIOError:
            holder = _number(descriptor)
            os.close(descriptor)
            raise BusyError(
                f"{target} is being written by another run{holder}; wait until it has finished, "
                "stop it, or name another target"
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        return _Held(descriptor, 0, real)


def _lock(descriptor: int) -> bool:
    """Takes the system's lock; False where the file system knows none.

    Raises:
        BlockingIOError: Another process has it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            try:
                import fcntl
            except ImportError:  # neither Windows nor POSIX: WebAssembly, where one process is all
                return False
            # Not flock: a forked child would go on holding it when its parent is gone.
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            raise BlockingIOError(error.errno, error.strerror) from error
        return False
    return True


def _is_at(descriptor: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), place.stat())
    except OSError:
        return False


def _number(descriptor: int) -> str:
    """The holder's process, as it wrote itself down."""
    with suppress(OSError, ValueError):
        return f" (process {int(os.read(descriptor, 32))})"
    return ""


def _let_go(place: Path, descriptor: int) -> None:
    # Removed while it is held, so that nobody locks a file that is about to go; Windows cannot.
    with suppress(OSError):
        place.unlink()
    os.close(descriptor)
    if sys.platform == "win32":
        with suppress(OSError):
            place.unlink()
