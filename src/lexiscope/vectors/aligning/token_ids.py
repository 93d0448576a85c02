"""Ids of tokens in another program, and which of the tokens are words.

Tokenizers mark where a word starts, each family in its own way:

plain          Every token is a word.
wordpiece      BERT's: a piece that continues a word starts with ``##``.
bytes          GPT-2's: a token is bytes, each shown as one printable character; a space in front
               (``Ġ``) starts a word.
sentencepiece  A space is shown as ``▁`` and starts a word; ``<0x0A>`` stands for one byte.

In the last two a token without a space in front is a word only where no letter or digit is in it
(punctuation is split off by itself), or where its script writes no spaces (Chinese, Thai, …).
Everything else continues a word. At the very start of a text such pieces are words as well; they
are still taken for pieces, because most of their uses are inside words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice
from lexiscope.errors import ConfigError

Style = Literal["plain", "wordpiece", "bytes", "sentencepiece"]
STYLES: tuple[Style, ...] = ("plain", "wordpiece", "bytes", "sentencepiece")

CONTINUES = "##"
_SPACE = "▁"
_BYTE_SPACE = "Ġ"

# Padding, whatever the program: the rows that training must leave at zero.
PADDING = frozenset({"", "[PAD]", "<pad>", "<PAD>", "<|pad|>", "<blank>"})
_SPECIAL = re.compile(
    r"|\[(?:PAD|UNK|CLS|SEP|MASK|BOS|EOS|unused\d+)\]|</?s>|<\|[^|<>]+\|>"
    r"|<(?:pad|unk|mask|bos|eos|sos|cls|sep|blank|extra_id_\d+|unused\d+)>",
    re.IGNORECASE,
)
_BYTE_TOKEN = re.compile(r"<0x[0-9A-F]{2}>")
_WORDPIECE = re.compile(r"##\w")
_WORD_CHARACTER = re.compile(r"\w")
# Han, kana, Thai, Lao, Myanmar and Khmer: a run of these holds words without spaces between.
_SPACELESS = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufaff\U00020000-\U0003134f]+"
)
# A style is recognised by its mark where at least one token in twenty bears it.
_ENOUGH = 0.05
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
    """

    raw: list[str | None]
    texts: list[str | None]
    kinds: list[Kind | None]
    style: Style
    counts: NDArray[np.int64] | None = None

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
    ) -> TokenIds:
        """Takes tokens in the order of their ids.

        Args:
            tokens: The token of id 0, of id 1, …; None for an id without a token.
            style: How words' starts are marked; None to tell it by the tokens.
            specials: Tokens that stand for no text, besides the usual names ([PAD], <s>, …).
            counts: How often each occurs.

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
            kind, text = (None, None) if token is None else _classify(token, chosen, named)
            kinds.append(kind)
            texts.append(text)
        return cls(raw=raw, texts=texts, kinds=kinds, style=chosen, counts=counts)

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


def detect_style(tokens: Iterable[str | None]) -> Style:
    """How words' starts are marked, told by how many tokens bear which mark."""
    present = [token for token in tokens if token]
    least = max(1, _ENOUGH * len(present))
    if sum(token.startswith(_BYTE_SPACE) for token in present) >= least:
        return "bytes"
    if sum(token.startswith(_SPACE) for token in present) >= least:
        return "sentencepiece"
    if sum(_WORDPIECE.match(token) is not None for token in present) >= least:
        return "wordpiece"
    return "plain"


def is_special(token: str) -> bool:
    """Whether a token has a usual name of one that stands for no text."""
    return _SPECIAL.fullmatch(token) is not None


def _classify(token: str, style: Style, specials: frozenset[str]) -> tuple[Kind, str | None]:
    if token in specials or is_special(token):
        return Kind.SPECIAL, token
    if style == "wordpiece":
        if token.startswith(CONTINUES) and len(token) > len(CONTINUES):
            return Kind.PIECE, token.removeprefix(CONTINUES)
        return Kind.WORD, token
    if style == "plain":
        return Kind.WORD, token
    text = _spaced_text(token, style)
    if text is None:
        return Kind.PIECE, None
    if text.startswith(" ") and text.strip():
        return Kind.WORD, text.removeprefix(" ")
    stands_alone = _WORD_CHARACTER.search(text) is None or _SPACELESS.fullmatch(text) is not None
    return Kind.WORD if stands_alone and text.strip() else Kind.PIECE, text


def _spaced_text(token: str, style: Style) -> str | None:
    """The token with real spaces; None where it is bytes that are no whole characters."""
    if style == "sentencepiece":
        return None if _BYTE_TOKEN.fullmatch(token) else token.replace(_SPACE, " ")
    alphabet = _byte_alphabet()
    try:
        return bytes(alphabet[character] for character in token).decode()
    except KeyError:  # an added token, which is text as it stands
        return token
    except UnicodeDecodeError:
        return None


@cache
def _byte_alphabet() -> dict[str, int]:
    """Character → the byte it shows, in GPT-2's alphabet.

    Radford et al. 2019: printable characters of Latin-1 show themselves, the 68 other bytes the
    characters from U+0100 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(0x100 + place): byte for place, byte in enumerate(others)
    }
