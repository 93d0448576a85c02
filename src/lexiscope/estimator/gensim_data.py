"""Vectors and texts of gensim-data, fetched into gensim's own folder and opened from there.

The folder has one of its own for each name: NAME/NAME.gz, and gensim's NAME/__init__.py, which
gensim imports to open it. Here nothing of it is run: vectors are told by their content, and how a
text's file is read stands in this module. What either program has fetched, the other one finds.
Source: gensim's downloader.py, and https://github.com/piskvorky/gensim-data.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lexiscope.corpus.input.lines import lines_of
from lexiscope.corpus.input.sentence_files import Text8Corpus
from lexiscope.corpus.input.sources import BlockReader
from lexiscope.errors import ConfigError
from lexiscope.files import json_document
from lexiscope.files.atomic import atomic_file, atomic_folder
from lexiscope.files.download import DownloadError, Part, download, fetch
from lexiscope.files.opening import is_file_name
from lexiscope.progress import ProgressCallback
from lexiscope.vectors import KeyedVectors, load

LIST_URL = "https://raw.githubusercontent.com/piskvorky/gensim-data/master/list.json"
RELEASES_URL = "https://github.com/piskvorky/gensim-data/releases/download"

_LIST = "information.json"
_MOST_LIST = 1 << 24
_MOST_CODE = 1 << 20
_MOST_PARTS = 100
_BOUNDS = json_document.Bounds(size=1 << 27, values=1 << 22, containers=1 << 21)


class JsonLines:
    """Records of a file of JSON, one object a line, to be gone through any number of times."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for place, line in enumerate(_lines(self.path), 1):
            document = json_document.parse(
                line.encode("utf-8"),
                self.path,
                _BOUNDS,
                position=f"line {place:,}",
                as_written=True,
            )
            yield document.plain_fields()


