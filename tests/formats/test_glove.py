"""GloVe: rows without a header, and tokens that look like one."""

from __future__ import annotations

from pathlib import Path

import gensim
import numpy as np
import pytest

from lexiscope import formats
from lexiscope.errors import FormatError
from lexiscope.formats import VectorsData
from lexiscope.formats.conversion import convert
from lexiscope.formats.kinds import glove


def opened(folder: Path, content: str | bytes) -> VectorsData:
    path = folder / "glove.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert formats.detect(path).name == "glove"
    return formats.read(path)


def test_golden_bytes(tmp_path: Path) -> None:
    matrix = np.array([[0.1, -2.0], [1e-7, 3.0]], dtype=np.float32)
    glove.write(tmp_path / "v.txt", VectorsData(["a", "é"], matrix))
    assert (tmp_path / "v.txt").read_bytes() == "a 0.1 -2.0\né 1e-07 3.0\n".encode()


# gensim leaves the file open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_gensim_reads_ours(tmp_path: Path) -> None:
    matrix = np.random.default_rng(0).normal(size=(3, 20)).astype(np.float32)
    glove.write(tmp_path / "v.txt", VectorsData(["sea", "ö", "日本"], matrix))
    theirs = gensim.models.KeyedVectors.load_word2vec_format(
        str(tmp_path / "v.txt"), no_header=True
    )
    assert theirs.index_to_key == ["sea", "ö", "日本"]
    assert np.array_equal(theirs.vectors, matrix)


def test_tokens_with_spaces_as_in_the_common_crawl_files(tmp_path: Path) -> None:
    """Users' pain: `. . .` and `at name@domain.com` in glove.840B."""
    rows = [", 0.1 0.2 0.3", ". . . 0.4 0.5 0.6", "at name@domain.com 1 2.5 3", "<unk> 7.5 8 9"]
    data = opened(tmp_path, "\n".join(rows) + "\n")
    assert data.tokens == [",", ". . .", "at name@domain.com", "<unk>"]
    assert data.vectors[3].tolist() == [7.5, 8, 9]
    assert data.warnings == []


def test_a_first_token_that_is_a_number_is_no_header(tmp_path: Path) -> None:
    data = opened(tmp_path, "2 0.5 0.25\n3 0.5 0.125\nx 1 2\n")
    assert data.tokens == ["2", "3", "x"]
    assert data.vectors.shape == (3, 2)


@pytest.mark.parametrize(
    ("content", "tokens"),
    [
        ("\ufeffa 1 2\nb 3 4\n", ["a", "b"]),
        ("a 1 2\r\nb 3 4\r\n", ["a", "b"]),
        ("a\t1\t2\nb\t3\t4\n", ["a", "b"]),
        ("a 1 2 \nb 3 4 \n\n \n", ["a", "b"]),
        ("a\u2028b 1 2\n# 3 4\n", ["a\u2028b", "#"]),
    ],
)
def test_accepted_variants(content: str, tokens: list[str], tmp_path: Path) -> None:
    data = opened(tmp_path, content)
    assert data.tokens == tokens
    assert data.vectors.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a 1 2\nb 3\nc 4 5\n", "row 2 (line 2): has 1 values, expected 2"),
        ("a .1 .2\nb .3 .4\nc .1 .2 .3\n", "row 3 (line 3): has 3 values, expected 2"),
        ("a 1 2\nb 3 4\nc 5 6x\n", "row 3 (line 3): has '6x' as value 2"),
        ("a 1 2\n\nb 3 4\n", "row 2 (line 2): is empty"),
        ("a 1.5 2\nb 0,5 0,5\n", "decimal commas"),
        ("a 1.5 2.5\nb 1.5 2.5\nc 1.5", "truncated"),
    ],
)
def test_damaged_rows_are_named(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text(content)
    with pytest.raises(FormatError) as caught:
        formats.read(path)
    assert said in str(caught.value)


def test_duplicates_and_cut_numbers_are_told(tmp_path: Path) -> None:
    data = opened(tmp_path, "a 1 2\na 3 4\nb 5 6")
    assert data.tokens == ["a", "b"]
    assert "1 rows repeat a word" in data.warnings[0]
    assert "may be cut" in data.warnings[1]


def test_a_row_longer_than_what_is_looked_at_first(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(3, 9000)).astype(np.float32)
    glove.write(tmp_path / "v.txt", VectorsData(["a", "b", "c"], vectors))
    assert np.array_equal(glove.FORMAT.load(tmp_path / "v.txt").vectors, vectors)


@pytest.mark.parametrize(
    "content", [b"some words and 3\n", b"word 17\nother 3\n", b"\x00\x01 1 2\n", b"1 2\n"]
)
def test_other_texts_are_not_taken_for_it(content: bytes, tmp_path: Path) -> None:
    assert not glove.FORMAT.sniff(content, tmp_path / "x.txt")


@pytest.mark.parametrize("header", ["", "3 2\n"])
@pytest.mark.parametrize("place", [0, 2])
def test_a_word_twice_is_refused_where_no_other_has_a_space(
    header: str, place: int, tmp_path: Path
) -> None:
    rows = ["alpha 0.1 0.2", "beta 0.3 0.4", "gamma 0.5 0.6"]
    rows[place] = rows[place].split()[0] + " " + rows[place]
    path = tmp_path / "v.txt"
    path.write_text(header + "\n".join(rows) + "\n")
    with pytest.raises(FormatError, match=rf"row {place + 1}.*twice") as refused:
        formats.read(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("header", ["", "{} 2\n"])
def test_words_twice_among_phrases_are_phrases(header: str, tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    plain = [f"word{row}" for row in range(9)]
    for words in (["bora bora", *plain, "new york", ". ."], [*plain, ". ."]):
        rows = "".join(f"{word} 0.1 0.2\n" for word in words)
        path.write_text(header.format(len(words)) + rows)
        assert formats.read(path).tokens == words


def test_a_word_twice_is_written_so_that_it_comes_back(tmp_path: Path) -> None:
    source = tmp_path / "m"
    formats.write(source, VectorsData(["bora bora"], np.ones((1, 2), np.float32)), "model")
    for name in ("glove", "word2vec-text"):
        done = convert(source, tmp_path / "v.txt", to=name)
        assert any("bora" in line for line in done.lost)
        assert formats.read(tmp_path / "v.txt").tokens == ["bora\\x20bora"]
