"""Templates, tables, references and comments of MediaWiki's markup, taken out of a page.

They are no text, and most of what takes a parser's time. A parser of the whole grammar also gives
up where they are not well formed, as many are: it takes their markup for text, or the text behind
them for theirs. MediaWiki shows such pages all the same. So only the ends of these blocks are
looked for here, and with them the apostrophes of bold and italics, whose pairs they stand between.

Source: mediawiki.org/wiki/Help:Formatting, Help:Tables, Help:Templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LEFT_OUT_TAGS = frozenset({
    "ref", "references", "gallery", "math", "chem", "code", "syntaxhighlight", "source",
    "timeline", "score", "graph", "mapframe", "table", "style", "imagemap", "templatestyles",
    "includeonly", "noinclude", "hiero", "inputbox", "categorytree", "indicator", "section",
})  # fmt: skip
"""Tags whose content is no text."""

_VERBATIM = ("nowiki", "pre")
_NAMES = "|".join(sorted([*LEFT_OUT_TAGS, *_VERBATIM], key=lambda name: (-len(name), name)))
_MARKS = re.compile(
    rf"(?P<tag><(?P<opens>{_NAMES}|!--)(?:(?<=!--)|(?:\s[^<>]*)?/?>))"
    rf"|(?P<tag_end></(?P<closes>{_NAMES})\s*>|-->)"
    r"|(?P<template>\{\{)|(?P<template_end>\}\})"
    r"|(?P<table>^[ \t:]*\{\|(?!\}))|(?P<table_end>^[ \t:]*\|\}(?!\}(?!\})))"
    r"|(?P<heading>^==)",
    re.MULTILINE | re.IGNORECASE,
)
_APOSTROPHES = re.compile("'{2,}")
# Where a block was; no XML has it.
_HOLE = "\0"


def without_blocks(markup: str) -> str:
    """A page's markup without templates, tables, references, comments, bold and italics."""
    parts, at = [], 0
    for start, stop in sorted(_blocks(markup)):
        if start >= at:
            parts.append(markup[at:start])
        at = max(at, stop)
    markup = _HOLE.join([*parts, markup[at:]])
    return _APOSTROPHES.sub(_literal, markup).replace(_HOLE, "")


def _literal(found: re.Match[str]) -> str:
    """The apostrophes of a run that are text: one of four, and those beyond five."""
    count = len(found[0])
    return "'" * (1 if count == 4 else max(0, count - 5))


def _blocks(markup: str) -> Iterator[tuple[int, int]]:
    """Where blocks begin and end; some lie within others.

    A tag without an end is text. So are braces without a partner; a table without an end goes on up
    to the next heading, or to the page's end.
    """
    marks = list(_MARKS.finditer(markup))
    last_end = {_closed(mark): mark.start() for mark in marks if mark.lastgroup == "tag_end"}
    braces = _Braces()
    tag: tuple[str, int] | None = None
    for mark in marks:
        if tag is not None:
            if mark["tag_end"] and _closed(mark) == tag[0]:
                if tag[0] not in _VERBATIM:
                    yield tag[1], mark.end()
                tag = None
        elif mark["tag"]:
            name = mark["opens"].lower()
            if mark["tag"].endswith("/>"):
                yield mark.span()
            elif last_end.get(name, 0) > mark.start():
                tag = name, mark.start()
        else:
            yield from braces.take(mark)
    yield from braces.rest(len(markup))


def _closed(mark: re.Match[str]) -> str:
    """What a tag's end ends."""
    return "!--" if mark["tag_end"] == "-->" else str(mark["closes"]).lower()


class _Braces:
    """The templates and tables that are open at a place of a page."""

    def __init__(self) -> None:
        self._opened: list[tuple[str, int]] = []
        self._tables: list[int] = []  # which of them are tables

    def take(self, mark: re.Match[str]) -> Iterator[tuple[int, int]]:
        """Goes past a mark; gives the block that it ends."""
        kind = mark.lastgroup
        if kind == "heading":
            yield from self.rest(mark.start())
        elif kind == "template":
            self._opened.append((kind, mark.start()))
        elif kind == "table":
            self._tables.append(len(self._opened))
            self._opened.append((kind, mark.start()))
        elif kind == "template_end" and self._opened and self._opened[-1][0] == "template":
            yield self._opened.pop()[1], mark.end()
        elif kind == "table_end" and self._tables:
            # What is still open inside of the table goes with it.
            depth = self._tables.pop()
            yield self._opened[depth][1], mark.end()
            del self._opened[depth:]

    def rest(self, stop: int) -> Iterator[tuple[int, int]]:
        """Ends everything; gives the outermost table that had no end."""
        if self._tables:
            yield self._opened[self._tables[0]][1], stop
        self._opened.clear()
        self._tables.clear()
