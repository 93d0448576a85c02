"""finalfusion's format, written chunk by chunk from its description."""

from __future__ import annotations

import struct

import numpy as np

WORDS, MATRIX, BUCKETS, QUANTIZED, METADATA, LENGTHS, FASTTEXT, EXPLICIT, FLORET = range(1, 10)


def strings(words: list[str]) -> bytes:
    encoded = [word.encode() for word in words]
    return b"".join(struct.pack("<I", len(word)) + word for word in encoded)


def padded(start: int, head: bytes, body: bytes) -> bytes:
    """A chunk's content whose values start at a multiple of four; never without padding."""
    position = start + 12 + len(head)
    return head + b"\0" * (4 - position % 4) + body


def matrix(values: np.ndarray, start: int) -> bytes:
    return padded(start, struct.pack("<Q2I", *values.shape, 10), values.astype("<f4").tobytes())


def lengths(values: np.ndarray, start: int) -> bytes:
    return padded(start, struct.pack("<QI", len(values), 10), values.astype("<f4").tobytes())


def quantized(
    codes: np.ndarray,
    tables: np.ndarray,
    start: int,
    *,
    sizes: np.ndarray | None = None,
    rotation: np.ndarray | None = None,
) -> bytes:
    """Codes rows×Q, tables Q × entries × width."""
    pieces, entries, width = tables.shape
    head = struct.pack(
        "<5IQ2I",
        rotation is not None,
        sizes is not None,
        pieces,
        pieces * width,
        entries,
        len(codes),
        1,
        10,
    )
    body = b"" if rotation is None else rotation.astype("<f4").tobytes()
    body += tables.astype("<f4").tobytes()
    body += b"" if sizes is None else sizes.astype("<f4").tobytes()
    return padded(start, head, body + codes.astype("u1").tobytes())


class File:
    """A file under construction; chunks that need padding are given where they start."""

    def __init__(self, *kinds: int) -> None:
        self.content = struct.pack(f"<4s2I{len(kinds)}I", b"FiFu", 0, len(kinds), *kinds)

    @property
    def start(self) -> int:
        return len(self.content)

    def add(self, kind: int, content: bytes) -> File:
        self.content += struct.pack("<IQ", kind, len(content)) + content
        return self


def simple(words: list[str], values: np.ndarray, sizes: np.ndarray | None = None) -> bytes:
    """A file of words and a matrix, with their lengths where given."""
    file = File(METADATA, WORDS, MATRIX, *([] if sizes is None else [LENGTHS]))
    file.add(METADATA, b'made_by = "hand"\n')
    file.add(WORDS, struct.pack("<Q", len(words)) + strings(words))
    file.add(MATRIX, matrix(values, file.start))
    if sizes is not None:
        file.add(LENGTHS, lengths(sizes, file.start))
    return file.content
