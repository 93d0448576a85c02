"""Catalogue of what can be fetched by name: `data/catalogue.json`.

An entry has what its publisher says and nothing else: where a size, a checksum, a number of words
or a licence is not told, the entry has none. A family is a name with LANGUAGE in it, for each of
many codes of languages. Sources: gensim-data's list.json, the pages of fastText, GloVe and
ConceptNet Numberbatch, and the models' cards on the Hugging Face hub.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from lexiscope import data
from lexiscope.errors import ConfigError
from lexiscope.files import json_document
from lexiscope.files.download import Part

LANGUAGE = "LANGUAGE"
_NEAR, _CUTOFF = 3, 0.6


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is known by a name.

    Attributes:
        name: The name.
        kind: "vectors", or "text".
        about: What it was made of, in a few words.
        language: Its code; "many" for several languages in one file.
        file: The file's name; "" for a model of the hub.
        parts: The file's parts.
        hub: The model's id on the hub; "" for a file.
        bytes: What is downloaded, where that is told.
        words: How many, where that is told.
        dimension: Of the vectors, where that is told.
        licence: As its publisher names it; "" where none is told.
        source: A page about it.
    """

    name: str
    kind: str
    about: str
    language: str
    file: str
    parts: tuple[Part, ...]
    hub: str
    bytes: int | None
    words: int | None
    dimension: int | None
    licence: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Family:
    """Entries that differ in their language only.

    Attributes:
        entry: The entry, with LANGUAGE for the code in name, file and address.
        languages: The codes.
        sizes: Bytes of those of which that is told.
    """

    entry: Entry
    languages: tuple[str, ...]
    sizes: dict[str, int]

    def of(self, language: str) -> Entry:
        """The entry of one language."""
        entry = self.entry
        urls = [url.replace(LANGUAGE, language) for url in entry.parts[0].urls]
        return Entry(
            **{
                **vars(entry),
                "name": entry.name.replace(LANGUAGE, language),
                "language": language,
                "file": entry.file.replace(LANGUAGE, language),
                "parts": (Part(urls=urls),),
                "bytes": self.sizes.get(language),
            }
        )


@cache
def entries() -> tuple[Entry, ...]:
    """The entries that have a name of their own."""
    return tuple(_entry(value) for value in _document()["entries"].entries())


@cache
def families() -> tuple[Family, ...]:
    """The families."""
    return tuple(
        Family(
            entry=_entry(value),
            languages=tuple(value["languages"].text().split()),
            sizes=value["bytes"].numbered() if value["bytes"].is_given else {},
        )
        for value in _document()["families"].entries()
    )


def find(name: str) -> Entry:
    """What is known by a name.

    Raises:
        ConfigError: Nothing is; with names that are near.
    """
    for entry in entries():
        if entry.name == name:
            return entry
    for family in families():
        before, _, behind = family.entry.name.partition(LANGUAGE)
        language = name[len(before) : len(name) - len(behind)]
        if name == before + language + behind:
            if language in family.languages:
                return family.of(language)
            # wiki.align.vec: another family may have a name that begins alike.
            if "." not in language and "/" not in language:
                raise ConfigError(
                    f"{name}: there are {family.entry.name} for {len(family.languages)} languages, "
                    f"but not for {language!r}; `lexiscope get {family.entry.name}` lists them"
                )
    known = [one.name for one in entries()] + [one.entry.name for one in families()]
    near = difflib.get_close_matches(name[:100], known, _NEAR, _CUTOFF)
    advice = f"; near: {', '.join(near)}" if near else ""
    raise ConfigError(
        f"nothing is known by the name {name!r}{advice}; `lexiscope get` lists all names, "
        "hf://OWNER/NAME is a model of the Hugging Face hub"
    )


def family(name: str) -> Family | None:
    """The family that a name with LANGUAGE in it names; None where it names none."""
    return next((one for one in families() if one.entry.name == name), None)


def names() -> Iterator[str]:
    """All names, with those of every language."""
    for entry in entries():
        yield entry.name
    for family in families():
        for language in family.languages:
            yield family.entry.name.replace(LANGUAGE, language)


def _document() -> json_document.Value:
    return json_document.read(data.catalogue_path())


def _entry(value: json_document.Value) -> Entry:
    def text(name: str) -> str:
        return value[name].text() if value[name].is_given else ""

    def whole(name: str) -> int | None:
        plain = value[name].plain
        return value[name].whole(1) if isinstance(plain, int) else None

    if value["parts"].is_given:
        parts = tuple(
            Part(
                urls=part["urls"].texts(),
                checksum=part["md5"].text() if part["md5"].is_given else None,
            )
            for part in value["parts"].entries()
        )
    else:
        parts = (Part(urls=[text("url")]),) if text("url") else ()
    return Entry(
        name=text("name"),
        kind=text("kind"),
        about=text("about"),
        language=text("language"),
        file=text("file"),
        parts=parts,
        hub=text("hub"),
        bytes=whole("bytes"),
        words=whole("words"),
        dimension=whole("dimension"),
        licence=text("licence"),
        source=text("source"),
    )
