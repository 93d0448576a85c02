"""What is kept of files that are cut or damaged."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from lexiscope.errors import FormatError
from lexiscope.formats import VectorsData, registry
from lexiscope.formats.kinds.fasttext import format as fasttext
from lexiscope.formats.kinds.word2vec import binary as word2vec_binary
from lexiscope.formats.kinds.word2vec import text as word2vec_text
from lexiscope.formats.salvage import salvage
from lexiscope.vectors.health import repaired
from tests.support.fasttext_bytes import Golden

WORDS = ["the", "naïve", "日本", "sea", "fish"]
MATRIX = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)


def kept(path: Path) -> VectorsData:
    with pytest.raises(FormatError) as caught:
        registry.detect(path).load(path, registry.ReadOptions())
    return salvage(path, caught.value)


def test_whole_rows_of_a_cut_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    word2vec_binary.write(path, VectorsData(WORDS, MATRIX))
    whole = path.read_bytes()
    last = 0
    for length in range(40, len(whole)):
        path.write_bytes(whole[:length])
        data = kept(path)
        assert data.tokens == WORDS[: len(data.tokens)]
        assert np.array_equal(data.vectors, MATRIX[: len(data.tokens)])
        assert len(data.tokens) >= last
        last = len(data.tokens)
    assert last == 4


def test_sound_rows_of_a_damaged_text_file(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    word2vec_text.write(path, VectorsData(WORDS, MATRIX))
    lines = path.read_bytes().split(b"\n")
    lines[2] = lines[2].rsplit(b" ", 2)[0]  # two values too few
    lines[4] += b" 0.5"  # one too many
    path.write_bytes(b"\n".join(lines)[:-3])  # and the last cut in a number
    data = kept(path)
    assert data.tokens == ["the", "日本"]
    assert np.array_equal(data.vectors, MATRIX[[0, 2]])
    assert "2 damaged rows were left out (row 2, 4)" in data.warnings[-1]


def test_a_header_that_lies_about_the_number_of_values(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    word2vec_text.write(path, VectorsData(WORDS, MATRIX))
    path.write_bytes(path.read_bytes().replace(b"5 6", b"5 9", 1))
    assert np.array_equal(kept(path).vectors, MATRIX)


def test_fasttext_without_its_last_matrix(tmp_path: Path) -> None:
    golden = Golden()
    path = tmp_path / "v.bin"
    content = golden.content()
    path.write_bytes(content[: -golden.output.nbytes // 2])
    data = kept(path)
    assert np.allclose(data.vectors, golden.vectors, atol=1e-6)
    assert data.output is None
    assert data.subwords is not None
    path.write_bytes(content[: len(content) // 3])
    with pytest.raises(FormatError):
        kept(path)


def test_whole_rows_of_a_cut_npy(tmp_path: Path) -> None:
    path = tmp_path / "v.npy"
    np.save(path, MATRIX)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FormatError) as caught:
        registry.read(path)
    assert np.array_equal(salvage(path, caught.value).vectors, MATRIX[:3])


def test_rows_beyond_float32_of_a_cut_npy_are_dropped_without_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "v.npy"
    wide = np.ones((4, 3))
    wide[1, 2] = 1e200
    np.save(path, wide)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(FormatError) as caught:
        registry.read(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(salvage(path, caught.value).vectors) == 2


@pytest.mark.parametrize(
    "content", [b"\x80\x04\x95garbage", b"FiFu\0\0", b"prose, no vectors at all"]
)
def test_where_nothing_can_be_kept_the_reason_stays(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    reason = FormatError(path, None, "the reason")
    with pytest.raises(FormatError, match=r"the reason|ends in"):
        salvage(path, reason)


def test_nothing_grows_with_what_a_header_declares(tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    path.write_bytes(b"1000000000000 6\na " + MATRIX[0].tobytes())
    assert kept(path).tokens == ["a"]
    golden = fasttext.MAGIC + b"\x0c\0\0\0" + b"\xff" * 60
    path.write_bytes(golden)
    with pytest.raises(FormatError):
        kept(path)


def test_odd_words_beside_damage_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text("6 2\na 0.5 1\nb x\n\n 0.5 2\n 0.5 3\nroute 66 0.5 4.5\ntwo  words 0.5 5\n")
    back = repaired(path)
    assert back.data.tokens == ["a", "\n", "", "route 66", "two  words"]
    assert back.data.vectors[:, 1].tolist() == [1, 2, 3, 4.5, 5]
    assert any("1 damaged rows were left out (row 2)" in note for note in back.notes)


def test_words_with_spaces_in_a_binary_file_lose_no_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    words = ["a", "new york", "", "of the and", "b"]
    matrix = rng.normal(size=(len(words), 20)).astype("<f4")
    path = tmp_path / "v.bin"
    rows = [word.encode() + b" " + row.tobytes() for word, row in zip(words, matrix, strict=True)]
    path.write_bytes(b"5 20\n" + b"".join(rows))
    back = repaired(path).data
    assert back.tokens == words and np.array_equal(back.vectors, matrix)


@pytest.mark.parametrize("header", ["", "5 2\n"])
def test_numbers_that_may_be_two_things_are_not_saved(header: str, tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text(header + "".join(f"w{row} {90 - row} 0.5 1.{row + 1}\n" for row in range(5)))
    with pytest.raises(FormatError) as refused:
        registry.read(path)
    with pytest.raises(FormatError):
        salvage(path, refused.value)


def test_a_doubled_word_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text("a 0.1 0.2\nb b 0.1 0.2\nc 0.1 0.2\n")
    with pytest.raises(FormatError) as refused:
        registry.read(path)
    assert salvage(path, refused.value).tokens == ["a", "c"]
