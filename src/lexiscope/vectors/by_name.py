"""Word vectors by name: those of the catalogue, and static models of the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, overload

from lexiscope import fetching
from lexiscope.progress import ProgressCallback
from lexiscope.vectors.keyed_vectors import KeyedVectors, load


@overload
def get(
    name: str,
    *,
    return_path: Literal[True],
    progress: ProgressCallback | None = None,
) -> str: ...


@overload
def get(
    name: str,
    *,
    return_path: Literal[False] = False,
    progress: ProgressCallback | None = None,
    limit: int | None = None,
    words: Iterable[str] | None = None,
    dtype: Literal["float32", "float16"] = "float32",
) -> KeyedVectors: ...


def get(
    name: str,
    *,
    return_path: bool = False,
    progress: ProgressCallback | None = None,
    limit: int | None = None,
    words: Iterable[str] | None = None,
    dtype: Literal["float32", "float16"] = "float32",
) -> KeyedVectors | str:
    """Vectors that are known by name, fetched once and then opened from the cache.

    A download that was stopped goes on where it was; it is checked by its publisher's checksum
    where there is one. `LEXISCOPE_CACHE` names the cache, `LEXISCOPE_OFFLINE=1` forbids the
    network, `LEXISCOPE_MIRROR` and `HF_ENDPOINT` name mirrors.

    Args:
        name: Of the catalogue, which `lexiscope get` lists ("glove-wiki-gigaword-100",
            "cc.de.300.vec", "potion-base-8M"), or "hf://OWNER/NAME", with "@REVISION" or "/FILE"
            behind it.
        return_path: Whether to give the path instead: of a file, or of a folder.
        progress: Told how far the download is, in bytes.
        limit, words, dtype: As for `load`.

    Returns:
        The vectors, V×D; or the path.

    Raises:
        ConfigError: Nothing is known by that name, or it is a text and no path is asked for.
        DownloadError: It cannot be fetched; an OSError.
        MissingExtraError: It is on the hub, and huggingface_hub is not installed.
        BusyError: Another process is fetching it.
        NoRoomError: The disk has no room for it.
    """
    if not return_path:
        fetching.require_vectors(name)
    path = fetching.path_of(name, progress=progress)
    return str(path) if return_path else load(path, limit=limit, words=words, dtype=dtype)
