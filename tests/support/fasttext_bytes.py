"""fastText's binary format, written field by field from its description, and its plain arithmetic.

Slow and separate from the reader on purpose: both would have to be wrong in the same way.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np


def fnv1a(data: bytes) -> int:
    """FNV-1a of 32 bits over signed bytes."""
    value = 2166136261
    for byte in data:
        signed = byte - 256 if byte >= 128 else byte
        value = ((value ^ (signed & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
    return value


def ngrams(word: str, minn: int, maxn: int) -> list[str]:
    """The n-grams of a word that is whole UTF-8."""
    whole = f"<{word}>"
    found = []
    for start in range(len(whole)):
        for length in range(minn, maxn + 1):
            ngram = whole[start : start + length]
            at_an_end = start == 0 or start + length == len(whole)
            if len(ngram) == length and not (length == 1 and at_an_end):
                found.append(ngram)
    return found


@dataclass
class Golden:
    """A model to write: six words in 4 dimensions, 20 buckets of n-grams of 2 to 4 characters.

    An early one is as fastText wrote it in 2016: without magic number, version and marks, and with
    n-grams of </s>.
    """

    words: list[str] = field(default_factory=lambda: ["</s>", "the", "naïve", "日本", "𝔘", "a"])
    labels: list[str] = field(default_factory=list)
    dim: int = 4
    bucket: int = 20
    minn: int = 2
    maxn: int = 4
    loss: int = 2
    model: int = 2
    seed: int = 5
    early: bool = False

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        rows = len(self.words) + self.bucket
        self.inputs = rng.normal(size=(rows, self.dim)).astype("<f4")
        outputs = len(self.labels) or len(self.words)
        self.output = rng.normal(size=(outputs, self.dim)).astype("<f4")
        self.counts = [50 - row for row in range(len(self.words))]

    def vector(self, word: str) -> np.ndarray:
        """The mean of a word's own row and its n-grams' rows."""
        rows = [self.words.index(word)] if word in self.words else []
        if word != "</s>" or self.early:
            rows += [
                len(self.words) + fnv1a(ngram.encode()) % self.bucket
                for ngram in ngrams(word, self.minn, self.maxn)
            ]
        return self.inputs[rows].astype(np.float64).mean(axis=0)

    @property
    def vectors(self) -> np.ndarray:
        return np.array([self.vector(word) for word in self.words])

    def head(self) -> bytes:
        names = (self.dim, 5, 5, 1, 5, 1, self.loss, self.model, self.bucket, self.minn, self.maxn)
        start = b"" if self.early else struct.pack("<2i", 793712314, 12)
        return start + struct.pack("<12id", *names, 100, 1e-4)

    def dictionary(self, pruned: list[tuple[int, int]] | None = None) -> bytes:
        size = len(self.words) + len(self.labels)
        found = struct.pack("<3iq", size, len(self.words), len(self.labels), sum(self.counts))
        if not self.early:
            found += struct.pack("<q", -1 if pruned is None else len(pruned))
        for word, count in zip(self.words, self.counts, strict=True):
            found += word.encode() + b"\0" + struct.pack("<qb", count, 0)
        for label in self.labels:
            found += label.encode() + b"\0" + struct.pack("<qb", 7, 1)
        for bucket, row in pruned or ():
            found += struct.pack("<2i", bucket, row)
        return found

    def content(self) -> bytes:
        """The whole file."""
        parts = [self.head(), self.dictionary()]
        for matrix in (self.inputs, self.output):
            mark = b"" if self.early else b"\0"
            parts += [mark + struct.pack("<2q", *matrix.shape), matrix.tobytes()]
        return b"".join(parts)
