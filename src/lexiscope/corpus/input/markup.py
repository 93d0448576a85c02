"""Text out of HTML and Markdown: what a reader sees as prose, a paragraph a line.

HTML is read by Python's html.parser, Markdown by markdown-it-py (CommonMark, with tables).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

from lexiscope.errors import CorpusError

# What is in these is not prose, or not seen.
_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "math", "head", "iframe"})
# These stand inside a line; whatever else begins or ends ends a line.
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn",
    "em", "font", "i", "img", "input", "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby",
    "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
    "wbr",
})  # fmt: skip
_PIECE = 1 << 20
_LONGEST_LINE = 1 << 28  # characters
_LARGEST_PIECE = 1 << 24
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_FRONT_MATTER = "---"


class _Prose(HTMLParser):
    """Collects the text of a page, a block a line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found: list[str] = []
        self._unseen: list[str] = []
        self._has_line = False
        self._size = 0

    def _end_line(self) -> None:
        self._found.append("\n")
        self._has_line = True
        self._size = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag == "body":
            self._unseen.clear()  # a head that nobody has closed
        if tag not in _INLINE:
            self._end_line()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag not in _INLINE:
            self._end_line()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            del self._unseen[self._unseen.index(tag) :]
        if tag not in _INLINE:
            self._end_line()

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        # A line's end in the source is a space on the page.
        self._found.append(data.replace("\n", " "))
        self._size += len(data)
        if self._size > _LONGEST_LINE:
            raise CorpusError(
                f"the page has {self._size:,} characters without the end of a paragraph: this is "
                "no HTML"
            )

    def take(self, *, ending: bool) -> str:
        """The lines that are finished, or at the end all."""
        if not (ending or self._has_line):
            return ""  # a page without tags is one line, which is not put together at each piece
        self._has_line = False
        text = "".join(self._found)
        cut = len(text) if ending else text.rfind("\n") + 1
        self._found = [text[cut:]] if cut < len(text) else []
        rows = (" ".join(row.split()) for row in text[:cut].split("\n"))
        return "".join(f"{row}\n" for row in rows if row)


def html_text(pieces: Iterable[str]) -> Iterator[str]:
    """The text of an HTML page, a block (paragraph, heading, item, cell) a line.

    Args:
        pieces: The page.
    """
    parser = _Prose()
    for piece in pieces:
        parser.feed(piece)
        if text := parser.take(ending=False):
            yield text
    parser.close()
    if text := parser.take(ending=True):
        yield text


def markdown_text(lines: Iterable[str]) -> Iterator[str]:
    """The text of Markdown, a paragraph, heading, item or cell a line; code blocks are left out.

    Long texts are read in pieces that end before a heading, or where there is none at a blank line;
    what a link is to is not kept, so that nothing is looked for beyond the piece.

    Args:
        lines: The text's.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for piece in _markdown_pieces(_without_front_matter(lines)):
        rows: list[str] = []
        for token in parser.parse(piece):
            if token.type == "inline":
                rows += _inline(token.children or ()).split("\n")
            elif token.type == "html_block":
                rows += "".join(html_text([token.content])).split("\n")
        text = "".join(f"{row}\n" for line in rows if (row := " ".join(line.split())))
        if text:
            yield text


def _inline(children: Iterable[Any]) -> str:
    parts: list[str] = []
    for token in children:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type == "softbreak":
            parts.append(" ")
        elif token.type == "hardbreak" or (
            token.type == "html_inline" and token.content[:3].lower() == "<br"
        ):
            parts.append("\n")
    return "".join(parts)


def _without_front_matter(lines: Iterable[str]) -> Iterator[str]:
    """Leaves out what stands between two lines of three dashes at the very beginning (YAML)."""
    rows = iter(lines)
    held: list[str] = []
    for row in rows:
        held.append(row)
        if held[0] != _FRONT_MATTER or len(held) > 200:
            break
        if len(held) > 1 and row in (_FRONT_MATTER, "..."):
            held = []
            break
    yield from held
    yield from rows


def _markdown_pieces(lines: Iterable[str]) -> Iterator[str]:
    """A text cut where no block goes on: before a heading, or, of a long one, at a blank line."""
    held: list[str] = []
    size, fence, blank = 0, "", True
    for line in lines:
        found = _FENCE.match(line)
        at_heading = size > _PIECE and _HEADING.match(line) is not None
        at_paragraph = size > _LARGEST_PIECE and not line.startswith((" ", "\t"))
        if blank and not fence and (at_heading or at_paragraph):
            yield "\n".join(held)
            held, size = [], 0
        if found is not None:
            mark = found[1]
            if not fence:
                fence = mark
            elif mark[0] == fence[0] and len(mark) >= len(fence):
                fence = ""
        held.append(line)
        size += len(line) + 1
        blank = not line.strip()
    yield "\n".join(held)
