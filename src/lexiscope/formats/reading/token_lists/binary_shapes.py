"""Tokens in files of bytes: SentencePiece's models, and tiktoken's ranks.

SentencePiece: a ModelProto in Protocol Buffers, whose field 1 is repeated: a piece (field 1, text),
its score (2, float) and its type (3: 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused,
6 byte). Sources: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto,
https://protobuf.dev/programming-guides/encoding. tiktoken: a token in base64, a space and its rank
a line (https://github.com/openai/tiktoken).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from lexiscope.errors import FormatError
from lexiscope.formats.reading.token_lists.contract import Source, TokenList, by_ids
from lexiscope.formats.reading.token_lists.marks import spelled_bytes

SENTENCEPIECE = "SentencePiece model"
TIKTOKEN = "tiktoken ranks"

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_PIECES, _TEXT, _TYPE = 1, 1, 3
_UNKNOWN, _CONTROL = 2, 3
_MOST_BYTES_OF_VARINT = 10
# Whoever uses a model of this name numbers its pieces anew (fairseq's way), each in its own way.
_RENUMBERED = "sentencepiece.bpe.model"


class _NoMessageError(ValueError):
    """Bytes are no message of Protocol Buffers."""


def read_sentencepiece(source: Source) -> TokenList | None:
    """SentencePiece's `tokenizer.model`, `spiece.model`, `.spm`: pieces in the order of ids."""
    content = source.content
    if content[:1] != b"\n":
        return None
    listed: list[str | None] = []
    specials: set[str] = set()
    try:
        for number, value in _fields(content):
            if number != _PIECES:
                continue
            if not isinstance(value, bytes):
                return None
            piece = dict(_fields(value))
            text, kind = piece.get(_TEXT), piece.get(_TYPE, 1)
            if not isinstance(text, bytes):
                return None
            token = text.decode()
            listed.append(token)
            if kind in (_UNKNOWN, _CONTROL):
                specials.add(token)
    except (_NoMessageError, UnicodeDecodeError):
        return None
    if not listed:
        return None
    if source.name == _RENUMBERED:
        raise FormatError(
            source.path,
            None,
            f"is a SentencePiece model of {len(listed):,} pieces, whose ids the model that uses it "
            "counts otherwise; save its tokenizer with Hugging Face's fast tokenizers, which write "
            "tokenizer.json",
        )
    return TokenList(
        tokens=listed, shape=SENTENCEPIECE, style="sentencepiece", specials=frozenset(specials)
    )


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a message: an integer, or bytes (of floats too).

    Raises:
        _NoMessageError: The bytes end too early, or hold what no message holds.
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise _NoMessageError
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire == _BYTES:
            size, at = _varint(message, at)
        elif wire in (_EIGHT, _FOUR):
            size = 8 if wire == _EIGHT else 4
        else:
            raise _NoMessageError
        if size > len(message) - at:
            raise _NoMessageError
        yield number, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number of 7 bits a byte, the lowest first, and where it ends."""
    value = 0
    for place in range(_MOST_BYTES_OF_VARINT):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at
    raise _NoMessageError


def read_tiktoken(source: Source) -> TokenList | None:
    """tiktoken's ranks, Llama 3's `tokenizer.model`: bytes in base64, and their rank, a line.

    The special tokens, which come behind them, are not in the file.
    """
    content = source.content.rstrip(b"\r\n")
    first = content.partition(b"\n")[0].rstrip(b"\r").split(b" ")
    if len(first) != 2 or first[1] != b"0" or not content.isascii():
        return None
    ids: dict[str, int] = {}
    padded = 0
    for row, line in enumerate(content.decode("ascii").splitlines()):
        token, _space, rank = line.partition(" ")
        if not token or rank != str(row):
            return None
        try:
            ids[spelled_bytes(base64.b64decode(token, validate=True))] = row
        except (binascii.Error, ValueError):
            return None
        padded += token.endswith("=")
    # Four letters and a number may be a word and its id; most tokens' bytes are no multiple of 3.
    if not (3 * padded > len(ids) or "tiktoken" in source.name):
        return None
    return TokenList(tokens=by_ids(ids, source.path), shape=TIKTOKEN, style="bytes")
