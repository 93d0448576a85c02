"""Matrices on disk as safetensors: written in a stream, read as a map of the file.

Layout (https://huggingface.co/docs/safetensors): u64 little-endian length of the header; the
header, JSON of name → {dtype, shape, data_offsets}, padded with spaces to a multiple of 8; the
tensors' bytes, row by row, in the header's order. The library checks a file; the bytes are written
and mapped here because its NumPy functions copy every tensor, twice the memory of a model.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError, reason_of
from lexiscope.files import json_document
from lexiscope.files.maps import rows_of
from lexiscope.formats.contract import Matrix

_MOST_ROWS = 10**12
# Their names in the header; bfloat16 is float32's upper half, which NumPy has no type for.
_DTYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "F64": "<f8"}
# Further ones, of what stands beside a matrix: weights, rows' numbers, rows in few bits.
_OTHERS = {
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2",
    "U8": "u1",
}  # fmt: skip
_WRITTEN = {"float32": ("F32", "<f4"), "float16": ("F16", "<f2"), "int32": ("I32", "<i4")}


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A matrix that is written while its rows come.

    Attributes:
        columns: D.
        expected: At most so many rows; None where nobody knows.
        blocks: n×D each.
        dtype: "float32", "float16" or "int32".
    """

    columns: int
    expected: int | None
    blocks: Iterator[Matrix]
    dtype: str = "float32"


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """A tensor of a file.

    Attributes:
        name: Its name.
        dtype: As the header says it ("F32").
        shape: Its shape.
        start: The byte of the file where its values start.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int


def write_matrices(path: Path, matrices: Mapping[str, Matrix | Rows]) -> None:
    """Writes float32 matrices to a new file and waits until the disk has it.

    Args:
        path: The new file.
        matrices: Name → matrix; rows may be strided (padded), the padding is not written.
    """
    with path.open("xb") as stream:
        put_matrices(stream, matrices)
        stream.flush()
        os.fsync(stream.fileno())


def put_matrices(
    stream: BinaryIO,
    matrices: Mapping[str, Matrix | Rows],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes matrices to a file that is open at its start.

    Args:
        stream: The file.
        matrices: Name → matrix, or rows to come; all but a `Rows` of another type as float32.
        metadata: Texts for the header; what is in it when the rows have been written counts.
    """
    rows = {
        name: matrix
        if isinstance(matrix, Rows)
        else Rows(columns=matrix.shape[1], expected=len(matrix), blocks=rows_of(matrix))
        for name, matrix in matrices.items()
    }
    room = _header(
        rows,
        {n: _MOST_ROWS if r.expected is None else r.expected for n, r in rows.items()},
        metadata,
    )
    stream.write(room)
    counts: dict[str, int] = {}
    for name, source in rows.items():
        counts[name] = 0
        for block in source.blocks:
            # A block is copied only where its rows are padded or of another type.
            stream.write(np.ascontiguousarray(block, dtype=_WRITTEN[source.dtype][1]).data)
            counts[name] += len(block)
    header = _header(rows, counts, metadata)
    if header != room:
        stream.seek(8)
        stream.write(header[8:].ljust(len(room) - 8))


def _header(
    rows: Mapping[str, Rows], counts: Mapping[str, int], metadata: Mapping[str, str] | None
) -> bytes:
    header: dict[str, object] = {} if metadata is None else {"__metadata__": dict(metadata)}
    offset = 0
    for name, source in rows.items():
        written, little = _WRITTEN[source.dtype]
        end = offset + counts[name] * source.columns * np.dtype(little).itemsize
        header[name] = {
            "dtype": written,
            "shape": [counts[name], source.columns],
            "data_offsets": [offset, end],
        }
        offset = end
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    return len(head).to_bytes(8, "little") + head


