"""Targets kept for one process from the start of its work: found writable, locked, and cleared."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from lexiscope.errors import ConfigError
from lexiscope.files.locks import locked
from lexiscope.files.siblings import clear_left
from lexiscope.files.space import standing

_LONGEST_NAME = 255


@contextmanager
def reserved(target: Path, inside: Iterable[Path] = ()) -> Iterator[list[str]]:
    """Keeps a target for this process, and clears what killed runs have left beside it.

    Args:
        target: Where the result will be.
        inside: Folders where only who holds the target writes, to be cleared as well.

    Yields:
        What was cleared, a line each.

    Raises:
        BusyError: Another process is writing it.
        OSError: The folder is missing or cannot be written to.
    """
    place = target.resolve()
    with locked(place) as alone:
        yield clear_left(place, inside) if alone else []


@contextmanager
def reserved_early(
    target: Path, *, is_folder: bool, inside: Iterable[Path] = ()
) -> Iterator[list[str]]:
    """The same long before the target is written, so that what would fail then fails now.

    Args:
        target: Where the result will be.
        is_folder: Whether it is a folder: folders above it are then made, and removed again where
            they stay empty.
        inside: As for `reserved`.

    Yields:
        What was cleared, a line each.

    Raises:
        ConfigError: The target cannot be written.
        BusyError: Another process is writing it.
    """
    check_place(target, is_folder=is_folder)
    made = _make(target.resolve().parent)
    with ExitStack() as held:
        held.callback(_remove_empty, made)
        try:
            cleared = held.enter_context(reserved(target, inside))
        except OSError as error:
            raise ConfigError(f"{target} cannot be made: {error.strerror}") from error
        yield cleared


def check_place(target: Path, *, is_folder: bool) -> None:
    """Refuses a target that could not be put in its place, whatever is written.

    Raises:
        ConfigError: Its name is too long, its folder is missing or cannot be written to, or it is
            where a disk is mounted.
    """
    try:
        place = target.resolve()
        above = standing(place.parent)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its links lead in a circle"
        raise ConfigError(f"{target} cannot be made: {reason}; name another target") from error
    for part in place.parts:
        if len(os.fsencode(part)) > _LONGEST_NAME:
            raise ConfigError(
                f"{part[:40]}… is a name of {len(os.fsencode(part)):,} bytes; expected at most "
                f"{_LONGEST_NAME}"
            )
    if not above.is_dir():
        raise ConfigError(f"{target} cannot be made: {above} is a file, expected a folder")
    if above != place.parent and not is_folder:
        raise ConfigError(
            f"{target}: the folder {place.parent} is not there; make it, or name another file"
        )
    if not os.access(above, os.W_OK | os.X_OK):
        raise ConfigError(f"{target} cannot be made: {above} is not writable")
    if place.is_dir() and not is_folder:
        raise ConfigError(f"{target} is a folder; name a file")
    if place.is_mount():
        raise ConfigError(
            f"{target} is where a disk is mounted, which cannot be exchanged; name a folder in it"
        )


def _make(folder: Path) -> list[Path]:
    """Makes a folder and those above it; gives those that were not there, the deepest first."""
    made: list[Path] = []
    while not folder.exists():
        made.append(folder)
        folder = folder.parent
    try:
        for path in reversed(made):
            path.mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{made[0]} cannot be made: {error.strerror}") from error
    return made


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
