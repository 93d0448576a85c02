"""Salvage: what is sound in a file that its reader refuses.

Rows that stand by themselves (word2vec's and GloVe's text, word2vec's binary, a `.npy`) are kept
one by one; of fastText's binary format everything but a cut output matrix. Nothing else can be had
from half a file: a pickle, a safetensors or Parquet file that is cut says nothing of its rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.opening import HEAD_BYTES, mapped
from lexiscope.formats.contract import VectorsData
from lexiscope.formats.kinds.fasttext import file as fasttext_file
from lexiscope.formats.kinds.fasttext import format as fasttext
from lexiscope.formats.kinds.word2vec.header import (
    MAX_DIMENSIONS,
    Header,
    parse_header,
    starts_as_text,
)
from lexiscope.formats.reading import npy_file
from lexiscope.formats.reading.intake import assemble

_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_CONTROL = re.compile(rb"[\x00-\x20\x7f]")
_LONGEST_TOKEN = 1 << 16
_LARGEST_VALUE = 1e15
_SMALLEST_VALUE = 1e-15
_LOOKED_AT = 1000
_NAMED = 5


def salvage(path: Path, refused: FormatError) -> VectorsData:
    """The sound rows of a file.

    Args:
        path: A file that its reader has refused.
        refused: Why; raised again where nothing can be kept.

    Raises:
        FormatError: Nothing is sound, or nothing can be told to be.
    """
    if path.is_dir():
        raise refused
    with mapped(path, disguises=False) as data:
        head = data[:HEAD_BYTES]
        header = parse_header(head)
        if head.startswith(fasttext_file.MAGIC):
            return fasttext.read(path, without_output=True)
        if head.startswith(npy_file.MAGIC):
            found = _npy_rows(path)
        elif header is not None and not starts_as_text(head, header):
            found = _binary_rows(data, header)
        elif b"\0" in head:
            raise refused
        else:
            found = _text_rows(data, header)
    if found is None or not found.words:
        raise refused
    return found.as_data()


class _Kept:
    """Rows that are sound, and how many were not."""

    def __init__(self, columns: int) -> None:
        self.words: list[str] = []
        self.rows = bytearray()
        self.columns = columns
        self.dropped = 0
        self.first_dropped: list[int] = []

    def keep(self, word: bytes, values: bytes) -> None:
        self.words.append(tokens.decode(word))
        self.rows += values

    def drop(self, row: int) -> None:
        self.dropped += 1
        if len(self.first_dropped) < _NAMED:
            self.first_dropped.append(row + 1)

    def as_data(self) -> VectorsData:
        flat = np.frombuffer(self.rows, dtype="<f4")
        result = assemble(self.words, flat.reshape(len(self.words), self.columns))
        if self.dropped:
            named = ", ".join(f"{row:,}" for row in self.first_dropped)
            more = ", …" if self.dropped > len(self.first_dropped) else ""
            result.warnings.append(
                f"{self.dropped:,} damaged rows were left out (row {named}{more})"
            )
        return result


def _sound(values: NDArray[np.float32]) -> bool:
    with np.errstate(invalid="ignore"):
        return bool((np.abs(values) < _LARGEST_VALUE).all())  # false for NaN


def _is_shifted(values: NDArray[np.float32]) -> bool:
    """Whether bytes were read as numbers from another place than where numbers start."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    return bool(((sizes < _SMALLEST_VALUE) | (sizes > _LARGEST_VALUE)).any())


def _binary_rows(data: mmap, header: Header) -> _Kept | None:
    """Rows of word2vec's binary format, up to the first whose end cannot be told."""
    if not 1 <= header.columns <= MAX_DIMENSIONS:
        return None
    kept = _Kept(header.columns)
    width, position, row = 4 * header.columns, header.end, 0
    while row < header.rows:
        while data[position : position + 1] == b"\n":
            position += 1
        space = data.find(b" ", position, position + _LONGEST_TOKEN)
        if space < 0 or space + 1 + width > len(data):
            break
        word, values = data[position:space], data[space + 1 : space + 1 + width]
        if not word or _CONTROL.search(word):
            break
        numbers = np.frombuffer(values, dtype="<f4")
        if _is_shifted(numbers):
            break
        if _sound(numbers):
            kept.keep(word, values)
        else:
            kept.drop(row)
        position = space + 1 + width
        row += 1
    return kept


def _text_rows(data: mmap, header: Header | None) -> _Kept | None:
    """Rows of a token and decimals, each that has the right number of them."""
    start = 0 if header is None else header.end
    columns = _columns(data, start, header)
    if columns is None:
        return None
    kept = _Kept(columns)
    for row, line in enumerate(_lines(data, start)):
        fields = _fields(line)
        word = b" ".join(fields[:-columns])
        values = fields[-columns:]
        # A number that ends a token of several parts is one value too many.
        doubtful = b" " in word and _NUMBER.fullmatch(fields[-columns - 1]) is not None
        if not word or doubtful or not all(map(_NUMBER.fullmatch, values)):
            if line.strip():
                kept.drop(row)
            continue
        with np.errstate(over="ignore"):
            numbers = np.array([float(value) for value in values]).astype("<f4")
        if _sound(numbers):
            kept.keep(word, numbers.tobytes())
        else:
            kept.drop(row)
    return kept


def _columns(data: mmap, start: int, header: Header | None) -> int | None:
    """D: the header's where rows agree with it, or what most of the first rows have."""
    found: Counter[int] = Counter()
    for place, line in enumerate(_lines(data, start)):
        if place == _LOOKED_AT:
            break
        numbers = 0
        for field in reversed(_fields(line)[1:]):
            if not _NUMBER.fullmatch(field):
                break
            numbers += 1
        if numbers:
            found[numbers] += 1
    if header is not None and found[header.columns]:
        return header.columns
    return found.most_common(1)[0][0] if found else None


def _fields(line: bytes) -> list[bytes]:
    return [field for field in line.replace(b"\t", b" ").rstrip(b"\r ").split(b" ") if field]


def _lines(data: mmap, start: int) -> Iterator[bytes]:
    """The lines that have an end: a last one without may be cut in a number."""
    position = start
    while (end := data.find(b"\n", position)) >= 0:
        yield data[position:end]
        position = end + 1


def _npy_rows(path: Path) -> _Kept | None:
    """The whole rows of a `.npy` that is shorter than its header says."""
    matrix = npy_file.whole_rows(path)
    if matrix is None:
        return None
    kept = _Kept(matrix.shape[1])
    for row, values in enumerate(matrix):
        numbers = values.astype("<f4")
        if _sound(numbers):
            kept.keep(b"%d" % row, numbers.tobytes())
        else:
            kept.drop(row)
    return kept
