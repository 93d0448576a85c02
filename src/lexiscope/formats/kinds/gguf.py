"""GGUF: the token embeddings of a language model for llama.cpp, with the tokens of its metadata.

Layout, little-endian (big where the version says so): "GGUF"; u32 version (2 or 3); u64 tensors,
u64 metadata; each of the latter a string, a u32 type and a value, where a string is a u64 length
and bytes, and an array a u32 type, a u64 length and its values; each tensor a string, a u32 number
of sides, u64 sides (columns first), a u32 type, a u64 offset; filling up to a multiple of
`general.alignment` (32); the tensors' bytes. Version 1 has u32 where these have u64.

`token_embd.weight` is V×D of plain floats or of blocks (`reading.ggml_blocks`). Source:
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.cursor import Cursor
from lexiscope.files.opening import mapped
from lexiscope.formats.contract import EVERYTHING, Block, Format, Matrix, ReadOptions, VectorsStream
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.formats.not_kept import Narrowing, NotKept, native
from lexiscope.formats.reading.ggml_blocks import KINDS, OTHERS, Kind
from lexiscope.formats.reading.intake import Intake

_MAGIC = b"GGUF"
_VERSIONS = (1, 2, 3)
_INPUT = "token_embd.weight"
_TOKENS = "tokenizer.ggml.tokens"
_ALIGNMENT, _DEFAULT_ALIGNMENT, _MOST_ALIGNMENT = "general.alignment", 32, 1 << 16
_ARCHITECTURE, _NAME, _MODEL = "general.architecture", "general.name", "tokenizer.ggml.model"
_KEPT = (_ARCHITECTURE, _NAME, _MODEL)
# Metadata's types → struct's letter; 8 is a string and 9 an array.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q",
            12: "d"}  # fmt: skip
_STRING, _ARRAY = 8, 9
_LONGEST_KEY, _MOST_SIDES, _DEEPEST = 1 << 16, 4, 3
_BLOCK_BYTES = 1 << 22
_LEAST_BYTES = 12


@dataclass(frozen=True, kw_only=True)
class _Embedding:
    """The matrix, as the file declares it.

    Attributes:
        rows, columns: V and D.
        kind: How its values are stored.
        offset: Where they start, from the start of all tensors.
    """

    rows: int
    columns: int
    kind: Kind
    offset: int

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return self.columns // self.kind.values * self.kind.size


class _Header:
    """The start of a file: its metadata, and where the embeddings are.

    Args:
        cursor: At the file's start.

    Attributes:
        metadata: Its texts and numbers that are kept; `tokens` apart.
        tokens: The vocabulary; None where the file has none.
        order: Of bytes, in struct's letters.

    Raises:
        FormatError: It is cut or damaged, or has no embeddings that can be read.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self.order = "<"
        magic, version = cursor.unpack("<4sI", "the magic number and version")
        if magic == _MAGIC and version not in _VERSIONS:
            self.order = ">"
            (version,) = struct.unpack(">I", cursor.data[4:8])
        if magic != _MAGIC or version not in _VERSIONS:
            raise cursor.error("is no GGUF file of version 1 to 3; download it again", at=0)
        self._size = "I" if version == 1 else "Q"
        tensors, entries = (self._number(self._size, "how much it holds") for _ in range(2))
        for count in (tensors, entries):
            if count * _LEAST_BYTES > cursor.left:
                raise cursor.error(f"declares {count:,} parts, far more than it can hold")
        self.metadata: dict[str, Any] = {}
        self.tokens: list[str] | None = None
        alignment = _DEFAULT_ALIGNMENT
        for _ in range(entries):
            name, value = self._entry()
            if name == _ALIGNMENT:
                alignment = value
            elif name in _KEPT and isinstance(value, str):
                self.metadata[name] = value
        if type(alignment) is not int or not 0 < alignment <= _MOST_ALIGNMENT:
            raise cursor.error(f"declares an alignment of {alignment!r:.40}, which is none")
        self.embedding = self._embedding(tensors)
        self.start = -(-cursor.position // alignment) * alignment + self.embedding.offset

    def _number(self, letter: str, what: str) -> Any:
        return self._cursor.unpack(f"{self.order}{letter}", what)[0]

    def _bytes(self, what: str, most: int | None = None) -> bytes:
        length = self._number(self._size, f"the length of {what}")
        if most is not None and length > most:
            raise self._cursor.error(f"has {what} of {length:,} bytes; the file is damaged")
        return self._cursor.take(length, what)

    def _entry(self) -> tuple[str, Any]:
        name = tokens.decode(self._bytes("a name", _LONGEST_KEY))
        kind = self._number("I", "a type")
        if name == _TOKENS and kind == _ARRAY:
            self.tokens = self._texts()
            return name, None
        return name, self._value(kind, 0)

    def _texts(self) -> list[str]:
        kind, count = self._number("I", "a type"), self._number(self._size, "a length")
        if kind != _STRING or count * (4 if self._size == "I" else 8) > self._cursor.left:
            raise self._cursor.error("has tokens that are no texts, or too many for its size")
        return [tokens.decode(self._bytes("a token")) for _ in range(count)]

    def _value(self, kind: int, depth: int) -> Any:
        """A value; None for an array, which is passed over."""
        if kind in _SCALARS:
            return self._number(_SCALARS[kind], "a value")
        if kind == _STRING:
            length = self._number(self._size, "a text's length")
            start = self._cursor.skip(length, "a text")
            return tokens.decode(self._cursor.data[start : start + min(length, _LONGEST_KEY)])
        if kind != _ARRAY or depth > _DEEPEST:
            raise self._cursor.error(f"has a value of type {kind}, which is none; it is damaged")
        inner, count = self._number("I", "a type"), self._number(self._size, "a length")
        if inner in _SCALARS:
            self._cursor.skip(count * struct.calcsize(_SCALARS[inner]), "an array")
            return None
        if count * 4 > self._cursor.left:
            raise self._cursor.error(f"declares an array of {count:,}, more than it can hold")
        for _ in range(count):
            self._value(inner, depth + 1)
        return None

    def _embedding(self, tensors: int) -> _Embedding:
        found: _Embedding | None = None
        for _ in range(tensors):
            name = tokens.decode(self._bytes("a tensor's name", _LONGEST_KEY))
            sides = self._number("I", "a number of sides")
            if sides > _MOST_SIDES:
                raise self._cursor.error(f"has a tensor of {sides:,} sides; it is damaged")
            shape = [self._number(self._size, "a side") for _ in range(sides)]
            kind, offset = self._number("I", "a type"), self._number("Q", "an offset")
            if name == _INPUT:
                found = self._checked(shape, kind, offset)
        if found is None:
            what = self.metadata.get(_ARCHITECTURE, "unknown")
            raise self._cursor.error(
                f"has no {_INPUT} (a model of {what!r:.40}), expected a language model's embeddings"
            )
        return found

    def _checked(self, shape: list[int], number: int, offset: int) -> _Embedding:
        kind = KINDS.get(number)
        if kind is None:
            what = OTHERS.get(number, f"of type {number}")
            raise FormatError(
                self._cursor.path,
                f"tensor {_INPUT!r}",
                f"is quantised as {what}, which is not read; expected one of "
                f"{', '.join(known.name for known in KINDS.values())}: take the model's file in "
                "one of them (Q8_0, F16), or its safetensors with `lexiscope extract`",
            )
        if len(shape) != 2 or not 0 < shape[0] <= MAX_DIMENSIONS or shape[0] % kind.values:
            raise self._cursor.error(f"has embeddings of shape {shape}; the file is damaged")
        return _Embedding(rows=shape[1], columns=shape[0], kind=kind, offset=offset)


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The embeddings of a model, a row a token, some at a time.

    Raises:
        FormatError: The file is cut or damaged, has no embeddings or tokens, or they are quantised
            in a way that is not read.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    with mapped(path) as data:
        cursor = Cursor(data, path)
        header = _Header(cursor)
        embedding = header.embedding
        cursor.position = min(header.start, len(data))
        start = cursor.skip(embedding.rows * embedding.row_bytes, "the embeddings")
        if header.tokens is None or len(header.tokens) != embedding.rows:
            found = "no tokens" if header.tokens is None else f"{len(header.tokens):,} tokens"
            raise FormatError(
                path,
                None,
                f"has {found} for {embedding.rows:,} rows of embeddings, expected one a row; take "
                "the model's checkpoint with `lexiscope extract`",
            )
        warnings: list[str] = []
        lost: list[NotKept] = []
        if embedding.kind.values > 1:
            warnings.append(
                f"the embeddings are quantised ({embedding.kind.name}): rows are those that "
                "llama.cpp computes with, not those that were trained"
            )
        flat = np.frombuffer(data, np.uint8, embedding.rows * embedding.row_bytes, start)
        yield VectorsStream(
            columns=embedding.columns,
            rows=embedding.rows,
            dtype=options.dtype,
            blocks=_blocks(header, flat, options, warnings, lost),
            metadata={"gguf": header.metadata},
            warnings=warnings,
            lost=lost,
        )


def _blocks(
    header: _Header,
    flat: NDArray[np.uint8],
    options: ReadOptions,
    warnings: list[str],
    lost: list[NotKept],
) -> Iterator[Block]:
    intake, narrowing = Intake(options), Narrowing()
    embedding, words = header.embedding, iter(header.tokens or ())
    rows = flat.reshape(embedding.rows, embedding.row_bytes)
    step = max(1, _BLOCK_BYTES // (4 * embedding.columns))
    for start in range(0, embedding.rows, step):
        part = np.ascontiguousarray(rows[start : start + step])
        blocks = part.reshape(-1, embedding.kind.size)
        # A scale that is no number gives values that are none, which the intake tells.
        with np.errstate(invalid="ignore", over="ignore"):
            values = embedding.kind.decode(blocks, header.order)
        values = values.reshape(len(part), embedding.columns)
        matrix: Matrix = native(narrowing.take(values))
        yield intake.take(list(islice(words, len(part))), matrix)
        if intake.done:
            break
    warnings += intake.warnings()
    lost += narrowing.not_kept()


def _sniff(head: bytes, _path: Path) -> bool:
    return head.startswith(_MAGIC)


FORMAT = Format(
    name="gguf",
    description="llama.cpp's GGUF: token embeddings (.gguf)",
    extensions=(".gguf",),
    sniff=_sniff,
    stream=stream,
    write=None,
)
