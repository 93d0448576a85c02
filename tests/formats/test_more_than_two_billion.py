"""Matrices of more than 2³¹ values, where 32 bits no longer count them. The files are sparse."""

from __future__ import annotations

import io
import json
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from lexiscope import formats
from lexiscope.formats import ReadOptions

ROWS, COLUMNS = 24_000, 90_000
LAST = np.arange(COLUMNS, dtype=np.float32) + 1
WORDS = [f"w{row}" for row in range(ROWS)]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform == "win32", reason="a file that is only made longer is not sparse there"
    ),
]


def sparse(path: Path, head: bytes, tail: bytes = b"") -> None:
    """A file of zeros, but for its head, its last row and what follows."""
    size = 4 * ROWS * COLUMNS
    with path.open("wb") as stream:
        stream.write(head)
        stream.seek(len(head) + size - LAST.nbytes)
        stream.write(LAST.tobytes() + tail)


def npy(path: Path) -> None:
    head = io.BytesIO()
    shape = (ROWS, COLUMNS)
    np.lib.format.write_array_header_1_0(
        head, {"descr": "<f4", "fortran_order": False, "shape": shape}
    )
    sparse(path, head.getvalue())
    path.with_name("vocab.txt").write_text("\n".join(WORDS) + "\n")


def safetensors(path: Path) -> None:
    entry = {"dtype": "F32", "shape": [ROWS, COLUMNS], "data_offsets": [0, 4 * ROWS * COLUMNS]}
    head = json.dumps({"input": entry}).encode()
    head += b" " * (-len(head) % 8)  # aligned, so that it can be mapped
    sparse(path, struct.pack("<Q", len(head)) + head)
    path.with_name("vocab.txt").write_text("\n".join(WORDS) + "\n")


def model(path: Path) -> None:
    path.mkdir()
    safetensors(path / "model.safetensors")
    (path / "vocab.txt").rename(path / "vocabulary.tsv")
    (path / "config.json").write_text("{}")


def fasttext(path: Path) -> None:
    arguments = [COLUMNS, 5, 5, 1, 5, 1, 3, 2, 0, 0, 0, 100]
    words = b"".join(word.encode() + b"\0" + struct.pack("<qb", 1, 0) for word in WORDS)
    head = struct.pack("<2i12id", 793712314, 12, *arguments, 1e-4)
    head += struct.pack("<3i2q", ROWS, ROWS, 0, ROWS, -1) + words
    head += struct.pack("<B2q", 0, ROWS, COLUMNS)
    sparse(path, head, struct.pack("<B2q", 0, 0, COLUMNS))


@pytest.mark.parametrize("write", [npy, safetensors, model, fasttext])
def test_the_last_row_is_found(write: object, tmp_path: Path) -> None:
    assert ROWS * COLUMNS > 2**31
    path = tmp_path / {"npy": "v.npy", "safetensors": "v.safetensors"}.get(write.__name__, "v")
    write(path)
    wanted = frozenset({"w0", WORDS[-1]})
    found = formats.read(path, ReadOptions(words=wanted))
    assert found.tokens == ["w0", WORDS[-1]]
    assert not found.vectors[0].any()
    assert np.array_equal(found.vectors[1], LAST)
