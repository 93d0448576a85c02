"""Other programs' vocabularies, rebuilt small from their layouts."""

from __future__ import annotations

import base64
import json
import struct

# Piece, score, type: 1 normal, 2 unknown, 3 control, 6 byte.
PIECES = [
    ("<unk>", 0.0, 2),
    ("[control]", 0.0, 3),
    ("<0x0A>", 0.0, 6),
    ("▁the", -1.5, 1),
    ("ing", -2.5, 1),
]


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _bytes(number: int, content: bytes) -> bytes:
    """A field of bytes of a message of Protocol Buffers."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def sentencepiece() -> bytes:
    """A SentencePiece model: its pieces, and a trainer's options behind them."""
    pieces = b"".join(
        _bytes(
            1,
            _bytes(1, piece.encode())
            + b"\x15"
            + struct.pack("<f", score)
            + (b"" if kind == 1 else b"\x18" + _varint(kind)),
        )
        for piece, score, kind in PIECES
    )
    return pieces + _bytes(2, _bytes(1, b"corpus.txt"))


def keras(
    word_index: dict[str, int],
    word_counts: dict[str, int],
    oov_token: str | None,
    num_words: int | None = None,
) -> str:
    """What Keras' `Tokenizer.to_json()` gives: texts of JSON in JSON."""
    config = {
        "num_words": num_words,
        "oov_token": oov_token,
        "word_counts": json.dumps(word_counts),
        "word_index": json.dumps(word_index),
    }
    return json.dumps({"class_name": "Tokenizer", "config": config})


def tekken(*, rank: int = 0, token_bytes: str = "YQ==") -> str:
    """Mistral's layout: three ids of special tokens, then as many tokens as there is room for."""
    texts = [token_bytes] + [
        base64.b64encode(token).decode() for token in (b" the", b"\xff", b"beyond")
    ]
    document = {
        "config": {"default_vocab_size": 6, "default_num_special_tokens": 3},
        "vocab": [
            {"rank": place, "token_bytes": text, "token_str": None}
            for place, text in enumerate(texts)
        ],
        "special_tokens": [
            {"rank": rank, "token_str": "<unk>", "is_control": True},
            {"rank": 1, "token_str": "<s>", "is_control": True},
        ],
    }
    return json.dumps(document)
