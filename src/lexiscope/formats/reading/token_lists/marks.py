"""Marks of tokenizers: how each family spells where a word starts, goes on, or ends.

plain              Every token is a word.
wordpiece          BERT's: a piece that continues a word starts with ``##``.
bytes              GPT-2's: a token is bytes, each shown as one printable character; a space in
                   front (``Ġ``) starts a word.
sentencepiece      A space is shown as ``▁`` and starts a word; ``<0x0A>`` stands for one byte.
end-of-word        GPT-1's: ``king</w>`` ends a word; what has no mark goes on.
end-of-word-bytes  CLIP's: the same, of bytes that are shown as in GPT-2's.
joiner             subword-nmt's: ``king@@`` goes on; what has no mark ends a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Literal

Style = Literal[
    "plain", "wordpiece", "bytes", "sentencepiece", "end-of-word", "end-of-word-bytes", "joiner"
]

CONTINUES = "##"
SPACE = "▁"
BYTE_SPACE = "Ġ"
ENDS = "</w>"
JOINS = "@@"

_SPECIAL = re.compile(
    r"|\[(?:PAD|UNK|CLS|SEP|MASK|BOS|EOS|unused\d+)\]|</?s>|<\|[^|<>]+\|>"
    r"|<(?:pad|unk|mask|bos|eos|sos|cls|sep|blank|extra_id_\d+|unused\d+)>"
    r"|@@(?:PADDING|UNKNOWN)@@|madeupword\d{4}",
    re.IGNORECASE,
)
_WORDPIECE = re.compile(r"##\w")
_JOINED = re.compile(r"(?!@@).+@@")
# A style is recognised by its mark where at least one token in twenty bears it.
_ENOUGH = 0.05
_MOST_OF_ALPHABET = 200


def _is_joined(token: str) -> bool:
    return token.endswith(JOINS) and _JOINED.fullmatch(token) is not None


def _is_ended(token: str) -> bool:
    return token.endswith(ENDS) and len(token) > len(ENDS)


# Style → whether a token bears its mark; in the order in which they are tried.
_MARKED: dict[Style, Callable[[str], bool]] = {
    "end-of-word": _is_ended,
    "bytes": lambda token: token.startswith(BYTE_SPACE),
    "sentencepiece": lambda token: token.startswith(SPACE),
    "wordpiece": lambda token: _WORDPIECE.match(token) is not None,
    "joiner": _is_joined,
}
_MARKED["end-of-word-bytes"] = _is_ended


def is_special(token: str) -> bool:
    """Whether a token has a usual name of one that stands for no text."""
    return _SPECIAL.fullmatch(token) is not None


def is_marked(token: str, style: Style) -> bool:
    """Whether a token bears the mark of a style, by which words and pieces are told apart."""
    return style != "plain" and _MARKED[style](token)


def detect_style(tokens: Iterable[str | None]) -> Style:
    """How words' starts are marked, told by how many tokens bear which mark."""
    present = [token for token in tokens if token]
    least = max(1, _ENOUGH * len(present))
    for style, marked in _MARKED.items():
        if sum(map(marked, present)) >= least:
            is_bytes = style == "end-of-word" and _spells_bytes(present)
            return "end-of-word-bytes" if is_bytes else style
    return "plain"


def _spells_bytes(tokens: Iterable[str]) -> bool:
    """Whether `</w>` marks tokens of bytes (CLIP's), not of characters (GPT-1's).

    Then nearly all of GPT-2's alphabet are tokens; or, of a part of a vocabulary, words beyond
    ASCII are spelled in it alone, and their bytes are UTF-8: a word of characters that happen to be
    in the alphabet (`café`) makes bytes that are not.
    """
    alphabet = byte_alphabet()
    words = {token.removesuffix(ENDS) for token in tokens if not is_special(token)}
    if len(words & alphabet.keys()) >= _MOST_OF_ALPHABET:
        return True
    beyond = sound = 0
    for word in words:
        if word.isascii():
            continue
        if any(character not in alphabet for character in word):
            return False
        beyond += len(word) > 1
        sound += len(word) > 1 and bytes_text(word) is not None
    return 2 * sound > beyond


def bytes_text(token: str) -> str | None:
    """The text of a token in GPT-2's alphabet; None where its bytes are no whole characters.

    A token that is not in the alphabet was added to the vocabulary, and is text as it stands.
    """
    alphabet = byte_alphabet()
    try:
        return bytes(alphabet[character] for character in token).decode()
    except KeyError:
        return token
    except UnicodeDecodeError:
        return None


def spelled_bytes(content: bytes) -> str:
    """Bytes as GPT-2's alphabet shows them."""
    characters = _characters()
    return "".join(characters[byte] for byte in content)


@cache
def byte_alphabet() -> dict[str, int]:
    """Character → the byte it shows, in GPT-2's alphabet.

    Radford et al. 2019: printable characters of Latin-1 show themselves, the 68 other bytes the
    characters from U+0100 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(0x100 + place): byte for place, byte in enumerate(others)
    }


@cache
def _characters() -> list[str]:
    """The character that shows each byte, 0 to 255."""
    shown = {byte: character for character, byte in byte_alphabet().items()}
    return [shown[byte] for byte in range(256)]
