"""Forms that a text has in its file, and how one is told from its first bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lexiscope.checks import flag
from lexiscope.errors import ConfigError

AUTO, LINES = "auto", "lines"
WIKIPEDIA, HTML, MARKDOWN = "wikipedia", "html", "markdown"
JSONL, CSV, PARQUET, CONLLU = "jsonl", "csv", "parquet", "conllu"
KINDS = (AUTO, LINES, WIKIPEDIA, HTML, MARKDOWN, JSONL, CSV, PARQUET, CONLLU)
COLUMNS = {JSONL: "text", CSV: "text", PARQUET: "text", CONLLU: "form"}

_UTF8 = "utf-8"


@dataclass(frozen=True, kw_only=True)
class TextForm:
    """How a text stands in its file.

    Attributes:
        kind: "auto", one sentence a line, and a file that is plainly something else is refused;
            "lines", the same whatever the lines look like; "wikipedia", a dump of MediaWiki's, of
            which the articles' text is read; "html"; "markdown"; "jsonl", a JSON object a line;
            "csv", a table with a header, its fields parted by commas, semicolons or tabs;
            "parquet"; "conllu", a treebank.
        column: Of JSON lines, CSV and Parquet the field with the text (by default "text"), of a
            treebank "form" (the default) or "lemma"; None where the kind has no columns.
        encoding: By a name that Python knows; None for UTF-8.
        split_sentences: Whether the text runs on, its paragraphs parted by empty lines, and is cut
            into sentences (`sentence_ends`); else a line is one.

    Raises:
        ConfigError: There is no such kind or encoding, or the kind has no such column.
    """

    kind: str = AUTO
    column: str | None = None
    encoding: str | None = None
    split_sentences: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"a text is read as {self.kind!r}; expected {', '.join(KINDS)}")
        usual = COLUMNS.get(self.kind)
        if self.column is not None and usual is None:
            raise ConfigError(
                f"column {self.column!r} is of a text read as {', '.join(COLUMNS)}; say which "
                f"(--read-as, in Python read_as=), or leave it out"
            )
        if self.kind == CONLLU and self.column not in (None, "form", "lemma"):
            raise ConfigError(f"column is {self.column!r}, expected form or lemma of a treebank")
        if self.kind == PARQUET and self.encoding is not None:
            raise ConfigError("a Parquet file's text is UTF-8; leave the encoding out")
        if self.kind == CONLLU and self.split_sentences:
            raise ConfigError("a treebank says where its sentences end; leave splitting out")
        flag("split_sentences", self.split_sentences)
        if self.encoding is not None:
            object.__setattr__(self, "encoding", _python_name(self.encoding))

    @property
    def is_as_stored(self) -> bool:
        """Whether the file's bytes are the text."""
        plain = self.kind in (AUTO, LINES) and self.encoding in (None, _UTF8)
        return plain and not self.split_sentences

    @property
    def field(self) -> str:
        """The column that is read."""
        return COLUMNS[self.kind] if self.column is None else self.column

    def to_json(self) -> dict[str, Any]:
        """The options as plain data."""
        plain = {"kind": self.kind, "column": self.column, "encoding": self.encoding}
        return {**plain, "split_sentences": True} if self.split_sentences else plain

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> TextForm:
        """The options from plain data."""
        return cls(**saved)


AS_ITS_FILE = TextForm()
AS_IT_IS = TextForm(kind=LINES)


def _python_name(encoding: str) -> str:
    try:
        if codecs.lookup(encoding)._is_text_encoding:  # else one of bytes, such as base64
            return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        pass
    raise ConfigError(
        f"encoding is {encoding!r}, expected one that Python knows, such as windows-1252 or utf-16"
    )


_STARTS = (
    (WIKIPEDIA, re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?<mediawiki[\s>]", re.IGNORECASE),
     "a Wikipedia dump (MediaWiki's XML)", "takes the articles' text out"),
    (HTML, re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?<(?:!doctype\s+html|html[\s>])", re.IGNORECASE),
     "a web page (HTML)", "takes its text out"),
    (JSONL, re.compile(rb'\s*\{\s*"[^"\n]{1,80}"\s*:\s*[^\n]*\}[ \t\r]*(?:\n|\Z)'),
     "JSON, a record a line", "--column NAME reads the field with the text"),
    (CONLLU, re.compile(rb"(?:#[^\n]*\n)*1(?:-\d+)?\t[^\t\n]+(?:\t[^\t\n]*){8}\r?\n"),
     "a treebank (CoNLL-U)", "reads its words"),
)  # fmt: skip


_JSON_LIST = re.compile(rb'\s*\[\s*\{\s*"[^"\n]{1,80}"\s*:')


def refusal(head: bytes) -> str | None:
    """What a file is that is not read as lines, and what to do, by its first bytes; None for text.

    Args:
        head: The first bytes of its content, unpacked.
    """
    for kind, pattern, name, what in _STARTS:
        if pattern.match(head):
            return (
                f"this is {name}, whose markup would become words; --read-as {kind} {what}, and "
                f"--read-as {LINES} takes it as it stands (in Python read_as=)"
            )
    if _JSON_LIST.match(head):
        return (
            f"this is a list in JSON, whose markup would become words; write a record a line "
            f"(`jq -c '.[]' FILE`) and read that by --read-as {JSONL}; --read-as {LINES} takes it "
            f"as it stands (in Python read_as=)"
        )
    return None
