"""Spans of tokens in a text, found by their spelling.

For tokenizers that do not tell (slow ones), and to check those that do. A text is laid out as UTF-8
bytes without its spaces, each byte with the character that it comes from; tokens are laid out the
same way, and put one behind the other they must give the text. That is tried with the text as it
is, then with characters taken apart and in lower case (NFKD), then also without marks, as
tokenizers normalise in these ways. Bytes, because a token of byte-level BPE may end inside a
character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

Span = tuple[int, int]

_BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_SENTENCEPIECE_SPACE = "▁"
_WORD_END = "</w>"
_CONTINUES = ("##", "@@")
_CACHED_TOKENS = 1 << 16


def _as_it_is(text: str) -> str:
    return "".join(text.split())


def _taken_apart(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text).lower()
    # Tokenizers that normalise drop controls and formats, the joiners of emoji among them.
    return "".join(c for c in apart if not c.isspace() and unicodedata.category(c)[0] != "C")


def _without_marks(text: str) -> str:
    return "".join(c for c in _taken_apart(text) if unicodedata.category(c) != "Mn")


_FORMS: tuple[Callable[[str], str], ...] = (_as_it_is, _taken_apart, _without_marks)


@dataclass(frozen=True)
class _Layout:
    """A text as bytes, and the character that each comes from."""

    content: bytes
    places: list[int]


@cache
def byte_of() -> dict[str, int]:
    """The byte that each character of GPT-2's alphabet stands for.

    Printable Latin-1 characters stand for themselves, the other bytes for characters from U+0100
    on, in order (Radford et al. 2019, the released encoder).
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    table = {chr(byte): byte for byte in printable}
    return table | {chr(256 + place): byte for place, byte in enumerate(others)}


@lru_cache(maxsize=_CACHED_TOKENS)
def readings(token: str, form: int) -> tuple[bytes, ...]:
    """The bytes that a token may stand for, the likeliest first, without spaces.

    Args:
        token: As the tokenizer spells it.
        form: Which of the ways to lay a text out.
    """
    choices: list[bytes] = []
    byte_token = _BYTE_TOKEN.fullmatch(token)
    if byte_token is not None:
        choices.append(bytes([int(byte_token[1], 16)]))
    table = byte_of()
    if token and all(char in table for char in token):
        raw = bytes(table[char] for char in token)
        try:
            choices.append(_bytes_of(raw.decode("utf-8"), form))
        except UnicodeDecodeError:
            choices.append(raw)
    plain = token.replace(_SENTENCEPIECE_SPACE, " ").removesuffix(_WORD_END)
    for mark in _CONTINUES:
        if plain.startswith(mark) and plain != mark:
            choices.insert(0, _bytes_of(plain.removeprefix(mark), form))
        elif plain.endswith(mark) and plain != mark:
            choices.insert(0, _bytes_of(plain.removesuffix(mark), form))
    choices.append(_bytes_of(plain, form))
    return tuple(dict.fromkeys(choices))


def is_blank(token: str) -> bool:
    """Whether a token stands for spaces only."""
    return not any(readings(token, 0))


def agrees(token: str, text: str) -> bool:
    """Whether a token can stand for a piece of text, or for bytes of it."""
    for form in range(len(_FORMS)):
        target = _bytes_of(text, form)
        if any(reading in target if reading else not target for reading in readings(token, form)):
            return True
    return False


def align(tokens: Sequence[str], text: str) -> list[Span] | None:
    """The spans of tokens that make up a text one behind the other.

    Args:
        tokens: As the tokenizer spells them, without those that it adds by itself.
        text: The text.

    Returns:
        A start and an end in characters for each; None where the tokens do not give the text.
    """
    spans = _as_bytes(tokens, text)
    if spans is not None:
        return spans
    for form in range(len(_FORMS)):
        spans = _aligned(tokens, _layout(text, form), form)
        if spans is not None:
            return spans
    return None


def _as_bytes(tokens: Sequence[str], text: str) -> list[Span] | None:
    """The spans where each token is one byte, spelled as the character of that number (ByT5)."""
    content = text.encode("utf-8")
    if len(tokens) != len(content) or any(len(token) != 1 for token in tokens):
        return None
    if any(ord(token) != byte for token, byte in zip(tokens, content, strict=True)):
        return None
    return [
        (place, place + 1)
        for place, character in enumerate(text)
        for _byte in character.encode("utf-8")
    ]


def _aligned(tokens: Sequence[str], layout: _Layout, form: int) -> list[Span] | None:
    content, places = layout.content, layout.places
    spans: list[Span] = []
    at = 0
    for token in tokens:
        fitting = next((r for r in readings(token, form) if content.startswith(r, at)), None)
        if fitting is None:
            return None
        if fitting:
            last = at + len(fitting) - 1
            spans.append((places[at], places[last] + 1))
            at = last + 1
        else:  # a space by itself
            end = spans[-1][1] if spans else 0
            spans.append((end, end))
    return spans if at == len(content) else None


def _layout(text: str, form: int) -> _Layout:
    content = bytearray()
    places: list[int] = []
    for place, char in enumerate(text):
        piece = _bytes_of(char, form)
        content += piece
        places += [place] * len(piece)
    return _Layout(bytes(content), places)


def _bytes_of(text: str, form: int) -> bytes:
    return _FORMS[form](text).encode("utf-8")
