"""Cache of what was fetched: where a name's file lies, what there is, and how it goes.

Layout: `vectors/NAME/FILE` for what the catalogue names, `hub/OWNER/NAME@REVISION/` for models of
the hub, and beside them indexes of vectors files (`formats.index`) and maps of words
(`vectors.layout.cached`). What is not whole has `.part` in its name. Nothing else in the folder is
looked at or removed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.files.atomic import bytes_in
from lexiscope.files.cache import VARIABLE, cache_folder
from lexiscope.files.reserving import reserved

VECTORS, HUB = "vectors", "hub"
INDEXES, MAPS = "indexes of vectors files", "maps of words"
_BESIDE = {INDEXES: "*.lexindex", MAPS: "*.lexmap"}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Something in the cache.

    Attributes:
        name: By which it is asked for, or `INDEXES` or `MAPS`.
        path: Its folder.
        bytes: What it takes.
        is_whole: Whether it was fetched to its end.
    """

    name: str
    path: Path
    bytes: int
    is_whole: bool


def folder() -> Path:
    """The cache."""
    return cache_folder()


def place(name: str, file: str) -> Path:
    """Where the file of a catalogue's name lies, or will."""
    return folder() / VECTORS / name / file


def hub_place(model: str, revision: str) -> Path:
    """The folder of a model of the hub."""
    return folder() / HUB / f"{model}@{quote(revision, safe='')}"


def make(path: Path) -> None:
    """Makes a folder of the cache.

    Raises:
        ConfigError: It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be made: {error.strerror}; name another cache in {VARIABLE}"
        ) from error


def remove_empty(path: Path) -> None:
    """Removes a folder in the cache, and those above it, where nothing is in them."""
    with suppress(OSError):
        while path != folder():
            path.rmdir()
            path = path.parent


def kept() -> list[Kept]:
    """What there is, by name."""
    found = [_kept(path.name, path) for path in _folders(folder() / VECTORS)]
    for owner in _folders(folder() / HUB):
        for path in _folders(owner):
            model, _, revision = path.name.rpartition("@")
            at = "" if revision == "main" else f"@{unquote(revision)}"
            found.append(_kept(f"hf://{owner.name}/{model}{at}", path))
    for name, pattern in _BESIDE.items():
        files = list(folder().glob(pattern))
        if files:
            size = sum(bytes_in(path) for path in files)
            found.append(Kept(name=name, path=folder(), bytes=size, is_whole=True))
    return found


def remove(name: str) -> Kept:
    """Removes what has a name from the cache.

    Raises:
        ConfigError: There is nothing of that name.
        BusyError: It is being fetched.
    """
    for one in kept():
        if one.name == name:
            _remove(one)
            return one
    raise ConfigError(f"nothing in {folder()} has the name {name!r}; `lexiscope cache` lists it")


def empty() -> list[Kept]:
    """Removes everything, and gives what that was.

    Raises:
        BusyError: Something is being fetched.
    """
    gone = kept()
    for one in gone:
        _remove(one)
    return gone


def _folders(path: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from sorted(
            entry for entry in path.iterdir() if entry.is_dir() and not entry.is_symlink()
        )


def _kept(name: str, path: Path) -> Kept:
    whole = not any(".part" in inner.name for inner in path.iterdir())
    return Kept(name=name, path=path, bytes=bytes_in(path), is_whole=whole)


def _remove(one: Kept) -> None:
    try:
        if one.name in _BESIDE:
            for path in one.path.glob(_BESIDE[one.name]):
                path.unlink(missing_ok=True)
            return
        # Held meanwhile, so that nobody is fetching it or begins to.
        named = {path.name.split(".part")[0] for path in one.path.iterdir()}
        with ExitStack() as held:
            for name in sorted(named):
                if not name.startswith("."):
                    held.enter_context(reserved(one.path / name))
            shutil.rmtree(one.path)
        remove_empty(one.path.parent)
    except OSError as error:
        raise LexiscopeError(f"{one.path} cannot be removed: {error.strerror or error}") from error
