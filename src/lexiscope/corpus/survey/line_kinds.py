"""Kinds of lines that are no sentences: markup, tables, records, whose parts would become words.

Each is known by a pattern on a line's bytes; what to do about it stands beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class LineKind:
    """A kind of line.

    Attributes:
        name: What it is, as a noun phrase in the plural.
        pattern: What such a line has somewhere in it.
        advice: What to do.
    """

    name: str
    pattern: re.Pattern[bytes]
    advice: str


def _kind(name: str, pattern: bytes, advice: str) -> LineKind:
    return LineKind(name, re.compile(pattern), advice)


_NUMBER = rb"[-+]?(?:\d++\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?"

# In this order: a line counts as the first kind that it is.
LINE_KINDS = (
    _kind(
        "lines of Wikipedia's XML or wiki markup",
        rb"\[\[[^\]]*\]\]|\{\{|\}\}|^==+ .* ==+"
        rb"|<(?:mediawiki|page|revision|contributor|text xml)\b",
        "--read-as wikipedia takes the articles' text out of a dump",
    ),
    _kind(
        "lines with HTML or XML tags",
        rb"</?[A-Za-z][A-Za-z0-9:-]*(?:\s[^<>]*)?/?>|&(?:nbsp|amp|lt|gt|quot|#\d+);",
        "--read-as html takes the text out",
    ),
    _kind(
        "JSON records",
        rb'^\s*[\[{]\s*"?.*"\s*:.*[}\]],?\s*$',
        "--read-as jsonl --column NAME reads the field that has the text",
    ),
    _kind(
        "rows of vectors",
        rb"^\S+(?:[ \t]+" + _NUMBER + rb"){8,}\s*$",
        "this may be a file of vectors: `lexiscope info FILE`",
    ),
    _kind(
        "rows of a treebank (CoNLL)",
        rb"^\d+(?:[-.]\d+)?\t[^\t]*\t[^\t]*\t[^\t]*\t|^# (?:text|sent_id|newdoc)\b",
        "--read-as conllu reads its words",
    ),
    _kind(
        "rows of a table, with tabs",
        rb"^[^\t]+\t[^\t]*\t",
        "--read-as csv --column NAME reads a column of a table with a header",
    ),
    _kind(
        "rows of a table, with commas",
        rb'^(?:[^,"\s]*,)+"|^(?:"(?:[^"]|"")*"|[^,"\s]*),(?:"(?:[^"]|"")*"|[^,"\s]*),(?=\S)',
        "--read-as csv --column NAME reads a column of a table with a header",
    ),
    _kind(
        "lines of Markdown",
        rb"^ {0,3}(?:#{1,6} |```|[-*+] |> |\|.*\|)|\]\((?:https?:|#|/)|\*\*\S",
        "--read-as markdown takes the marks out",
    ),
    _kind(
        "lines with web addresses",
        rb"https?://|www\.",
        "addresses become words of their own; take them out where they are many",
    ),
    _kind(
        "lines with escape sequences or control characters",
        rb"[\x00-\x08\x0e-\x1f\x7f]",
        "they become part of words; take them out",
    ),
)
