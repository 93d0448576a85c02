"""Damage that a long run of the fuzz found, each as one small file."""

from __future__ import annotations

import bz2
import contextlib
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest

from lexiscope import formats
from lexiscope.errors import FormatError, LexiscopeError
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds.fasttext.quantized import QuantizedRows
from lexiscope.vectors.aligning.token_files import read_token_ids
from lexiscope.vectors.search import unit_rows

WORDS = ["alpha", "naïve", "gamma"]
MATRIX = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
COUNTS = np.array([3, 2, 1])


def written(name: str, path: Path) -> Path:
    formats.write(path, VectorsData(list(WORDS), MATRIX, COUNTS), name)
    return path


def test_a_table_of_vectors_that_is_blank(tmp_path: Path) -> None:
    folder = written("projector", tmp_path / "p")
    (folder / "vectors.tsv").write_bytes(b" ")
    with pytest.raises(FormatError):
        formats.read(folder)


def test_a_table_of_words_whose_header_lost_a_column(tmp_path: Path) -> None:
    # The header became the first word, and every word after it stood one row too low.
    folder = written("projector", tmp_path / "p")
    content = (folder / "metadata.tsv").read_bytes()
    (folder / "metadata.tsv").write_bytes(content.replace(b"\tcount\nalpha\t3", b"", 1))
    with pytest.raises(FormatError, match="several fields, expected one"):
        formats.read(folder)


@pytest.mark.parametrize("place", range(0, 100, 3))
def test_a_parquet_file_with_a_flipped_bit_gives_no_other_rows(place: int, tmp_path: Path) -> None:
    # Pages of an unknown kind were passed over, and their rows with them.
    path = written("parquet", tmp_path / "v.parquet")
    content = bytearray(path.read_bytes())
    content[4 + place] ^= 2
    path.write_bytes(bytes(content))
    try:
        data = formats.read(path)
    except FormatError:
        return
    assert data.tokens == WORDS
    assert np.array_equal(data.vectors, MATRIX)


def test_bytes_after_the_array_of_an_npy_are_told(tmp_path: Path) -> None:
    path = written("npy", tmp_path / "v.npy")
    path.write_bytes(path.read_bytes() + b"1234")
    data = formats.read(path)
    assert np.array_equal(data.vectors, MATRIX)
    assert data.warnings == ["4 bytes after the array that the header declares were left out"]


def test_a_word_that_took_bytes_of_the_row_before_is_told(tmp_path: Path) -> None:
    words = [f"w{row}" for row in range(60)]
    matrix = np.random.default_rng(1).normal(size=(60, 4)).astype(np.float32)
    formats.write(tmp_path / "v.bin", VectorsData(words, matrix), "word2vec-binary")
    content = (tmp_path / "v.bin").read_bytes()
    (tmp_path / "v.bin").write_bytes(content.replace(b"w30 ", b"\x17w30 ", 1))
    data = formats.read(tmp_path / "v.bin")
    assert "1 rows whose words hold control characters" in data.warnings[0]
    assert "'\\x17w30'" in data.warnings[0]


def test_two_tokens_with_one_number_are_told(tmp_path: Path) -> None:
    # The row of one of them was lost without a word.
    folder = written("model2vec", tmp_path / "m")
    content = (folder / "tokenizer.json").read_text(encoding="utf-8")
    assert '"gamma": 2' in content
    damaged = content.replace('"gamma": 2', '"gnaïve": 1, "gamma": 2')
    (folder / "tokenizer.json").write_text(damaged, encoding="utf-8")
    with pytest.raises(FormatError, match="gives number 1 to 'naïve' and to 'gnaïve'"):
        formats.read(folder)


def test_an_infinite_length_of_a_quantised_row_is_no_warning_of_numpy() -> None:
    tables = [np.array([[0.0, 1.0]], dtype=np.float32)]
    codes = np.zeros((1, 1), dtype=np.uint8)
    lengths = np.array([np.inf], dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = QuantizedRows(codes, tables, lengths=lengths)[:]
    assert np.isnan(found[0, 0]) and np.isinf(found[0, 1])


def test_a_packed_list_is_not_unpacked_a_thousandfold(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf.bz2"
    path.write_bytes(bz2.compress(b"_\xf9" + b"t" * 12_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(LexiscopeError):
            formats.read(path)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_a_carriage_return_in_a_header_is_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("alp\rha,b\nw1,[1 2]\nw2,[3 4]\n", newline="")
    with contextlib.suppress(LexiscopeError):
        formats.read(path)


def test_code_points_that_there_are_not_are_told(tmp_path: Path) -> None:
    path = tmp_path / "words.npy"
    np.save(path, np.array(["alpha", "beta"]))
    content = bytearray(path.read_bytes())
    content[-1] = 0x7F
    path.write_bytes(bytes(content))
    with pytest.raises(FormatError, match="has words that are no text"):
        read_token_ids(path)


def test_rows_without_a_direction_are_zeros() -> None:
    rows = np.array([[3, 4], [0, 0], [np.nan, 1], [np.inf, 1], [1e30, 1e30]], np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        units = unit_rows(rows)
    assert units.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], *[[0, 0]] * 4]
    assert units.dtype == np.float32
