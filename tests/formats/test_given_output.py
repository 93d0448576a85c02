"""W′ given as a file of its own, matched by words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lexiscope
from lexiscope import ConfigError, FormatError, formats
from lexiscope.formats import ReadOptions
from lexiscope.formats.conversion import convert

OWN = "3 2\nking 0.1 0.2\nqueen 0.3 0.4\nsea 0.5 0.6\n"
CONTEXTS = "3 2\nsea 5 6\nking 1 2\nqueen 3 4\n"
EXPECTED = [[1, 2], [3, 4], [5, 6]]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    own, contexts = tmp_path / "vec.txt", tmp_path / "ctx.txt"
    own.write_text(OWN)
    contexts.write_text(CONTEXTS)
    return own, contexts


def test_rows_are_matched_by_word(pair: tuple[Path, Path]) -> None:
    vectors = lexiscope.load(pair[0], output_vectors=pair[1])
    assert vectors.index_to_key == ["king", "queen", "sea"]
    np.testing.assert_array_equal(vectors.output_vectors, np.float32(EXPECTED))
    np.testing.assert_array_equal(vectors["queen"], np.float32([0.3, 0.4]))


def test_a_part_of_the_rows_takes_a_part_of_the_others(pair: tuple[Path, Path]) -> None:
    first = lexiscope.load(pair[0], limit=2, output_vectors=pair[1])
    assert first.output_vectors.tolist() == EXPECTED[:2]
    last = lexiscope.load(pair[0], words=["sea"], output_vectors=pair[1])
    assert last.output_vectors.tolist() == EXPECTED[2:]


def test_another_format_and_another_encoding_will_do(tmp_path: Path) -> None:
    own, contexts = tmp_path / "vec.txt", tmp_path / "ctx.txt"
    own.write_bytes(OWN.replace("sea", "mér").encode("latin-1"))
    contexts.write_bytes(CONTEXTS.partition("\n")[2].replace("sea", "mér").encode("latin-1"))
    vectors = lexiscope.load(own, encoding="latin-1", output_vectors=contexts)
    assert "mér" in vectors and vectors.output_vectors.tolist() == EXPECTED


@pytest.mark.parametrize(
    ("contexts", "said"),
    [
        (CONTEXTS.replace("sea", "see"), r"no row for the word 'sea' of vec\.txt"),
        ("4 2\na 0 1\n" + CONTEXTS.partition("\n")[2], r"has the word 'a' that vec\.txt has not"),
        ("2 2\nking 1 2\nsea 5 6\n", r"no row for the word 'queen'"),
        ("3 2\na 1 2\nb 3 4\nking 1 2\n", r"no row for 2 words \('queen', 'sea'\) of vec"),
        ("3 3\nsea 5 6 0\nking 1 2 0\nqueen 3 4 0\n", "3 values a row, vec.txt 2"),
        ("3 2\nsea 5 6\nking 1\n", "row 2"),
    ],
)
def test_other_words_and_sizes_are_refused(
    pair: tuple[Path, Path], contexts: str, said: str
) -> None:
    pair[1].write_text(contexts)
    with pytest.raises(FormatError, match=said) as refused:
        lexiscope.load(pair[0], output_vectors=pair[1])
    assert str(refused.value).startswith(str(pair[1]))
    assert "\n" not in str(refused.value)


def test_what_cannot_be_meant_is_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="output matrix of itself"):
        lexiscope.load(pair[0], output_vectors=pair[0])
    with pytest.raises(FormatError, match="no such file"):
        lexiscope.load(pair[0], output_vectors=tmp_path / "none.txt")
    both = tmp_path / "model"
    lexiscope.load(pair[0], output_vectors=pair[1]).save(both)
    with pytest.raises(FormatError, match="has an output matrix itself"):
        lexiscope.load(both, output_vectors=pair[1])
    with pytest.raises(FormatError, match="both an input and an output matrix"):
        lexiscope.load(pair[0], output_vectors=both)


def test_a_model_folder_keeps_them(pair: tuple[Path, Path], tmp_path: Path) -> None:
    done = convert(pair[0], tmp_path / "model", output=pair[1], options=ReadOptions(limit=2))
    assert done.words == 2 and not done.lost
    data = formats.read(tmp_path / "model")
    assert data.output is not None and data.output.tolist() == EXPECTED[:2]
