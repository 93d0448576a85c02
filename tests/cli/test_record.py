"""`record`, `predict` and `export`, as a user calls them."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from lexiscope.cli.commands.record import record
from lexiscope.inspection import Recording
from tests.support.calling import Called


def assert_one_line(called: Called, code: int, said: str) -> None:
    assert called.code == code
    assert called.err.startswith("lexiscope: error: ") and called.err.count("\n") == 1
    assert said in called.err


def test_the_options_and_defaults_are_the_references(call: Any, tmp_path: Path) -> None:
    assert call("record", "-o", tmp_path / "run").code == 0
    config = Recording.open(tmp_path / "run").config
    assert (config.steps, config.vector_size, config.alpha, config.window) == (15_000, 8, 0.1, 3)
    assert (config.min_count, config.seed, config.dense_steps) == (3, 42, 200)
    assert (config.record_interval, config.pca) == (10, "final_pca")
    assert (config.architecture, config.loss, config.optimizer) == ("skipgram", "softmax", "sgd")


@pytest.mark.slow
def test_each_option_reaches_the_run(call: Any, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("red green blue\nblue green red\n")
    options = [
        *(
            "--steps",
            "30",
            "--vector-size",
            "4",
            "--alpha",
            "0.2",
            "--window",
            "2",
            "--min-count",
            "1",
        ),
        *("--seed", "7", "--dense-steps", "5", "--record-interval", "3", "--pca", "global_pca"),
        *("--architecture", "cbow", "--loss", "negative", "--optimizer", "adam", "--negative", "2"),
        *("--cbow-update", "classic", "--precision", "float64", "--stopwords", "none"),
    ]
    called = call("record", "--corpus", text, "--output-dir", tmp_path / "run", *options, "--json")
    assert called.code == 0 and called.err == ""
    document = json.loads(called.out)
    assert document["words"] == 3 and document["steps"] == 30
    config = Recording.open(tmp_path / "run").config.to_json()
    assert (
        config
        == document["config"]
        == {
            "steps": 30,
            "epochs": None,
            "vector_size": 4,
            "alpha": 0.2,
            "window": 2,
            "min_count": 1,
            "seed": 7,
            "dense_steps": 5,
            "record_interval": 3,
            "pca": "global_pca",
            "architecture": "cbow",
            "loss": "negative",
            "optimizer": "adam",
            "negative": 2,
            "cbow_update": "classic",
            "precision": "float64",
            "ns_exponent": 0.75,
        }
    )


def test_former_spellings_of_options_are_taken(call: Any, tmp_path: Path) -> None:
    given = ("--objective", "cbow", "--dim", "3", "--lr", "0.5", "--steps", "5")
    assert call("record", "-o", tmp_path / "run", *given).code == 0
    config = Recording.open(tmp_path / "run").config
    assert (config.architecture, config.vector_size, config.alpha) == ("cbow", 3, 0.5)


def test_every_option_has_a_help_text(call: Any) -> None:
    shown = call("record", "--help").out
    for name in inspect.signature(record).parameters:
        if name not in ("corpus_option", "as_json"):
            assert f"--{name.replace('_', '-')}" in shown or name == "corpus"


def test_epochs_instead_of_steps(call: Any, tmp_path: Path) -> None:
    assert call("record", "-o", tmp_path / "run", "--epochs", "2").code == 0
    assert Recording.open(tmp_path / "run").steps == 2 * 1_752


def test_what_is_said_of_a_run(call: Any, tmp_path: Path) -> None:
    shown = call("record", "-o", tmp_path / "run", "--steps", "600").out
    for piece in ("545 sentences", "96 words", "1,752", "600 steps", "loss"):
        assert piece in shown


def test_a_text_that_was_not_gone_through_is_told(call: Any, tmp_path: Path) -> None:
    said = "5 steps are 0."
    done = call("record", "-o", tmp_path / "run", "--steps", 5)
    assert done.code == 0 and "gone through 0.00" in done.out
    assert said in done.err and "--steps" in done.err
    examples = call("record", "-o", tmp_path / "other", "--steps", 5, "--json").json["examples"]
    assert f"--steps {examples} goes through all of them once" in done.err
    whole = call("record", "-o", tmp_path / "whole", "--steps", examples)
    assert whole.code == 0 and "goes through all" not in whole.err
    assert "gone through 1.0 times" in whole.out


def test_next_words(call: Any, tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = call("record", "-o", run, "--architecture", "next-word", "--epochs", "60")
    assert done.code == 0
    shown = call("predict", run, "cats")
    assert shown.code == 0 and "probability" in shown.out and len(shown.out.splitlines()) == 6
    document = json.loads(call("predict", run, "companions", "-n", "1", "--json").out)
    assert document["predictions"][0]["word"] == "to"
    first = json.loads(call("predict", run, "companions", "--step", "0", "--json").out)
    assert first["predictions"][0]["probability"] < 0.5
    assert_one_line(call("predict", run, "independence"), 1, "'independence' is not in the voc")
    assert_one_line(call("predict", run, "-lrb-"), 1, "'-lrb-' is not in the voc")


def test_export(call: Any, tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "steps"
    assert call("record", "-o", run, "--steps", "40", "--dense-steps", "3").code == 0
    done = call("export", run, "--to", "json-steps", "-o", out)
    assert done.code == 0 and "writing" in done.err
    assert json.loads((out / "step_index.json").read_text()) == [0, 1, 2, 3, 10, 20, 30, 40]
    assert_one_line(call("export", run, "--to", "xml", "-o", out), 2, "json-steps")


def test_wrong_calls_and_wrong_files(call: Any, tmp_path: Path) -> None:
    run, text = tmp_path / "run", tmp_path / "text.txt"
    text.write_text("a b\n")
    (tmp_path / "taken").write_text("precious")
    assert_one_line(call("record", text, "--corpus", text, "-o", run), 2, "given twice")
    assert_one_line(call("record", "-o", run, "--loss", "hinge"), 1, "expected one of")
    assert_one_line(call("record", "-o", run, "--steps", "1", "--epochs", "1"), 1, "only one")
    assert_one_line(call("record", tmp_path / "none.txt", "-o", run), 1, "none.txt")
    assert_one_line(call("record", text, "-o", run), 1, "smaller min-count")
    assert_one_line(call("record", "-o", tmp_path / "taken"), 1, "exists and is a file")
    assert_one_line(call("record", "-o", run, "--stopwords", "gone.txt"), 1, "gone.txt")
    assert_one_line(call("predict", run, "cats"), 1, "is not there")
    assert_one_line(call("export", run, "--to", "json-steps", "-o", tmp_path / "x"), 1, "not there")
    assert not run.exists() and (tmp_path / "taken").read_text() == "precious"


def test_a_damaged_run_is_refused_in_one_line(call: Any, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert call("record", "-o", run, "--steps", "20").code == 0
    file = run / "recording" / "steps.bin"
    file.write_bytes(file.read_bytes()[:-100])
    assert_one_line(call("predict", run, "king"), 1, "is truncated")


def test_a_run_is_a_model_too(call: Any, tmp_path: Path) -> None:
    assert call("record", "-o", tmp_path / "run").code == 0
    shown = call("neighbors", tmp_path / "run", "king")
    assert shown.code == 0 and "queen" in shown.out
    assert call("info", tmp_path / "run").code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--window", "9"],
            "--window 9 is as --window 2: no sentence has more than 3 words of the",
        ),
        (["--window", "3"], None),  # the default, which nobody has asked for
        (["--window", "2"], None),
        (["--window", "9", "--architecture", "next-word"], "--window changes nothing: next-word"),
    ],
)
def test_a_window_that_changes_nothing_is_told(
    call: Any, tmp_path: Path, options: list[str], said: str | None
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("red green blue\nblue green the red\n")
    called = call(
        "record", text, "-o", tmp_path / "run", "--steps", "9", "--min-count", "1", *options
    )
    assert called.code == 0
    assert said in called.err if said else "--window" not in called.err
