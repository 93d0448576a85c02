"""word2vec binary: rows with and without newlines, and what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import gensim
import numpy as np
import pytest

from lexiscope.errors import FormatError
from lexiscope.files import maps
from lexiscope.formats import ReadOptions, VectorsData, detect
from lexiscope.formats.kinds.word2vec import binary as word2vec_binary


def file_of(
    folder: Path,
    words: list[bytes],
    matrix: np.ndarray,
    *,
    newline: bytes = b"",
    order: str = "<f4",
    header: bytes | None = None,
) -> Path:
    path = folder / "vectors.bin"
    head = b"%d %d\n" % matrix.shape if header is None else header
    rows = zip(words, matrix.astype(order), strict=True)
    path.write_bytes(head + b"".join(w + b" " + row.tobytes() + newline for w, row in rows))
    return path


def trained(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(rows, columns)) / 3).astype(np.float32)


def test_golden_bytes(tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    matrix = np.array([[0.5, -2.0], [1.0, 0.0]], dtype=np.float32)
    word2vec_binary.write(path, VectorsData(["a", "é"], matrix))
    expected = b"2 2\na \x00\x00\x00\x3f\x00\x00\x00\xc0" + "é ".encode()
    assert path.read_bytes() == expected + b"\x00\x00\x80\x3f\x00\x00\x00\x00"


def test_what_the_c_tool_writes(tmp_path: Path) -> None:
    """Its bytes: a newline after each row, and words cut at 98 bytes in mid-character."""
    long = ("a" * 97 + "é").encode()[:98]
    path = tmp_path / "v.bin"
    path.write_bytes(
        b"2 2\n</s> \x00\x00\x00\x3f\x00\x00\x00\xc0\n"
        + long
        + b" \x0a\x0a\x0a\x3e\x20\x20\x20\x3f\n"
    )
    data = word2vec_binary.read(path)
    assert data.tokens == ["</s>", "a" * 97 + "\udcc3"]
    expected = np.frombuffer(b"\x0a\x0a\x0a\x3e\x20\x20\x20\x3f", dtype="<f4")
    assert data.vectors[0].tolist() == [0.5, -2.0]
    assert np.array_equal(data.vectors[1], expected)
    assert data.warnings == ["1 words are not whole UTF-8 (cut in mid-character); kept as bytes"]


def test_round_trip_is_exact(nasty: VectorsData, tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    word2vec_binary.write(path, nasty)
    back = word2vec_binary.read(path)
    assert back.tokens == nasty.tokens
    assert np.array_equal(back.vectors, nasty.vectors)
    assert detect(path).name == "word2vec-binary"


@pytest.mark.parametrize("newline", [b"", b"\n"])
@pytest.mark.parametrize("columns", [1, 2, 5, 100])
def test_newlines_after_rows_are_found(newline: bytes, columns: int, tmp_path: Path) -> None:
    matrix = trained(50, columns)
    words = [b"w%d" % row for row in range(50)]
    data = word2vec_binary.read(file_of(tmp_path, words, matrix, newline=newline))
    assert data.tokens == [word.decode() for word in words]
    assert np.array_equal(data.vectors, matrix)
    assert data.warnings == []
    assert data.vectors.flags.aligned


def test_newlines_may_differ_from_row_to_row(tmp_path: Path) -> None:
    matrix = trained(3, 4)
    path = tmp_path / "v.bin"
    rows = [row.tobytes() for row in matrix]
    path.write_bytes(b"3 4\na " + rows[0] + b"\nb " + rows[1] + b"c " + rows[2] + b"\n")
    assert word2vec_binary.read(path).tokens == ["a", "b", "c"]


def test_gensim_reads_ours_and_we_read_gensims(tmp_path: Path) -> None:
    words = ["sea", "ö", "日本"]
    matrix = trained(3, 20)
    word2vec_binary.write(tmp_path / "ours.bin", VectorsData(words, matrix))
    theirs = gensim.models.KeyedVectors.load_word2vec_format(
        str(tmp_path / "ours.bin"), binary=True
    )
    assert theirs.index_to_key == words
    assert np.array_equal(theirs.vectors, matrix)
    theirs.save_word2vec_format(str(tmp_path / "theirs.bin"), binary=True)
    assert (tmp_path / "theirs.bin").read_bytes() == (tmp_path / "ours.bin").read_bytes()
    assert np.array_equal(word2vec_binary.read(tmp_path / "theirs.bin").vectors, matrix)


def test_cut_words_and_duplicates(tmp_path: Path) -> None:
    cut = "日本".encode()[:-1]
    data = word2vec_binary.read(file_of(tmp_path, [cut, b"a", b"a"], trained(3, 5)))
    assert data.tokens == [cut.decode("utf-8", "surrogateescape"), "a"]
    assert len(data.vectors) == 2
    assert [warning.split()[0] for warning in data.warnings] == ["1", "1"]
    word2vec_binary.write(tmp_path / "again.bin", data)
    assert (tmp_path / "again.bin").read_bytes().startswith(b"2 5\n" + cut + b" ")


def test_trailing_bytes_are_told(tmp_path: Path) -> None:
    path = file_of(tmp_path, [b"a", b"b"], trained(2, 3), header=b"1 3\n", newline=b"\n")
    data = word2vec_binary.read(path)
    assert data.tokens == ["a"]
    assert data.warnings == ["15 bytes after the 1 rows that line 1 declares were left out"]


def test_limit(tmp_path: Path) -> None:
    data = word2vec_binary.read(
        file_of(tmp_path, [b"a", b"b"], trained(2, 3)), ReadOptions(limit=1)
    )
    assert data.tokens == ["a"]
    assert data.warnings == []


def test_rows_without_direction_are_told(tmp_path: Path) -> None:
    matrix = trained(30, 3)
    matrix[1, 2] = np.nan
    matrix[2] = 0
    words = [b"w%d" % row for row in range(30)]
    warnings = word2vec_binary.read(file_of(tmp_path, words, matrix)).warnings
    assert "1 rows with NaN or infinity" in warnings[0]
    assert "1 rows of zeros only" in warnings[1]


@pytest.mark.parametrize("newline", [b"", b"\n"])
@pytest.mark.parametrize(
    "token",
    [
        "new york",
        "a b",
        "ab cde",
        "ab cdef",
        "ab defghij",
        "NEW YORK",
        "in ABC",
        "x 1234567",
        "é 日本",
    ],
)
def test_a_token_with_a_space_is_read(token: str, newline: bytes, tmp_path: Path) -> None:
    """gensim takes such a file for good and gives garbage."""
    words = [b"first", b"second", token.encode(), b"fourth", b"fifth"]
    for seed in range(20):
        matrix = trained(5, 50, seed)
        path = file_of(tmp_path, words, matrix, newline=newline)
        data = word2vec_binary.read(path)
        assert data.tokens == [word.decode() for word in words]
        assert np.array_equal(data.vectors, matrix)
        assert f"1 words hold spaces ({token!r})" in data.warnings[0]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_words_with_spaces_at_any_place(place: int, tmp_path: Path) -> None:
    words = [b"one", b"two", b"three"]
    words[place] = b"mot a trois"
    matrix = trained(3, 30)
    path = file_of(tmp_path, words, matrix)
    with word2vec_binary.stream(path) as stream:
        data = stream.collect()
    assert data.tokens == [word.decode() for word in words]
    assert np.array_equal(data.vectors, matrix)
    packed = tmp_path / "packed.bin.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert word2vec_binary.read(packed).tokens == data.tokens
    assert (
        word2vec_binary.read(path, ReadOptions(limit=place + 1)).tokens == data.tokens[: place + 1]
    )


def test_words_with_spaces_in_another_encoding(tmp_path: Path) -> None:
    words = ["caf\xe9 noir", "new york", "x"]
    path = file_of(tmp_path, [word.encode("latin-1") for word in words], trained(3, 30))
    with pytest.raises(FormatError):
        word2vec_binary.read(path)
    assert word2vec_binary.read(path, ReadOptions(encoding="latin-1")).tokens == words


def test_a_word_that_may_end_at_two_places_is_refused(tmp_path: Path) -> None:
    """A row of one value: the two bytes behind the first space are a float of their own."""
    first = b"3 1\nnew y" + b"\x40\x3f a"
    path = tmp_path / "v.bin"
    path.write_bytes(first + np.float32(0.1).tobytes() + b"end " + np.float32(1).tobytes())
    with pytest.raises(FormatError) as refused:
        word2vec_binary.read(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("columns", [1, 2, 3, 4])
def test_few_values_a_row_are_right_or_refused(columns: int, tmp_path: Path) -> None:
    """So few floats may make sense at a wrong place too: then nothing is guessed."""
    words = [b"one", b"new york", b"a b", b"x y z", b"five"]
    for seed in range(60):
        matrix = trained(5, columns, seed)
        path = file_of(tmp_path, words, matrix)
        try:
            data = word2vec_binary.read(path)
        except FormatError:
            continue
        assert data.tokens == [word.decode() for word in words]
        assert np.array_equal(data.vectors, matrix)


def test_big_endian_is_named(tmp_path: Path) -> None:
    for matrix in (trained(4, 10), np.full((4, 10), 0.5, dtype=np.float32)):
        path = file_of(tmp_path, [b"a", b"b", b"c", b"d"], matrix, order=">f4")
        with pytest.raises(FormatError, match="big-endian"):
            word2vec_binary.read(path)


def test_text_is_not_read_as_binary(tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    for content in (b"2 2\na 1 2\nb 3 4\n", b"2 3\n\xe6\x97 0.1 0.2 -3e-5\nb 3 4 5\n"):
        path.write_bytes(content)
        with pytest.raises(FormatError, match="read it as word2vec text"):
            word2vec_binary.read(path)
        assert detect(path).name == "word2vec-text"


def test_wrong_number_of_columns_is_found_out(tmp_path: Path) -> None:
    words = [b"w%d" % row for row in range(40)]
    for header in (b"40 9\n", b"40 11\n"):
        path = file_of(tmp_path, words, trained(40, 10), header=header)
        with pytest.raises(FormatError):
            word2vec_binary.read(path)


@pytest.mark.parametrize("newline", [b"", b"\n"])
def test_no_truncation_passes_unnoticed(newline: bytes, tmp_path: Path) -> None:
    path = file_of(tmp_path, [b"alpha", b"beta", b"c"], trained(3, 4), newline=newline)
    content = path.read_bytes()
    whole = len(content) - len(newline)
    for end in range(whole):
        path.write_bytes(content[:end])
        with pytest.raises(FormatError):
            word2vec_binary.read(path)
    path.write_bytes(content[:whole])
    assert len(word2vec_binary.read(path).tokens) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"1000000000000 300\nthe \x00\x00\x00\x00", "declares 1,000,000,000,000 rows"),
        (b"2 -3\nthe \x00\x00\x00\x00", "above 0"),
        (b"1 200000\nthe \x00\x00\x00\x00", "damaged header"),
        (b"no header at all", "expected two numbers"),
        (b"", "is empty"),
    ],
)
def test_broken_headers(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=said):
        word2vec_binary.read(path)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little is read at a time as any row may take, and a page is touched at a time."""
    monkeypatch.setattr(maps, "_TOUCHED_BYTES", 1 << 12)
    monkeypatch.setattr(word2vec_binary, "_CHUNK_BYTES", 1 << 10)


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("newline", [b"", b"\n"])
@pytest.mark.parametrize("columns", [1, 50, 300, 40_000])
def test_a_file_of_many_chunks_is_read_whole(newline: bytes, columns: int, tmp_path: Path) -> None:
    """Rows are cut by the end of a chunk at every place, in their tokens and in their values."""
    rows = min(40_000, 1_200_000 // columns)
    matrix = trained(rows, columns)
    words = [b"w%d" % row + b"x" * (row % 97) for row in range(rows)]
    path = file_of(tmp_path, words, matrix, newline=newline)
    data = word2vec_binary.read(path)
    assert data.tokens == [word.decode() for word in words]
    assert np.array_equal(data.vectors, matrix)
    assert data.warnings == []
    packed = tmp_path / "packed.bin.gz"
    packed.write_bytes(gzip.compress(path.read_bytes(), 1))
    for source in (path, packed):
        with word2vec_binary.stream(source) as stream:
            streamed = stream.collect()
        assert streamed.tokens == data.tokens
        assert np.array_equal(streamed.vectors, matrix)
        assert streamed.warnings == []
        some = word2vec_binary.read(source, ReadOptions(limit=rows - 1))
        assert some.tokens == data.tokens[:-1]
        assert np.array_equal(some.vectors, matrix[:-1])


@pytest.mark.usefixtures("small_chunks")
def test_rows_of_later_chunks_are_named_by_their_places(tmp_path: Path) -> None:
    matrix = trained(3000, 100)
    words = [b"w%d" % row for row in range(3000)]
    matrix[2100] = 0
    matrix[2500, 3] = np.nan
    path = file_of(tmp_path, words, matrix)
    warnings = word2vec_binary.read(path).warnings
    assert len(warnings) == 2
    assert "w2500" in warnings[0] and "w2100" in warnings[1]
    content = path.read_bytes()
    start = content.index(b"w2999 ")
    for end in (start, start + 3, start + 100):
        path.write_bytes(content[:end])
        with pytest.raises(FormatError, match=rf"row 3,000 \(byte {start:,}\): is cut"):
            word2vec_binary.read(path)
    matrix[2200, 0] = 1e30
    with pytest.raises(FormatError, match=r"row 2,201: it has a value of 1e\+30"):
        word2vec_binary.read(file_of(tmp_path, words, matrix))


@pytest.mark.usefixtures("small_chunks")
def test_a_wrapped_file_says_the_same_of_its_rows(tmp_path: Path) -> None:
    matrix = trained(2000, 50)
    matrix[1500] = 0
    words = [b"w%d" % row for row in range(1999)] + [b"w7"]
    path = file_of(tmp_path, words, matrix, newline=b"\n", header=b"2000 50\n")
    path.write_bytes(path.read_bytes() + b"rest")
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(path.read_bytes(), 1))
    plain, unpacked = word2vec_binary.read(path), word2vec_binary.read(packed)
    assert unpacked.tokens == plain.tokens == [word.decode() for word in words[:-1]]
    assert np.array_equal(unpacked.vectors, plain.vectors)
    assert unpacked.warnings == plain.warnings
    assert plain.warnings[-1].startswith("4 bytes after the 2,000 rows")


@pytest.mark.parametrize("token", ["new york", "a\nb"])
def test_tokens_that_would_not_come_back_are_refused(token: str, tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    with pytest.raises(FormatError, match="model folder"):
        word2vec_binary.write(path, VectorsData(["ok", token], np.ones((2, 2), np.float32)))
    assert list(tmp_path.iterdir()) == []


def test_cut_words_beside_vectors_that_look_like_text_are_no_reason_to_refuse(
    tmp_path: Path,
) -> None:
    """Of a file with 250 words cut by the C tool every second one was refused."""
    matrix = trained(3, 50)
    matrix[0, 0] = np.frombuffer(b". \x32\x3e", dtype="<f4")[0]
    cut = "日本".encode()[:-1]
    data = word2vec_binary.read(file_of(tmp_path, [b"a", cut, b"b"], matrix, newline=b"\n"))
    assert data.tokens == ["a", cut.decode("utf-8", "surrogateescape"), "b"]
    assert np.array_equal(data.vectors, matrix)
