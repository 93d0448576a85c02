"""Runs that are killed, and go on."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope.cli.main import main
from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.training.checkpoint import newest_checkpoint, parse_duration

pytestmark = pytest.mark.slow

# Long enough for several checkpoints, and for rounds of eight shards.
OPTIONS = ["--vector-size", "32", "--epochs", "30", "--min-count", "1", "--json"]
EVERY = ["--checkpoint-every", "500ms"]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random sentences: 400,000 tokens of 3,000 words."""
    rng = np.random.default_rng(3)
    weights = 1 / np.arange(1, 3001)
    words = rng.choice(3000, size=400_000, p=weights / weights.sum())
    path = tmp_path_factory.mktemp("resume") / "text.txt"
    lines = [" ".join(f"w{word}" for word in words[i : i + 20]) for i in range(0, len(words), 20)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def expected(text: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The fingerprint of the run that nobody disturbs."""
    model = tmp_path_factory.mktemp("unbroken") / "model"
    assert main(["train", str(text), "-o", str(model), *OPTIONS, "--workers", "2"]) == 0
    return fingerprint(model)


def fingerprint(model: Path) -> str:
    result = json.loads((model / "config.json").read_text())["result"]
    assert result["finished"] is True
    return str(result["fingerprint"])


def begin(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "lexiscope", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def stop_after_a_checkpoint(text: Path, model: Path, workers: int = 2) -> None:
    """Leaves a killed run with at least one checkpoint behind."""
    process = begin("train", text, "-o", model, *OPTIONS, *EVERY, "--workers", workers)
    while not any(model.glob("checkpoint/0*/config.json")):
        assert process.poll() is None, "the run ended before its first checkpoint"
        time.sleep(0.02)
    process.kill()
    process.wait()


@pytest.mark.parametrize("chain", range(4))
def test_killed_at_random_moments_a_run_goes_on_to_the_same_fingerprint(
    text: Path, expected: str, tmp_path: Path, chain: int
) -> None:
    """Five kills a chain, twenty in all, whatever the run is doing; workers change on the way."""
    model, rng = tmp_path / "model", random.Random(chain)
    for _ in range(5):
        resume = any(model.glob("checkpoint/0*/config.json"))
        where = ["--resume", model] if resume else ["-o", model, *OPTIONS]
        process = begin("train", text, *where, *EVERY, "--workers", rng.choice([1, 2, 3]))
        try:
            process.wait(rng.uniform(0.3, 2.2))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        if (model / "config.json").exists():
            break
    if not (model / "config.json").exists():
        resume = any(model.glob("checkpoint/0*/config.json"))
        if not resume:
            shutil.rmtree(model, ignore_errors=True)
        where = ["--resume", str(model)] if resume else ["-o", str(model), *OPTIONS]
        assert main(["train", str(text), *where, "--workers", "2"]) == 0
    assert fingerprint(model) == expected
    assert not (model / "checkpoint").exists(), "a finished model has no checkpoints"
    assert [path.name for path in tmp_path.iterdir()] == ["model"], "nothing is left beside it"


def test_a_truncated_checkpoint_falls_back_to_the_one_before(
    text: Path, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    stop_after_a_checkpoint(text, model)
    first = newest_checkpoint(model).path
    second = first.with_name(f"{int(first.name) + 1:06d}")
    shutil.copytree(first, second)
    matrices = second / "model.safetensors"
    with matrices.open("r+b") as stream:
        stream.truncate(matrices.stat().st_size // 2)
    assert main(["train", str(text), "--resume", str(model), "--workers", "2"]) == 0
    said = capsys.readouterr().err
    assert "a damaged checkpoint was passed over" in said
    assert f"going on from {first}" in said
    assert fingerprint(model) == expected


def test_a_checkpoint_with_a_flipped_bit_is_known_by_its_fingerprint(
    text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    stop_after_a_checkpoint(text, model)
    for path in model.glob("checkpoint/0*/model.safetensors"):
        content = bytearray(path.read_bytes())
        content[-1000] ^= 4
        path.write_bytes(content)
    assert main(["train", str(text), "--resume", str(model)]) == 1
    said = capsys.readouterr().err
    assert "no checkpoint that is whole" in said
    assert "its weights have fingerprint" in said


def test_a_changed_text_is_refused(
    text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    stop_after_a_checkpoint(text, model)
    changed = tmp_path / "changed.txt"
    changed.write_text(text.read_text() + "one more sentence\n")
    kept = sorted(model.rglob("*"))
    assert main(["train", str(changed), "--resume", str(model)]) == 1
    assert "the text is not the one that" in capsys.readouterr().err
    assert sorted(model.rglob("*")) == kept, "the checkpoints are still there"


def test_options_cannot_change_on_the_way(
    text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    stop_after_a_checkpoint(text, model)
    assert main(["train", str(text), "--resume", str(model), "--alpha", "0.1"]) == 2
    assert "--alpha cannot be changed under --resume" in capsys.readouterr().err
    assert main(["train", str(text), "--resume", str(model), "-o", "elsewhere"]) == 2


def test_what_there_is_nothing_to_resume_from(
    text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(text), "--resume", str(tmp_path / "none")]) == 1
    assert "has no checkpoint to resume from" in capsys.readouterr().err
    model = tmp_path / "model"
    lexiscope.Word2Vec([["a", "b"] * 5], min_count=1, vector_size=4, epochs=1).save(model)
    with pytest.raises(LexiscopeError, match="is a finished model"):
        newest_checkpoint(model)


@pytest.mark.parametrize(
    ("given", "seconds"), [("2s", 2.0), ("5m", 300.0), ("1.5h", 5400.0), ("250ms", 0.25)]
)
def test_durations(given: str, seconds: float) -> None:
    assert parse_duration(given) == seconds


@pytest.mark.parametrize("given", ["", "5", "0s", "-2s", "m", "1d", "5 minutes"])
def test_durations_that_are_none(given: str) -> None:
    with pytest.raises(ConfigError, match="expected a duration"):
        parse_duration(given)


def test_checkpoints_cost_nothing_but_time(text: Path, expected: str, tmp_path: Path) -> None:
    """The same fingerprint with checkpoints as without, and only the last two are kept."""
    model: Any = tmp_path / "model"
    every = ["--checkpoint-every", "1ms"]
    assert main(["train", str(text), "-o", str(model), *OPTIONS, *every, "--workers", "1"]) == 0
    assert fingerprint(model) == expected