class CsvRecords:
    """Records of a file with commas between fields and their names in its first line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[dict[str, str]]:
        yield from csv.DictReader(line + "\n" for line in _lines(self.path))


def _lines(path: Path) -> Iterator[str]:
    reader = BlockReader([str(path)])
    try:
        yield from lines_of(reader)
    finally:
        reader.close()


def _json(path: Path) -> Any:
    content = io.StringIO()
    for line in _lines(path):
        content.write(line + "\n")
    return json_document.parse(
        content.getvalue().encode("utf-8"), path, _BOUNDS, as_written=True
    ).plain


# What gensim-data's own code makes of each text's file.
_TEXTS: Mapping[str, Callable[[Path], Any]] = {
    "20-newsgroups": JsonLines,
    "fake-news": CsvRecords,
    "patent-2017": JsonLines,
    "quora-duplicate-questions": CsvRecords,
    "semeval-2016-2017-task3-subtaskA-unannotated": JsonLines,
    "semeval-2016-2017-task3-subtaskBC": _json,
    "text8": Text8Corpus,
    "wiki-english-20171001": JsonLines,
}


class DataFolder:
    """gensim's folder of fetched vectors and texts.

    Args:
        folder: Where it is, or will be.
        list_url: The address of the list of what there is.
        releases_url: What the addresses of its files begin with.
    """

    def __init__(
        self, folder: Path, list_url: str = LIST_URL, releases_url: str = RELEASES_URL
    ) -> None:
        self._folder = folder
        self._list_url = list_url
        self._releases_url = releases_url

    def listed(self) -> json_document.Value:
        """What there is: the list as it is on the web, or as it was when it was last fetched.

        Raises:
            DownloadError: There is neither.
            FormatError: It is no such list.
        """
        place = self._folder / _LIST
        try:
            content = fetch(self._list_url, _MOST_LIST)
        except DownloadError:
            if not place.is_file():
                raise
            return json_document.read(place, _BOUNDS)
        document = json_document.parse(content, self._list_url, _BOUNDS)
        self._folder.mkdir(parents=True, exist_ok=True)
        with atomic_file(place) as stream:
            stream.write(content)
        return document

    def info(
        self, name: str | None = None, show_only_latest: bool = True, name_only: bool = False
    ) -> dict[str, Any]:
        """What is told of one name, or of all.

        Args:
            name: Of vectors or of a text; None for all.
            show_only_latest: Whether to leave out those that a later one replaces.
            name_only: Whether to give the names alone.

        Raises:
            ConfigError: There is nothing of the name; a ValueError.
            DownloadError: The list cannot be fetched.
        """
        document = self.listed()
        if name is not None:
            return _entry(document, name)[1].plain_fields()
        kinds = {kind: document[kind].plain_fields() for kind in ("corpora", "models")}
        if not show_only_latest:
            return document.plain_fields()
        if name_only:
            return {kind: list(entries) for kind, entries in kinds.items()}
        return {
            kind: {name: entry for name, entry in entries.items() if entry.get("latest", True)}
            for kind, entries in kinds.items()
        }

    def path(self, name: str, progress: ProgressCallback | None = None) -> Path:
        """Where the file of a name is, fetched if it is not there yet.

        Raises:
            ConfigError: There is nothing of the name.
            DownloadError: It cannot be fetched.
        """
        if not is_file_name(name):
            raise ConfigError(f"{name!r} is no name of vectors or texts; see info(name_only=True)")
        usual = self._folder / name / f"{name}.gz"
        if usual.is_file():
            return usual
        _kind, entry = _entry(self.listed(), name)
        file_name = entry["file_name"].text()
        if not is_file_name(file_name):
            raise entry["file_name"].fault("the name of a file")
        place = self._folder / name / file_name
        if not place.is_file():
            self._fetch(name, entry, file_name, progress)
        return place

    def load(
        self, name: str, return_path: bool = False, progress: ProgressCallback | None = None
    ) -> Any:
        """Opens what has a name, fetched if it is not there yet.

        Args:
            name: Of vectors or of a text.
            return_path: Whether to give the file's path instead, as a str.
            progress: Told how far the download is.

        Returns:
            `KeyedVectors`; or of a text something to go through, as gensim-data's own code gives
            it.

        Raises:
            ConfigError: There is nothing of the name; or how this text is read is not known here.
            DownloadError: It cannot be fetched.
        """
        place = self.path(name, progress)
        if return_path:
            return str(place)
        if name in _TEXTS:
            return _TEXTS[name](place)
        return self._vectors(name, place)

    def _vectors(self, name: str, place: Path) -> KeyedVectors:
        known = self._folder / _LIST
        if known.is_file() and name in json_document.read(known, _BOUNDS)["corpora"].fields():
            raise ConfigError(
                f"{name}: how this text is read is not known here; its file is {place}: ask for it "
                "with return_path=True"
            )
        return load(place)

    def _fetch(
        self,
        name: str,
        entry: json_document.Value,
        file_name: str,
        progress: ProgressCallback | None,
    ) -> None:
        """Fetches all of a name, from where an earlier run was stopped.

        gensim takes the folder's being there for all of it, so that the file comes beside it first.
        """
        parts = entry["parts"].whole(1, _MOST_PARTS)
        base = f"{self._releases_url}/{name}"
        sums = ["checksum"] if parts == 1 else [f"checksum-{part}" for part in range(parts)]
        self._folder.mkdir(parents=True, exist_ok=True)
        whole = self._folder / f".{name}-{file_name}"
        download(
            [
                Part(
                    urls=[f"{base}/{name}.gz" + ("" if parts == 1 else f"_0{part}")],
                    checksum=entry[checksum].text(),
                )
                for part, checksum in enumerate(sums)
            ],
            whole,
            progress=progress,
            stage=f"downloading {name}",
        )
        # gensim imports it; kept for gensim, and not run here.
        code = fetch(f"{base}/__init__.py", _MOST_CODE)
        with atomic_folder(self._folder / name) as draft:
            (draft / "__init__.py").write_bytes(code)
            whole.rename(draft / file_name)


def _entry(document: json_document.Value, name: str) -> tuple[str, json_document.Value]:
    """What a list has of a name, and which of its two parts."""
    for kind in ("corpora", "models"):
        entries = document[kind].fields()
        if name in entries:
            return kind, entries[name]
    raise ConfigError(
        f"there are neither vectors nor a text {name!r}; info(name_only=True) lists what there is"
    )
