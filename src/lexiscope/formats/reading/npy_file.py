"""NumPy's `.npy` files, mapped; and a matrix whose words are lost.

Layout: `\\x93NUMPY`, a byte each of major and minor version, the header's length (u16 in version 1,
u32 in 2 and 3), the header (a Python dict with `descr`, `fortran_order` and `shape`, padded with
spaces and a newline), the values. Source:
https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. The header is matched here,
never evaluated, and its shape is checked against the file's size before anything is allocated.
"""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files.cursor import Cursor
from lexiscope.files.opening import mapped, read_within, require_file, unpacks_to
from lexiscope.formats.contract import EVERYTHING, Matrix, ReadOptions, VectorsData
from lexiscope.formats.not_kept import Narrowing, native
from lexiscope.formats.reading.intake import assemble

MAGIC = b"\x93NUMPY"
_DESCR = re.compile(r"""['"]descr['"]\s*:\s*['"]([<>|=]?)([fiub])([1248])['"]""")
_ORDER = re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)\s*[,}]""")
_SHAPE = re.compile(
    r"""['"]shape['"]\s*:\s*\(\s*((?:\d{1,18}L?(?:\s*,\s*\d{1,18}L?){0,3})?)\s*,?\s*\)"""
)
_LONGEST_HEADER = 1 << 16


@dataclass(frozen=True, kw_only=True)
class _Header:
    """What a `.npy` file says of itself.

    Attributes:
        dtype: The values' type.
        by_columns: Whether columns, not rows, stand one after the other.
        shape: As declared.
    """

    dtype: np.dtype[Any]
    by_columns: bool
    shape: tuple[int, ...]


def map_array(path: Path, *, writable: bool = False) -> NDArray[Any]:
    """The array of a `.npy` file as a map.

    Args:
        path: The file.
        writable: Whether it can be written to, changes staying in memory.

    Raises:
        FormatError: It is not whole and sound, or holds something else than numbers.
    """
    with mapped(path, private=writable) as data:
        cursor = Cursor(data, path)
        header = _read_header(cursor)
        return _values(cursor, header, header.shape)


def array_in(content: bytes, path: Path) -> NDArray[Any]:
    """The array of a `.npy` file that is part of another.

    Args:
        content: The file's bytes.
        path: The other file, for messages.

    Raises:
        FormatError: As `map_array`.
    """
    cursor = Cursor(content, path)
    header = _read_header(cursor)
    return _values(cursor, header, header.shape)


def archived_array(path: Path, name: str) -> NDArray[Any]:
    """An array of an `.npz` file, a zip of `.npy` files, unpacked into memory.

    Args:
        path: The file.
        name: The array's.

    Raises:
        FormatError: There is none, it unpacks to more than vectors can, or as `map_array`.
    """
    require_file(path)
    try:
        with ZipFile(path) as archive, archive.open(f"{name}.npy") as stream:
            content = read_within(cast(BinaryIO, stream), unpacks_to(path.stat().st_size))
    except KeyError as error:
        raise FormatError(path, None, f"has no array {name!r}; it is of another kind") from error
    except (
        BadZipFile,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        zlib.error,
    ) as error:
        raise FormatError(path, None, "is no sound .npz archive; copy it again") from error
    if content is None:
        raise FormatError(path, None, "unpacks to more than vectors do; if it is sound, unpack it")
    return array_in(content, path)


def left_over(path: Path) -> list[str]:
    """A warning, where bytes follow the array that its header declares.

    Raises:
        FormatError: As `map_array`.
    """
    with mapped(path) as data:
        cursor = Cursor(data, path)
        header = _read_header(cursor)
        _values(cursor, header, header.shape)
        if cursor.left == 0:
            return []
        return [f"{cursor.left:,} bytes after the array that the header declares were left out"]


def whole_rows(path: Path) -> Matrix | None:
    """The rows that are there of a `.npy` file that is cut; None where it is no matrix by rows.

    Raises:
        FormatError: Its header is damaged.
    """
    with mapped(path) as data:
        cursor = Cursor(data, path)
        header = _read_header(cursor)
        if len(header.shape) != 2 or header.by_columns or header.dtype.kind != "f":
            return None
        rows, columns = header.shape
        there = cursor.left // max(1, columns * header.dtype.itemsize)
        return _values(cursor, header, (min(rows, there), columns)) if columns else None


def _read_header(cursor: Cursor) -> _Header:
    magic, major, _minor = cursor.unpack("<6s2B", "the magic number and version")
    if magic != MAGIC or major not in (1, 2, 3):
        raise cursor.error("is no .npy file of version 1 to 3; download it again", at=0)
    (length,) = cursor.unpack("<H" if major == 1 else "<I", "the header's length")
    if length > _LONGEST_HEADER:
        raise cursor.error(f"declares a header of {length:,} bytes; the file is damaged", at=8)
    at = cursor.position
    text = cursor.take(length, "the header").decode("latin-1")
    descr, order, shape = _DESCR.search(text), _ORDER.search(text), _SHAPE.search(text)
    if descr is None or order is None or shape is None:
        raise cursor.error(
            f"has the header {text.strip()[:120]!r}, expected a plain array of numbers", at=at
        )
    try:
        dtype = np.dtype("".join(descr.groups()))
    except TypeError as error:
        raise cursor.error(f"has values of type {descr[0]}, which is none", at=at) from error
    sizes = tuple(int(size) for size in re.findall(r"\d+", shape[1]))
    return _Header(dtype=dtype, by_columns=order[1] == "True", shape=sizes)


def _values(cursor: Cursor, header: _Header, shape: tuple[int, ...]) -> NDArray[Any]:
    count = math.prod(shape)
    start = cursor.skip(count * header.dtype.itemsize, f"its values, of shape {shape}")
    flat = np.frombuffer(cursor.data, dtype=header.dtype, count=count, offset=start)
    return flat.reshape(shape, order="F" if header.by_columns else "C")


def read_lone(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """A matrix without its words: the rows' numbers stand for them.

    Raises:
        FormatError: It is no matrix of floats, or not whole.
    """
    matrix = map_array(path, writable=options.writable)
    if matrix.ndim != 2 or matrix.dtype.kind != "f" or 0 in matrix.shape:
        raise FormatError(
            path,
            None,
            f"is of shape {matrix.shape} and type {matrix.dtype}, expected a matrix of floats",
        )
    narrowing = Narrowing()
    vectors = native(narrowing.take_all(matrix)).astype(np.float32, copy=False)
    result = assemble([str(row) for row in range(len(vectors))], vectors, options=options)
    result.warnings.insert(
        0,
        "a matrix without words: its rows' numbers stand for them; put the vocabulary beside it "
        f"as {path.stem}.vocab.txt, a word a line, to have them back",
    )
    result.warnings += left_over(path)
    result.lost += narrowing.not_kept()
    return result
