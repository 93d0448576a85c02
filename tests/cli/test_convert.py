"""`lexiscope convert` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope import formats
from lexiscope.cli.commands import convert as convert_command
from lexiscope.cli.main import main
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds import model_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    vectors = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    data = VectorsData(list("abcde"), vectors, counts=np.arange(5, 0, -1), output=vectors)
    model_folder.write(tmp_path / "m", data)
    return tmp_path / "m"


def test_it_says_what_was_written_and_lost(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", str(folder), str(tmp_path / "v.vec")]) == 0
    shown = capsys.readouterr()
    assert "word2vec-text" in shown.out
    assert "output matrix not carried (5 × 3); counts not carried" in shown.out
    assert formats.read(tmp_path / "v.vec").tokens == list("abcde")


def test_json_is_one_document(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "words.txt").write_bytes(b"b\r\nd\n\nnone\n")
    target = str(tmp_path / "v.npy")
    arguments = ["--words", str(tmp_path / "words.txt"), "--dtype", "float16", "--json"]
    assert main(["convert", str(folder), target, *arguments]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["to"] == "npy" and document["words"] == 2 and document["dim"] == 3
    assert document["largest_error"] > 0
    assert any("1 of the 3 words" in line for line in document["lost"])
    assert formats.read(target).tokens == ["b", "d"]


def test_a_limit_and_a_format_by_name(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    call = ["convert", str(folder), str(target), "--to", "projector", "--limit", "2", "--json"]
    assert main(call) == 0
    assert (target / "metadata.tsv").read_text() == "word\tcount\na\t5\nb\t4\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nope", "x.bin"], 1, "no such file"),
        (["m", "x.foo"], 1, "no format is known"),
        (["m", "x.bin", "--dtype", "float8"], 2, "expected float32 or float16"),
        (["m", "x.bin", "--limit", "0"], 2, "limit"),
        (["m", "x.bin", "--words", "nope"], 1, "nope: no such file or folder"),
        (["m", "x.bin", "--words", "empty"], 1, "is empty"),
        (["m"], 2, "DST"),
    ],
)
def test_wrong_calls_end_in_one_line(
    arguments: list[str],
    code: int,
    said: str,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").write_bytes(b"\n")
    assert main(["convert", *arguments]) == code
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "x.bin").exists()


def test_the_help_names_every_format_that_is_written() -> None:
    written = {known.name for known in formats.FORMATS if known.write is not None}
    assert set(convert_command.FORMATS) == written


def test_context_vectors_are_given_as_a_file_of_their_own(call: Any, tmp_path: Path) -> None:
    own, contexts = str(tmp_path / "vec.txt"), str(tmp_path / "ctx.txt")
    Path(own).write_text("3 2\nking 0.1 0.2\nqueen 0.3 0.4\nsea 0.5 0.6\n")
    Path(contexts).write_text("3 2\nsea 5 6\nking 1 2\nqueen 3 4\n")
    more = ("--output-vectors", contexts)
    assert "3 × 2" in call("info", own, *more).out
    assert call("neighbors", own, "king", "--space", "output", *more).code == 0
    assert call("convert", own, str(tmp_path / "model"), *more).code == 0
    exported = tmp_path / "exported"
    assert call("export", own, "--to", "npy", "-o", str(exported), *more).code == 0
    assert lexiscope.load(exported).output_vectors.tolist() == [[1, 2], [3, 4], [5, 6]]
    refused = call("export", own, "--to", "json-steps", "-o", str(tmp_path / "x"), *more)
    assert refused.code == 2 and "--output-vectors" in refused.err
    refused = call("neighbors", own, "king", "--output-vectors", own)
    assert (refused.code, refused.err.count("\n")) == (1, 1)
