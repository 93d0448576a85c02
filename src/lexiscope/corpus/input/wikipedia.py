"""Articles of a Wikipedia dump: MediaWiki's XML, and the text of its markup.

Pages of the main namespace that are no redirects are read, as `pages-articles.xml.bz2` has them;
their markup is parsed by mwparserfromhell. Templates, tables, references, pictures with their
captions, categories, formulas and code are left out; headings and items of lists are lines of
their own. Templates are not expanded, since what they expand to is in other pages.

Sources: mediawiki.org/wiki/Help:Export (the XML), mediawiki.org/wiki/Help:Formatting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from lexiscope.corpus.input.wiki_blocks import LEFT_OUT_TAGS, without_blocks
from lexiscope.errors import CorpusError, MissingExtraError, reason_of

_ARTICLES = "0"
_FILES, _CATEGORIES = "6", "14"
_ALWAYS_LEFT_OUT = frozenset({"file", "image", "media", "category"})
# A link to the same article in another language: `[[de:Anarchismus]]`.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,10})*\s*:")
_LINES = frozenset({"br", "p", "div", "li", "dd", "dt", "blockquote", "center", "hr"})
_MAGIC_WORD = re.compile(r"__[A-Z]{3,30}__")


def articles(pieces: Iterable[str], name: str) -> Iterator[str]:
    """The text of each article, a paragraph a line.

    Args:
        pieces: The dump, unpacked.
        name: The file's, for messages.

    Raises:
        MissingExtraError: mwparserfromhell is not installed.
        CorpusError: It is no dump, holds no article, or is damaged or cut.
    """
    try:
        import mwparserfromhell
    except ImportError as error:
        raise MissingExtraError("the markup of a Wikipedia dump", "wikipedia") from error
    left_out = set(_ALWAYS_LEFT_OUT)
    count = 0
    for page in _elements(pieces, name):
        if _tag(page) == "namespace":
            if page.get("key") in (_FILES, _CATEGORIES) and page.text:
                left_out.add(page.text.casefold())
            continue
        markup = _article(page)
        if markup is not None:
            count += 1
            code = mwparserfromhell.parse(without_blocks(markup), skip_style_tags=True)
            yield _plain(code, left_out)
    if not count:
        raise CorpusError(f"{name}: holds no article; expected a dump of pages (pages-articles)")


def _elements(pieces: Iterable[str], name: str) -> Iterator[Element]:
    """The namespaces and pages of a dump, one after another; each is forgotten behind it."""
    parser: XMLPullParser[Any] = XMLPullParser(events=("start", "end"))
    root: Any = None
    try:
        for piece in pieces:
            parser.feed(piece)
            for found in parser.read_events():
                event, element = cast("tuple[str, Element]", found)
                if root is None:
                    root = element
                    _check_root(root, name)
                if event == "end" and _tag(element) in ("page", "namespace"):
                    yield element
                    if _tag(element) == "page":
                        root.clear()
        parser.close()
    except ParseError as error:
        raise CorpusError(
            f"{name}: the dump is damaged or cut ({reason_of(error)}); fetch it again"
        ) from error


def _check_root(root: Element, name: str) -> None:
    if _tag(root) != "mediawiki":
        raise CorpusError(
            f"{name}: is XML of {_tag(root)!r}; expected a Wikipedia dump, which begins with "
            "<mediawiki>"
        )


def _tag(element: Any) -> str:
    """An element's name without the schema's, which has a version in it."""
    return str(element.tag).rpartition("}")[2]


def _article(page: Any) -> str | None:
    """The markup of a page, in its last revision; None where it is no article."""
    markup: str | None = None
    for element in page.iter():
        tag = _tag(element)
        if tag == "redirect" or (tag == "ns" and (element.text or "").strip() != _ARTICLES):
            return None
        if tag == "model" and (element.text or "").strip() != "wikitext":
            return None
        if tag == "text":
            markup = element.text or ""
    return markup


def _plain(code: Any, left_out: set[str]) -> str:
    parts: list[str] = []
    _walk(code, left_out, parts)
    rows = (" ".join(_MAGIC_WORD.sub("", row).split()) for row in "".join(parts).split("\n"))
    return "\n".join(row for row in rows if row)


def _walk(code: Any, left_out: set[str], parts: list[str]) -> None:
    """Adds the text of some markup; how deep it is nested is bounded by the parser."""
    from mwparserfromhell.nodes import ExternalLink, Heading, HTMLEntity, Tag, Text, Wikilink

    for node in [] if code is None else code.nodes:
        if isinstance(node, Text):
            parts.append(node.value)
        elif isinstance(node, Wikilink):
            if _is_shown(node, left_out):
                _walk(node.title if node.text is None else node.text, left_out, parts)
        elif isinstance(node, ExternalLink):
            if node.brackets:
                _walk(node.title, left_out, parts)
        elif isinstance(node, HTMLEntity):
            parts.append(node.normalize())
        elif isinstance(node, Heading):
            parts.append("\n")
            _walk(node.title, left_out, parts)
            parts.append("\n")
        elif isinstance(node, Tag):
            tag = str(node.tag).strip().lower()
            if tag not in LEFT_OUT_TAGS:
                ends = "\n" if tag in _LINES else ""
                parts.append(ends)
                _walk(node.contents, left_out, parts)
                # An item's mark is a tag without content, and its text stands behind it.
                parts.append("" if node.wiki_markup else ends)


def _is_shown(link: Any, left_out: set[str]) -> bool:
    """Whether a link is text: not where a picture or a category is put, or another language."""
    title = str(link.title).strip()
    if link.text is None and _LANGUAGE.match(title):
        return False
    return title.partition(":")[0].strip().casefold() not in left_out
