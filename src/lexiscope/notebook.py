"""HTML of an object for a notebook's cell: a small table of what it is.

Everything in it that comes out of a file is shown escaped and cut, as on the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from lexiscope.shown import LONGEST_CELL, shown

FIRST_WORDS = 8
"""Words of a vocabulary that are named."""


def facts_html(title: str, facts: Iterable[tuple[str, str]]) -> str:
    """A title and names with their values, as a table.

    It takes the notebook's own colours and typefaces, in the light and in the dark.
    """
    rows = "".join(
        f'<tr><th style="text-align:left">{_cell(name)}</th>'
        f'<td style="text-align:left">{_cell(value)}</td></tr>'
        for name, value in facts
    )
    return f"<table><caption>{_cell(title)}</caption><tbody>{rows}</tbody></table>"


def _cell(text: str) -> str:
    return escape(shown(text, LONGEST_CELL))
