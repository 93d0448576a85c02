"""What a training tells in Python where it is asked to: by `logging`, and by a line on stderr."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import pytest

from lexiscope import Word2Vec
from lexiscope.progress import LinesOnStderr, Progress, as_callback

SENTENCES = [["the", "king", "rules", "the", "land"], ["the", "queen", "rules"]] * 50
OPTIONS: dict[str, Any] = {"min_count": 1, "vector_size": 4, "epochs": 2, "workers": 1}


def test_nothing_is_shown_unless_it_is_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    Word2Vec(SENTENCES, **OPTIONS)
    Word2Vec(SENTENCES, **OPTIONS, progress=False)
    assert capfd.readouterr() == ("", "")


def test_logging_has_the_lines_of_the_command_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lexiscope")
    model = Word2Vec(SENTENCES, **OPTIONS, validation=0.2)
    lines = [r.getMessage() for r in caplog.records if r.name == "lexiscope.training"]
    assert lines[0].startswith("read 400 words in 100 sentences")
    assert any("commonest: the 150" in line for line in lines)
    losses = [line for line in lines if ": loss " in line]
    assert [line.split(":")[0] for line in losses] == ["epoch 1", "epoch 2"]
    assert f"epoch 2: held-out loss {model.validation_losses[-1]:.4f} a pair" in lines


def test_an_epoch_without_a_pair_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lexiscope")
    words = [["trees", "of", "graphs"], ["graphs", "of", "users"]]
    model = Word2Vec(words, min_count=1, vector_size=4, epochs=20, sample=1e-9)
    assert any(map(math.isnan, model.epoch_losses))
    lines = [r.getMessage() for r in caplog.records if r.getMessage().startswith("epoch")]
    assert any(line.endswith(": no pair of words was left to train") for line in lines)
    assert len(lines) == 20 and "nan" not in str(lines)


def test_progress_true_writes_a_line_a_stage(capsys: pytest.CaptureFixture[str]) -> None:
    Word2Vec(SENTENCES, **OPTIONS, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    shown = [line.split("\r")[-1] for line in err.splitlines()]
    assert any(line.startswith("training  100%") for line in shown)


def test_a_stage_is_written_over_itself(capsys: pytest.CaptureFixture[str]) -> None:
    show = as_callback(True)
    assert isinstance(show, LinesOnStderr)
    show.EVERY_SECONDS = 0.0
    common: dict[str, Any] = {"unit": "words", "remaining": None}
    show(Progress(stage="training", done=50, total=100, rate=1234.0, **common))
    show(Progress(stage="training", done=60, total=100, rate=0.0, **common))
    show(Progress(stage="writing", done=5, total=5, rate=0.0, **common))
    first, second, third = "training   50%  1.23k words/s", "training   60%", "writing  100%"
    expected = f"\r{first}\r{second:<{len(first)}}\n{third:<{len(second)}}\n"
    assert capsys.readouterr().err == expected


def test_a_callback_is_told_as_before(tmp_path: Path) -> None:
    told: list[Progress] = []
    Word2Vec(SENTENCES, **OPTIONS, progress=told.append)
    assert {"encoding", "training"} <= {one.stage for one in told}
    assert as_callback(None) is None and as_callback(False) is None
