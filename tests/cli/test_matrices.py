"""`export`, `align`, `extract` and `info` of a checkpoint, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import lexiscope
from lexiscope.cli.commands.export import MATRICES
from lexiscope.interop import load_export
from lexiscope.interop.exports import TARGETS
from lexiscope.vectors import KeyedVectors

WORDS = ["the", "king", "Queen", "####"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    matrix = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    vectors = KeyedVectors(WORDS, matrix, counts=np.array([70, 20, 9, 1]), output=-matrix)
    vectors.save(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "gpt"
    folder.mkdir()
    tensors = {"wte.weight": np.ones((8, 3), np.float32), "h": np.ones((4, 4), np.float32)}
    save_file(tensors, folder / "model.safetensors")
    (folder / "vocab.json").write_text(json.dumps({"Ġking": 0, "king": 1, "<|endoftext|>": 2}))
    (folder / "config.json").write_text(json.dumps({"architectures": ["GPT2LMHeadModel"]}))
    return folder


def test_the_help_names_every_target() -> None:
    assert set(MATRICES) == set(TARGETS)


@pytest.mark.parametrize("target", MATRICES)
def test_export_writes_what_loads_again(
    call: Any, model: Path, tmp_path: Path, target: str
) -> None:
    if target == "parquet":
        pytest.importorskip("pyarrow")
    called = call("export", model, "--to", target, "-o", tmp_path / "out")
    assert (called.code, called.err) == (0, "")
    first, *others = called.out.splitlines()
    files = [
        file.relative_to(tmp_path / "out").as_posix()
        for file in sorted((tmp_path / "out").rglob("*"))
        if file.is_file()
    ]
    assert first.split()[:2] == ["wrote", str(tmp_path / "out")]
    assert f"({len(files)} files, " in first
    assert [line.split()[0] for line in others] == files
    found = load_export(tmp_path / "out")
    vectors = lexiscope.load(model)
    assert found.tokens == WORDS
    assert np.array_equal(found.matrices["input"], vectors.input_vectors)
    assert np.array_equal(found.matrices["output"], vectors.output_vectors)


def test_export_refuses_in_a_line(call: Any, model: Path, tmp_path: Path) -> None:
    assert call("export", model, "--to", "excel", "-o", tmp_path / "out").code == 2
    called = call("export", model, "--to", "npy", "-o", model)
    assert called.code == 1 and "exists and is not an export" in called.err
    called = call("export", tmp_path / "missing", "--to", "npy", "-o", tmp_path / "out")
    assert called.code == 1 and called.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_align_says_what_it_did_and_that_it_was_checked(
    call: Any, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "vocab.txt").write_text("[PAD]\nking\nqueen\n1984\nzebra\n")
    arguments = ["align", model, "--tokenizer", tmp_path / "vocab.txt", "-o", tmp_path / "out"]
    called = call(*arguments)
    assert called.code == 0
    lines = [" ".join(line.split()) for line in called.out.splitlines()]
    assert "without a vector 1: zebra" in lines
    assert "tokens vocab.txt: a token a line" in lines
    assert "ids with a vector 3 of 5 (60.0 %)" in lines
    assert "words with one 3 of 4 (75.0 %)" in lines
    assert "special tokens with one 0 of 1 (0.0 %)" in lines
    assert "weighted by count 30.0 % of the vectors' training text" in lines
    assert "checked 3 rows read back are the vector of their token" in lines
    assert {"1 exact", "1 case-folded", "1 digit-folded", "1 zeros", "1 special"} <= set(lines)
    document = json.loads(call(*arguments, "--overwrite", "--json").out)
    assert document["verified"] == 3
    assert document["coverage"]["missing"] == ["zebra"]


def test_align_passes_every_option_on(call: Any, model: Path, tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("[PAD]\nqueen\n1984\nzebra\n")
    out = tmp_path / "out"
    arguments = ["align", model, "-t", tmp_path / "vocab.txt", "-o", out, "--to", "npz"]
    arguments += ["--overwrite"]
    options = ["--oov", "mean", "--special", "[PAD]=mean", "--no-casefold", "--no-digits"]
    assert call(*arguments, *options, "--rows", 5, "--pad-to-multiple-of", 4, "--dim", 3).code == 0
    found = load_export(out)
    mean = lexiscope.load(model).vectors.mean(axis=0)
    assert found.matrices["input"].shape == (8, 3)
    assert found.matrices["input"][:4] == pytest.approx(np.tile(mean, (4, 1)), rel=1e-5)
    assert call(*arguments, "--oov", "normal", "--seed", "7").code == 0
    first = load_export(out).matrices["input"]
    assert call(*arguments, "--oov", "normal", "--seed", "8").code == 0
    assert not np.array_equal(first, load_export(out).matrices["input"])


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--oov", "random"], 2, "no such --oov: random"),
        (["--to", "excel"], 2, "no such format: excel"),
        (["--special", "PAD"], 2, "expected TOKEN=ROW"),
        (["--special", "king=ones"], 1, "specials['king'] is 'ones'"),
        (["--dim", "300"], 1, "the vectors have 3 dimensions, expected 300"),
        (["--oov", "error"], 1, "1 of 2 tokens have no vector ('zebra')"),
        (["--oov", "subword"], 1, "these vectors have no subwords"),
        (["--rows", "1"], 1, "give at least 2"),
    ],
)
def test_align_refuses_in_a_line_and_writes_nothing(
    call: Any, model: Path, tmp_path: Path, options: list[str], code: int, said: str
) -> None:
    (tmp_path / "vocab.txt").write_text("king\nzebra\n")
    out = tmp_path / "out"
    called = call("align", model, "-t", tmp_path / "vocab.txt", "-o", out, *options)
    assert called.code == code
    assert said in called.err and called.err.count("\n") == 1
    assert not out.exists()


def test_extract_makes_a_model_that_answers(call: Any, checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    called = call("extract", checkpoint, "-o", out)
    assert called.code == 0
    assert "tokens         3, and 5 rows of padding" in called.out
    assert "output matrix  tied: stored once" in called.out
    neighbors = json.loads(call("neighbors", out, "king", "-n", "2", "--json").out)
    assert neighbors["results"][0]["neighbors"][0]["word"] == "##king"
    document = json.loads(call("extract", checkpoint, "-o", out, "--overwrite", "--json").out)
    assert (document["tensor"], document["padded_rows"]) == ("wte.weight", 5)
    options = ["--matrix", "output", "--tensor", "h"]
    assert call("extract", checkpoint, "-o", tmp_path / "output", *options).code == 0
    assert len(lexiscope.load(tmp_path / "output")) == 4


def test_extract_refuses_in_a_line(
    call: Any, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert call("extract", checkpoint, "-o", out, "--matrix", "middle").code == 2
    assert call("extract", checkpoint, "-o", out, "--tensor", "nothing").code == 1
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    called = call("extract", "someone/model", "-o", out)
    assert called.code == 1 and called.err.count("\n") == 1
    assert "is no folder here" in called.err
    assert not out.exists()


def test_info_of_a_checkpoint_is_a_census(call: Any, checkpoint: Path) -> None:
    called = call("info", checkpoint)
    assert called.code == 0
    assert "vocabulary     8 rows, 5 of them padding" in called.out
    assert "60.0 %" in called.out
    document = json.loads(call("info", checkpoint, "--json").out)
    assert (document["format"], document["parameters"]) == ("checkpoint", 40)
    assert document["embedding"]["share"] == 0.6


def test_info_of_a_model_folder_and_of_nothing_is_as_before(call: Any, model: Path) -> None:
    assert json.loads(call("info", model, "--json").out)["format"] == "model"
    called = call("info", model / "nothing")
    assert called.code == 1 and "no such file or folder" in called.err
