"""The table of formats in the documentation says what the formats say of themselves."""

from __future__ import annotations

import re
from itertools import dropwhile, takewhile
from pathlib import Path

from lexiscope.formats import FORMATS

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
PARTS = {
    "counts": "counts",
    "output": "output matrix",
    "subwords": "subword rows",
    "metadata": "training options",
}


def rows() -> list[list[str]]:
    """The cells of the page's first table, without its head."""
    lines = dropwhile(lambda line: not line.startswith("|"), PAGE.read_text().split("\n"))
    table = list(takewhile(lambda line: line.startswith("|"), lines))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def table() -> dict[str, list[str]]:
    names = [format_.name for format_ in FORMATS]
    return {cells[0].strip("`"): cells[1:] for cells in rows() if cells[0].strip("`") in names}


def test_every_format_is_in_the_table() -> None:
    assert sorted(table()) == sorted(format_.name for format_ in FORMATS)


def test_endings_are_the_formats() -> None:
    said = {name: tuple(re.findall(r"`(\.\w+)`", cells[0])) for name, cells in table().items()}
    # A file of GloVe ends in .txt as well, which as a target means word2vec's.
    first: dict[str, str] = {}
    for format_ in FORMATS:
        for ending in format_.extensions if format_.write is not None else ():
            first.setdefault(ending, format_.name)
    targets = {
        format_.name: tuple(e for e in format_.extensions if first.get(e) == format_.name)
        for format_ in FORMATS
    }
    assert said == targets


def test_what_is_written_and_kept_is_the_formats() -> None:
    for format_ in FORMATS:
        _ending, _read, written, *kept = table()[format_.name]
        assert written.startswith("yes" if format_.write is not None else "no"), format_.name
        said = {part for part, words in PARTS.items() if words in "".join(kept)}
        assert said == (set(format_.carries) if format_.write is not None else set()), format_.name
