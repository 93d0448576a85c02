"""Matrices with a vocabulary beside them, and tables: npy, safetensors, projector, CSV, Parquet."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file, save_file

from lexiscope import formats
from lexiscope.errors import ConfigError, FormatError
from lexiscope.formats import ReadOptions, VectorsData
from tests.support.patience import PATIENCE

MATRIX = np.array([[0.5, -2.0], [1e-7, 3.0], [0.1, 7.0]], dtype=np.float32)


def data() -> VectorsData:
    return VectorsData(["a", "é", "c"], MATRIX.copy(), counts=np.array([9, 5, 1]))


def refusal(path: Path) -> str:
    with pytest.raises(FormatError) as caught:
        formats.read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# npy and safetensors, and the files beside them


def test_npy_is_numpys_own(tmp_path: Path) -> None:
    formats.write(tmp_path / "v.npy", data(), "npy")
    assert np.array_equal(np.load(tmp_path / "v.npy"), MATRIX)
    assert (tmp_path / "v.vocab.tsv").read_bytes() == "a\t9\né\t5\nc\t1\n".encode()


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_of_other_numbers(dtype: str, order: str, tmp_path: Path) -> None:
    matrix = np.array([[0.5, -2.0], [0.25, 3.0]])
    np.save(tmp_path / "v.npy", np.asarray(matrix, dtype=dtype, order=order))  # type: ignore[call-overload]
    (tmp_path / "v.vocab.txt").write_text("x\ny\n")
    back = formats.read(tmp_path / "v.npy")
    assert back.tokens == ["x", "y"]
    assert np.array_equal(back.vectors, matrix) and back.vectors.dtype == np.float32


def test_npy_maps_the_matrix(tmp_path: Path) -> None:
    formats.write(tmp_path / "v.npy", data(), "npy")
    assert not formats.read(tmp_path / "v.npy").vectors.flags.writeable


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("v.vocab.tsv", "a\nb\\tc\nd\n"),
        ("v.vocab.txt", "a\nb\tc\nd"),
        ("v.txt", "\ufeffa\r\nb\tc\r\nd\r\n"),
        ("vocab.txt", "a\nb\tc\nd\n"),
        ("vocab.json", '["a", "b\\tc", "d"]'),
        ("v.vocab.json", '{"d": 2, "a": 0, "b\\tc": 1}'),
    ],
)
def test_the_words_may_stand_in_any_of_the_usual_files(
    name: str, content: str, tmp_path: Path
) -> None:
    np.save(tmp_path / "v.npy", MATRIX)
    (tmp_path / name).write_text(content, encoding="utf-8", newline="")
    assert formats.read(tmp_path / "v.npy").tokens == ["a", "b\tc", "d"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("v.vocab.tsv", "a\nb\n", "has 2 words, but the matrix beside it has 3 rows"),
        ("v.vocab.tsv", "a\nb\nc\nd\n", "has 4 words"),
        ("v.vocab.tsv", "a\nb\na\n", "a word twice"),
        ("v.vocab.tsv", "a\nb\nc", "truncated"),
        ("v.vocab.tsv", "a\t1\nb\nc\t2\n", "line 2"),
        ("v.vocab.json", '{"a": 0, "b": 2, "c": 3}', "without holes"),
        ("v.vocab.json", "{", "is not JSON"),
        ("v.vocab.json", "[1, 2, 3]", "neither a list of words"),
    ],
)
def test_a_vocabulary_of_another_matrix_is_an_error(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    """Users' pain: rows misaligned by hand (keras #853)."""
    np.save(tmp_path / "v.npy", MATRIX)
    (tmp_path / name).write_text(content)
    assert said in refusal(tmp_path / "v.npy")


def test_repeated_words_of_a_plain_list_are_told(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", MATRIX)
    (tmp_path / "vocab.txt").write_text("a\na\nb\n")
    back = formats.read(tmp_path / "v.npy")
    assert back.tokens == ["a", "b"] and "1 rows repeat a word" in back.warnings[0]


def test_npy_of_objects_is_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.array([[print]], dtype=object), allow_pickle=True)
    (tmp_path / "vocab.txt").write_text("a\n")
    refusal(tmp_path / "v.npy")


