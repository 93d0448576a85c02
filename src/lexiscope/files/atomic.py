"""Atomic writing: a target is whole or absent, whatever stops the program."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from lexiscope.files.reserving import reserved
from lexiscope.files.siblings import sibling
from lexiscope.files.space import check_room, full_disk_named

_COPY_BYTES = 1 << 20
_MOST_ROWS = 10**18


@contextmanager
def atomic_file(path: Path, size: int | None = None) -> Iterator[BinaryIO]:
    """Opens a temporary sibling for writing, which takes the target's place if all goes well.

    A symlink is followed, so that its target is replaced and the link stays. Any exception, Ctrl-C
    included, removes the sibling and leaves the target as it was.

    Args:
        path: The target.
        size: Bytes that it will take, where that is known.

    Raises:
        BusyError: Another process is writing the target.
        NoRoomError: The disk is full, or has less room than `size`.
        OSError: The folder is missing or cannot be written to.
    """
    with atomic_files(path, size=size, named=path) as (stream,):
        yield stream


@contextmanager
def atomic_files(
    *paths: Path, named: Path, size: int | None = None
) -> Iterator[Sequence[BinaryIO]]:
    """`atomic_file` for files that belong together.

    No target is touched before all of them are on disk; then one after the other is exchanged, in
    the order given. A kill between two exchanges leaves new files beside old ones, so one of them
    has to tell which it goes with (`formats.reading.pairing`).

    Args:
        paths: The targets.
        named: That by which people know them.
        size: Bytes that all of them will take, where that is known.

    Raises:
        BusyError, NoRoomError, OSError: As `atomic_file`.
    """
    targets = [path.resolve() for path in paths]
    pairs = [(sibling(target, "tmp"), target) for target in targets]
    with ExitStack() as held:
        for target in targets:
            held.enter_context(reserved(target))
        if size is not None:
            check_room(named, size)
        try:
            with full_disk_named(named, partial(_bytes_of, pairs), size), ExitStack() as opened:
                streams = [opened.enter_context(path.open("x+b")) for path, _ in pairs]
                yield streams
                for stream in streams:
                    stream.flush()
                    os.fsync(stream.fileno())
            _exchange_files(pairs)
        except BaseException:
            for path, _ in pairs:
                path.unlink(missing_ok=True)
            raise
        for folder in {target.parent for target in targets}:
            sync_folder(folder)


def _exchange_files(pairs: list[tuple[Path, Path]]) -> None:
    """Renames finished siblings; once the first has been, Ctrl-C keeps none of the others away."""
    try:
        for path, target in pairs:
            path.replace(target)
    except KeyboardInterrupt:
        if not pairs[0][0].exists():
            for path, target in pairs:
                if path.exists():
                    path.replace(target)
        raise


def _bytes_of(pairs: list[tuple[Path, Path]]) -> int:
    return sum(bytes_in(path) for path, _ in pairs)


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
    path: Path, header: Callable[[int], bytes], expected: int | None, size: int | None = None
) -> Iterator[CountedRows]:
    """`atomic_file` for a format whose header tells how many rows follow.

    Args:
        path: The target.
        header: The header for a number of rows; a larger number never gives a shorter one.
        expected: At most so many rows will come; None where nobody knows.
        size: As for `atomic_file`.

    Raises:
        BusyError, NoRoomError, OSError: As `atomic_file`.
    """
    with atomic_file(path, size) as stream, counted_rows(stream, header, expected) as rows:
        yield rows


@contextmanager
def counted_rows(
    stream: BinaryIO, header: Callable[[int], bytes], expected: int | None
) -> Iterator[CountedRows]:
    """Rows behind a header that tells how many there are, in a file that is open at its start."""
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
def atomic_folder(path: Path, size: int | None = None) -> Iterator[Path]:
    """Makes a temporary sibling folder, which takes the target's place if all goes well.

    The caller fills it and syncs its files. An existing target is moved aside, not deleted, until
    the new one stands.

    Args:
        path: The target.
        size: Bytes that it will take, where that is known.

    Raises:
        BusyError: Another process is writing the target.
        NoRoomError: The disk is full, or has less room than `size`.
        OSError: The folder above is missing or cannot be written to.
    """
    target = path.resolve()
    draft = sibling(target, "tmp")
    with reserved(target):
        if size is not None:
            check_room(path, size)
        try:
            with full_disk_named(path, partial(bytes_in, draft), size, draft):
                draft.mkdir()
                yield draft
                sync_folder(draft)
            _swap(draft, target)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        sync_folder(target.parent)


def bytes_in(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; those that are there."""
    total = 0
    for part in [path, *(path.rglob("*") if path.is_dir() else ())]:
        with suppress(OSError):
            total += part.stat().st_size if part.is_file() else 0
    return total


def write_synced(path: Path, content: bytes) -> None:
    """Writes a small new file and waits until the disk has it."""
    with path.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sync_files(path: Path) -> None:
    """Waits until all files of a folder, which another library has written, are on disk."""
    for part in path.rglob("*"):
        if part.is_dir():
            sync_folder(part)
        else:
            with part.open("r+b") as stream:
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


def _swap(draft: Path, target: Path) -> None:
    """Puts the finished folder where the target is; a folder cannot be renamed over a full one."""
    if not target.exists():
        draft.rename(target)
        return
    if _exchange(draft, target):
        _remove(draft)
        return
    old = sibling(target, "old")
    target.rename(old)
    try:
        draft.rename(target)
    except BaseException:
        old.rename(target)
        raise
    _remove(old)


def _remove(old: Path) -> None:
    """Removes what stood in a new folder's place: a folder, or a file that was to be replaced."""
    if old.is_dir():
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.unlink(missing_ok=True)


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
