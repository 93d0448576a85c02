"""`lexiscope check`: what it says of sound, odd and broken files, and what it saves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import lexiscope
from lexiscope import formats
from lexiscope.cli.main import main
from lexiscope.formats import VectorsData
from lexiscope.vectors.health import examine

RNG = np.random.default_rng(0)
WORDS = [f"w{row}" for row in range(400)]
MATRIX = RNG.normal(size=(400, 12)).astype(np.float32)


def file_of(
    folder: Path, words: list[str], matrix: np.ndarray, name: str = "word2vec-binary"
) -> Path:
    path = folder / "v.bin"
    formats.write(path, VectorsData(words, matrix.astype(np.float32)), name)
    return path


def test_a_sound_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(tmp_path, WORDS, MATRIX)
    assert main(["check", str(path)]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    for part in ("word2vec-binary", "400", "12", "median", "ρ =", "hubs", "Sound.\n"):
        assert part in shown.out, part
    assert main(["check", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {
        "format": "word2vec-binary",
        "words": 400,
        "dim": 12,
        "warnings": [],
        "problems": [],
    }


def test_warnings_are_told_and_the_file_is_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, matrix = list(WORDS), MATRIX.copy()
    words[3:7] = ["Ã©tÃ©", "lost\ufffd", "cut\udce3", "zero"]
    matrix[6] = 0
    matrix[8] = matrix[9]
    matrix[10, 2] = np.nan
    matrix[11] *= 500
    matrix[:, 5] = 0
    path = file_of(tmp_path, words, matrix)
    assert main(["check", str(path)]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    for part in (
        "'Ã©tÃ©'",
        "U+FFFD, where an earlier program lost characters ('lost\ufffd')",
        "1 words are not whole UTF-8",
        "1 rows of zeros only",
        "1 words have the very same vector as another word ('w8')",
        "1 rows with NaN or infinity",
        "1 rows are more than 20 times as long as the median ('w11')",
        "1 of 12 columns have the same value in every row",
        "warnings.\n",
    ):
        assert part in shown.out, part


def test_normalised_rows_and_strange_scales_are_told(tmp_path: Path) -> None:
    units = MATRIX / np.linalg.norm(MATRIX, axis=1, keepdims=True)
    (warning,) = examine(file_of(tmp_path, WORDS, units)).warnings
    assert "all rows have length 1" in warning
    (warning,) = examine(file_of(tmp_path, WORDS, MATRIX * 1e-6)).warnings
    assert "which no usual training gives" in warning


def test_a_hub_is_named(tmp_path: Path) -> None:
    # Words around one that lies in their middle.
    matrix = RNG.normal(size=(400, 50))
    matrix[:, 0] += 6
    matrix[17] = 0
    matrix[17, 0] = 6
    (warning,) = examine(file_of(tmp_path, WORDS, matrix)).warnings
    assert "'w17' is among the 10 nearest of" in warning


def test_lengths_are_compared_with_counts(tmp_path: Path) -> None:
    order = np.arange(1, 401)
    matrix = MATRIX * order[:, None]
    data = VectorsData(WORDS, matrix, counts=order.astype(np.int64))
    formats.write(tmp_path / "m", data, "model")
    facts = dict(examine(tmp_path / "m").facts)
    assert facts["length and frequency"].startswith("ρ = +0.9")
    assert facts["length and frequency"].endswith("(frequency by counts)")


def test_a_broken_file_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file_of(tmp_path, WORDS, MATRIX)
    path.write_bytes(path.read_bytes()[:-10])
    assert main(["check", str(path)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "row 400" in shown.err
    assert main(["check", str(path), "--json"]) == 1
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert document["format"] == "word2vec-binary"
    assert document["words"] is document["dim"] is None
    assert "row 400" in document["problems"][0]
    assert shown.err.count("\n") == 1


def test_what_is_no_vectors_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "v.bin"
    page.write_text("<!DOCTYPE html><html>Sign in</html>")
    assert main(["check", str(page)]) == 1
    assert "a web page" in capsys.readouterr().err
    assert main(["check", str(tmp_path / "none")]) == 1
    assert "no such file" in capsys.readouterr().err


def test_what_is_sound_is_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(tmp_path, WORDS, MATRIX)
    path.write_bytes(path.read_bytes()[:-10])
    fixed = tmp_path / "fixed.bin"
    assert main(["check", str(path), "--repair", str(fixed)]) == 1
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert f"399 sound rows were written to {fixed}" in shown.err
    assert main(["check", str(fixed)]) == 0
    assert np.array_equal(lexiscope.load(fixed).vectors, MATRIX[:399])


def test_rows_that_are_not_finite_are_left_out_of_a_readable_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    matrix = MATRIX.copy()
    matrix[7, 0] = np.inf
    path = file_of(tmp_path, WORDS, matrix)
    assert main(["check", str(path), "--repair", str(tmp_path / "fixed")]) == 0
    assert "399 sound rows were written" in capsys.readouterr().err
    fixed = lexiscope.load(tmp_path / "fixed")
    assert fixed.index_to_key == WORDS[:7] + WORDS[8:]
    assert np.array_equal(fixed.vectors[7], MATRIX[8])


def test_what_the_repaired_file_cannot_hold_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = VectorsData(WORDS, MATRIX, np.arange(len(WORDS), 0, -1), output=MATRIX)
    formats.write(tmp_path / "m", counted, "model")
    assert main(["check", str(tmp_path / "m"), "--repair", str(tmp_path / "m.txt")]) == 0
    said = capsys.readouterr().err
    assert "output matrix not carried (400 × " in said and "counts not carried" in said


def test_a_repair_replaces_only_vectors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(tmp_path, WORDS, MATRIX)
    (tmp_path / "notes.txt").write_text("precious")
    for target, said in (
        ("notes.txt", "is no vectors that could be replaced"),
        ("nowhere/v.txt", "is not there; make it"),
    ):
        assert main(["check", str(path), "--repair", str(tmp_path / target)]) == 1
        assert said in capsys.readouterr().err
    assert (tmp_path / "notes.txt").read_text() == "precious"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["notes.txt", path.name]


def test_the_file_itself_is_never_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file_of(tmp_path, WORDS, MATRIX)
    before = path.read_bytes()
    (tmp_path / "link.bin").symlink_to(path)
    for target in (path, tmp_path / "link.bin"):
        assert main(["check", str(path), "--repair", str(target)]) == 1
        assert "is the file that is checked" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert main(["check", str(path), "--repair", str(tmp_path / "x.odd")]) == 1
    assert "no format is written with the ending '.odd'" in capsys.readouterr().err
