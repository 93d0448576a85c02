"""What an object is in a notebook's cell: a small table of what it is, and the page itself.

Everything in it that comes out of a file is shown escaped and cut, as on the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib import import_module
from typing import Any

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


# The room above all others, which a cell that asks for the page finds by its name.
_WIDGET = "lexiscope.widget"


class Showable:
    """Something that the page can show in a notebook's cell."""

    def show(self, view: str = "", *, height: int = 720) -> Any:
        """Shows the page in a notebook's cell (extra `notebook`).

        Args:
            view: What opens first: "explore", "map", "story", "weights", of a recording also
                "walkthrough" and "journey"; or all of an address: "map?word=king". By default
                what the page begins with.
            height: Pixels.

        Returns:
            The widget; its `selected` are the words that are chosen in it.

        Raises:
            ConfigError: There is no such view, or it is a table without words.
            MissingExtraError: anywidget is not installed.
            LexiscopeError: The page has not been built.
        """
        return import_module(_WIDGET).show(self, view, height=height)
