"""`lexiscope get`: vectors and texts by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import JsonOption
from lexiscope.cli.shared.output import (
    Cell,
    LiveProgress,
    print_facts,
    print_json,
    print_line,
    print_note,
    print_table,
)
from lexiscope.progress import human_bytes

if TYPE_CHECKING:
    from lexiscope.fetching.catalogue import Entry, Family


def get(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            show_default=False,
            help="A name of the catalogue, or hf://OWNER/NAME on the Hugging Face hub; all names "
            "are listed where none is given.",
        ),
    ] = None,
    about: Annotated[
        bool, typer.Option("--about", help="Tell what NAME is, and fetch nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch vectors or a text by name, once, and print where they are.

    A download that was stopped goes on where it was. LEXISCOPE_CACHE names the folder,
    LEXISCOPE_OFFLINE=1 forbids the network, LEXISCOPE_MIRROR and HF_ENDPOINT name mirrors.

    Example: lexiscope neighbors "$(lexiscope get glove-wiki-gigaword-100)" king
    """
    from lexiscope import fetching
    from lexiscope.fetching import catalogue

    family = None if name is None else catalogue.family(name)
    if name is None:
        _list(as_json=as_json)
    elif family is not None:
        _tell_family(family, as_json=as_json)
    elif about:
        _tell(name, as_json=as_json)
    else:
        with LiveProgress() as progress:
            path = fetching.path_of(name, progress=progress, tell=print_note)
        if as_json:
            print_json(_document(name, path))
        else:
            print_line(str(path))


def _document(name: str, path: Path | None) -> dict[str, Any]:
    """What is known of a name, and where it lies."""
    from lexiscope import fetching
    from lexiscope.fetching import catalogue

    where = None if path is None else str(path)
    if fetching.is_reference(name):
        return {"name": name, "path": where}
    return {**_known(catalogue.find(name)), "path": where}


def _known(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "about": entry.about,
        "language": entry.language,
        "words": entry.words,
        "dimension": entry.dimension,
        "bytes": entry.bytes,
        "licence": entry.licence or None,
        "source": entry.source,
        "urls": [url for part in entry.parts for url in part.urls],
        "checksums": [part.checksum for part in entry.parts if part.checksum is not None],
        "hub": entry.hub or None,
    }


def _tell(name: str, *, as_json: bool) -> None:
    from lexiscope import fetching

    path = fetching.fetched(name)
    document = _document(name, path)
    if as_json:
        print_json(document)
        return
    facts: list[tuple[str, Cell]] = []
    for key, value in document.items():
        if key == "path":
            facts.append(("fetched", "no" if path is None else str(path)))
        elif key == "bytes":
            facts.append(("size", "not told" if value is None else human_bytes(value)))
        elif isinstance(value, list):
            facts += [(key.removesuffix("s"), one) for one in value]
        elif value is not None:
            facts.append((key, value))
    print_facts(facts)


def _tell_family(family: Family, *, as_json: bool) -> None:
    entry = family.entry
    if as_json:
        print_json({**_known(entry), "languages": list(family.languages)})
        return
    print_facts(
        [
            ("name", entry.name),
            ("about", entry.about),
            ("dimension", entry.dimension or 0),
            ("licence", entry.licence),
            ("source", entry.source),
            ("languages", len(family.languages)),
        ]
    )
    print_line()
    print_line(" ".join(family.languages))


def _list(*, as_json: bool) -> None:
    from lexiscope import fetching
    from lexiscope.fetching import catalogue

    entries, families = catalogue.entries(), catalogue.families()
    if as_json:
        there = [fetching.fetched(entry.name) for entry in entries]
        print_json(
            {
                "entries": [
                    {**_known(entry), "path": None if path is None else str(path)}
                    for entry, path in zip(entries, there, strict=True)
                ],
                "families": [
                    {**_known(family.entry), "languages": list(family.languages)}
                    for family in families
                ],
            }
        )
        return
    rows: list[list[Cell]] = [_row(entry, entry.language) for entry in entries]
    rows += [_row(one.entry, f"{len(one.languages)} of them") for one in families]
    print_table(
        ["name", "language", "words", "dimensions", "download", "licence", "what it is"], rows
    )
    print_line()
    print_line(
        "Where nothing stands its publisher tells nothing. `lexiscope get cc.LANGUAGE.300.vec` "
        "lists languages; hf://OWNER/NAME is any static model of the Hugging Face hub."
    )


def _row(entry: Entry, language: str) -> list[Cell]:
    return [
        entry.name,
        language,
        "" if entry.words is None else f"{entry.words:,}",
        "" if entry.dimension is None else str(entry.dimension),
        "" if entry.bytes is None else human_bytes(entry.bytes),
        entry.licence,
        f"a text: {entry.about}" if entry.kind == "text" else entry.about,
    ]