def test_safetensors_is_the_librarys_own(tmp_path: Path) -> None:
    both = data()
    both.output = MATRIX[::-1].copy()
    formats.write(tmp_path / "v.safetensors", both, "safetensors")
    stored = load_file(tmp_path / "v.safetensors")
    assert sorted(stored) == ["input", "output"]
    assert np.array_equal(stored["input"], MATRIX)
    back = formats.read(tmp_path / "v.safetensors")
    assert back.counts is not None and back.counts.tolist() == [9, 5, 1]
    assert back.output is not None and np.array_equal(back.output, both.output)


def test_safetensors_knows_its_own_vocabulary(tmp_path: Path) -> None:
    formats.write(tmp_path / "v.safetensors", data(), "safetensors")
    (tmp_path / "v.vocab.tsv").write_text("é\t9\na\t5\nc\t1\n", encoding="utf-8")
    assert "does not have the words that v.safetensors was written" in refusal(
        tmp_path / "v.safetensors"
    )


@pytest.mark.parametrize("name", ["embeddings", "input", "the.only_one"])
def test_safetensors_of_others(name: str, tmp_path: Path) -> None:
    save_file({name: MATRIX.astype(np.float16), "bias": np.zeros(3)}, tmp_path / "v.safetensors")
    (tmp_path / "vocab.txt").write_text("x\ny\nz\n")
    back = formats.read(tmp_path / "v.safetensors")
    assert np.array_equal(back.vectors, MATRIX.astype(np.float16).astype(np.float32))


def test_safetensors_in_bfloat16(tmp_path: Path) -> None:
    raw = (np.array([[0.5, -2.0]], dtype=np.float32).view(np.uint32) >> 16).astype("<u2").tobytes()
    header = {"weight": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [0, 4]}}
    head = json.dumps(header).encode()
    (tmp_path / "v.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + raw)
    (tmp_path / "vocab.txt").write_text("x\n")
    assert formats.read(tmp_path / "v.safetensors").vectors.tolist() == [[0.5, -2.0]]


def test_safetensors_without_words_or_with_many_matrices_say_what_to_do(tmp_path: Path) -> None:
    save_file({"a": MATRIX, "b": MATRIX}, tmp_path / "v.safetensors")
    assert "lexiscope extract" in refusal(tmp_path / "v.safetensors")
    (tmp_path / "vocab.txt").write_text("x\ny\nz\n")
    assert "2 matrices (tensors: a, b)" in refusal(tmp_path / "v.safetensors")


# Projector


def test_the_projectors_tables_are_as_it_wants_them(tmp_path: Path) -> None:
    plain = data()
    plain.counts = None
    formats.write(tmp_path / "p", plain, "projector")
    assert (tmp_path / "p/vectors.tsv").read_bytes() == b"0.5\t-2.0\n1e-07\t3.0\n0.1\t7.0\n"
    assert (tmp_path / "p/metadata.tsv").read_bytes() == "a\né\nc\n".encode()
    formats.write(tmp_path / "p", data(), "projector")
    assert (tmp_path / "p/metadata.tsv").read_bytes() == "word\tcount\na\t9\né\t5\nc\t1\n".encode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p"]


def test_a_table_of_vectors_opens_by_itself(tmp_path: Path) -> None:
    """As gensim's word2vec2tensor names the two."""
    (tmp_path / "x_tensor.tsv").write_bytes(b"1\t2\r\n3\t4\r\n")
    (tmp_path / "x_metadata.tsv").write_bytes(b"a\nb\n")
    assert formats.detect(tmp_path / "x_tensor.tsv").name == "projector"
    assert formats.read(tmp_path / "x_tensor.tsv").tokens == ["a", "b"]


def test_other_columns_of_metadata_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "vectors.tsv").write_text("1\t2\n3\t4\n")
    (tmp_path / "metadata.tsv").write_text("tag\tword\nx\ta\ny\tb\n")
    assert formats.read(tmp_path).tokens == ["a", "b"]