def tensors_of(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a file by name, in the header's order, and the header's texts.

    Raises:
        FormatError: The file is not sound safetensors.
    """
    _check(path)
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        content = stream.read(length)
    header = json_document.parse(content, path, json_document.TABLE, position="the header")
    fields = header.fields()
    metadata = fields.pop("__metadata__", None)
    return {
        name: Tensor(
            name=name,
            dtype=entry["dtype"].text(),
            shape=tuple(entry["shape"].wholes()),
            start=8 + length + entry["data_offsets"].wholes()[0],
        )
        for name, entry in fields.items()
    }, ({} if metadata is None or not metadata.is_given else metadata.plain_fields())


def read_matrices(
    path: Path, *, mmap: bool, writable: bool = False
) -> dict[str, NDArray[np.float32]]:
    """Every float32 matrix of a safetensors file.

    Args:
        path: The file.
        mmap: True for maps that load as they are touched, False for arrays in memory.
        writable: Whether maps can be written to, changes staying in memory; else they are
            read-only.

    Raises:
        FormatError: The file is not sound safetensors, or holds something else than float32
            matrices.
    """
    matrices: dict[str, NDArray[np.float32]] = {}
    for tensor in tensors_of(path)[0].values():
        matrices[tensor.name] = read_float32(path, tensor, mmap=mmap, writable=writable)
    return matrices


def read_float32(
    path: Path, tensor: Tensor, *, mmap: bool, writable: bool = False
) -> NDArray[np.float32]:
    """One float32 matrix, as a map of the file or loaded.

    Raises:
        FormatError: It is something else.
    """
    if tensor.dtype != "F32" or len(tensor.shape) != 2:
        raise FormatError(
            path,
            f"tensor {tensor.name!r}",
            f"is {tensor.dtype} of shape {tensor.shape}, expected a float32 matrix",
        )
    return _array(path, tensor, mmap=mmap, writable=writable)


def read_numbers(path: Path, tensor: Tensor) -> NDArray[np.int32]:
    """A column of int32 numbers, loaded.

    Raises:
        FormatError: It is something else.
    """
    if tensor.dtype != "I32" or len(tensor.shape) != 2 or tensor.shape[1] != 1:
        raise FormatError(
            path,
            f"tensor {tensor.name!r}",
            f"is {tensor.dtype} of shape {tensor.shape}, expected a column of int32 numbers",
        )
    return np.fromfile(path, dtype="<i4", count=tensor.shape[0], offset=tensor.start)


def read_matrix(path: Path, tensor: Tensor, *, writable: bool = False) -> Matrix:
    """One matrix, as a map of the file; bfloat16 as float32.

    Args:
        path: The file.
        tensor: The matrix.
        writable: Whether the map can be written to, changes staying in memory.

    Raises:
        FormatError: It is of another type, or no matrix.
    """
    if tensor.dtype not in _DTYPES or len(tensor.shape) != 2:
        raise FormatError(
            path,
            f"tensor {tensor.name!r}",
            f"is {tensor.dtype} of shape {tensor.shape}, expected a matrix of {', '.join(_DTYPES)}",
        )
    array = _array(path, tensor, mmap=True, writable=writable)
    if tensor.dtype == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array


def read_array(path: Path, tensor: Tensor) -> NDArray[Any]:
    """A tensor of any shape of plain numbers, mapped where it is a matrix; bfloat16 as float32.

    Raises:
        FormatError: It is of another type.
    """
    kind = _DTYPES.get(tensor.dtype) or _OTHERS.get(tensor.dtype)
    if kind is None:
        raise FormatError(
            path,
            f"tensor {tensor.name!r}",
            f"is of type {tensor.dtype}, expected one of {', '.join([*_DTYPES, *_OTHERS])}",
        )
    if tensor.dtype in _DTYPES and len(tensor.shape) == 2:
        return read_matrix(path, tensor)
    # The library has checked that so many values are in the file.
    count = math.prod(tensor.shape)
    flat = np.fromfile(path, dtype=kind, count=count, offset=tensor.start)
    if tensor.dtype == "BF16":
        flat = (flat.astype(np.uint32) << 16).view(np.float32)
    return flat.reshape(tensor.shape)


def _check(path: Path) -> None:
    """Lets the library check the header: its length, JSON, bounds, and that it covers the file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):
            pass
    except SafetensorError as error:
        raise FormatError(
            path,
            None,
            f"is not a whole safetensors file ({reason_of(error)}); copy or train the model again",
        ) from error


def _array(path: Path, tensor: Tensor, *, mmap: bool, writable: bool = False) -> NDArray[Any]:
    dtype, shape = np.dtype(_DTYPES[tensor.dtype]), tensor.shape
    # NumPy maps no empty range, and a model of one word has an empty hierarchical output.
    if mmap and 0 not in shape and tensor.start % dtype.itemsize == 0:
        if writable:
            # The system may refuse a private map of more than there is memory; read-only is better
            # than not at all.
            with suppress(OSError):
                return _mapped(path, dtype, tensor, "c")
        return _mapped(path, dtype, tensor, "r")
    count = int(np.prod(shape))
    return np.fromfile(path, dtype=dtype, count=count, offset=tensor.start).reshape(shape)


def _mapped(
    path: Path, dtype: np.dtype[Any], tensor: Tensor, mode: Literal["r", "c"]
) -> NDArray[Any]:
    return np.asarray(
        np.memmap(path, dtype=dtype, mode=mode, offset=tensor.start, shape=tensor.shape)
    )
