"""finalfusion's files: every kind of vocabulary and matrix, and what is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from lexiscope.errors import FormatError
from lexiscope.formats import detect
from lexiscope.formats.contract import ReadOptions
from lexiscope.formats.kinds import finalfusion
from lexiscope.formats.kinds.fasttext.subwords import unseen_vector
from tests.support import finalfusion_bytes as made
from tests.support.fasttext_bytes import fnv1a, ngrams

WORDS = ["the", "naïve", "日本", "a b"]
RNG = np.random.default_rng(0)
UNITS = RNG.normal(size=(4, 6)).astype(np.float32)
SIZES = np.array([1.5, 2.0, 0.25, 3.0], dtype=np.float32)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "v.fifu"
    path.write_bytes(content)
    return path


def test_rows_are_given_back_their_lengths(tmp_path: Path) -> None:
    path = write(tmp_path, made.simple(WORDS, UNITS, SIZES))
    assert detect(path).name == "finalfusion"
    data = finalfusion.read(path)
    assert data.tokens == WORDS
    assert np.array_equal(data.vectors, UNITS * SIZES[:, None])
    assert data.metadata == {"finalfusion": 'made_by = "hand"\n'}
    assert data.warnings == []
    some = finalfusion.read(path, ReadOptions(limit=2, words=frozenset({"naïve"})))
    assert np.array_equal(some.vectors, UNITS[1:2] * SIZES[1])


def test_without_lengths_rows_are_as_they_stand(tmp_path: Path) -> None:
    data = finalfusion.read(write(tmp_path, made.simple(WORDS, UNITS)))
    assert np.array_equal(data.vectors, UNITS)


def test_fasttexts_ngrams_answer_unseen_words(tmp_path: Path) -> None:
    rows = RNG.normal(size=(4 + 7, 6)).astype(np.float32)
    file = made.File(made.FASTTEXT, made.MATRIX)
    file.add(made.FASTTEXT, struct.pack("<Q3I", 4, 3, 6, 7) + made.strings(WORDS))
    file.add(made.MATRIX, made.matrix(rows, file.start))
    data = finalfusion.read(write(tmp_path, file.content))
    assert np.array_equal(data.vectors, rows[:4])
    expected = rows[[4 + fnv1a(n.encode()) % 7 for n in ngrams("sea", 3, 6)]].mean(axis=0)
    assert np.allclose(unseen_vector("sea", data.subwords), expected, atol=1e-6)


@pytest.mark.parametrize("counted", [True, False])
def test_other_ngrams_are_left_out_and_told(counted: bool, tmp_path: Path) -> None:
    rows = RNG.normal(size=(4 + 4, 6)).astype(np.float32)
    hashed = made.File(made.BUCKETS, made.MATRIX)
    hashed.add(made.BUCKETS, struct.pack("<Q3I", 4, 3, 6, 2) + made.strings(WORDS))
    hashed.add(made.MATRIX, made.matrix(rows, hashed.start))
    named = made.File(made.EXPLICIT, made.MATRIX)
    content = struct.pack("<2Q2I", 4, 3, 3, 6) + made.strings(WORDS)
    for row, ngram in enumerate(("<th", "the", "he>")):
        content += made.strings([ngram]) + struct.pack("<Q", row)
    # finalfusion-python forgets eight bytes an n-gram and eight more when it counts them.
    length = len(content) - (0 if counted else 3 * 8)
    named.content += struct.pack("<IQ", made.EXPLICIT, length) + content
    named.add(made.MATRIX, made.matrix(rows, named.start))
    for file in (hashed, named):
        data = finalfusion.read(write(tmp_path, file.content))
        assert data.tokens == WORDS
        assert np.array_equal(data.vectors, rows[:4])
        assert data.subwords is None
        assert "unseen words have no vectors" in data.warnings[0]


@pytest.mark.parametrize("rotated", [True, False])
@pytest.mark.parametrize("scaled", [True, False])
def test_quantised_matrices_are_put_together(rotated: bool, scaled: bool, tmp_path: Path) -> None:
    tables = RNG.normal(size=(3, 5, 2)).astype(np.float32)
    codes = RNG.integers(0, 5, size=(4, 3))
    rotation = np.linalg.qr(RNG.normal(size=(6, 6)))[0].astype(np.float32) if rotated else None
    sizes = SIZES if scaled else None
    file = made.File(made.WORDS, made.QUANTIZED)
    file.add(made.WORDS, struct.pack("<Q", 4) + made.strings(WORDS))
    file.add(
        made.QUANTIZED,
        made.quantized(codes, tables, file.start, sizes=sizes, rotation=rotation),
    )
    expected = np.concatenate([tables[piece][codes[:, piece]] for piece in range(3)], axis=1)
    if rotation is not None:
        expected = expected @ rotation.T
    if sizes is not None:
        expected = expected * sizes[:, None]
    data = finalfusion.read(write(tmp_path, file.content))
    assert np.allclose(data.vectors, expected, atol=1e-6)
    changed = file.content[:-1] + b"\x05"
    with pytest.raises(FormatError, match="code 5, where tables have 5 entries"):
        finalfusion.read(write(tmp_path, changed))


def test_floret_is_named(tmp_path: Path) -> None:
    file = made.File(made.FLORET).add(made.FLORET, b"\0" * 40)
    with pytest.raises(FormatError, match="floret"):
        finalfusion.read(write(tmp_path, file.content))


# What breaks parsers


def test_a_file_cut_anywhere_is_refused_with_the_byte(tmp_path: Path) -> None:
    content = made.simple(WORDS, UNITS, SIZES)
    for length in range(5, len(content)):
        with pytest.raises(FormatError) as caught:
            finalfusion.read(write(tmp_path, content[:length]))
        assert caught.value.position.startswith("byte "), length


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (struct.pack("<2I", 0, 4), struct.pack("<2I", 7, 4), "version 0"),
        (struct.pack("<2I", 0, 4), struct.pack("<2I", 0, 2**31), "the list of 2,147,483,648"),
        (struct.pack("<IQ", 1, 8 + 16 + 18), struct.pack("<IQ", 1, 1 << 60), "a chunk of kind 1"),
        (struct.pack("<Q", 4) + b"\3\0", struct.pack("<Q", 10**12) + b"\3\0", "do not fit"),
        (b"\3\0\0\0the", b"\xff\xff\xff\xffthe", "reaches beyond its chunk"),
        (struct.pack("<Q2I", 4, 6, 10), struct.pack("<Q2I", 10**12, 6, 10), r"needs .* bytes"),
        (struct.pack("<Q2I", 4, 6, 10), struct.pack("<Q2I", 4, 0, 10), "0 values"),
        (struct.pack("<Q2I", 4, 6, 10), struct.pack("<Q2I", 6, 4, 10), "6 rows"),
        (struct.pack("<Q2I", 4, 6, 10), struct.pack("<Q2I", 4, 6, 11), "type 11"),
        (struct.pack("<QI", 4, 10), struct.pack("<QI", 3, 10), r"3 lengths|needs"),
        (struct.pack("<I", 2), struct.pack("<I", 77), "kind"),
    ],
)
def test_headers_that_lie_are_refused(old: bytes, new: bytes, said: str, tmp_path: Path) -> None:
    content = made.simple(WORDS, UNITS, SIZES)
    assert old in content
    with pytest.raises(FormatError, match=said):
        finalfusion.read(write(tmp_path, content.replace(old, new, 1)))


def test_a_file_without_words_or_matrix_is_refused(tmp_path: Path) -> None:
    file = made.File(made.WORDS).add(made.WORDS, struct.pack("<Q", 4) + made.strings(WORDS))
    with pytest.raises(FormatError, match="no matrix"):
        finalfusion.read(write(tmp_path, file.content))
    file = made.File(made.MATRIX)
    file.add(made.MATRIX, made.matrix(UNITS, file.start))
    with pytest.raises(FormatError, match="no vocabulary"):
        finalfusion.read(write(tmp_path, file.content))


def test_repeated_words_and_bytes_after_the_end_are_told(tmp_path: Path) -> None:
    content = made.simple(["a", "b", "a", "c"], UNITS) + b"more"
    data = finalfusion.read(write(tmp_path, content))
    assert data.tokens == ["a", "b", "c"]
    assert np.array_equal(data.vectors, UNITS[[0, 1, 3]])
    assert "1 rows repeat a word" in data.warnings[0]
    assert "4 bytes after the last chunk" in data.warnings[1]


@pytest.mark.parametrize("less", [1, 2, 3])
def test_values_that_a_damaged_length_moves_are_refused(less: int, tmp_path: Path) -> None:
    content = made.simple(WORDS, UNITS, SIZES)
    length = next(n for n in range(400) if struct.pack("<IQ", made.MATRIX, n) in content)
    right, wrong = (struct.pack("<IQ", made.MATRIX, n) for n in (length, length - less))
    with pytest.raises(FormatError, match=r"no multiple of 4|the file is damaged"):
        finalfusion.read(write(tmp_path, content.replace(right, wrong, 1)))
