"""No writer writes what its reader refuses or reads as something else.

Whatever the words are, a format either refuses them before its target is touched, in one line with
the word escaped, or gives them back with their rows.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lexiscope import formats
from lexiscope.errors import ConfigError, FormatError, LexiscopeError
from lexiscope.formats import FORMATS, Format, VectorsData
from lexiscope.formats.contract import as_stream
from lexiscope.formats.reading import text_rows
from lexiscope.interop.exports import TARGETS, ExportData, export, load_export
from lexiscope.shown import shown

WRITABLE = [known for known in FORMATS if known.write is not None]
ODD = [
    "", " ", "  ", "\t", "\n", "\r", "\r\n", "\0", "\x01", "\x1b[2J", "\x7f", "\x85", "\u2028",
    "\u00a0", "\u3000", "\u202e", "\u2066a\u2069", "\ufeff", "\ufeffa", "2 3", "3 2\n", "10 5", "7",
    "0.5", "-1e-3", "nan", "inf", "a nan", "a 7", "a 0.5", "route 66", "a\tb c", " a", "a ", "a  b",
    '"', '""', "'", ",", "a,b", '"a', "a\nb", "\\", "\\n", "\\x80", "\\ud800", "word", "count",
    "word\tcount", "word,0,1", "[UNK]", "<unk>", "</s>", "#", "PAR1", "FiFu", "<html>",
    "<!DOCTYPE html", "version https://git-lfs.github.com/spec/v1", "BZh91AY&SY", "PK\x03\x04",
    "\x1f\udc8b\x08", "\udc80\x04\udc95", "\udc93NUMPY", "\udcba\x16O/", "\udcff\udcfea",
    "\udce3\udc81", "\udcc3\udca9", "é", "e\u0301", "\ud800", "\udfff", "\udced\udca0\udc80",
    "\ud83d\ude00", "😀", "ﬁ", "fi", "ß", "İ", "a" * 300, "é" * 300, "tokens", "node 0",
    "a [row 1]", "a", "null", "true", "{}", "[row 0]", " [row 0]",
]  # fmt: skip
LONG = ["x" * 32_768, "x" * 32_769, "y" * 65_535, "y" * 65_536, "z" * 65_537, "é" * 100_000]

characters = st.one_of(
    st.characters(),
    st.characters(categories=["Cc", "Cf", "Cs", "Zs", "Zl", "Zp"]),
    st.sampled_from([*map(chr, range(0xDC80, 0xDD00)), *' \t\n\r\0",\\.0123456789eEnaif+-']),
)
words = st.one_of(
    st.text(characters, max_size=12),
    st.sampled_from(ODD),
    st.builds(str.__add__, st.sampled_from(ODD), st.sampled_from(ODD)),
)
values = st.one_of(
    st.floats(width=16, allow_nan=True, allow_infinity=True),
    st.floats(width=32, allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -0.0, 1.0, 1e-7, 1e-45, 1e15, 3e15, 3.4e38, 123456.79, np.pi]),
)


@st.composite
def tables(draw: st.DrawFn, *, least: int = 0, distinct: bool = True) -> VectorsData:
    """Words, and rows of either type for them; with counts or without."""
    found = draw(st.lists(words, min_size=least, max_size=6, unique=distinct))
    columns = draw(st.integers(1 if found else 0, 7))
    dtype = draw(st.sampled_from(["float32", "float16"]))
    flat = draw(st.lists(values, min_size=columns, max_size=columns))
    with np.errstate(over="ignore"):
        matrix = np.array([np.roll(flat, row) for row in range(len(found))], dtype=dtype)
    matrix = matrix.reshape(len(found), columns)
    counts = np.arange(len(found), 0, -1) if draw(st.booleans()) else None
    return VectorsData(found, matrix, counts)


def names(known: Format) -> str:
    return known.name


def target(known: Format, folder: Path) -> Path:
    ending = known.extensions[0] if known.extensions and not known.is_folder else ""
    return folder / f"v{ending}"


def same(found: np.ndarray, expected: np.ndarray) -> bool:
    """Whether rows are the same but for the type, of which float32 holds every float16."""
    with np.errstate(invalid="ignore"):
        return np.array_equal(found.astype(np.float32), expected.astype(np.float32), equal_nan=True)


def written_or_refused(known: Format, data: VectorsData, *, streamed: bool = False) -> str:
    """Tries a format with data; gives what was said where it refused them."""
    with TemporaryDirectory() as folder:
        path = target(known, Path(folder))
        try:
            formats.write(path, as_stream(data) if streamed else data, known.name)
        except (ConfigError, FormatError) as error:
            assert list(Path(folder).iterdir()) == []
            assert shown(str(error)) == str(error)
            assert len(str(error)) < 500
            return str(error)
        back = formats.read(path)
        assert back.tokens == data.tokens
        assert same(back.vectors, data.vectors)
        if back.counts is not None and data.counts is not None:
            assert back.counts.tolist() == data.counts.tolist()
        with known.open(path) as stream:
            assert [word for block in stream.blocks for word in block.tokens] == data.tokens
        first = formats.read(path, formats.ReadOptions(limit=1))
        assert first.tokens == data.tokens[:1]
        return ""


@pytest.mark.slow
@pytest.mark.parametrize("known", WRITABLE, ids=names)
@given(data=tables(), streamed=st.booleans())
@settings(max_examples=40)
@example(data=VectorsData(["a", "b"], np.full((2, 2), np.nan, np.float32)), streamed=False)
@example(data=VectorsData([], np.zeros((0, 3), np.float32)), streamed=True)
@example(data=VectorsData(["a"], np.zeros((1, 0), np.float32)), streamed=True)
def test_words_come_back_or_are_refused(known: Format, data: VectorsData, streamed: bool) -> None:
    written_or_refused(known, data, streamed=streamed)


@pytest.mark.slow
@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_each_odd_word_comes_back_or_is_refused(known: Format) -> None:
    rng = np.random.default_rng(3)
    for columns in (1, 3):
        for word in [*ODD, *LONG]:
            matrix = rng.normal(size=(3, columns)).astype(np.float32)
            others = ["other", "more"]
            for place in (0, 2):
                order = [*others[:place], word, *others[place:]]
                said = written_or_refused(known, VectorsData(order, matrix))
                if known.tokens.fault(word, is_first=place == 0) is not None:
                    assert said, word
                else:
                    assert not said or "would be taken for" in said or columns < 2, said


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_plain_words_are_never_refused(known: Format) -> None:
    rng = np.random.default_rng(5)
    plain = ["the", "naïve", "日本語", "a.b", "don't", "x-1", "1990", "U.S.", "😀", "C++", "@user"]
    for columns in (2, 3, 50):
        matrix = (rng.normal(size=(len(plain), columns)) / 3).astype(np.float32)
        assert written_or_refused(known, VectorsData(plain, matrix)) == ""


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_control_characters_in_several_words_come_back_where_they_can(known: Format) -> None:
    # Three such words in a file made word2vec's binary reader take it for damaged.
    odd = ["a\x01b", "c\x02d", "e\x03f", "\x1b[31m", "\x7f"]
    matrix = np.random.default_rng(5).normal(size=(5, 4)).astype(np.float32)
    assert written_or_refused(known, VectorsData(odd, matrix)) == ""


@pytest.mark.parametrize("known", WRITABLE, ids=names)
@pytest.mark.parametrize("word", LONG, ids=lambda word: str(len(word.encode())))
def test_long_words_come_back_or_are_refused(known: Format, word: str) -> None:
    matrix = np.random.default_rng(5).normal(size=(3, 4)).astype(np.float32)
    for order in ([word, "a", "b"], ["a", "b", word]):
        said = written_or_refused(known, VectorsData(order, matrix))
        longest = known.tokens.longest
        assert bool(said) == (longest is not None and len(word.encode()) > longest)
        assert not said or "bytes" in said


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_words_that_are_one_after_normalisation_stay_two(known: Format) -> None:
    pairs = [
        "\u00e9",
        "e\u0301",
        "ﬁ",
        "fi",
        "\u212b",
        "\u00c5",
        "ſ",
        "s",
        "A",
        "a",
        "\u00a0",
        "\u2003",
    ]
    assert len({unicodedata.normalize("NFKC", word) for word in pairs}) < len(pairs)
    matrix = np.random.default_rng(5).normal(size=(len(pairs), 3)).astype(np.float32)
    assert written_or_refused(known, VectorsData(pairs, matrix)) == ""


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_a_word_that_is_there_twice_is_refused(known: Format) -> None:
    matrix = np.ones((2, 3), dtype=np.float32)
    assert "duplicates" in written_or_refused(known, VectorsData(["a", "a"], matrix))
    assert "expected 0 or more" in written_or_refused(
        known, VectorsData(["a", "b"], matrix, np.array([1, -1]))
    )


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_a_refusal_leaves_what_was_there(known: Format, tmp_path: Path) -> None:
    path = target(known, tmp_path)
    matrix = np.random.default_rng(5).normal(size=(2, 3)).astype(np.float32)
    formats.write(path, VectorsData(["a", "b"], matrix), known.name)
    word = next((word for word in ODD if known.tokens.fault(word) is not None), None)
    wrong = ["c", "c"] if word is None else ["c", word]
    with pytest.raises(LexiscopeError):
        formats.write(path, VectorsData(wrong, matrix + 1), known.name)
    back = formats.read(path)
    assert back.tokens == ["a", "b"]
    assert np.array_equal(back.vectors, matrix)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["word2vec-text", "glove"])
@given(data=tables(least=1))
@settings(max_examples=40)
def test_compiled_code_reads_the_same(name: str, data: VectorsData) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_rows, "_COMPILED_FROM_BYTES", 0)
        written_or_refused(formats.by_name(name), data)


@pytest.mark.slow
@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_wide_rows_come_back(known: Format) -> None:
    matrix = (np.random.default_rng(5).normal(size=(3, 20_000)) / 3).astype(np.float32)
    for word in ("a", "b" * 30_000):
        assert written_or_refused(known, VectorsData([word, "c", "d e f"[:1]], matrix)) == ""


@pytest.mark.slow
@pytest.mark.parametrize("to", TARGETS)
@given(data=tables(least=1, distinct=False))
@settings(max_examples=25)
@example(data=VectorsData(["a", "a [row 2]", "a"], np.eye(3, dtype=np.float32)))
@example(data=VectorsData(["a", "b"], -np.full((2, 2), np.nan, np.float32)))
@example(data=VectorsData(["\ufeffa", "<html>"], np.eye(2, dtype=np.float32)))
@example(data=VectorsData(["<!DOCTYPE html", "\ud800"], np.eye(2, dtype=np.float32)))
def test_exports_come_back_or_are_refused(to: str, data: VectorsData) -> None:
    with TemporaryDirectory() as folder:
        out = Path(folder) / "e"
        matrices = {"input": data.vectors.astype(np.float32)}
        try:
            export(ExportData(tokens=data.tokens, matrices=matrices, counts=data.counts), out, to)
        except (ConfigError, FormatError) as error:
            assert not out.exists()
            assert shown(str(error)) == str(error)
            return
        back = load_export(out)
        assert back.tokens == data.tokens
        assert same(back.matrices["input"], data.vectors)
        assert (back.counts is None) == (data.counts is None)
