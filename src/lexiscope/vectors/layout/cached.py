"""Maps kept in the user's cache, by all that decides them.

A map is two files: its places, and its facts in JSON, which hold the places' checksum. What does
not fit together is made anew.
"""

from __future__ import annotations

import hashlib
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import LexiscopeError
from lexiscope.files import json_document
from lexiscope.files.atomic import atomic_file
from lexiscope.files.cache import cache_folder
from lexiscope.formats.contract import Matrix
from lexiscope.progress import Meter, ProgressCallback
from lexiscope.vectors.layout.kept import NeighboursKept

SUFFIX = ".lexmap"
# Goes up whenever the same rows would give other places.
_VERSION = 1
_ROWS = 16_384


def key_of(
    matrix: Matrix,
    landmarks: NDArray[np.int64],
    method: str,
    seed: int,
    progress: ProgressCallback | None = None,
) -> str:
    """The fingerprint of all that decides a map: 32 hex digits.

    Args:
        matrix: V×D; every byte counts.
        landmarks: The landmarks' rows.
        method, seed: As given.
        progress: Is told how far it is.
    """
    facts = f"{_VERSION} {matrix.shape} {matrix.dtype} {method} {seed} {_library(method)}"
    digest = hashlib.blake2b(facts.encode(), digest_size=16)
    digest.update(landmarks.tobytes())
    meter = Meter("reading", len(matrix), "words", progress)
    for first in range(0, len(matrix), _ROWS):
        digest.update(np.ascontiguousarray(matrix[first : first + _ROWS]).data)
        meter.update(first)
    return digest.hexdigest()


def read(key: str, rows: int) -> tuple[NDArray[np.float32], NeighboursKept] | None:
    """The map that is kept by a key: float32 (V, 2) and what it keeps; None where there is none.

    Args:
        key: From `key_of`.
        rows: V.
    """
    places_path, facts_path = _paths(key)
    if not (places_path.is_file() and facts_path.is_file()):
        return None
    try:
        content = places_path.read_bytes()
        facts = json_document.read(facts_path)
        checksum = facts["checksum"].whole()
        placed = facts["placed"]
        kept = NeighboursKept(
            landmarks=facts["landmarks"].number(),
            placed=placed.number() if placed.is_given else None,
            everything=facts["everything"].number(),
            sampled=facts["sampled"].whole(),
        )
    except (OSError, LexiscopeError):
        return None
    if len(content) != 8 * rows or zlib.crc32(content) != checksum:
        return None
    return np.frombuffer(content, "<f4").reshape(rows, 2).astype(np.float32), kept


def write(key: str, places: NDArray[np.float32], kept: NeighboursKept) -> None:
    """Keeps a map; where the cache cannot be written to it is only made again next time."""
    places_path, facts_path = _paths(key)
    content = places.astype("<f4").tobytes()
    facts = {
        "checksum": zlib.crc32(content),
        "landmarks": kept.landmarks,
        "placed": kept.placed,
        "everything": kept.everything,
        "sampled": kept.sampled,
    }
    with suppress(OSError, LexiscopeError):
        cache_folder().mkdir(parents=True, exist_ok=True)
        with atomic_file(places_path) as stream:
            stream.write(content)
        with atomic_file(facts_path) as stream:
            stream.write(json_document.render(facts, facts_path.name))


def recall(name: str) -> str | None:
    """The key of the map that was last known by a name, which is told faster than a key is made."""
    try:
        return json_document.read(_name_path(name))["key"].text()
    except (OSError, LexiscopeError):
        return None


def remember(name: str, key: str) -> None:
    """Keeps the name by which a map is known: a fingerprint of whatever it was made of.

    Args:
        name: Digits and letters, as they can stand in a file's name.
        key: From `key_of`.
    """
    path = _name_path(name)
    with suppress(OSError, LexiscopeError):
        cache_folder().mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as stream:
            stream.write(json_document.render({"key": key}, path.name))


def _name_path(name: str) -> Path:
    return cache_folder() / f"{name}.name{SUFFIX}"


def _paths(key: str) -> tuple[Path, Path]:
    return cache_folder() / f"{key}{SUFFIX}", cache_folder() / f"{key}.json{SUFFIX}"


def _library(method: str) -> str:
    """The release of the library that a method goes by: another may give other places."""
    if method == "pca":
        return np.__version__
    from importlib.metadata import version

    return f"{np.__version__} {version('openTSNE')}"
