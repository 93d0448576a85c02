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
from lexiscope.formats.contract import EVERYTHING, ReadOptions, VectorsData
from lexiscope.formats.kinds.fasttext import file as fasttext_file
from lexiscope.formats.kinds.fasttext import format as fasttext
from lexiscope.formats.kinds.word2vec.header import (
    MAX_DIMENSIONS,
    Header,
    parse_header,
    starts_as_text,
)
from lexiscope.formats.kinds.word2vec.spaced import ends_of_word
from lexiscope.formats.reading import npy_file, table_shape
from lexiscope.formats.reading.intake import assemble
from lexiscope.formats.reading.spaced_words import FEWEST, half_of, numbers_beside
from lexiscope.formats.reading.text_rows import (
    from_base64,
    has_values,
    reads_as_value,
    split_right,
)
from lexiscope.formats.reading.text_values import DECIMAL

_NUMBER = re.compile(rf"[+-]?{DECIMAL}".encode())
_LARGEST_VALUE = 1e15
_LOOKED_AT = 1000
_NAMED = 5


def salvage(path: Path, refused: FormatError, options: ReadOptions = EVERYTHING) -> VectorsData:
    """The sound rows of a file.

    Args:
        path: A file that its reader has refused.
        refused: Why; raised again where nothing can be kept.
        options: The words' encoding.

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
            shape = table_shape.shape_of(head if header is None else head[header.end :])
            if shape is not None and shape.fits_two:
                raise refused
            found = _text_rows(data, header)
    if found is None or not found.words:
        raise refused
    if len(found.words) >= FEWEST and numbers_beside(found.words) is not None:
        raise refused
    return found.as_data(options)


class _Kept:
    """Rows that are sound, and how many were not."""

    def __init__(self, columns: int) -> None:
        self.words: list[str] = []
        self.rows = bytearray()
        self.columns = columns
        self.dropped = 0
        self.first_dropped: list[int] = []

    def keep(self, word: bytes, values: bytes) -> None:
        self.words.append(from_base64(word))
        self.rows += values

    def drop(self, row: int) -> None:
        self.dropped += 1
        if len(self.first_dropped) < _NAMED:
            self.first_dropped.append(row + 1)

    def as_data(self, options: ReadOptions) -> VectorsData:
        flat = np.frombuffer(self.rows, dtype="<f4")
        matrix = flat.reshape(len(self.words), self.columns)
        result = assemble(self.words, matrix, options=options)
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


def _binary_rows(data: mmap, header: Header) -> _Kept | None:
    """Rows of word2vec's binary format, up to the first whose end cannot be told."""
    if not 1 <= header.columns <= MAX_DIMENSIONS:
        return None
    kept = _Kept(header.columns)
    width, position, row = 4 * header.columns, header.end, 0
    while row < header.rows:
        while data[position : position + 1] == b"\n":
            position += 1
        space = next(ends_of_word(data, position, width), None)
        if space is None:
            break
        word, values = data[position:space], data[space + 1 : space + 1 + width]
        if _sound(np.frombuffer(values, dtype="<f4")):
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
    pieces: list[bytes] = []
    row = 0
    for row, line in enumerate(_lines(data, start)):
        if not has_values(line):
            pieces.append(line)
            continue
        # A row whose token is line ends alone has nothing but blanks before its values.
        lost = max((n for n, piece in enumerate(pieces, 1) if piece.strip()), default=0)
        ends = len(pieces) - lost if line[:1] in (b" ", b"\t") else 0
        whole = b"\n" * ends + line
        for number, piece in enumerate(pieces):
            if piece.strip():
                kept.drop(row - len(pieces) + number)
        pieces = []
        word, values = split_right(whole.rstrip(b"\r\t ").replace(b"\t", b" "), columns)
        # A number that ends a token of several parts is one value too many.
        last = word.rpartition(b" ")[2]
        doubtful = len(values) < columns or (
            b" " in word
            and (reads_as_value(last, values) or half_of(tokens.decode(word)) is not None)
        )
        if doubtful or not all(map(_NUMBER.fullmatch, values)):
            kept.drop(row)
            continue
        with np.errstate(over="ignore"):
            numbers = np.array([float(value) for value in values]).astype("<f4")
        if _sound(numbers):
            kept.keep(word, numbers.tobytes())
        else:
            kept.drop(row)
    for number, piece in enumerate(pieces):
        if piece.strip():
            kept.drop(row + 1 - len(pieces) + number)
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
        with np.errstate(over="ignore"):  # what is too large is infinite then, and no sound row
            numbers = values.astype("<f4")
        if _sound(numbers):
            kept.keep(b"%d" % row, numbers.tobytes())
        else:
            kept.drop(row)
    return kept
