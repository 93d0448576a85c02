"""A matrix whose pickle or vocabulary is lost, and the `.npy` files beside gensim's pickles."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from lexiscope.errors import FormatError
from lexiscope.formats.contract import ReadOptions
from lexiscope.formats.kinds.npy import read_lone
from lexiscope.formats.reading.npy_file import map_array

MATRIX = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)


def test_rows_are_named_by_their_numbers(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", MATRIX)
    data = read_lone(tmp_path / "w.npy")
    assert data.tokens == ["0", "1", "2", "3", "4"]
    assert np.array_equal(data.vectors, MATRIX)
    assert "a matrix without words" in data.warnings[0]
    assert "w.vocab.txt" in data.warnings[0]
    assert read_lone(tmp_path / "w.npy", ReadOptions(limit=2)).tokens == ["0", "1"]


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2", "<i8", "|u1", "|b1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_every_plain_type_are_mapped(dtype: str, order: str, tmp_path: Path) -> None:
    array = np.asarray((MATRIX * 3).astype(dtype), order=order)
    np.save(tmp_path / "w.npy", array)
    found = map_array(tmp_path / "w.npy")
    assert np.array_equal(found, array)
    assert found.dtype == array.dtype


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_is_read(version: tuple[int, int], tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, MATRIX, version=version)
    (tmp_path / "w.npy").write_bytes(buffer.getvalue())
    assert np.array_equal(map_array(tmp_path / "w.npy"), MATRIX)


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.npy"
    np.save(path, MATRIX)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError):
            read_lone(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"(5, 3)", b"(5000000000, 3)"),
        (b"(5, 3)", b"(-5, 3)"),
        (b"(5, 3)", b"(5, 0)"),
        (b"(5, 3)", b"(15,)"),
        (b"'<f4'", b"'|O'"),
        (b"'<f4'", b"'<f1'"),
        (b"'<f4'", b"[('a', '<f4')]"),
        (b"False", b"exit()"),
    ],
)
def test_headers_that_lie_are_refused(old: bytes, new: bytes, tmp_path: Path) -> None:
    path = tmp_path / "w.npy"
    np.save(path, MATRIX)
    content = path.read_bytes()
    longer = len(new) - len(old)
    # The padding gives way, so that the header's length stays true.
    spaces = b" " * max(longer, 0)
    changed = content.replace(old, new, 1)
    changed = changed.replace(spaces + b"\n", b"\n", 1) if longer > 0 else changed
    path.write_bytes(changed)
    with pytest.raises(FormatError):
        read_lone(path)
