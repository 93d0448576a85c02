"""Another place for a result that its own cannot hold: what took hours is not thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from lexiscope.files.space import free_bytes

Result = TypeVar("Result")


def written_somewhere(
    write: Callable[[Path], Result], target: Path, size: int
) -> tuple[Result, str]:
    """Writes a result at its place or, where that cannot be, at the first other that holds it.

    Args:
        write: Writes it to the path that it is given, whole or not at all.
        target: Its place.
        size: Bytes that it takes, about.

    Returns:
        What `write` gave, and why it is at another place; "" where it is not.

    Raises:
        OSError: It cannot be written anywhere; why not at its own place.
    """
    try:
        return write(target), ""
    except OSError as error:
        for place in places_for(target, size):
            with suppress(OSError):
                return write(place), str(error)
        raise


def places_for(target: Path, size: int) -> Iterator[Path]:
    """Free paths with room for a result, in the folders where its user would look for it.

    The current folder, the user's own, and those for temporary files: what outlives a restart
    first.

    Args:
        target: Where it was to be; its name is kept, with a number where it is taken.
        size: Bytes that it takes.
    """
    folders = (Path.cwd, Path.home, lambda: Path("/var/tmp"), lambda: Path(tempfile.gettempdir()))
    for find in folders:
        with suppress(OSError, RuntimeError):  # no home, or a current folder that has been removed
            folder = find().resolve()
            if folder.is_dir() and free_bytes(folder) >= size:
                yield _free_path(folder / target.resolve().name)


def _free_path(path: Path) -> Path:
    number = 2
    free = path
    while free.exists() or free.is_symlink():
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return free
