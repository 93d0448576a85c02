"""Names and hf:// references turned into paths, fetched where they are not there yet."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from lexiscope.errors import ConfigError
from lexiscope.fetching import hub, store
from lexiscope.fetching.catalogue import Entry, find
from lexiscope.fetching.hub import is_reference
from lexiscope.files.download import DownloadError, download
from lexiscope.files.web import mirrored, offline
from lexiscope.progress import ProgressCallback, human_bytes

Tell = Callable[[str], None]
"""Takes a line that says what comes, how large it is, and where it goes."""

__all__ = ["fetched", "is_reference", "path_of", "require_vectors"]


def fetched(name: str) -> Path | None:
    """Where what has a name lies, if it was fetched; nothing is asked of the network.

    What gensim, or another program that uses the hub, has fetched counts too.

    Args:
        name: Of the catalogue, or "hf://OWNER/NAME", with "@REVISION" or "/FILE" behind it.

    Raises:
        ConfigError: Nothing is known by that name.
    """
    if is_reference(name):
        return hub.Reference.parse(name).fetched()
    entry = find(name)
    if entry.hub:
        return hub.Reference(entry.hub).fetched()
    return _fetched(entry)


def path_of(
    name: str, *, progress: ProgressCallback | None = None, tell: Tell | None = None
) -> Path:
    """Where what has a name lies, fetched if it is not there yet.

    Args:
        name: As for `fetched`.
        progress: Told how far the download is, in bytes.
        tell: Told, before anything large is asked for, what comes and how large it is.

    Returns:
        A file, or a folder.

    Raises:
        ConfigError: Nothing is known by that name; or the cache cannot be written to.
        DownloadError: It cannot be fetched.
        MissingExtraError: It is on the hub, and huggingface_hub is not installed.
        BusyError: Another process is fetching it.
        NoRoomError: The disk has no room for it.
    """
    there = fetched(name)
    if there is not None:
        return there
    if is_reference(name):
        return hub.Reference.parse(name).fetch(progress, tell)
    entry = find(name)
    if entry.hub:
        return hub.Reference(entry.hub).fetch(progress, tell)
    forbidden = offline()
    if forbidden is not None:
        raise DownloadError(
            f"{name} is not in {store.folder()}, and {forbidden} is set; fetch it where there is a "
            "network, and copy that folder"
        )
    place = store.place(entry.name, entry.file)
    if tell is not None:
        size = "size not told" if entry.bytes is None else human_bytes(entry.bytes)
        host = urlsplit(mirrored(entry.parts[0].urls[0])).netloc
        licence = f", {entry.licence}" if entry.licence else ""
        tell(f"{name}: {size} from {host}{licence}; to {place}")
    store.make(place.parent)
    try:
        download(entry.parts, place, progress=progress, stage=f"downloading {name}")
    finally:
        store.remove_empty(place.parent)
    return place


def _fetched(entry: Entry) -> Path | None:
    gensims = gensim_folder() / entry.name / entry.file
    place = store.place(entry.name, entry.file)
    return next((path for path in (place, gensims) if path.is_file()), None)


def gensim_folder() -> Path:
    """gensim's folder of what its downloader has fetched."""
    return Path(os.environ.get("GENSIM_DATA_DIR", "") or Path("~/gensim-data").expanduser())


def require_vectors(name: str) -> None:
    """Refuses the name of a text.

    Raises:
        ConfigError: As said, or nothing is known by that name.
    """
    if not is_reference(name) and find(name).kind == "text":
        raise ConfigError(
            f"{name} is a text, not vectors; ask for its path (return_path=True), and train on it"
        )
