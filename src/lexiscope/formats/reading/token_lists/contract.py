"""What a list of tokens is, and what a shape of lists says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import json_document, tokens
from lexiscope.files.json_document import TABLE, Value
from lexiscope.formats.reading.token_lists import fields
from lexiscope.formats.reading.token_lists.fields import Table
from lexiscope.formats.reading.token_lists.marks import Style

# Ids may have holes, but numbers most of which nobody has are no ids.
_HOLES_A_TOKEN, _HOLES_ALWAYS = 9, 10_000


class OtherLengthError(FormatError):
    """A list has not a token for each row of a matrix.

    Args:
        path: The list.
        words: How many it has.
        reason: What was found, what was expected.
    """

    def __init__(self, path: Path, words: int, reason: str) -> None:
        super().__init__(path, None, reason)
        self.words = words


@dataclass(frozen=True, kw_only=True)
class TokenList:
    """The tokens of ids 0, 1, 2, …, or of a matrix' rows.

    Attributes:
        tokens: The token of each id as its program spells it; None where no token has the id.
        shape: How the file keeps them: a shape's name.
        counts: How often each token occurs, N int64, where the file tells.
        style: How words are marked, where the file tells.
        specials: Tokens that stand for no text, where the file tells.
        note: What was taken besides what stands in the file, for people; "" where nothing was.
    """

    tokens: list[str | None]
    shape: str
    counts: NDArray[np.int64] | None = None
    style: Style | None = None
    specials: frozenset[str] = frozenset()
    note: str = ""

    @property
    def said(self) -> str:
        """The shape, and what was taken besides, for people."""
        return f"{self.shape}; {self.note}" if self.note else self.shape


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that may hold tokens.

    Attributes:
        path: The file.
        content: Its bytes, without a byte order mark.
        rows: How many tokens are expected, where that is known: a matrix' rows.
    """

    path: Path
    content: bytes = field(repr=False)
    rows: int | None = None

    @property
    def name(self) -> str:
        """The file's name in lower case."""
        return self.path.name.lower()

    @cached_property
    def text(self) -> str:
        """The content as text; of a matrix' words, bytes that are not UTF-8 are kept.

        Raises:
            FormatError: It is not UTF-8.
        """
        if self.rows is not None:
            return tokens.decode(self.content)
        try:
            return self.content.decode()
        except UnicodeDecodeError as error:
            raise FormatError(self.path, f"byte {error.start}", "is not UTF-8 text") from error

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without their ends.

        A carriage return is an ending only where all lines have it, but for a last one that has no
        end at all; else it is a token's.
        """
        lines = self.text.split("\n")
        unended = [lines.pop()]
        if unended == [""]:
            unended = []
        if lines and all(line.endswith("\r") for line in lines):
            lines = [line[:-1] for line in lines]
            unended = [line.removesuffix("\r") for line in unended]
        return lines + unended

    @cached_property
    def table(self) -> Table | None:
        """The fields of the lines, where each has several."""
        return fields.parse(self.lines, self.name, self.rows)

    @cached_property
    def document(self) -> Value | None:
        """The content as JSON; None where it is none.

        Raises:
            FormatError: It begins as JSON in a file of that ending, and is damaged.
        """
        bare = self.content.strip(b" \t\r\n")
        if self.name.endswith((".jsonl", ".ndjson")):
            content = b"[%b]" % b",".join(line for line in bare.splitlines() if line.strip())
            return json_document.parse(content, self.path, TABLE)
        if self.name.endswith(".json"):
            is_json = bare[:1] in (b"{", b"[", b'"')
        else:
            is_json = bare[:1] == b"{" and bare[-1:] == b"}" and bare[1:].lstrip()[:1] == b'"'
        return json_document.parse(self.content, self.path, TABLE) if is_json else None


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A way in which programs keep tokens.

    Attributes:
        name: Its name, as people read it.
        written_by: Who writes it.
        told_by: How it is recognised.
        read: The tokens, or None where the file is of another shape.
        is_sure: Whether it is told by what no other shape has, so that no other is asked.
        is_binary: Whether it need not be text.
    """

    name: str
    written_by: str
    told_by: str
    read: Callable[[Source], TokenList | None]
    is_sure: bool = True
    is_binary: bool = False


def by_ids(ids: dict[str, int], path: Path) -> list[str | None]:
    """Tokens in the order of their ids; None for ids that no token has.

    Raises:
        FormatError: Two tokens have one id, an id is no number from 0, or nearly all ids up to the
            highest have no token.
    """
    for token, number in ids.items():
        if type(number) is not int or number < 0:
            raise FormatError(
                path, None, f"the id of {token!r} is {number!r:.60}, expected a number from 0"
            )
    highest = max(ids.values(), default=-1)
    if highest + 1 > len(ids) * (1 + _HOLES_A_TOKEN) + _HOLES_ALWAYS:
        raise FormatError(
            path,
            None,
            f"the highest id is {highest:,} for {len(ids):,} tokens, so that nearly all rows would "
            "be empty; number the tokens without such gaps",
        )
    tokens: list[str | None] = [None] * (highest + 1)
    for token, number in ids.items():
        taken = tokens[number]
        if taken is not None:
            raise FormatError(
                path,
                None,
                f"id {number} is that of {taken!r} and of {token!r}; expected an id for each",
            )
        tokens[number] = token
    return tokens
