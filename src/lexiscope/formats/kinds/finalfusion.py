"""finalfusion's format (.fifu), read only.

Layout, little-endian: `FiFu`, u32 version (0), u32 number of chunks, their identifiers (u32), the
chunks. A chunk: u32 identifier, u64 length of what follows.
    1 words: u64 n; n × {u32 length, bytes}
    3, 7 words and hashed n-grams: u64 n, u32 shortest, u32 longest, u32 buckets (3: as a power of
        two); the words as in 1
    8 words and named n-grams: u64 n, u64 n-grams, u32 shortest, u32 longest; the words as in 1;
        the n-grams, each followed by its row (u64)
    9 as 7 with further fields (floret)
    2 matrix: u64 rows, u32 columns, u32 type (10 float32), padding to 4 bytes, the values
    4 quantised matrix: u32 rotated, u32 scaled, u32 pieces Q, u32 columns D, u32 entries a table,
        u64 rows, u32 type of the codes (1 uint8), u32 type of the values (10), padding, rotation
        D×D, tables Q × entries × D/Q, lengths (a row each), codes rows×Q
    5 metadata: TOML
    6 lengths of the words' vectors: u64 n, u32 type (10), padding, the values
Words' rows come first, n-grams' after them. Words' rows were scaled to length 1 and their lengths
kept in chunk 6, by which they are multiplied here. Source: https://finalfusion.github.io/spec and
the order of fields in finalfusion-rust and finalfusion-python, which differs from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.files import tokens
from lexiscope.files.cursor import Cursor
from lexiscope.files.opening import mapped
from lexiscope.formats.contract import EVERYTHING, Format, ReadOptions, Rows, Subwords, VectorsData
from lexiscope.formats.kinds.fasttext.quantized import QuantizedRows
from lexiscope.formats.kinds.fasttext.subwords import LONGEST_NGRAM
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.formats.reading.intake import assemble, select

_MAGIC = b"FiFu"
_WORDS, _MATRIX, _BUCKETS, _QUANTIZED, _METADATA, _LENGTHS, _FASTTEXT, _EXPLICIT, _FLORET = range(
    1, 10
)
_FLOAT32, _UINT8 = 10, 1
_ALIGNMENT = 4
_WIDEST_PADDING = 4
_LARGEST_EXPONENT = 31


@dataclass
class _Contents:
    """What the chunks hold.

    Attributes:
        words: The words.
        rows: Rows of the matrix: words', then n-grams'; None until its chunk was read.
        expected: How many rows the vocabulary needs; None where it does not say.
        lengths: The words' lengths.
        ngrams: Shortest, longest and buckets, where n-grams are hashed as in fastText.
        metadata: TOML.
        warnings: What was left out.
    """

    words: list[str] = field(default_factory=list)
    rows: Rows | None = None
    expected: int | None = None
    lengths: NDArray[np.float32] | None = None
    ngrams: tuple[int, int, int] | None = None
    metadata: str = ""
    warnings: list[str] = field(default_factory=list)


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads a finalfusion file.

    Raises:
        FormatError: The file is not whole and sound, or holds a kind of chunk that is not known.
    """
    with mapped(path) as data:
        cursor = Cursor(data, path)
        return select(_as_data(cursor, _read_chunks(cursor)), options)


def _read_chunks(cursor: Cursor) -> _Contents:
    magic, version, count = cursor.unpack("<4s2I", "the header")
    if magic != _MAGIC or version != 0:
        raise cursor.error(f"is not finalfusion of version 0 (but {version}); get it again", at=4)
    start = cursor.skip(4 * count, f"the list of {count:,} chunks")
    listed = np.frombuffer(cursor.data, dtype="<u4", count=count, offset=start).tolist()
    contents = _Contents()
    for number in listed:
        at = cursor.position
        kind, length = cursor.unpack("<IQ", "a chunk's header")
        if kind != number:
            raise cursor.error(
                f"has a chunk of kind {kind} where the header lists {number}; the file is damaged",
                at=at,
            )
        begin = cursor.skip(length, f"a chunk of kind {kind}")
        end = cursor.position
        cursor.position = begin
        _read_chunk(cursor, contents, kind, end)
        # finalfusion-python forgets the rows of named n-grams in that chunk's length.
        if cursor.position != end and kind != _EXPLICIT:
            raise cursor.error(
                f"has a chunk of kind {kind} and {length:,} bytes whose content ends elsewhere; "
                "the file is damaged",
                at=at,
            )
    if cursor.left:
        contents.warnings.append(f"{cursor.left:,} bytes after the last chunk were left out")
    return contents


