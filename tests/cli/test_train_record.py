"""`lexiscope train --record`, as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lexiscope.cli import main as cli
from lexiscope.formats.kinds import model_folder
from lexiscope.inspection.snapshots.snapshots import Snapshots
from tests.support import texts

pytestmark = pytest.mark.slow

QUICK = [*texts.QUICK, "--epochs", "4"]


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    words = np.array([f"w{n}" for n in range(300)])
    lines = (" ".join(words[rng.zipf(1.4, 12) % 300]) for _ in range(4_000))
    (tmp_path / "text.txt").write_text("\n".join(lines))
    return tmp_path


def test_a_recorded_run_has_the_same_weights_and_its_snapshots(
    text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (text / "words.txt").write_text("w7\nw8\n")
    (text / "analogies.txt").write_text(": x\nw1 w2 w3 w4\nw1 w2 w3 nosuchword\n")
    watch = ["--watch-words", "w200", "--watch-words", "words.txt", "--watch-words", "nosuchword"]
    analogies = ["--record-analogies", "analogies.txt"]
    assert cli.main(["train", "text.txt", "-o", "plain", *QUICK]) == 0
    capsys.readouterr()
    assert cli.main(["train", "text.txt", "-o", "m", *QUICK, "--record", *watch, *analogies]) == 0
    said = capsys.readouterr().err
    assert "not in the vocabulary, so not watched: nosuchword" in said
    snapshots = Snapshots.open("m")
    assert f"recording: {len(snapshots.rows)} watched words × 60 snapshots, at most" in said
    assert snapshots.words[:7] == ["w200", "w7", "w8", "w1", "w2", "w3", "w4"]
    assert len(snapshots.questions) == 1
    plain, recorded = model_folder.read("plain"), model_folder.read("m")
    np.testing.assert_array_equal(plain.vectors, recorded.vectors)
    assert plain.output is not None and recorded.output is not None
    np.testing.assert_array_equal(plain.output, recorded.output)
    assert not (text / "plain" / "recording").exists()


def test_info_tells_of_a_recording_and_of_a_damaged_one(
    text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["train", "text.txt", "-o", "m", *QUICK, "--record"]) == 0
    capsys.readouterr()
    assert cli.main(["info", "m", "--json"]) == 0
    assert "watched words" in json.loads(capsys.readouterr().out)["recording"]
    file = text / "m" / "recording" / "moments.bin"
    file.write_bytes(file.read_bytes()[:-1])
    assert cli.main(["info", "m"]) == 0
    assert "truncated" in capsys.readouterr().out


def test_wrong_calls(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "text.txt", "-o", "m", "--watch-words", "w1"]) == 2
    assert "--record" in capsys.readouterr().err
    wrong = ["--record", "--record-analogies"]
    assert cli.main(["train", "text.txt", "-o", "m", *wrong, "nosuchfile"]) == 1
    (text / "bad.txt").write_text("one two three\n")
    assert cli.main(["train", "text.txt", "-o", "m", *wrong, "bad.txt"]) == 1
    assert "has 3 words, expected four" in capsys.readouterr().err
    assert not (text / "m").exists()
