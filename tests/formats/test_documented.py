"""The table of formats in the documentation is the one that is made of what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from lexiscope.errors import ConfigError
from lexiscope.formats import FORMATS, table
from lexiscope.formats.reading.token_lists.registry import SHAPES

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def rows() -> dict[str, list[str]]:
    lines = table.table().split("\n")[2:]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_the_page_has_the_table_of_today() -> None:
    page = PAGE.read_text()
    assert page == table.replaced(page), f"run: python -m lexiscope.formats.table {PAGE}"


def test_every_format_is_in_the_table_and_nothing_else() -> None:
    assert set(table.ABOUT) == {format_.name for format_ in FORMATS} == set(rows())
    assert all(len(row) == 6 for row in rows().values())


def test_what_is_written_and_lost_is_the_formats() -> None:
    for format_ in FORMATS:
        _ending, _read, written, lost, *_rest = rows()[format_.name]
        assert written == ("yes" if format_.write is not None else "no")
        assert ("counts" in lost) == (format_.write is not None and "counts" not in format_.carries)
    assert rows()["glove"][0] == "" and rows()["word2vec-text"][0] == "`.txt`, `.vec`"


def test_every_shape_of_lists_is_in_its_table_in_the_order_in_which_it_is_tried() -> None:
    lines = table.lists_table().split("\n")[2:]
    assert [line.strip("| ").split(" | ")[0] for line in lines] == [s.name for s in SHAPES]


def test_a_page_without_a_place_for_it_is_refused() -> None:
    with pytest.raises(ConfigError, match="has no lines"):
        table.replaced("# A page\n")
