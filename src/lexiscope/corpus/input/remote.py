"""Remote text: files that fsspec reaches by an address, as s3://, gs://, hdfs:// or memory://.

Each kind has a package of its own (s3fs, gcsfs, …), which fsspec names where it is missing.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from lexiscope.errors import CorpusError, LexiscopeError, MissingExtraError, reason_of

# Of two letters at least: one is a drive of Windows.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
# Read ahead at a time: a request each.
_AHEAD = 8 * 2**20


def is_remote(path: str) -> bool:
    """Whether a path is such an address."""
    return _ADDRESS.match(path) is not None


def expand(address: str) -> list[str]:
    """The files that an address, a folder's address or a glob stands for, in order.

    Files whose name, or whose folder's within the given one, begins with a dot are skipped.

    Raises:
        CorpusError: There are none, or it cannot be reached.
        MissingExtraError: fsspec is not installed.
    """
    with _told(address):
        system, place = _system(address)
        if system.isfile(place):
            return [address]
        if system.isdir(place):
            matches = [place]
        elif glob.has_magic(place):
            matches = _seen(system.glob(place), len(place) if "/." in place else 0)
        else:
            raise CorpusError(f"{address}: no such file")
        files = [
            file
            for match in matches
            for file in ([match] if system.isfile(match) else _files_in(system, match))
        ]
        if not files:
            raise CorpusError(f"{address}: no file is there (hidden files are skipped)")
        return [str(system.unstrip_protocol(file)) for file in files]


def size_of(address: str) -> int | None:
    """A file's size in bytes; None where it is not told."""
    with _told(address):
        system, place = _system(address)
        size = system.size(place)
    return None if size is None else int(size)


def open_remote(address: str) -> BinaryIO:
    """Opens a file to be read from its beginning to its end.

    Raises:
        CorpusError: It is not there, or cannot be reached.
        MissingExtraError: fsspec is not installed.
    """
    with _told(address):
        system, place = _system(address)
        return cast(BinaryIO, system.open(place, "rb", block_size=_AHEAD))


def _files_in(system: Any, folder: str) -> list[str]:
    return _seen(system.find(folder), len(folder))


def _seen(paths: Iterable[str], inside: int) -> list[str]:
    """The paths that are not hidden behind their first characters, in the order of a folder's."""
    seen = [path for path in paths if "/." not in path[inside:]]
    return sorted(seen, key=lambda path: path.split("/"))


def _system(address: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtraError(f"reading {address}", "fsspec") from error
    system, place = url_to_fs(address)
    return system, str(place)


@contextmanager
def _told(address: str) -> Iterator[None]:
    """What a file system raises becomes one line; each has exceptions of its own."""
    try:
        yield
    except LexiscopeError:
        raise
    except FileNotFoundError as error:
        raise CorpusError(f"{address}: no such file") from error
    except Exception as error:
        raise CorpusError(f"{address}: cannot be read: {reason_of(error)}") from error