def _read_chunk(cursor: Cursor, contents: _Contents, kind: int, end: int) -> None:
    if kind in (_WORDS, _BUCKETS, _FASTTEXT, _EXPLICIT):
        _read_vocabulary(cursor, contents, kind, end)
    elif kind == _MATRIX:
        rows, columns, number = cursor.unpack("<Q2I", "the matrix's shape")
        _check_shape(cursor, rows, columns, number)
        _pad(cursor, end, 4 * rows * columns)
        contents.rows = cursor.matrix(rows, columns, "the matrix")
    elif kind == _QUANTIZED:
        contents.rows = _read_quantized(cursor, end)
    elif kind == _METADATA:
        contents.metadata = tokens.decode(cursor.take(end - cursor.position, "the metadata"))
    elif kind == _LENGTHS:
        count, number = cursor.unpack("<QI", "the number of lengths")
        _check_shape(cursor, count, 1, number)
        _pad(cursor, end, 4 * count)
        contents.lengths = cursor.matrix(count, 1, "the lengths")
    elif kind == _FLORET:
        raise cursor.error(
            "has a floret vocabulary, which has no rows for words; floret's own program can write "
            "the words that you need as word2vec text"
        )
    else:
        raise cursor.error(
            f"has a chunk of kind {kind}, expected 1 to 9; the file is damaged or newer than this"
        )


def _read_vocabulary(cursor: Cursor, contents: _Contents, kind: int, end: int) -> None:
    at = cursor.position
    if contents.words:
        raise cursor.error("has a second vocabulary, expected one; the file is damaged")
    named = 0
    if kind == _WORDS:
        (count,) = cursor.unpack("<Q", "the number of words")
        contents.expected = count
    elif kind == _EXPLICIT:
        count, named, _shortest, _longest = cursor.unpack("<2Q2I", "the vocabulary's sizes")
    else:
        count, shortest, longest, buckets = cursor.unpack("<Q3I", "the vocabulary's sizes")
        if kind == _BUCKETS:
            if buckets > _LARGEST_EXPONENT:
                raise cursor.error(f"declares 2^{buckets} buckets; the file is damaged", at=at)
            buckets = 1 << buckets
        contents.expected = count + buckets
        if kind == _FASTTEXT:
            if not 1 <= shortest <= longest <= LONGEST_NGRAM:
                raise cursor.error(
                    f"has n-grams of {shortest} to {longest} characters; the file is damaged", at=at
                )
            contents.ngrams = (shortest, longest, buckets)
    if count < 1:
        raise cursor.error("has no words; write it again from the original vectors", at=at)
    contents.words = _read_words(cursor, count, end, extra=0)
    if kind == _EXPLICIT:
        _read_words(cursor, named, len(cursor.data), extra=8)
    if kind in (_BUCKETS, _EXPLICIT):
        contents.warnings.append(
            "its n-grams are not fastText's and were left out: unseen words have no vectors"
        )


def _read_words(cursor: Cursor, count: int, end: int, *, extra: int) -> list[str]:
    """Strings after their lengths, each followed by some bytes to pass over."""
    if count * (4 + extra) > end - cursor.position:
        raise cursor.error(
            f"declares {count:,} words, which do not fit into the {end - cursor.position:,} bytes "
            "of their chunk; the file is damaged"
        )
    found = []
    data, position = cursor.data, cursor.position
    for row in range(count):
        length = int.from_bytes(data[position : position + 4], "little")
        if position + 4 + length + extra > end:
            cursor.position = position
            raise cursor.error(
                f"has a word {row + 1:,} that reaches beyond its chunk; the file is damaged"
            )
        found.append(tokens.decode(data[position + 4 : position + 4 + length]))
        position += 4 + length + extra
    cursor.position = position
    return found