@pytest.mark.parametrize(
    ("vectors", "metadata", "said"),
    [
        ("1\t2\n3\n", "a\nb\n", "row 2 (line 2): has 1 values, expected 2"),
        ("1\t2\n3\t4\t5\n", "a\nb\n", "has 3 values"),
        ("1\t2\n3\tx\n", "a\nb\n", "'x' as value 2"),
        ("1\t2\n\t4\n", "a\nb\n", "empty value"),
        ("1\t2\n3\t4\n", "a\nb\nc\n", "of 2 rows, but metadata.tsv has 3 words"),
        ("1\t2\n3\t4\n", "a\n", "of 2 rows, but metadata.tsv has 1 words"),
        ("word\tx\n3\t4\n", "a\nb\n", "is not numbers"),
        ("1\t2\n3\t4\n", "word\tcount\na\t1\nb\tx\n", "no whole number"),
        ("1\t2\n3\t4\n", "word\tcount\na\t1\nb\n", "line 3: has 1 fields"),
        ("1\t2\n3\t4\n", "", "is empty"),
        ("", "a\n", "is empty"),
    ],
)
def test_damaged_tables_are_named(vectors: str, metadata: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "vectors.tsv").write_text(vectors)
    (tmp_path / "metadata.tsv").write_text(metadata)
    assert said in refusal(tmp_path)


