"""Atomic writing: a target is whole or absent, whatever stops the program."""

from __future__ import annotations

import ctypes
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_COPY_BYTES = 1 << 20
_MOST_ROWS = 10**18


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Opens a temporary sibling for writing, which takes the target's place if all goes well.

    A symlink is followed, so that its target is replaced and the link stays. Any exception, Ctrl-C
    included, removes the sibling and leaves the target as it was.

    Raises:
        OSError: The folder is missing or cannot be written to, or the disk is full.
    """
    target = path.resolve()
    sibling = _sibling(target, "tmp")
    try:
        with sibling.open("x+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        sibling.replace(target)
    except BaseException:
        sibling.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


class CountedRows:
    """Rows being written to a file that starts with their number.

    Attributes:
        stream: The file; while rows come its header has room for any number of them.
        rows: How many were written.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.rows = 0

    def write(self, rows: int, content: Iterable[bytes]) -> None:
        """Writes the content of so many rows."""
        self.stream.writelines(content)
        self.rows += rows


@contextmanager
def counted_file(
    path: Path, header: Callable[[int], bytes], expected: int | None
) -> Iterator[CountedRows]:
    """`atomic_file` for a format whose header tells how many rows follow.

    Args:
        path: The target.
        header: The header for a number of rows; a larger number never gives a shorter one.
        expected: At most so many rows will come; None where nobody knows.

    Raises:
        OSError: As `atomic_file`.
    """
    with atomic_file(path) as stream:
        room = header(_MOST_ROWS if expected is None else expected)
        stream.write(room)
        rows = CountedRows(stream)
        yield rows
        final = header(rows.rows)
        if final != room:
            _move_back(stream, len(room), len(final))
            stream.seek(0)
            stream.write(final)


def _move_back(stream: BinaryIO, start: int, target: int) -> None:
    """Moves what stands from `start` to the end of a file to an earlier place."""
    if start == target:
        return
    while True:
        stream.seek(start)
        piece = stream.read(_COPY_BYTES)
        if not piece:
            break
        stream.seek(target)
        stream.write(piece)
        start += len(piece)
        target += len(piece)
    stream.truncate(target)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Makes a temporary sibling folder, which takes the target's place if all goes well.

    The caller fills it and syncs its files. An existing target is moved aside, not deleted, until
    the new one stands.

    Raises:
        OSError: The folder above is missing or cannot be written to.
    """
    target = path.resolve()
    sibling = _sibling(target, "tmp")
    try:
        sibling.mkdir()
        yield sibling
        sync_folder(sibling)
        _swap(sibling, target)
    except BaseException:
        shutil.rmtree(sibling, ignore_errors=True)
        raise
    sync_folder(target.parent)


def write_synced(path: Path, content: bytes) -> None:
    """Writes a small new file and waits until the disk has it."""
    with path.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(path: Path) -> None:
    """Waits until a folder's entries are on disk, where the system can (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _swap(sibling: Path, target: Path) -> None:
    """Puts the finished folder where the target is; a folder cannot be renamed over a full one."""
    if not target.exists():
        sibling.rename(target)
        return
    if _exchange(sibling, target):
        shutil.rmtree(sibling, ignore_errors=True)
        return
    old = _sibling(target, "old")
    target.rename(old)
    try:
        sibling.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Lets two folders take each other's place in one step, where the system can (Linux).

    With two renames there is a moment at which the target is not there.
    """
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return bool(call(here, os.fsencode(first), here, os.fsencode(second), exchange) == 0)


def _sibling(target: Path, kind: str) -> Path:
    return target.with_name(f".{target.name}.{kind}-{uuid.uuid4().hex[:12]}")
