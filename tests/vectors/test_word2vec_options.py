"""word2vec files by gensim's options, ours and gensim's read by each other."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import Any

import gensim
import numpy as np
import pytest

import lexiscope
from lexiscope.errors import ConfigError, FormatError
from lexiscope.vectors import KeyedVectors

Peer = gensim.models.KeyedVectors


@pytest.fixture
def vectors() -> KeyedVectors:
    matrix = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    return KeyedVectors(["a", "b", "c", "d", "é"], matrix, counts=np.array([5, 9, 7, 7, 1]))


SORTED = ["b", "c", "d", "a", "é"]


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("name", ["v", "v.gz", "v.bz2"])
def test_rows_are_sorted_and_packed_as_gensims(
    binary: bool, name: str, vectors: KeyedVectors, tmp_path: Path
) -> None:
    path, counts = str(tmp_path / name), str(tmp_path / "counts")
    vectors.save_word2vec_format(path, fvocab=counts, binary=binary)
    for kind in (KeyedVectors, Peer):
        back = kind.load_word2vec_format(path, fvocab=counts, binary=binary)
        assert back.index_to_key == SORTED
        assert [back.get_vecattr(word, "count") for word in SORTED] == [9, 7, 7, 5, 1]
        assert all(np.array_equal(back[word], vectors[word]) for word in SORTED)
    unpack: Any = {"v.gz": gzip.decompress, "v.bz2": bz2.decompress}.get(name, bytes)
    assert unpack(Path(path).read_bytes()).startswith(b"5 4\n")


@pytest.mark.parametrize("binary", [True, False])
def test_ours_is_gensims_file_to_the_byte(
    binary: bool, vectors: KeyedVectors, tmp_path: Path
) -> None:
    peer = Peer(4)
    peer.add_vectors(vectors.index_to_key, vectors.vectors)
    for word in vectors.index_to_key:
        peer.set_vecattr(word, "count", vectors.get_vecattr(word, "count"))
        peer.set_vecattr(word, "sense", ord(word))
    vectors.expandos["sense"] = peer.expandos["sense"]
    options: list[dict[str, Any]] = [
        {},
        {"write_header": False},
        {"total_vec": 100, "prefix": "word_"},
        {"append": True, "prefix": "again_", "write_header": False},
        {"sort_attr": "sense"},
    ]
    for kind, table in (("ours", vectors), ("theirs", peer)):
        for one in options:
            table.save_word2vec_format(
                tmp_path / kind, fvocab=tmp_path / f"{kind}.counts", binary=binary, **one
            )
            if one.get("append"):
                content = [(tmp_path / f"{kind}{part}").read_bytes() for part in ("", ".counts")]
        if kind == "ours":
            expected, last = content, (tmp_path / "ours").read_bytes()
    assert content == expected
    assert (tmp_path / "theirs").read_bytes() == last


def test_rows_are_added_behind_packed_ones(vectors: KeyedVectors, tmp_path: Path) -> None:
    path = tmp_path / "v.gz"
    vectors.save_word2vec_format(path, total_vec=10)
    vectors.save_word2vec_format(path, append=True, prefix="*", write_header=False)
    both = KeyedVectors.load_word2vec_format(path)
    assert both.index_to_key == [*SORTED, *[f"*{word}" for word in SORTED]]


# gensim leaves the file open.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_file_without_a_header(vectors: KeyedVectors, tmp_path: Path) -> None:
    path = str(tmp_path / "glove.txt")
    vectors.save_word2vec_format(path, write_header=False)
    for kind in (KeyedVectors, Peer):
        back = kind.load_word2vec_format(path, no_header=True, limit=3)
        assert back.index_to_key == SORTED[:3]
        assert np.array_equal(back.vectors, vectors[SORTED[:3]])
    with pytest.raises(NotImplementedError):
        KeyedVectors.load_word2vec_format(path, binary=True, no_header=True)


def test_counts_that_nobody_knows_tell_the_order(vectors: KeyedVectors, tmp_path: Path) -> None:
    vectors.save_word2vec_format(tmp_path / "v")
    back = KeyedVectors.load_word2vec_format(tmp_path / "v")
    peer = Peer.load_word2vec_format(str(tmp_path / "v"))
    assert [back.get_vecattr(word, "count") for word in SORTED] == [5, 4, 3, 2, 1]
    assert back.expandos["count"].tolist() == peer.expandos["count"].tolist()
    assert back.counts is None and lexiscope.load(tmp_path / "v").counts is None
    with pytest.raises(KeyError, match="no word counts"):
        back.known_counts()
    back.save(tmp_path / "m")
    again = lexiscope.load(tmp_path / "m")
    assert again.counts is None and again.get_vecattr("é", "count") == 1
    back.set_vecattr("b", "count", 70)
    assert back.counts is not None and back.counts.tolist() == [70, 4, 3, 2, 1]


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("count", [b"6", b"9999"])
def test_a_file_that_ends_too_early_is_an_end_of_file(
    binary: bool, count: bytes, vectors: KeyedVectors, tmp_path: Path
) -> None:
    path = tmp_path / "v"
    vectors.save_word2vec_format(path, binary=binary)
    path.write_bytes(count + path.read_bytes()[1:])
    with pytest.raises(EOFError) as caught:
        KeyedVectors.load_word2vec_format(path, binary=binary)
    assert isinstance(caught.value, FormatError)


@pytest.mark.parametrize("content", [b"word 1 2 3\n", b"1 2\nword x 0.5\n", b"1 3\nword 1 2\n"])
def test_a_line_that_is_none_is_a_wrong_value(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "v").write_bytes(content)
    with pytest.raises((ValueError, EOFError)) as caught:
        KeyedVectors.load_word2vec_format(tmp_path / "v")
    assert isinstance(caught.value, FormatError)


def test_types(tmp_path: Path) -> None:
    (tmp_path / "v").write_text("2 2\na 0.1234567890123 2\nb -1 1e-3\n")
    for kind in (KeyedVectors, Peer):
        wide = kind.load_word2vec_format(str(tmp_path / "v"), datatype=np.float64)
        assert wide["a"][0] == 0.1234567890123 and wide.vectors.dtype == np.float64
        narrow = kind.load_word2vec_format(str(tmp_path / "v"), datatype=np.float16)
        assert narrow.vectors.dtype == np.float16
        assert narrow.similarity("a", "b") == pytest.approx(wide.similarity("a", "b"), abs=1e-3)
    wide = KeyedVectors.load_word2vec_format(tmp_path / "v", datatype=np.float64)
    wide.save_word2vec_format(tmp_path / "w", binary=True)
    assert KeyedVectors.load_word2vec_format(
        tmp_path / "w", binary=True, datatype="float64"
    ).vectors[0, 0] == np.float32(0.1234567890123)
    wide.save(tmp_path / "m")
    assert lexiscope.load(tmp_path / "m").vectors.dtype == np.float32
    with pytest.raises(ConfigError, match="int8"):
        KeyedVectors.load_word2vec_format(tmp_path / "v", datatype=np.int8)


@pytest.mark.parametrize("binary", [True, False])
def test_words_in_other_encodings(binary: bool, tmp_path: Path) -> None:
    path = tmp_path / "v"
    row = np.ones(1, "<f4").tobytes() if binary else b"1.0\n"
    path.write_bytes(
        b"3 1\n" + b"".join(word + b" " + row for word in (b"\xe9t\xe9", b"x", b"\xe8"))
    )
    latin = KeyedVectors.load_word2vec_format(path, binary=binary, encoding="latin-1")
    assert latin.index_to_key == ["été", "x", "è"] and latin.warnings == []
    ignored = KeyedVectors.load_word2vec_format(path, binary=binary, unicode_errors="ignore")
    assert ignored.index_to_key == ["t", "x", ""]
    replaced = KeyedVectors.load_word2vec_format(path, binary=binary, unicode_errors="replace")
    assert replaced.index_to_key == ["\ufffdt\ufffd", "x", "\ufffd"]
    kept = KeyedVectors.load_word2vec_format(path, binary=binary)
    assert len(kept) == 3 and "2 words are not whole UTF-8" in kept.warnings[0]
    with pytest.raises(UnicodeDecodeError):
        KeyedVectors.load_word2vec_format(path, binary=binary, encoding="ascii")


def test_words_that_become_the_same_are_told(tmp_path: Path) -> None:
    (tmp_path / "v").write_bytes(b"2 1\na\xe9 1\na 2\n")
    vectors = KeyedVectors.load_word2vec_format(tmp_path / "v", unicode_errors="ignore")
    assert vectors.index_to_key == ["a"] and vectors["a"].tolist() == [1]
    assert "1 rows repeat a word" in vectors.warnings[0]


@pytest.mark.parametrize("binary", [True, False])
def test_vectors_of_a_file_for_the_words_there_are(
    binary: bool, vectors: KeyedVectors, tmp_path: Path
) -> None:
    other = KeyedVectors(["b", "é", "new"], np.arange(12, dtype=np.float32).reshape(3, 4))
    other.save_word2vec_format(tmp_path / "v", binary=binary)
    before = vectors.vectors.copy()
    vectors.intersect_word2vec_format(tmp_path / "v", lockf=0.25, binary=binary)
    assert vectors["é"].tolist() == [4, 5, 6, 7] and "new" not in vectors
    assert np.array_equal(vectors["c"], before[2])
    assert vectors.vectors_lockf.tolist() == [1, 0.25, 1, 1, 0.25]
    assert vectors.norms[1] == pytest.approx(14**0.5)
    KeyedVectors(["b"], np.ones((1, 3))).save_word2vec_format(tmp_path / "v", binary=binary)
    with pytest.raises(ValueError, match="vectors of 3 values"):
        vectors.intersect_word2vec_format(tmp_path / "v", binary=binary)


def test_without_counts_there_is_nothing_to_write_beside(tmp_path: Path) -> None:
    vectors = KeyedVectors(["a"], np.ones((1, 2), np.float32))
    with pytest.raises(ValueError, match="no attribute 'sense'"):
        vectors.save_word2vec_format(tmp_path / "v", fvocab=tmp_path / "c", sort_attr="sense")
    assert list(tmp_path.iterdir()) == []