def test_a_table_does_not_replace_other_things(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(ConfigError, match=r"is not a folder of vectors\.tsv"):
        formats.write(tmp_path, data(), "projector")
    with pytest.raises(FormatError, match="holds a tab"):
        formats.write(tmp_path / "p", VectorsData(["a\tb"], MATRIX[:1]), "projector")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


# CSV


def test_csv_golden_bytes(tmp_path: Path) -> None:
    words = ["a,b", 'say "x"', "two\nlines"]
    formats.write(tmp_path / "v.csv", VectorsData(words, MATRIX, np.array([9, 5, 1])), "csv")
    expected = 'word,count,0,1\n"a,b",9,0.5,-2.0\n"say ""x""",5,1e-07,3.0\n"two\nlines",1,0.1,7.0\n'
    assert (tmp_path / "v.csv").read_text() == expected
    assert formats.read(tmp_path / "v.csv").tokens == words


@pytest.mark.parametrize(
    "content",
    [
        "word,0,1\na,1,2\nb,3,4\n",
        "a,1,2\nb,3,4\n",
        # A space or a colon before values with commas, or aligned columns.
        "a 1.0,2\nb 3,4\n",
        "a 1.0, 2\nb 3, 4\n",
        "a\t1.0,2\nb\t3.0,4\n",
        "a: 1 2\nb: 3 4\n",
        "a: 1, 2\nb: 3, 4\n",
        "a  1.0  2.0\nb  3.0  4.0\n",
        "     0    1\na  1.0  2.0\nb  3.0  4.0\n",
        'word,vector\na,"[np.float32(1.0), np.float32(2.0)]"\nb,"[np.float32(3), np.float32(4)]"\n',
        "lemma,pos,0,1\na,N,1,2\nb,V,3,4\n",
        "word,freq,0,1\na,0.5,1,2\nb,0.25,3,4\n",
        "\ufeffa,1,2\r\nb,3,4\r\n",
        "token,x,y\na, 1 , 2\nb,3,4",
        '"word","d0","d1"\n"a","1","2"\n"b","3","4"\n\n',
        ",0,1\na,1,2\nb,3,4\n",
        # R's write.csv and write.table, which has no name over the rows' names.
        '"","V1","V2"\n"a",1,2\n"b",3,4\n',
        '"V1" "V2"\n"a" 1 2\n"b" 3 4\n',
        '"a" 1 2\n"b" 3 4\n',
        # The rows' numbers in a column of their own, under a name or none.
        ",word,0,1\n0,a,1,2\n1,b,3,4\n",
        "0,a,1.0,2\n1,b,3,4\n",
        "0\ta\t1.0\t2\n1\tb\t3\t4\n",
        # Other delimiters, under names that are no values.
        "a;1,0;2,0\nb;3,0;4,00\n",
        "word;1;2\na;1,0;2,0\nb;3,0;4e0\n",
        "word\t1\t2\na\t1\t2\nb\t3\t4\n",
        "word 1 2\na 1 2\nb 3 4\n",
        "word,1,2\na,1.0,2.0\nb,3.0,4.0\n",
        "1.0,2.0,a\n3.0,4.0,b\n",
        # The whole vector as one text.
        'word,vector\na,"[1.0, 2.0]"\nb,"[3.0, 4.0]"\n',
        'a,"[1. 2.]"\nb,"[3.\n 4.]"\n',
        "0\ta\t[ 1.  2.]\n1\tb\t[ 3.\n  4.]\n",
        "a,[1, 2]\nb,[3, 4]\n",
        "a: [1.0, 2.0]\nb: [3.0, 4.0]\n",
        "a [1.0, 2.0]\nb [3.0, 4.0]\n",
        'word,embedding\na,"array([1., 2.], dtype=float32)"\nb,"array([3., 4.], dtype=float32)"\n',
        'word,embedding\na,"1.0 2.0"\nb,"3.0 4.0"\n',
    ],
)
def test_csv_variants(content: str, tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(content, encoding="utf-8", newline="")
    assert formats.detect(tmp_path / "v.csv").name == "csv"
    back = formats.read(tmp_path / "v.csv")
    assert back.tokens == ["a", "b"]
    assert back.vectors.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("word,0,1\na,1,2\nb,3\n", "row 2 (line 3): has 1 values, expected 2"),
        ("word,0,1\na,1,2\nb,3,4,5\n", "row 2 (line 3): has 3 values"),
        ("word,0,1\na,1,2\nb,3,x\n", "'x' as value 2"),
        ("word,0,1\na,1,2\nb,,4\n", "empty value"),
        ("word,0,1\na,1,2\nb,1 2,\n", "empty value or one with a space"),
        ("word,count,0\na,x,2\n", "'x' as count"),
        ('word,0,1\na,1,2\n"b,3,4\n', "is no CSV"),
        ("word,0,1\na,1,2\nb,3,4\nc,1,\x0b1\n", "row 3 (line 4)"),
    ],
)
def test_damaged_csv_is_named(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(content)
    assert said in refusal(tmp_path / "v.csv")


def test_counts_may_be_written_as_broken_numbers(tmp_path: Path) -> None:
    """As pandas does where a row once had none."""
    (tmp_path / "v.csv").write_text("word,count,0,1\na,9.0,1,2\nb,5.0,3,4\n")
    back = formats.read(tmp_path / "v.csv")
    assert back.counts is not None and back.counts.tolist() == [9, 5]
    assert back.vectors.tolist() == [[1, 2], [3, 4]]


def test_words_that_end_in_whole_numbers_keep_them(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("route 1,0.5,2\nroute 2,0.25,4\n")
    back = formats.read(tmp_path / "v.csv")
    assert back.tokens == ["route 1", "route 2"] and back.vectors[:, 1].tolist() == [2, 4]


@pytest.mark.parametrize("begin", ["a ", "a,", "a\t", "a: ", "a 1,"])
def test_a_million_digits_that_are_no_number_take_no_time(begin: str, tmp_path: Path) -> None:
    line = begin + "1" * 200_000 + "x\n"
    (tmp_path / "v.txt").write_text(line * 3)
    started = time.thread_time()
    refusal(tmp_path / "v.txt")
    assert time.thread_time() - started < 5


def test_old_line_ends_are_told(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_bytes(b"a 0.5 1\rb 0.25 3\rc 1 2.5\r")
    assert "carriage returns alone" in refusal(tmp_path / "v.txt")


def test_columns_that_are_nothing_known_are_told(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("rank,word,pos,count,0,1\n7,a,N,30,1,2\n9,b,V,20,3,4\n")
    back = formats.read(path)
    assert back.tokens == ["a", "b"] and back.vectors.tolist() == [[1, 2], [3, 4]]
    assert back.counts is not None and back.counts.tolist() == [30, 20]
    assert back.warnings == [
        "columns that are neither words nor values were left out ('rank', 'pos')"
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,N,1,2\nb,V,3,4\n", "several columns of text (column 1 and column 2)"),
        ('word,vector\na,"[1. 2. ... 9.]"\nb,"[3. 4. ... 8.]"\n', "NumPy did not print"),
        ('word,v,w\na,"[1, 2]","[1, 2]"\nb,"[3, 4]","[3, 4]"\n', "2 columns of vectors"),
        ('word,vector\na,"[1, 2]"\nb,"[3, 4, 5]"\n', "row 2 (line 3): has 3 values, expected 2"),
    ],
)
def test_tables_that_can_be_read_in_no_way_are_named(
    content: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "v.csv").write_text(content)
    assert said in refusal(tmp_path / "v.csv")


def test_a_quote_alone_is_a_word_where_nobody_escapes(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text('a,1,2\n",3,4\n,,5,6\nb,7,8\n')
    back = formats.read(tmp_path / "v.csv")
    assert back.tokens == ["a", '"', ",", "b"]
    assert back.vectors.tolist() == [[1, 2], [3, 4], [5, 6], [7, 8]]


# Tables of numbers


@pytest.mark.parametrize(
    ("vectors", "labels", "words"),
    [
        ("vecs.tsv", "meta.tsv", "the\nof\n"),
        ("vectors.tsv", "meta.tsv", "word\nthe\nof\n"),
        ("vectors.tsv", "labels.tsv", "word\tcount\nthe\t9\nof\t5\n"),
        ("glove_vectors.txt", "glove_words.txt", "the\nof\n"),
        ("entity2vec.vec", "entity2id.txt", "2\nof\t1\nthe\t0\n"),
        ("entity2vec.vec", "entity2id.txt", "2\nof 1\nthe 0\n"),
        ("vectors.tsv", "vocab.txt", "the 900\nof 500\n"),
        ("vectors.tsv", "words.json", '["the", "of"]'),
        ("vectors.tsv", "metadata.tsv", '"word"\t"tag"\n"the"\t"D"\n"of"\t"P"\n'),
        ("vectors.tsv", "metadata.tsv", "word\tfreq\nthe\t0.9\nof\t0.5\n"),
        ("vectors.tsv", "metadata.tsv", "id\tword\n1\tof\n0\tthe\n"),
        ("emb.csv", "vocab.txt", "the\nof"),
        ("run.tsv", "run.vocab.tsv", "the\t9\nof\t5\n"),
        ("embeddings.txt", "tokens.txt", "the\r\nof\r\n"),
    ],
)
@pytest.mark.parametrize("separator", ["\t", " ", ",", ";"])
def test_a_table_of_numbers_finds_its_words(
    vectors: str, labels: str, words: str, separator: str, tmp_path: Path
) -> None:
    rows = separator.join(("0.5", "-2", "1e-3")), separator.join(("-0.25", "3", "nan"))
    (tmp_path / vectors).write_text("\n".join(rows) + "\n")
    (tmp_path / labels).write_text(words, newline="")
    back = formats.read(tmp_path / vectors)
    assert back.tokens == ["the", "of"]
    assert back.vectors[:, :2].tolist() == [[0.5, -2], [-0.25, 3]]


def test_a_tab_at_the_end_of_rows_of_numbers(tmp_path: Path) -> None:
    """As programs for knowledge graphs write them."""
    (tmp_path / "entity2vec.vec").write_text("0.500000\t1.000000\t\n-0.500000\t2.000000\t\n")
    (tmp_path / "entity2id.txt").write_text("2\n/m/027rn\t0\n/m/06cx9\t1\n")
    assert formats.read(tmp_path / "entity2vec.vec").tokens == ["/m/027rn", "/m/06cx9"]


@pytest.mark.parametrize("separator", ["\t", " ", ","])
def test_numbers_without_words_are_refused(separator: str, tmp_path: Path) -> None:
    rows = [separator.join(row) for row in (("0.5", "1.5", "2"), ("0.25", "3", "4"))]
    (tmp_path / "v.txt").write_text("\n".join(rows) + "\n")
    assert "is a table of numbers only, 2 rows without words" in refusal(tmp_path / "v.txt")


def test_whole_numbers_name_rows(tmp_path: Path) -> None:
    """Nodes and items have numbers for names, and no labels."""
    (tmp_path / "v.txt").write_text("17 0.5 1.5\n4 0.25 3\n")
    assert formats.read(tmp_path / "v.txt").tokens == ["17", "4"]


def test_numbers_that_fit_two_readings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "v_vectors.tsv").write_text("17\t0.5\t1.5\n4\t0.25\t3\n")
    (tmp_path / "v_metadata.tsv").write_text("a\nb\n")
    said = refusal(tmp_path / "v_vectors.tsv")
    assert "2 values a row behind a number that names it, or 3 values whose words" in said


def test_a_table_of_words_keeps_what_stands_in_it(tmp_path: Path) -> None:
    """Numbers behind spaces are of the words, quotes too: only tabs part fields there."""
    words = [f"route {row}" for row in range(11)] + ['"x"']
    vectors = np.arange(24, dtype=np.float32).reshape(12, 2) + 0.5
    for counts in (None, np.arange(12, 0, -1)):
        formats.write(tmp_path / "p", VectorsData(words, vectors, counts), "projector")
        back = formats.read(tmp_path / "p")
        assert back.tokens == words and not back.warnings
        assert (back.counts is None) == (counts is None)


def test_whole_numbers_between_words_and_values_fit_two_readings(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    for numbers in ((90, 50, 7, 7, 5, 2), range(6)):
        pairs = zip("abcdef", numbers, strict=True)
        rows = "".join(f"{word} {number} 0.5 1.5\n" for word, number in pairs)
        path.write_text(rows)
        assert "the words' counts or numbers, or their first value" in refusal(path)
        path.write_text("6 2\n" + rows)
        assert "has a whole number behind its word, as all rows have" in refusal(path)
    path.write_text("".join(f"{word} {'9' * 5000} 0.5 1.5\n" for word in "abcdef"))
    assert formats.read(path).vectors.shape == (6, 3)
    path.write_text("3 2\n0 a 0.5 1.5\n1 b 0.5 1.5\n2 c 0.5 1.5\n")
    assert "has a whole number before its word" in refusal(path)
    path.write_text("4 2\n50 cent 0.5 1.5\n2 pac 1.5 2\na 1 2\nb 1 2\n")
    assert formats.read(path).tokens == ["50 cent", "2 pac", "a", "b"]
    path.write_text("a 1 0.5 1.5\nb 0 0.5 1.5\nc 1 0.5 1.5\nd 1 0.5 1.5\n")
    assert formats.read(path).vectors.shape == (4, 3)


def test_two_files_of_words_are_none(tmp_path: Path) -> None:
    (tmp_path / "vectors.tsv").write_text("0.5\t1.5\n0.25\t3\n")
    (tmp_path / "labels.tsv").write_text("a\nb\n")
    (tmp_path / "metadata.tsv").write_text("a\nb\n")
    assert formats.read(tmp_path / "vectors.tsv").tokens == ["a", "b"]
    (tmp_path / "metadata.tsv").write_text("b\na\n")
    said = refusal(tmp_path / "vectors.tsv")
    assert "has 2 rows, and metadata.tsv and labels.tsv beside it have as many words" in said


# Parquet


def test_parquet_has_the_columns_that_others_read(tmp_path: Path) -> None:
    formats.write(tmp_path / "v.parquet", data(), "parquet")
    table = pq.read_table(tmp_path / "v.parquet")
    assert table.schema.names == ["word", "vector", "count"]
    assert table.schema.field("vector").type == pa.list_(pa.float32(), 2)
    assert table.column("word").to_pylist() == ["a", "é", "c"]


def test_parquet_of_others(tmp_path: Path) -> None:
    lists = pa.array([[0.5, -2.0], [1.0, 3.0]], type=pa.list_(pa.float64()))
    table = pa.table({"token": ["a", "b"], "embedding": lists, "year": [1, 2]})
    pq.write_table(table, tmp_path / "v.parquet")
    back = formats.read(tmp_path / "v.parquet")
    assert back.tokens == ["a", "b"] and back.counts is None
    assert back.vectors.tolist() == [[0.5, -2], [1, 3]]


def test_parquet_with_a_column_a_dimension(tmp_path: Path) -> None:
    """As pandas writes a table of numbers with an index of words."""
    path = tmp_path / "v.parquet"
    columns = {"0": MATRIX[:, 0], "1": MATRIX[:, 1].astype(np.float64), "count": [9, 5, 1]}
    pq.write_table(pa.table({**columns, "__index_level_0__": ["é", "a", "c"]}), path)
    back = formats.read(path)
    assert back.tokens == ["é", "a", "c"] and np.array_equal(back.vectors, MATRIX[:, :2])
    assert back.counts is not None and back.counts.tolist() == [9, 5, 1]
    assert formats.read(path, ReadOptions(limit=2)).tokens == ["é", "a"]
    pq.write_table(pa.table({"word": ["a", "b"], "0": [1.0, None], "1": [2.0, 3.0]}), path)
    assert "has a value missing" in refusal(path)


@pytest.mark.parametrize("plaintext_footer", [True, False])
def test_encrypted_parquet_is_told(plaintext_footer: bool, tmp_path: Path) -> None:
    """The one with a footer to read ends the process where its columns are asked for."""
    encryption = pytest.importorskip("pyarrow.parquet.encryption")

    class Kms(encryption.KmsClient):  # type: ignore[misc, name-defined]
        def __init__(self, _connection: object) -> None:
            super().__init__()

        def wrap_key(self, key: bytes, _name: str) -> bytes:
            return key.hex().encode()

    options = encryption.EncryptionConfiguration(
        footer_key="f",
        column_keys={"c": ["vector.list.element"]},
        plaintext_footer=plaintext_footer,
    )
    properties = encryption.CryptoFactory(Kms).file_encryption_properties(
        encryption.KmsConnectionConfig(), options
    )
    table = pa.table({"word": ["a"], "vector": pa.array([[1.0, 2.0]], pa.list_(pa.float32()))})
    path = tmp_path / "v.parquet"
    with pq.ParquetWriter(path, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    assert "is an encrypted Parquet file" in refusal(path)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"word": ["a", "b"], "vector": [[1.0, 2.0], [3.0]]}, "a vector of 1 values, expected 2"),
        ({"word": ["a", "b"], "vector": [[1.0, 2.0], None]}, "without a vector"),
        ({"word": ["a", "b"], "vector": [[1.0, 2.0], [3.0, None]]}, "a value missing"),
        ({"word": ["a", None], "vector": [[1.0, 2.0], [3.0, 4.0]]}, "without a word"),
        ({"word": ["a"], "other": ["b"]}, "0 columns of lists"),
        ({"x": ["a"], "y": ["b"], "vector": [[1.0]]}, "2 columns of strings"),
        ({"word": pa.array([], "str"), "vector": pa.array([], pa.list_(pa.float32()))}, "no row"),
    ],
)  # fmt: skip
def test_odd_parquet_is_named(columns: dict[str, object], said: str, tmp_path: Path) -> None:
    pq.write_table(pa.table(columns), tmp_path / "v.parquet")
    assert said in refusal(tmp_path / "v.parquet")


def vectors_of(rows: int, size: int) -> pa.Array:
    flat = pa.array(np.zeros(rows * size, np.float32))
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32) * size), flat)


