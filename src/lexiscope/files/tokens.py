"""Tokens as bytes: decoding that loses nothing, and the escapes of `vocabulary.tsv`."""

from __future__ import annotations

import re

_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_UNESCAPES = {value: key for key, value in _ESCAPES.items()}
_TO_ESCAPE = re.compile(r"[\\\t\n\r\ud800-\udfff]")
_BYTE = re.compile(r"[\udc80-\udcff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|.|$)", re.DOTALL)


def decode(token: bytes) -> str:
    """UTF-8 as text; bytes that are not (words cut in mid-character) survive as surrogates."""
    return token.decode("utf-8", "surrogateescape")


def encode(token: str) -> bytes:
    """The bytes that `decode` was given.

    A lone surrogate that stands for no byte (possible in a Python str, not in UTF-8) is written
    in the three bytes that UTF-8 would have for it.
    """
    try:
        return token.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return b"".join(map(_encode_one, token))


def is_cut(token: str) -> bool:
    """Whether the token holds bytes that are not UTF-8."""
    return _BYTE.search(token) is not None


def has_surrogate(token: str) -> bool:
    """Whether UTF-8 cannot say the token: it holds other bytes, or a lone surrogate."""
    return _SURROGATE.search(token) is not None


def escape(token: str) -> str:
    r"""A token as one field of a TSV: `\\`, `\t`, `\n`, `\r`, `\xNN` for a byte that is not UTF-8,
    `\uNNNN` for any other lone surrogate."""
    return _TO_ESCAPE.sub(_escape_one, token)


def unescape(field: str) -> str:
    """What `escape` was given.

    Raises:
        ValueError: A backslash is followed by none of the escapes.
    """
    return _ESCAPED.sub(_unescape_one, field) if "\\" in field else field


def _encode_one(character: str) -> bytes:
    is_byte = "\udc80" <= character <= "\udcff"
    return character.encode("utf-8", "surrogateescape" if is_byte else "surrogatepass")


def _escape_one(match: re.Match[str]) -> str:
    character = match[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return f"\\u{ord(character):04x}"


def _unescape_one(match: re.Match[str]) -> str:
    sequence = match[0]
    if sequence in _UNESCAPES:
        return _UNESCAPES[sequence]
    if sequence[:2] == "\\x" and len(sequence) == 4 and int(sequence[2:], 16) >= 0x80:
        return chr(0xDC00 + int(sequence[2:], 16))
    if sequence[:2] == "\\u" and len(sequence) == 6:
        return chr(int(sequence[2:], 16))
    raise ValueError(f"{sequence!r} is none of the escapes \\\\ \\t \\n \\r \\xNN \\uNNNN")
