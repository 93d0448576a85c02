"""Matrices on disk as safetensors: written in a stream, read as a map of the file.

Layout (https://huggingface.co/docs/safetensors): u64 little-endian length of the header; the
header, JSON of name → {dtype, shape, data_offsets}, padded with spaces to a multiple of 8; the
tensors' bytes, row by row, in the header's order. The library checks a file; the bytes are written
and mapped here because its NumPy functions copy every tensor, twice the memory of a model.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError

_BLOCK_BYTES = 1 << 24


def write_matrices(path: Path, matrices: Mapping[str, NDArray[np.float32]]) -> None:
    """Writes float32 matrices to a new file and waits until the disk has it.

    Args:
        path: The new file.
        matrices: Name → matrix; rows may be strided (padded), the padding is not written.
    """
    header: dict[str, object] = {}
    offset = 0
    for name, matrix in matrices.items():
        end = offset + matrix.size * 4
        header[name] = {
            "dtype": "F32",
            "shape": list(matrix.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    with path.open("xb") as stream:
        stream.write(len(head).to_bytes(8, "little"))
        stream.write(head)
        for matrix in matrices.values():
            rows = max(1, _BLOCK_BYTES // max(1, matrix.shape[1] * 4))
            for start in range(0, len(matrix), rows):
                # A whole block is copied only where its rows are padded or not float32.
                block = np.ascontiguousarray(matrix[start : start + rows], dtype="<f4")
                stream.write(block.data)
        stream.flush()
        os.fsync(stream.fileno())


def read_matrices(path: Path, *, mmap: bool) -> dict[str, NDArray[np.float32]]:
    """Every float32 matrix of a safetensors file.

    Args:
        path: The file.
        mmap: True for read-only maps that load as they are touched, False for arrays in memory.

    Raises:
        FormatError: The file is not sound safetensors, or holds something else than float32
            matrices.
    """
    _check(path)
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(length))
    matrices: dict[str, NDArray[np.float32]] = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        shape = tuple(entry["shape"])
        if entry["dtype"] != "F32" or len(shape) != 2:
            raise FormatError(
                path,
                f"tensor {name!r}",
                f"is {entry['dtype']} of shape {shape}, expected a float32 matrix",
            )
        start = 8 + length + entry["data_offsets"][0]
        matrices[name] = _matrix(path, start, shape, mmap=mmap)
    return matrices


def _check(path: Path) -> None:
    """Lets the library check the header: its length, JSON, bounds, and that it covers the file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):
            pass
    except SafetensorError as error:
        raise FormatError(
            path, None, f"is not a whole safetensors file ({error}); copy or train the model again"
        ) from error


def _matrix(path: Path, start: int, shape: tuple[int, ...], *, mmap: bool) -> NDArray[np.float32]:
    # NumPy maps no empty range, and a model of one word has an empty hierarchical output.
    if mmap and 0 not in shape and start % 4 == 0:
        return np.asarray(np.memmap(path, dtype="<f4", mode="r", offset=start, shape=shape))
    count = int(np.prod(shape))
    return np.fromfile(path, dtype="<f4", count=count, offset=start).reshape(shape)
