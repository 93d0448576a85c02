"""Ids of tokens in another program, and which of the tokens are words.

Tokenizers mark where a word starts, goes on or ends, each family in its own way (`marks`). Where a
space in front starts a word, a token without one is a word only where no letter or digit is in it
(punctuation is split off by itself), or where its script writes no spaces (Chinese, Thai, …); all
others continue a word. At the very start of a text such pieces are words as well; they are still
taken for pieces, because most of their uses are inside words. So it is with what ends a word: of
`king</w>` most uses are the whole word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice
from lexiscope.errors import ConfigError
from lexiscope.formats.reading.token_lists.marks import (
    CONTINUES,
    ENDS,
    JOINS,
    SPACE,
    Style,
    bytes_text,
    detect_style,
    is_marked,
    is_special,
)

STYLES: tuple[Style, ...] = get_args(Style)

# Padding, whatever the program: the rows that training must leave at zero.
PADDING = frozenset({"", "[PAD]", "<pad>", "<PAD>", "<|pad|>", "<blank>", "@@PADDING@@"})
_BYTE_TOKEN = re.compile(r"<0x[0-9A-F]{2}>")
_WORD_CHARACTER = re.compile(r"\w")
# Han, kana, Thai, Lao, Myanmar and Khmer: a run of these holds words without spaces between.
_SPACELESS = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufaff\U00020000-\U0003134f]+"
)
# Ids may have holes, but a map in which nearly all ids are holes is a mistake.
_HOLES_A_TOKEN, _HOLES_ALWAYS = 9, 10_000


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    PIECE = "piece"
    SPECIAL = "special"


@dataclass(frozen=True, kw_only=True)
class TokenIds:
    """The tokens of ids 0, 1, 2, …

    Attributes:
        raw: The token of each id as its program spells it; None where no token has the id.
        texts: The word or piece in plain text, without marks; None where there is none (a hole, or
            bytes that are no whole characters).
        kinds: What each token is; None for a hole.
        style: How words' starts are marked.
        counts: How often each token occurs, N int64, where it is known.
        shape: What they were read from, and how, for people; "" where it was no file.
    """

    raw: list[str | None]
    texts: list[str | None]
    kinds: list[Kind | None]
    style: Style
    counts: NDArray[np.int64] | None = None
    shape: str = ""

    def __len__(self) -> int:
        return len(self.raw)

    @classmethod
    def build(
        cls,
        tokens: Iterable[str | None],
        *,
        style: Style | None = None,
        specials: Iterable[str] = (),
        counts: NDArray[np.int64] | None = None,
        shape: str = "",
    ) -> TokenIds:
        """Takes tokens in the order of their ids.

        Args:
            tokens: The token of id 0, of id 1, …; None for an id without a token.
            style: How words' starts are marked; None to tell it by the tokens.
            specials: Tokens that stand for no text, besides the usual names ([PAD], <s>, …).
            counts: How often each occurs.
            shape: What they were read from.

        Raises:
            ConfigError: There is no token, something is no string, or counts do not fit.
        """
        raw = list(tokens)
        if all(token is None for token in raw):
            raise ConfigError("there are no tokens; expected at least one")
        for number, token in enumerate(raw):
            if token is not None and not isinstance(token, str):
                raise ConfigError(
                    f"the token of id {number} is {token!r}, a {type(token).__name__}; "
                    "expected a str"
                )
        if counts is not None and len(counts) != len(raw):
            raise ConfigError(f"{len(counts):,} counts do not fit {len(raw):,} ids")
        chosen = detect_style(raw) if style is None else style
        choice("style", chosen, STYLES)
        named = frozenset(specials)
        texts: list[str | None] = []
        kinds: list[Kind | None] = []
        for token in raw:
            kind, text = (None, None) if token is None else classify(token, chosen, named)
            kinds.append(kind)
            texts.append(text)
        return cls(raw=raw, texts=texts, kinds=kinds, style=chosen, counts=counts, shape=shape)

    @classmethod
    def from_mapping(cls, ids: Mapping[str, int], **options: Any) -> TokenIds:
        """Takes a map of token to id; ids may have holes.

        Args:
            ids: Token → id, from 0.
            options: As for `build`.

        Raises:
            ConfigError: Two tokens have one id, an id is no number from 0, or nearly all ids up to
                the highest have no token.
        """
        for token, number in ids.items():
            if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 0:
                raise ConfigError(f"the id of {token!r} is {number!r}, expected a number from 0")
        highest = max(ids.values(), default=-1)
        if highest + 1 > len(ids) * (1 + _HOLES_A_TOKEN) + _HOLES_ALWAYS:
            raise ConfigError(
                f"the highest id is {highest:,} for {len(ids):,} tokens, so that nearly all rows "
                "would be empty; number the tokens without such gaps"
            )
        tokens: list[str | None] = [None] * (int(highest) + 1)
        for token, number in ids.items():
            taken = tokens[number]
            if taken is not None:
                raise ConfigError(
                    f"id {number} is that of {taken!r} and of {token!r}; expected an id for each"
                )
            tokens[number] = token
        return cls.build(tokens, **options)

    @property
    def holes(self) -> int:
        """How many ids have no token."""
        return self.raw.count(None)

    @property
    def repeated(self) -> int:
        """How many ids have a token that a lower id has as well."""
        present = [token for token in self.raw if token is not None]
        return len(present) - len(set(present))


def classify(
    token: str, style: Style, specials: frozenset[str] = frozenset()
) -> tuple[Kind, str | None]:
    """What a token is, and its text without marks.

    Args:
        token: The token as its program spells it.
        style: How words are marked.
        specials: Tokens that stand for no text, besides the usual names.
    """
    if token in specials or is_special(token):
        return Kind.SPECIAL, token
    if style == "plain":
        return Kind.WORD, token
    if style == "wordpiece":
        if token.startswith(CONTINUES) and len(token) > len(CONTINUES):
            return Kind.PIECE, token.removeprefix(CONTINUES)
        return Kind.WORD, token
    if style == "joiner":
        joined = is_marked(token, style)
        return (Kind.PIECE, token.removesuffix(JOINS)) if joined else (Kind.WORD, token)
    if style in ("end-of-word", "end-of-word-bytes"):
        bare = token.removesuffix(ENDS)
        text = bare if style == "end-of-word" else bytes_text(bare)
        return (Kind.WORD if is_marked(token, style) and text else Kind.PIECE), text
    return _spaced(token, style)


def _spaced(token: str, style: Style) -> tuple[Kind, str | None]:
    """`classify`, where a space in front starts a word."""
    if style == "sentencepiece":
        text = None if _BYTE_TOKEN.fullmatch(token) else token.replace(SPACE, " ")
    else:
        text = bytes_text(token)
    if text is None:
        return Kind.PIECE, None
    if text.startswith(" ") and text.strip():
        return Kind.WORD, text.removeprefix(" ")
    stands_alone = _WORD_CHARACTER.search(text) is None or _SPACELESS.fullmatch(text) is not None
    return Kind.WORD if stands_alone and text.strip() else Kind.PIECE, text
