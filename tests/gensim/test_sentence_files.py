"""Readers of files beside gensim's: the same sentences, and what they are known to be read from."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path
from typing import Any

import pytest
import zstandard
from gensim.models import word2vec as peer

from lexiscope import Word2Vec
from lexiscope.corpus.input import sentence_files as ours
from lexiscope.corpus.input.sentence_files import LineSentence, PathLineSentences, Text8Corpus

# Whitespace of all kinds, blank lines, a long line, and no end of the last one.
TEXT = (
    "a b\u3000c\u00a0d  e\x1cf\r\n\n  \nlong "
    + " ".join(f"w{number}" for number in range(50))
    + "\nlast\x85é"
)
LIMITS: list[dict[str, Any]] = [
    {},
    {"max_sentence_length": 7},
    {"limit": 1},
    {"limit": 4, "max_sentence_length": 3},
]


@pytest.fixture
def path(tmp_path: Path) -> str:
    place = tmp_path / "text.txt"
    place.write_bytes(TEXT.encode())
    return str(place)


@pytest.mark.parametrize("options", LIMITS)
def test_lines_of_a_path_and_of_open_files(path: str, options: dict[str, Any]) -> None:
    expected = list(peer.LineSentence(path, **options))
    reader = LineSentence(path, **options)
    assert list(reader) == list(reader) == expected
    with Path(path).open("rb") as binary, Path(path).open(encoding="utf-8", newline="\n") as text:
        assert list(LineSentence(binary, **options)) == expected
        assert list(LineSentence(text, **options)) == expected


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress]
)
def test_packed_files_whatever_their_name(path: str, pack: Any, tmp_path: Path) -> None:
    packed = tmp_path / "packed.txt"
    packed.write_bytes(pack(TEXT.encode()))
    assert list(LineSentence(packed)) == list(LineSentence(path))


@pytest.mark.parametrize("options", LIMITS)
def test_files_of_a_folder(tmp_path: Path, options: dict[str, Any]) -> None:
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text(f"{name} x y\nz z\n\n")
    theirs = peer.PathLineSentences(str(tmp_path), **options)
    reader = PathLineSentences(str(tmp_path), **options)
    assert list(reader) == list(theirs) and reader.input_files == theirs.input_files
    (tmp_path / "folder").mkdir()
    assert PathLineSentences(tmp_path).input_files == reader.input_files
    one = str(tmp_path / "a.txt")
    assert list(PathLineSentences(one)) == list(peer.PathLineSentences(one))
    with pytest.raises(ValueError, match="no such folder"):
        PathLineSentences(str(tmp_path / "none"))


@pytest.mark.parametrize("longest", [7, 1000, 10_000])
@pytest.mark.parametrize("end", ["", " "])
def test_text8(tmp_path: Path, longest: int, end: str) -> None:
    place = tmp_path / "text8"
    place.write_text(" ".join(f"w{n % 97}" for n in range(30_000)) + end)
    words = [w for sentence in peer.Text8Corpus(str(place), longest) for w in sentence]
    sentences = list(Text8Corpus(str(place), longest))
    assert [w for sentence in sentences for w in sentence] == words
    assert {len(sentence) for sentence in sentences[:-1]} <= {longest}
    if not end:  # else gensim's last sentence may be longer than it should
        assert sentences == list(peer.Text8Corpus(str(place), longest))


def test_text8_with_lines_loses_no_space(tmp_path: Path) -> None:
    place = tmp_path / "lines"
    place.write_text("ab\ncd " * 9000)
    assert {w for sentence in Text8Corpus(place) for w in sentence} == {"ab", "cd"}
    model = Word2Vec(Text8Corpus(place), vector_size=4, epochs=1)
    assert model.corpus_report is not None and model.corpus_report.sentences == 1


def test_brown(tmp_path: Path) -> None:
    (tmp_path / "ca01").write_text("The/at Fulton/np-tl ,/, jury/nn x/y/z said/vbd ./.\n\n,/,\n")
    expected = list(peer.BrownCorpus(str(tmp_path)))
    assert (
        list(ours.BrownCorpus(str(tmp_path)))
        == expected
        == [["the/at", "fulton/np", "jury/nn", "said/vb"]]
    )


def test_a_reader_given_to_word2vec_is_read_as_its_sentences(path: str) -> None:
    expected = Word2Vec(list(LineSentence(path)), vector_size=4, min_count=1, epochs=1)
    model = Word2Vec(LineSentence(path), vector_size=4, min_count=1, epochs=1)
    assert model.wv.index_to_key == expected.wv.index_to_key
    assert (model.wv.vectors == expected.wv.vectors).all()
    assert model.corpus_report is not None and model.corpus_report.files == 1


class Upper(LineSentence):
    """A reader with its own sentences."""

    def __iter__(self) -> Any:
        for sentence in super().__iter__():
            yield [word.upper() for word in sentence]


def test_what_sentences_are_read_from(path: str) -> None:
    files = LineSentence(path).as_files()
    assert files is not None and files.files == (path,) and files.longest == 10_000
    assert LineSentence(path, limit=3).as_files() is None
    assert Upper(path).as_files() is None
    with Path(path).open("rb") as stream:
        assert LineSentence(stream).as_files() is None
    assert "LONG" in Word2Vec(Upper(path), vector_size=4, min_count=1, epochs=1).wv


def test_another_encoding_is_told(tmp_path: Path) -> None:
    place = tmp_path / "latin"
    place.write_bytes("ein schöner Tag".encode("latin-1"))
    with pytest.raises(UnicodeError, match="is not UTF-8: convert the file"):
        list(LineSentence(place))
    with pytest.raises(UnicodeError):
        list(peer.LineSentence(str(place)))
