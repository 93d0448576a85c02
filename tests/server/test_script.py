"""The script of the code view: run as it stands, it takes the very steps of the recording."""

from __future__ import annotations

import itertools
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.inspection import RecordConfig, Recording, record_text
from lexiscope.server.payloads.program import Script
from lexiscope.server.program import captured, model_lines, plan_of
from lexiscope.server.script import run_command, script_of
from lexiscope.training.losses.names import FEWEST_NEGATIVES
from tests.server.test_program import VIEWS

STEPS = 200
KINDS: dict[str, dict[str, Any]] = {
    f"{who}-{loss}": {"architecture": who, "loss": loss}
    for who, loss in itertools.product(("skipgram", "cbow", "next-word"), FEWEST_NEGATIVES)
} | {
    "sgd next-word": {"architecture": "next-word", "optimizer": "sgd"},
    "adam tree": {"loss": "hierarchical", "optimizer": "adam"},
    "classic": {"architecture": "cbow", "cbow_update": "classic"},
    "classic adam": {
        "architecture": "cbow",
        "cbow_update": "classic",
        "loss": "negative",
        "optimizer": "adam",
    },
    "float64": {"precision": "float64", "seed": 7, "window": 1, "min_count": 5},
    "few examples": {"min_count": 15, "steps": 30},
}


def recorded(kind: str) -> Recording:
    """A run of a kind over the bundled text."""
    return record_text(None, RecordConfig(**{"steps": 250, "vector_size": 6, **KINDS[kind]}))


def text_of(script: Script) -> str:
    """The whole script, as the page saves it."""
    return "".join(f"{line.text}\n" for section in script.sections for line in section.lines)


def run(
    recording: Recording, folder: Path, monkeypatch: pytest.MonkeyPatch, *steps: str
) -> dict[str, Any]:
    """Runs a run's script on its text; gives what it leaves behind."""
    script = script_of(recording)
    assert script is not None
    (folder / "train.py").write_text(text_of(script), encoding="utf-8")
    (folder / "text").write_text("\n".join(recording.corpus.sentences), encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["train.py", "text", *steps])
    return runpy.run_path("train.py")


@pytest.mark.parametrize("kind", KINDS)
def test_the_script_takes_the_steps_of_the_run(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = recorded(kind)
    steps = min(STEPS, recording.steps)
    left = run(recording, tmp_path, monkeypatch, str(steps))
    assert left["vocabulary"] == recording.tokens
    assert left["counts"] == recording.run.counts.tolist()
    np.testing.assert_allclose(left["losses"], recording.losses[:steps], rtol=0, atol=5e-5)
    after = recording.weights(steps)
    model = left["model"]
    np.testing.assert_allclose(model.W.weight.detach().numpy(), after.inputs, rtol=0, atol=2e-5)
    outputs = model.W_prime.weight.detach().numpy()
    np.testing.assert_allclose(outputs, after.outputs, rtol=0, atol=2e-5)
    if after.bias is not None:
        np.testing.assert_allclose(
            model.W_prime.bias.detach().numpy(), after.bias, rtol=0, atol=2e-5
        )
    kept = np.load(tmp_path / "vectors.npz")
    assert kept["words"].tolist() == recording.tokens


def test_without_a_number_it_takes_all_steps_and_prints_what_the_note_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = recorded("few examples")
    left = run(recording, tmp_path, monkeypatch)
    assert len(left["losses"]) == recording.steps == 30
    script = script_of(recording)
    assert script is not None
    notes = " ".join(line.note or "" for section in script.sections for line in section.lines)
    mean = f"{recording.losses.astype(float).mean():.3f}"
    assert f"loss {mean}, then {mean}" in capsys.readouterr().out
    assert f"This run's were {mean} and {mean}." in notes


def test_text_that_is_read_otherwise_is_read_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comments, blank lines, carriage returns, no last line end, stop words of one's own."""
    source = tmp_path / "own.txt"
    lines = [
        "# no sentence",
        "The cat, The DOG\r",
        "",
        "  # neither",
        "a cat a dog \u2003 naïve \\d",
    ]
    source.write_bytes("\n".join(lines * 6).encode())
    config = RecordConfig(steps=60, vector_size=4, min_count=2)
    stopwords = frozenset({"the", "\\d", "x\ty"})
    recording = record_text(source, config, stopwords=stopwords)
    left = run(recording, tmp_path, monkeypatch, "60")
    (tmp_path / "text").write_bytes(source.read_bytes())
    again = runpy.run_path("train.py")
    for one in (left, again):
        assert one["vocabulary"] == recording.tokens
        np.testing.assert_allclose(one["losses"], recording.losses, rtol=0, atol=5e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_script_can_be_read(kind: str) -> None:
    script = script_of(recorded(kind))
    assert script is not None
    text = text_of(script)
    lines = [line for line in text.splitlines() if line.strip()]
    # Drawing words, or a tree, takes some forty lines more.
    assert 55 <= len(lines) <= (85 if len(script.sections) == 5 else 115)
    assert max(map(len, lines)) <= 100
    assert not re.search(r"\{[a-z_]+\}", text), "something was not filled in"
    number = 1
    for section in script.sections:
        assert section.first_line == number
        number += len(section.lines)
        assert section.title and section.summary.endswith(".")
        assert any(line.note for line in section.lines)
    notes = [line for section in script.sections for line in section.lines if line.note]
    assert len(notes) >= 25
    assert all((line.note or "").rstrip().endswith((".", "…")) for line in notes)
    for line in notes:
        if line.link is not None:
            assert line.link.removeprefix("#/").partition("?")[0] in VIEWS


def test_the_blueprints_model_is_the_scripts() -> None:
    recording = recorded("next-word-softmax")
    model, script = model_lines(recording), script_of(recording)
    assert script is not None
    lines = text_of(script).splitlines()
    shown = [line.text for line in model.lines]
    assert lines[model.first_line - 1 :][: len(shown)] == shown
    assert shown[0] == "class NextWord(nn.Module):"
    assert "        self.W_prime = nn.Linear(dim, words)" in shown  # it has a bias
    assert all(line.note for line in model.lines if line.text.strip())


@pytest.mark.parametrize("kind", ["skipgram-softmax", "cbow-hierarchical", "next-word-negative"])
def test_what_is_captured_is_said_of_the_run(kind: str) -> None:
    recording = recorded(kind)
    fields = {field.name: field for field in captured(recording)}
    assert len(fields) == 13
    assert {name for name, field in fields.items() if field.when == "after"} == {
        *("W", "W_prime", "embeddings_2d")
    }
    rows = recording.weights(0).outputs.shape
    assert fields["W_prime"].meaning == f"All of W′, {rows[0]:,} × {rows[1]}."
    assert ("σ" in fields["probabilities"].meaning) == (kind != "skipgram-softmax")
    assert fields["grad_u_o"].meaning.startswith("Null") == (kind == "cbow-hierarchical")
    plan = plan_of(recording)
    assert plan.keyframes == len(recording.run.states)
    assert plan.exported == 200 + 1 + 5  # the start, each of 200, and every tenth of 50


def test_the_text_of_a_bundled_run_is_named_and_found() -> None:
    command = run_command(recorded("few examples"))
    assert command.startswith("python train.py ") and "corpus_path" in command
