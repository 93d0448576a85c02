"""`lexiscope contextual` and `lexiscope distill`, as a user calls them."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import lexiscope
from lexiscope.cli.main import main
from lexiscope.contextual import Encoder
from lexiscope.files import space

TEXT = "The bank of the river.\n\nA loan from the bank.\nThe fox jumps.\n"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("bank\nfox\nriver\n")
    return path


def test_a_text_becomes_a_file(
    minilm: Path, text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.parquet"
    layers = ["--layers", "-4,-3,-2,-1", "--combine", "mean"]
    assert main(["contextual", str(minilm), str(text), "-o", str(out), *layers]) == 0
    shown = capsys.readouterr()
    assert "3 sentences" in shown.out and "13, of which 0 without a token" in shown.out
    assert "layers 3, 4, 5, 6" in shown.out and "Loading" not in shown.err
    assert pq.read_table(out)["word"].to_pylist()[:2] == ["The", "bank"]


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        (
            "text.jsonl",
            '{"body": "The bank of the river. A loan."}\n{"body": "The fox jumps."}\n',
            ["--read-as", "jsonl", "--column", "body", "--split-sentences"],
        ),
        ("text.csv", "n,text\n1,The bank of the river.\n2,The fox jumps.\n", ["--read-as", "csv"]),
        ("text.txt", "The café of the bank.\n", ["--encoding", "windows-1252"]),
        ("text.html", "<p>The bank of the river.</p><p>The fox.</p>", ["--read-as", "html"]),
    ],
)
def test_text_as_people_have_it(
    minilm: Path, tmp_path: Path, name: str, content: str, options: list[str]
) -> None:
    text, out = tmp_path / name, tmp_path / "out.parquet"
    text.write_bytes(content.encode("windows-1252"))
    assert main(["contextual", str(minilm), str(text), "-o", str(out), *options]) == 0
    words = pq.read_table(out)["word"].to_pylist()
    assert words[0] == "The" and "bank" in words and not {"<p>", "n", "body"} & set(words)
    assert main(["layers", str(minilm), str(text), *options]) in (0, 1)  # too few words for it
    call = ["distill", str(minilm), "--words", str(_list(tmp_path)), "-o", str(tmp_path / "model")]
    assert main([*call, "--corpus", str(text), *options]) == 0
    assert main([*call, *options, "--overwrite"]) == 2


def _list(folder: Path) -> Path:
    path = folder / "list.txt"
    path.write_text("bank\n")
    return path


def test_json_and_words(
    minilm: Path, text: Path, words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.safetensors"
    call = ["contextual", str(minilm), str(text), "-o", str(out), "--words", str(words), "--json"]
    assert main(call) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["words"], answer["dimension"], answer["layers"]) == (4, 384, [6])


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (["--layers", "x"], 2, "expected numbers with commas"),
        (["--layers", "all"], 2, "say with --combine"),
        (["--layers", "12"], 1, "there is no layer 12"),
        (["--pooling", "middle"], 1, "expected one of mean"),
        (["--words", "nothing.txt"], 1, "nothing.txt"),
    ],
)
def test_wrong_calls_are_one_line_and_leave_nothing(
    minilm: Path,
    text: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    code: int,
    message: str,
) -> None:
    out = tmp_path / "out.parquet"
    assert main(["contextual", str(minilm), str(text), "-o", str(out), *more]) == code
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["text.txt"]


def test_a_model_that_is_not_there_is_one_line_without_network(
    text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["contextual", "no/model", str(text), "-o", str(tmp_path / "o.parquet")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("lexiscope: error: no/model: is no folder here")
    assert error.count("\n") == 1


def test_without_the_extra_the_line_to_install_it(
    minilm: Path,
    text: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "transformers":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert main(["contextual", str(minilm), str(text), "-o", str(tmp_path / "o.parquet")]) == 1
    assert "pip install 'lexiscope[transformers]'" in capsys.readouterr().err


@pytest.mark.slow
def test_distill_from_a_text_and_from_words_alone(
    minilm: Path, text: Path, words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["distill", str(minilm), "--words", str(words), "-o"]
    assert main([*given, str(tmp_path / "static"), "--corpus", str(text)]) == 0
    assert "3 × 384" in capsys.readouterr().out
    assert main([*given, str(tmp_path / "alone"), "--dim", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dimension"] == 2
    assert main([*given, str(tmp_path / "senses"), "--reduce", "senses"]) == 2
    assert "name a text with --corpus" in capsys.readouterr().err
    assert lexiscope.load(tmp_path / "static").index_to_key == ["bank", "fox", "river"]
    assert main(["neighbors", str(tmp_path / "alone"), "bank"]) == 0
    assert "river" in capsys.readouterr().out


@pytest.mark.slow
def test_vectors_that_will_not_fit_are_refused_before_the_model_is_asked(
    minilm: Path,
    text: Path,
    words: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    for work in ("static", "distill"):
        monkeypatch.setattr(Encoder, work, lambda *given, **_: asked.append(given))
    monkeypatch.setattr(space, "free_bytes", lambda _path: 1000)
    given = ["distill", str(minilm), "--words", str(words), "-o", str(tmp_path / "static")]
    # 3 words of 384 values, or of 100.
    for more, size in ((["--corpus", str(text)], "4.6 kB"), (["--dim", "100"], "1.2 kB")):
        assert main([*given, *more]) == 1
        assert f"it takes {size}, but 1.0 kB are free" in capsys.readouterr().err
    assert not asked and not (tmp_path / "static").exists()


@pytest.mark.slow
def test_windows_are_chosen_at_the_command_line(
    minilm: Path, words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, table = tmp_path / "long.txt", tmp_path / "out.parquet"
    text.write_text("The bank of the river and the fox. " * 4)
    call = ["contextual", str(minilm), str(text), "-o", str(table), "--json"]
    assert main([*call, "--window", "12", "--truncate"]) == 0
    assert json.loads(capsys.readouterr().out)["missing"] == 23
    assert main([*call, "--window", "12", "--stride", "4", "--overwrite"]) == 0
    assert json.loads(capsys.readouterr().out)["missing"] == 0
    call = ["distill", str(minilm), "--words", str(words), "--corpus", str(text), "-o"]
    assert main([*call, str(tmp_path / "cut"), "--window", "6", "--truncate"]) == 0
    assert "fox" in capsys.readouterr().err
    assert main([*call, str(tmp_path / "whole"), "--window", "6", "--stride", "2"]) == 0
    assert main([*call, str(tmp_path / "x"), "--window", "6", "--stride", "9"]) == 1
    assert "stride=9 is longer than window=6" in capsys.readouterr().err
