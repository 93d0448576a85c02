"""Telling formats apart, and writing by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lexiscope import formats
from lexiscope.errors import ConfigError, FormatError
from lexiscope.files.atomic import atomic_file
from lexiscope.formats import FORMATS, VectorsData
from tests.support.token_lists import sentencepiece, tekken

DATA = VectorsData(["a", "b"], np.array([[0.5, 1.5], [2.5, -1.0]], dtype=np.float32))


@pytest.mark.parametrize("name", [known.name for known in FORMATS if known.write is not None])
def test_every_format_is_told_by_content_alone(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file.with.a.strange.ending"
    formats.write(path, DATA, name)
    assert formats.detect(path).name == name
    back = formats.read(path)
    assert back.tokens == DATA.tokens
    assert np.array_equal(back.vectors, DATA.vectors)


def test_names_are_distinct() -> None:
    assert len({known.name for known in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!doctype HTML>", "web page"),
        (b"some prose, not vectors", "is of no known format"),
        (b"3 4\n", "declares 3 rows"),
        (b"the\nof\nking\n", r"a list of 3 tokens \(a token a line\) without vectors"),
        (b"the 900\nof 500\n", r"a list of 2 tokens \(token and count\) without vectors"),
        (sentencepiece(), r"\(SentencePiece model\) without vectors"),
        (tekken().encode(), r"\(tekken\) without vectors"),
        ("the 0.5 1\nof 1 2\n".encode("utf-16-le"), "is UTF-16LE text"),
        (b"X\n\0\0\0\x03\0\x04", "a file of R's; open it in R"),
        (b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(99), "a MATLAB file; open it with"),
        (b"IxF2\x08\0\0\0" + bytes(40), "an index of FAISS, which keeps no words"),
        (b"ORC\n\0\3" + bytes(40), "an ORC file"),
        (b"%%MatrixMarket matrix array real general\n2 2\n1\n", "a Matrix Market file"),
        (b"ARROW1\0\0" + bytes(40), "an Arrow file"),
    ],
)
def test_what_is_no_vectors_file_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=said):
        formats.read(path)


def test_missing_paths_and_strange_folders(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        formats.read(tmp_path / "nope")
    (tmp_path / "dangling").symlink_to(tmp_path / "nope")
    with pytest.raises(FormatError, match="a link to nothing"):
        formats.read(tmp_path / "dangling")
    with pytest.raises(FormatError, match="expected a model folder"):
        formats.read(tmp_path)


def test_unknown_format_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no format 'sql'; there are export, model"):
        formats.write(tmp_path / "x", DATA, "sql")


def test_an_atomic_file_is_whole_or_as_before(tmp_path: Path) -> None:
    target = tmp_path / "t"
    target.write_bytes(b"old")
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(KeyboardInterrupt), atomic_file(tmp_path / "link") as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old"
    with atomic_file(tmp_path / "link") as stream:
        stream.write(b"new")
    assert target.read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "t"]
