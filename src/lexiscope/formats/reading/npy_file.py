"""NumPy's `.npy` files, mapped.

Layout: `\\x93NUMPY`, a byte each of major and minor version, the header's length (u16 in version 1,
u32 in 2 and 3), the header (a Python dict with `descr`, `fortran_order` and `shape`, padded with
spaces and a newline), the values. Source:
https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. The header is matched here,
never evaluated, and its shape is checked against the file's size before anything is allocated.
"""

from __future__ import annotations

import io
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
from lexiscope.files.opening import mapped, read_within, require_file
from lexiscope.files.unwrapping import unpacks_to
from lexiscope.formats.contract import Matrix

MAGIC = b"\x93NUMPY"
_DESCR = re.compile(r"""['"]descr['"]\s*:\s*['"]([<>|=]?)([fiubV])([1248])['"]""")
_TEXTS = re.compile(r"""['"]descr['"]\s*:\s*['"]([<>|=]?)([USO])(\d{0,6})['"]""")
_ORDER = re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)\s*[,}]""")
_SHAPE = re.compile(
    r"""['"]shape['"]\s*:\s*\(\s*((?:\d{1,18}L?(?:\s*,\s*\d{1,18}L?){0,3})?)\s*,?\s*\)"""
)
_BFLOAT16 = "V2"
_MOST_ODD = 0.01
_LONGEST_HEADER = 1 << 16


@dataclass(frozen=True, kw_only=True)
class _Header:
    """What a `.npy` file says of itself.

    Attributes:
        dtype: The values' type; of bfloat16, which NumPy has no name for but V2, 16 bits.
        is_bfloat16: Whether they are that.
        by_columns: Whether columns, not rows, stand one after the other.
        shape: As declared.
    """

    dtype: np.dtype[Any]
    by_columns: bool
    shape: tuple[int, ...]
    is_bfloat16: bool = False


@dataclass(frozen=True, kw_only=True)
class TextHeader:
    """What a `.npy` file of texts says of itself.

    Attributes:
        kind: "U" for texts, "S" for bytes, "O" for a pickle of objects.
        order: The order of bytes, as NumPy writes it.
        width: Characters or bytes of each.
        shape: As declared.
    """

    kind: str
    order: str
    width: int
    shape: tuple[int, ...]


def matrix_header(rows: int, columns: int, dtype: np.dtype[np.floating]) -> bytes:
    """The header of a matrix; as long for any number of rows, since NumPy leaves room."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": dtype.str, "fortran_order": False, "shape": (rows, columns)}
    )
    return stream.getvalue()


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
    return array_in(archived(path, f"{name}.npy"), path)


def archived(path: Path, file: str) -> bytes:
    """A file of an `.npz` archive, unpacked into memory.

    Raises:
        FormatError: There is none, it unpacks to more than vectors can, or the archive is damaged.
    """
    require_file(path)
    try:
        with ZipFile(path) as archive, archive.open(file) as stream:
            content = read_within(cast(BinaryIO, stream), unpacks_to(path.stat().st_size))
    except KeyError as error:
        name = file.removesuffix(".npy")
        raise FormatError(path, None, f"has no array {name!r}; it is of another kind") from error
    except (
        BadZipFile,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
        zlib.error,
    ) as error:
        raise FormatError(path, None, "is no sound .npz archive; copy it again") from error
    if content is None:
        raise FormatError(path, None, "unpacks to more than vectors do; if it is sound, unpack it")
    return content


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


def read_text_header(cursor: Cursor) -> TextHeader | None:
    """The header of a `.npy` file of texts, which is passed; None where it is of something else.

    Raises:
        FormatError: It is no header.
    """
    text, _at = _header_text(cursor)
    descr, shape = _TEXTS.search(text), _SHAPE.search(text)
    if descr is None or shape is None:
        return None
    return TextHeader(
        kind=descr[2], order=descr[1], width=int(descr[3] or 0), shape=_sizes(shape[1])
    )


def _read_header(cursor: Cursor) -> _Header:
    text, at = _header_text(cursor)
    descr, order, shape = _DESCR.search(text), _ORDER.search(text), _SHAPE.search(text)
    if descr is None or order is None or shape is None:
        raise cursor.error(
            f"has the header {text.strip()[:120]!r}, expected a plain array of numbers", at=at
        )
    is_bfloat16 = descr[2] + descr[3] == _BFLOAT16
    if descr[2] == "V" and not is_bfloat16:
        raise cursor.error(f"has values of type {descr[0]}, expected numbers or bfloat16", at=at)
    try:
        dtype = np.dtype("<u2" if is_bfloat16 else "".join(descr.groups()))
    except TypeError as error:
        raise cursor.error(f"has values of type {descr[0]}, which is none", at=at) from error
    sizes = _sizes(shape[1])
    return _Header(dtype=dtype, by_columns=order[1] == "True", shape=sizes, is_bfloat16=is_bfloat16)


def _header_text(cursor: Cursor) -> tuple[str, int]:
    """The header, and the byte where it starts."""
    magic, major, _minor = cursor.unpack("<6s2B", "the magic number and version")
    if magic != MAGIC or major not in (1, 2, 3):
        raise cursor.error("is no .npy file of version 1 to 3; download it again", at=0)
    (length,) = cursor.unpack("<H" if major == 1 else "<I", "the header's length")
    if length > _LONGEST_HEADER:
        raise cursor.error(f"declares a header of {length:,} bytes; the file is damaged", at=8)
    at = cursor.position
    return cursor.take(length, "the header").decode("latin-1"), at


def _sizes(shape: str) -> tuple[int, ...]:
    return tuple(int(size) for size in re.findall(r"\d+", shape))


def _values(cursor: Cursor, header: _Header, shape: tuple[int, ...]) -> NDArray[Any]:
    count = math.prod(shape)
    start = cursor.skip(count * header.dtype.itemsize, f"its values, of shape {shape}")
    flat: NDArray[Any] = np.frombuffer(cursor.data, dtype=header.dtype, count=count, offset=start)
    if header.is_bfloat16:
        flat = _from_bfloat16(cursor, flat)
    return flat.reshape(shape, order="F" if header.by_columns else "C")


def _from_bfloat16(cursor: Cursor, halves: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The upper halves of float32 as such; two bytes of another kind give senseless sizes."""
    values = (halves.astype(np.uint32) << 16).view(np.float32)
    with np.errstate(invalid="ignore"):
        odd = np.isfinite(values) & (values != 0) & ~((abs(values) > 1e-30) & (abs(values) < 1e15))
    if len(values) and odd.mean() > _MOST_ODD:
        raise cursor.error(
            "has values of two bytes without a type (V2), no bfloat16; save it as float32",
            at=0,
        )
    return values
