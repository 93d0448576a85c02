"""word2vec text: what is read, what is refused and how, what is written."""

from __future__ import annotations

from pathlib import Path

import gensim
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lexiscope import formats
from lexiscope.errors import FormatError
from lexiscope.formats import ReadOptions, VectorsData, detect
from lexiscope.formats.kinds.word2vec import text as word2vec_text
from lexiscope.formats.reading import text_rows
from tests.support.counting import python_calls


def written(folder: Path, content: bytes | str) -> Path:
    path = folder / "vectors.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(folder: Path, content: bytes | str) -> str:
    path = written(folder, content)
    with pytest.raises(FormatError) as caught:
        word2vec_text.FORMAT.load(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


def test_golden_bytes(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    matrix = np.array([[0.1, -2.0], [1e-7, 16777216.0]], dtype=np.float32)
    word2vec_text.write(path, VectorsData(["a", "é"], matrix))
    assert path.read_bytes() == "2 2\na 0.1 -2.0\né 1e-07 1.6777216e+07\n".encode()


def test_what_the_c_tool_and_fasttext_write(tmp_path: Path) -> None:
    """Their bytes: 6 decimals or 5 digits, a space before each line end."""
    c_tool = b"2 3\n</s> 0.001445 -0.128395 0.000000 \nthe -0.250000 1.500000 0.062500 \n"
    data = word2vec_text.FORMAT.load(written(tmp_path, c_tool))
    assert data.tokens == ["</s>", "the"]
    expected = np.array([[0.001445, -0.128395, 0], [-0.25, 1.5, 0.0625]], dtype=np.float32)
    assert np.array_equal(data.vectors, expected)
    assert data.warnings == []
    fasttext = b"2 3\n</s> 0.001445 -1.2839e-05 0.5 \nthe -0.25 1.5 -0 \n"
    data = word2vec_text.FORMAT.load(written(tmp_path, fasttext))
    expected = np.array([[0.001445, -1.2839e-05, 0.5], [-0.25, 1.5, -0.0]], dtype=np.float32)
    assert np.array_equal(data.vectors.view(np.uint32), expected.view(np.uint32))


def test_round_trip_is_exact(nasty: VectorsData, tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    word2vec_text.write(path, nasty)
    back = word2vec_text.FORMAT.load(path)
    assert back.tokens == nasty.tokens
    assert np.array_equal(back.vectors.view(np.uint32), nasty.vectors.view(np.uint32))
    assert detect(path).name == "word2vec-text"


@settings(max_examples=60)
@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6),
        elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
    )
)
def test_every_float32_comes_back(
    tmp_path_factory: pytest.TempPathFactory, matrix: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("v") / "v.txt"
    words = [f"w{row}" for row in range(len(matrix))]
    word2vec_text.write(path, VectorsData(words, matrix))
    assert np.array_equal(word2vec_text.FORMAT.load(path).vectors, matrix)


def test_gensim_reads_ours_and_we_read_gensims(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    words = ["sea", "ö", "日本"]
    matrix = rng.normal(size=(3, 20)).astype(np.float32)
    word2vec_text.write(tmp_path / "ours.txt", VectorsData(words, matrix))
    theirs = gensim.models.KeyedVectors.load_word2vec_format(str(tmp_path / "ours.txt"))
    assert theirs.index_to_key == words
    assert np.array_equal(theirs.vectors, matrix)
    theirs.save_word2vec_format(str(tmp_path / "theirs.txt"))
    back = word2vec_text.FORMAT.load(tmp_path / "theirs.txt")
    assert back.tokens == words
    assert np.array_equal(back.vectors, matrix)


@pytest.mark.parametrize(
    "content",
    [
        b"2 2\na 1 2\nb 3 4\n",
        b"2 2\na 1 2 \nb 3 4 \n",  # the C tool and fastText
        b"\xef\xbb\xbf2 2\na 1 2\nb 3 4\n",
        b"2 2\r\na 1 2\r\nb 3 4\r\n",
        b"2\t2\na\t1\t2\nb\t3\t4\n",
        b"2 2\na\t1 2\nb\t3 4\n",
        b"2 2\na  1   2\nb 3  4\n",
        b"2 2\na 1 2\nb 3 4\n\n  \n",
        b"2 2\na 1e0 +2.\nb .3e1 4\n",
    ],
)
def test_accepted_variants(content: bytes, tmp_path: Path) -> None:
    data = word2vec_text.FORMAT.load(written(tmp_path, content))
    assert data.tokens == ["a", "b"]
    assert data.vectors.tolist() == [[1, 2], [3, 4]]
    assert data.warnings == []


def test_tokens_with_spaces_are_split_from_the_right(tmp_path: Path) -> None:
    """Users' pain: gensim #2795."""
    content = "4 2\n. . . 0.1 0.2\nnew york 0.3 0.4\nroute 66 0.5 0.6\nb 0.7 0.8\n"
    data = word2vec_text.FORMAT.load(written(tmp_path, content))
    assert data.tokens == [". . .", "new york", "route 66", "b"]
    assert data.vectors.shape == (4, 2)
    assert data.vectors[2].tolist() == pytest.approx([0.5, 0.6])


def test_words_cut_in_mid_character_are_kept(tmp_path: Path) -> None:
    """Users' pain: gensim #496."""
    content = b"1 1\n" + "日本".encode()[:-1] + b" 0.5\n"
    path = written(tmp_path, content)
    data = word2vec_text.FORMAT.load(path)
    assert data.tokens[0].encode("utf-8", "surrogateescape") == "日本".encode()[:-1]
    assert "1 words are not whole UTF-8" in data.warnings[0]
    word2vec_text.write(tmp_path / "again.txt", data)
    assert (tmp_path / "again.txt").read_bytes() == content


def test_duplicates_keep_the_first(tmp_path: Path) -> None:
    data = word2vec_text.FORMAT.load(written(tmp_path, "4 1\na 1\nb 2\na 3\na 4\n"))
    assert data.tokens == ["a", "b"]
    assert data.vectors.tolist() == [[1], [2]]
    assert "2 rows repeat a word ('a'" in data.warnings[0]


def test_rows_after_the_declared_ones_are_told(tmp_path: Path) -> None:
    data = word2vec_text.FORMAT.load(written(tmp_path, "1 1\na 1\nb 2\nc 3\n\n"))
    assert data.tokens == ["a"]
    assert data.warnings == ["2 rows after the 1 that line 1 declares were left out"]


def test_rows_without_direction_are_told(tmp_path: Path) -> None:
    data = word2vec_text.FORMAT.load(written(tmp_path, "4 2\na 1 nan\nb 0 0\nc 1 2\nd inf 2\n"))
    assert data.tokens == ["a", "b", "c", "d"]
    assert "2 rows with NaN or infinity" in data.warnings[0]
    assert "1 rows of zeros only" in data.warnings[1]


def test_missing_last_line_end_is_told(tmp_path: Path) -> None:
    data = word2vec_text.FORMAT.load(written(tmp_path, "2 1\na 1\nb 0.12"))
    assert data.tokens == ["a", "b"]
    assert "may be cut" in data.warnings[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("2 4\na 1\nb 1 2 3 4\n--- - - -\n", "row 1 (line 2): has 1 values, expected 4"),
        ("2 3\na 1 2 3\nb 1 2\n", "row 2 (line 3): has 2 values, expected 3"),
        ("2 3\na 1 2 3\nb 1 2 3 4\n", "row 2 (line 3): has 4 values, expected 3"),
        ("2 2\na .1 .2\nb .1 .2 .3\n", "row 2 (line 3): has 3 values, expected 2"),
        ("2 2\na 1 2\n\nb 1 2\n", "row 2 (line 3): is empty"),
        ("2 2\na 1 2\nb 1 x\n", "row 2 (line 3): has 'x' as value 2, expected a number"),
        ("2 2\na 1 2\nb 1 2x\n", "row 2 (line 3): has '2x' as value 2"),
        ("2 2\na 1 2\nb 1-2 3\n", "row 2 (line 3): has '1-2' as value 1"),
        ("2 2\na 0,1 0,2\nb 0,1 0,2\n", "decimal commas"),
        ("3 2\na 1 2\nb 1 2 words\n", "row 2"),
        ("7 2\na 10000000 20000000\nb 10000000 20000000\n", "row 3"),
        ("3 2\na 1 2\nb 1234567 123456\n", "row 3"),
        ("2 2\na 1.25 2.5\nb 1.25", "truncated"),
        ("a 1 2\nb 3 4\n", "line 1: is 'a 1 2', expected two numbers"),
        ("2 0\na\nb\n", "both must be above 0"),
        ("0 2\n", "both must be above 0"),
        ("-2 2\na 1 2\n", "both must be above 0"),
        ("1 100001\na 1\n", "damaged header"),
        ("1000000000000 300\na 1 2\n", "declares 1,000,000,000,000 rows"),
        ("99999999999999999999 1\na 1\n", "the header is wrong"),
        ("", "is empty"),
        ("<!DOCTYPE html><html>404</html>", "is a web page"),
        ("\n <HTML><body>", "is a web page"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git-LFS pointer"),
        (b"\x1f\x8b\x08\x00", "gzip wrapper is damaged"),
        (b"\x80\x04\x95", "pickle"),
        ("1 1\na 1\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_broken_files_are_named_for_what_they_are(
    content: bytes | str, said: str, tmp_path: Path
) -> None:
    """Users' pain: fastText #452, gensim #394."""
    assert said in refusal(tmp_path, content)


def test_no_truncation_passes_unnoticed(tmp_path: Path) -> None:
    content = b"3 2\nalpha 0.25 0.5\nbeta 0.125 0.75\ngamma 1.5 2.5\n"
    for end in range(len(content)):
        path = written(tmp_path, content[:end])
        try:
            data = word2vec_text.FORMAT.load(path)
        except FormatError:
            continue
        assert data.warnings, content[:end]


def test_binary_is_not_read_as_text(tmp_path: Path) -> None:
    row = np.array([0.5, 0.25], dtype="<f4").tobytes()
    assert "read it as word2vec binary" in refusal(tmp_path, b"2 2\na " + row + b"b " + row)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such file"):
        word2vec_text.FORMAT.load(tmp_path / "nope.txt")
    with pytest.raises(FormatError, match="is a folder"):
        word2vec_text.FORMAT.load(tmp_path)


def test_rows_over_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_rows, "_BLOCK_BYTES", 50)
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(40, 3)).astype(np.float32)
    matrix[7] = 0
    words = ["w" * (1 + 7 * (row % 11)) + str(row) for row in range(40)]
    path = tmp_path / "v.txt"
    word2vec_text.write(path, VectorsData(words, matrix))
    data = word2vec_text.FORMAT.load(path)
    assert data.tokens == words
    assert np.array_equal(data.vectors, matrix)
    with path.open("ab") as stream:
        stream.write(b"extra 1 2 3\n" * 30)
    assert word2vec_text.FORMAT.load(path).warnings[-1].startswith("30 rows after the 40")


def test_limit_reads_the_first_rows_only(tmp_path: Path) -> None:
    data = word2vec_text.FORMAT.load(
        written(tmp_path, "3 1\na 1\nb 2\nc broken\n"), ReadOptions(limit=2)
    )
    assert data.tokens == ["a", "b"]
    assert data.warnings == []


@pytest.mark.parametrize("token", ["a\nb", "a ", "a\tb c", "page 5"])
def test_tokens_that_would_not_come_back_are_refused(token: str, tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text("before")
    with pytest.raises(FormatError, match="row 2: the token"):
        word2vec_text.write(path, VectorsData(["ok", token], np.ones((2, 2), np.float32)))
    assert path.read_text() == "before"


@settings(max_examples=100)
@given(st.lists(st.text(max_size=6), min_size=1, max_size=4, unique=True))
def test_tokens_come_back_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    path = tmp_path_factory.mktemp("v") / "v.txt"
    data = VectorsData(words, np.full((len(words), 3), 0.5, dtype=np.float32))
    try:
        word2vec_text.write(path, data)
    except FormatError:
        return
    assert word2vec_text.FORMAT.load(path).tokens == words


def test_no_value_is_read_by_a_call_of_pythons(tmp_path: Path) -> None:
    """Users' pain: gensim #2642, minutes to open a file. `benchmarks.bounds` has the seconds."""
    rows, columns = 5_000, 100
    matrix = np.random.default_rng(4).normal(size=(rows, columns)).astype(np.float32)
    path = tmp_path / "v.txt"
    word2vec_text.write(path, VectorsData([f"w{row}" for row in range(rows)], matrix))
    word2vec_text.FORMAT.load(path)  # compiles
    assert python_calls(lambda: word2vec_text.FORMAT.load(path)) < 10 * rows


# Tokens that text has no place for, and what other programs write


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("3 2\na 1 2\n\n 3 4\nb 5 6\n", ["a", "\n", "b"]),
        ("2 2\n\n 1 2\na 3 4\n", ["\n", "a"]),
        ("2 2\nline\nend 1 2\na 3 4\n", ["line\nend", "a"]),
        ("2 2\nend.\n\nThe 1 2\na 3 4\n", ["end.\n\nThe", "a"]),
        ("2 2\n 1 2\na 3 4\n", ["", "a"]),
        ("2e+00 2\na 1 2\nb 3 4\n", ["a", "b"]),
        ("2.0 2.0\na 1 2\nb 3 4\n", ["a", "b"]),
        ("2 2 9\nB64:bmHDr3Zl 1 2\nB64:bmV3IHlvcms= 3 4\n", ["naïve", "new york"]),
        ("2 3 9\na 1 2 3\nb 3 4 5\n", ["a", "b"]),
    ],
)
def test_words_of_all_kinds(content: str, words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text(content)
    assert formats.detect(path).name == "word2vec-text"
    back = formats.read(path)
    assert back.tokens == words
    assert back.vectors[:, 0].tolist() == [float(2 * row + 1) for row in range(len(words))] or (
        back.vectors.shape[1] == 3
    )


def test_a_row_without_values_hides_no_other(tmp_path: Path) -> None:
    """Two rows, of which the first has lost its values, are not one word."""
    path = tmp_path / "v.txt"
    path.write_text("3 2\na 1 2\nb\nc 5 6\n")
    with pytest.raises(FormatError, match=r"row 2 \(line 3\): has no values"):
        formats.read(path)


def test_microsofts_numbers_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text("2 3\na -nan(ind) 1 2\nb 1.#QNAN -1.#INF nan\n")
    back = formats.read(path)
    assert np.isnan(back.vectors[[0, 1, 1], [0, 0, 2]]).all()
    assert back.vectors[[0, 0, 1], [1, 2, 1]].tolist() == [1, 2, -np.inf]


@pytest.mark.parametrize("ending", [".txt", ".bin"])
def test_a_limit_below_what_a_cut_file_has(ending: str, tmp_path: Path) -> None:
    words = [f"w{row}" for row in range(50)]
    matrix = np.arange(200, dtype=np.float32).reshape(50, 4) + np.float32(0.5)
    path = tmp_path / f"v{ending}"
    kind = "word2vec-text" if ending == ".txt" else "word2vec-binary"
    formats.write(path, VectorsData(words, matrix), kind)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert formats.read(path, ReadOptions(limit=20)).tokens == words[:20]
    with pytest.raises(FormatError):
        formats.read(path, ReadOptions(limit=40))


def test_rows_without_words_are_named(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_text("2 3\n0.1 0.2 0.3\n0.4 0.5 0.6\n")
    with pytest.raises(FormatError, match=r"has 2 values, expected 3 .*it has no word"):
        formats.read(path)
