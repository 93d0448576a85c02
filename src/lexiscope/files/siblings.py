"""Temporary siblings of a target: their names, and those that killed runs have left.

A sibling is `.NAME.KIND-PROCESS-RUN-NUMBER` beside NAME: `tmp` is what will take the target's
place, `old` what stood there (only where two folders cannot be exchanged in one step). Whoever
writes a target holds its lock (`files.locks`), so who holds it knows that every sibling of another
run is of a process that has gone. The process's number is for people: it means nothing among
containers that share a disk.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import shutil
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

_LONGEST_NAME = 255
_ENDING_BYTES = 64
_RUN = uuid.uuid4().hex[:12]
_NUMBERS = itertools.count()
_ENDING = r"\.(?P<kind>tmp|old)-(?P<run>\d{1,20}-[0-9a-f]{12})-\d{1,20}"


def beside(target: Path, ending: str) -> Path:
    """A hidden path beside a target: its name, cut where it is too long, and an ending."""
    name = target.name
    encoded = os.fsencode(name)
    if len(encoded) + _ENDING_BYTES > _LONGEST_NAME:
        digest = hashlib.blake2b(encoded, digest_size=8).hexdigest()
        name = f"{os.fsdecode(encoded[:100])}-{digest}"
    return target.with_name(f".{name}{ending}")


def sibling(target: Path, kind: Literal["tmp", "old"]) -> Path:
    """A new name for what will take a target's place, or for what stood there."""
    return beside(target, f".{kind}-{os.getpid()}-{_RUN}-{next(_NUMBERS)}")


def clear_left(target: Path, inside: Iterable[Path] = ()) -> list[str]:
    """Removes what killed runs have left beside a target, whose lock the caller holds.

    A folder that was moved aside while its target had not come yet is put back.

    Args:
        target: The target.
        inside: Folders where only who holds the target writes: of everything in them.

    Returns:
        What was done, a line each.
    """
    told: list[str] = []
    for path, kind in _left_in(target.parent, re.escape(beside(target, "").name)):
        if kind == "old" and not os.path.lexists(target):
            path.rename(target)
            told.append(f"put {target} back, which a killed run had moved aside")
        else:
            _remove(path)
            told.append(f"removed {path}, which a killed run had left")
    for folder in inside:
        for path, kind in _left_in(folder, r"\..+"):
            # What was moved aside in there is the only one of its name, perhaps.
            if kind == "tmp":
                _remove(path)
                told.append(f"removed {path}, which a killed run had left")
    return told


def _left_in(folder: Path, name: str) -> list[tuple[Path, str]]:
    """The siblings of other runs in a folder, and of which kind each is.

    Args:
        folder: The folder, which need not be there.
        name: Regular expression of what stands before a sibling's ending.
    """
    left: list[tuple[Path, str]] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = re.fullmatch(f"{name}{_ENDING}", entry.name)
            if match is not None and match["run"] != f"{os.getpid()}-{_RUN}":
                left.append((Path(entry.path), match["kind"]))
    return sorted(left)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