NOT_UTF8 = pa.Array.from_buffers(pa.string(), 2, pa.array([b"\xff", b"ab"]).buffers())
HOSTILE_PARQUET: dict[str, tuple[list[pa.Array], list[str], str]] = {
    "two of words": (
        [pa.array(["a", "b"]), pa.array(["c", "d"]), vectors_of(2, 3)],
        ["word", "word", "vector"],
        "has two columns named 'word'",
    ),
    "two of counts": (
        [pa.array(["a"]), vectors_of(1, 3), pa.array([1]), pa.array([2])],
        ["word", "vector", "count", "count"],
        "has two columns named 'count'",
    ),
    "a count beyond 64 bits": (
        [pa.array(["a"]), vectors_of(1, 3), pa.array([2**64 - 1], pa.uint64())],
        ["word", "vector", "count"],
        "a count that is negative, or beyond 64 bits",
    ),
    "a count below 0": (
        [pa.array(["a"]), vectors_of(1, 3), pa.array([-1])],
        ["word", "vector", "count"],
        "a count that is negative, or beyond 64 bits",
    ),
    "a vector of nothing": (
        [pa.array(["a", "b"]), vectors_of(2, 0)],
        ["word", "vector"],
        "row 1: has a vector of 0 values, expected 1 to 100,000",
    ),
    "text that is not UTF-8": (
        [NOT_UTF8, vectors_of(2, 3)],
        ["word", "vector"],
        "is not a whole and sound Parquet file",
    ),
    "one vector of millions": (
        [pa.array(["a"]), vectors_of(1, 20_000_000)],
        ["word", "vector"],
        "unpacks to 80,000,000 bytes, far more than vectors in a file of",
    ),
    "rows that repeat for ever": (
        [pa.array(["a"] * 400), vectors_of(400, 50_000)],
        ["word", "vector"],
        "unpacks to 80,000,000 bytes, far more than vectors in a file of",
    ),
}


@pytest.mark.parametrize("case", HOSTILE_PARQUET)
def test_hostile_parquet_is_refused_before_it_is_unpacked(case: str, tmp_path: Path) -> None:
    columns, names, said = HOSTILE_PARQUET[case]
    path = tmp_path / "v.parquet"
    pq.write_table(pa.Table.from_arrays(columns, names), path, compression="zstd")
    before = pa.default_memory_pool().max_memory()
    assert said in refusal(path)
    # Nothing beyond what writing it took.
    assert pa.default_memory_pool().max_memory() <= before


def test_parquet_without_its_package_names_the_extra(tmp_path: Path) -> None:
    formats.write(tmp_path / "v.parquet", data(), "parquet")
    program = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from lexiscope.cli.main import main\n"
        "sys.exit(main(['convert', sys.argv[1], sys.argv[1] + '.npy']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "v.parquet")],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "lexiscope[parquet]" in done.stderr and len(done.stderr.splitlines()) == 1