def _check_shape(cursor: Cursor, rows: int, columns: int, number: int) -> None:
    if number != _FLOAT32:
        raise cursor.error(f"has values of type {number}, expected 10 (float32)")
    if rows < 1 or not 1 <= columns <= MAX_DIMENSIONS:
        raise cursor.error(f"declares {rows:,} rows of {columns:,} values; the file is damaged")


def _pad(cursor: Cursor, end: int, size: int) -> None:
    """Passes over the padding before the last bytes of a chunk: they start at a multiple of 4."""
    width = end - cursor.position - size
    if not 0 <= width <= _WIDEST_PADDING:
        raise cursor.error(
            f"needs {size:,} bytes where its chunk has {end - cursor.position:,}; the file is "
            "damaged"
        )
    if (cursor.position + width) % _ALIGNMENT:
        raise cursor.error(
            f"has values at byte {cursor.position + width:,}, which is no multiple of "
            f"{_ALIGNMENT}: its chunk's length is damaged"
        )
    cursor.skip(width, "padding")


def _read_quantized(cursor: Cursor, end: int) -> QuantizedRows:
    at = cursor.position
    fields: tuple[Any, ...] = cursor.unpack("<5IQ2I", "the quantised matrix's shape")
    rotated, scaled, pieces, columns, entries, rows, codes_type, values_type = fields
    _check_shape(cursor, rows, columns, values_type)
    sound = codes_type == _UINT8 and rotated < 2 and scaled < 2 and 1 <= entries <= 256
    if not sound or not 1 <= pieces <= columns or columns % pieces:
        raise cursor.error(f"declares a quantised matrix of {fields}; the file is damaged", at=at)
    values = rotated * columns * columns + entries * columns + scaled * rows
    _pad(cursor, end, 4 * values + rows * pieces)
    projection = None
    if rotated:
        projection = cursor.matrix(columns, columns, "the rotation").copy()
    width = columns // pieces
    tables = [cursor.matrix(entries, width, "the tables").copy() for _ in range(pieces)]
    lengths = cursor.matrix(rows, 1, "the lengths")[:, 0] if scaled else None
    at = cursor.position
    codes = cursor.bytes_matrix(rows, pieces, "the codes")
    if int(codes.max()) >= entries:
        raise cursor.error(
            f"has code {int(codes.max())}, where tables have {entries} entries; the file is "
            "damaged",
            at=at,
        )
    return QuantizedRows(codes, tables, lengths=lengths, projection=projection)


def _as_data(cursor: Cursor, contents: _Contents) -> VectorsData:
    words, rows = contents.words, contents.rows
    if not words or rows is None:
        missing = "vocabulary" if not words else "matrix"
        raise cursor.error(f"has no {missing}, expected a vocabulary and a matrix")
    count = rows.shape[0]
    if count < len(words) or contents.expected not in (None, count):
        raise cursor.error(
            f"has {count:,} rows, where its vocabulary of {len(words):,} words needs "
            f"{contents.expected or len(words):,}; the file is damaged"
        )
    vectors = np.require(rows[: len(words)], dtype=np.float32, requirements="A")
    if contents.lengths is not None:
        if len(contents.lengths) != len(words):
            raise cursor.error(
                f"has {len(contents.lengths):,} lengths for {len(words):,} words; the file is "
                "damaged"
            )
        with np.errstate(over="ignore", invalid="ignore"):
            vectors = vectors * contents.lengths
    result = assemble(words, vectors)
    result.warnings += contents.warnings
    if contents.ngrams is not None:
        minn, maxn, buckets = contents.ngrams
        after = rows.after(len(words)) if isinstance(rows, QuantizedRows) else rows[len(words) :]
        result.subwords = Subwords(minn=minn, maxn=maxn, buckets=buckets, rows=after)
    if contents.metadata:
        result.metadata = {"finalfusion": contents.metadata}
    return result


def _sniff(head: bytes, _path: Path) -> bool:
    return head.startswith(_MAGIC)


FORMAT = Format(
    name="finalfusion",
    description="finalfusion (.fifu)",
    extensions=(".fifu",),
    sniff=_sniff,
    read=read,
    write=None,
)
