"""word2vec's binary format.

Layout: `V D` newline in ASCII, then V rows of a token, one space, D little-endian float32. The C
tool ends a row with a newline, gensim and GoogleNews do not, so it is looked for row by row;
`write` puts none. There is no magic and no escape: a token with a space shifts everything after
it, which `read` tells from the values' size and the next token's bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats import tokens
from lexiscope.formats.atomic import atomic_file
from lexiscope.formats.data import Format, VectorsData
from lexiscope.formats.source import HEAD_BYTES, mapped
from lexiscope.formats.word2vec import (
    Header,
    RowScan,
    assemble,
    parse_header,
    read_header,
    scan_rows,
    starts_as_text,
)

_MAX_TOKEN_BYTES = 1 << 16
_GATHER_BYTES = 1 << 26
_WRITE_ROWS = 4096
_SAMPLE_ROWS = 1000
_NEWLINE = ord("\n")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_TEXT_THEN_SPACE = re.compile(rb"[^\x00-\x20\x7f]+ ")


@dataclass
class _Rows:
    """Where the rows of a file are.

    Attributes:
        words: The tokens' bytes.
        offsets: The byte where each row's values start, int64.
        end: The byte after the last row.
    """

    words: list[bytes]
    offsets: NDArray[np.int64]
    end: int


def read(path: Path, *, limit: int | None = None) -> VectorsData:
    """Reads a word2vec binary file.

    Args:
        path: The file.
        limit: Read the first rows only, at most so many.

    Raises:
        FormatError: The file is not whole and sound; the row is named.
    """
    with mapped(path) as data:
        head = data[:HEAD_BYTES]
        header = parse_header(head)
        if header is not None and starts_as_text(head, header):
            raise FormatError(
                path, "row 1", "is decimals, not raw floats; read it as word2vec text"
            )
        header = read_header(head, path, size=len(data), row_bytes=1, value_bytes=4)
        count = header.rows if limit is None else min(limit, header.rows)
        rows = _find_rows(data, path, header, count)
        vectors = _gather(data, rows.offsets, header.columns)
        words = _decode_all(rows.words, path)
        scan = scan_rows(vectors)
        _check_values(path, vectors, scan)
        _check_boundaries(path, words, vectors)
        result = assemble(words, vectors, scan)
        trailing = len(data) - rows.end
        if count == header.rows and data[rows.end :].strip(b"\r\n"):
            result.warnings.append(
                f"{trailing:,} bytes after the {count:,} rows that line 1 declares were left out"
            )
        return result


def _find_rows(data: mmap, path: Path, header: Header, count: int) -> _Rows:
    """Walks from token to token; each row's length depends on its token's."""
    words: list[bytes] = []
    offsets = np.empty(count, dtype=np.int64)
    size = len(data)
    width = 4 * header.columns
    position = header.end
    for row in range(count):
        while position < size and data[position] == _NEWLINE:
            position += 1
        space = data.find(b" ", position, position + _MAX_TOKEN_BYTES)
        if space < 0 and size - position > _MAX_TOKEN_BYTES:
            raise FormatError(
                path,
                f"row {row + 1:,} (byte {position:,})",
                f"has no space in {_MAX_TOKEN_BYTES:,} bytes, expected a token and a space; a row "
                "before it is damaged, or the header's number of values a row is wrong",
            )
        if space < 0 or space + 1 + width > size:
            raise FormatError(
                path,
                f"row {row + 1:,} (byte {position:,})",
                f"is cut: the header declares {header.rows:,} rows, the file ends in this one; "
                "it is truncated, or a token holds a space: download or write it again",
            )
        words.append(data[position:space])
        offsets[row] = space + 1
        position = space + 1 + width
    if position < size and data[position] == _NEWLINE:
        position += 1
    return _Rows(words, offsets, position)


def _gather(data: mmap, offsets: NDArray[np.int64], columns: int) -> NDArray[np.float32]:
    """Copies the rows, which lie at any byte, into one matrix (V×D)."""
    width = 4 * columns
    # Item i is the row that starts at byte i: overlapping items, none of them copied by this line.
    every = np.ndarray((len(data) - width + 1,), dtype=f"V{width}", buffer=data, strides=(1,))
    vectors = np.empty((len(offsets), columns), dtype="<f4")
    target = vectors.view(f"V{width}")[:, 0]
    step = max(1, _GATHER_BYTES // width)
    for start in range(0, len(offsets), step):
        target[start : start + step] = every[offsets[start : start + step]]
    return vectors.astype(np.float32, copy=False)


def _decode_all(words: list[bytes], path: Path) -> list[str]:
    joined = b"\n".join(words)
    if joined.count(b"\n") != len(words) - 1:
        row = next(row for row, word in enumerate(words) if b"\n" in word)
        raise _lost(path, row, f"its token is {tokens.decode(words[row])!r}")
    return tokens.decode(joined).split("\n")


def _check_values(path: Path, vectors: NDArray[np.float32], scan: RowScan) -> None:
    """Refuses values that no training gives.

    Raises:
        FormatError: The file is big-endian, or the walk has lost the rows.
    """
    sample = vectors[:_SAMPLE_ROWS]
    if _share_in_range(sample) < 0.9 < _share_in_range(sample.byteswap()):
        raise FormatError(
            path,
            None,
            "its values make sense only as big-endian floats, expected little-endian; convert the "
            "file with the program that wrote it",
        )
    if len(scan.huge):
        row = int(scan.huge[0])
        sizes = np.abs(vectors[row])
        size = float(sizes.max(where=np.isfinite(sizes), initial=0))
        raise _lost(path, row, f"it has a value of {size:.3g}")


def _share_in_range(sample: NDArray[np.float32]) -> float:
    """The share of the values other than 0 whose size is one that trained vectors have."""
    sizes = np.abs(sample[sample != 0])
    if not len(sizes):
        return 1.0
    return float(np.mean((sizes > 1e-12) & (sizes < 1e10)))


def _check_boundaries(path: Path, words: list[str], vectors: NDArray[np.float32]) -> None:
    """Refuses rows whose values start with the rest of a token that holds a space.

    The rest of the token takes the place of as many bytes at the vector's end, which then stand
    at the start of the next token: bytes that are rarely text.

    Raises:
        FormatError: Such a row is found.
    """
    suspects: set[int] = set()
    joined = "".join(words)
    controls: list[int] = []
    if _CONTROL.search(joined):
        controls = [row for row, word in enumerate(words) if _CONTROL.search(word)]
    if len(controls) > max(1, len(words) // 20):
        raise _lost(path, controls[0], f"{len(controls):,} tokens are no text")
    if controls or (not joined.isascii() and tokens.is_cut(joined)):
        suspects.update(
            row - 1
            for row, word in enumerate(words)
            if row and (_CONTROL.search(word) or tokens.is_cut(word))
        )
    # A float whose top byte is a space has a size near 1e-19: a shift by whole floats shows in it.
    first = np.ascontiguousarray(vectors[:, :8]).view(np.uint32) >> 24
    suspects.update(np.flatnonzero((first == ord(" ")).any(axis=1)).tolist())
    for row in sorted(suspects):
        found = _TEXT_THEN_SPACE.match(vectors[row, :32].astype("<f4").tobytes())
        if found is not None and not tokens.is_cut(tokens.decode(found[0])):
            whole = words[row] + " " + tokens.decode(found[0][:-1])
            raise _lost(path, row, f"its token seems to be {whole!r}")


def _lost(path: Path, row: int, sign: str) -> FormatError:
    return FormatError(
        path,
        f"row {row + 1:,}",
        f"{sign}: the rows' boundaries are lost, as when a token holds a space or the header's "
        "number of values a row is wrong; write the file again without spaces in tokens, or as "
        "text",
    )


def write(path: Path, data: VectorsData) -> None:
    """Writes a word2vec binary file as gensim does, without newlines after the rows.

    Raises:
        FormatError: A token is empty or holds a space or a line end; the file is not touched.
        OSError: The disk is full or cannot be written to.
    """
    words = [tokens.encode(word) for word in data.tokens]
    for row, word in enumerate(words):
        if not word or b" " in word or b"\n" in word:
            raise FormatError(
                path,
                f"row {row + 1:,}",
                f"the token {tokens.decode(word)!r} is empty or holds a space or a line end, which "
                "this format cannot say; save as a model folder instead",
            )
    with atomic_file(Path(path)) as stream:
        stream.write(b"%d %d\n" % data.vectors.shape)
        for start in range(0, len(words), _WRITE_ROWS):
            block = data.vectors[start : start + _WRITE_ROWS].astype("<f4")
            stream.writelines(
                b"%b %b" % (word, row.tobytes())
                for word, row in zip(words[start : start + len(block)], block, strict=True)
            )


def _sniff(head: bytes, _path: Path) -> bool:
    header = parse_header(head)
    return header is not None and len(head) > header.end and not starts_as_text(head, header)


FORMAT = Format(
    name="word2vec-binary",
    description="word2vec binary (.bin)",
    extensions=(".bin",),
    sniff=_sniff,
    read=read,
    write=write,
)
