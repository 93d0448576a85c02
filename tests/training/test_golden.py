"""Folders that version 0.1.0 wrote, from the bundled corpus: opened, trained further, resumed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import lexiscope
from lexiscope import Word2Vec, data
from lexiscope.cli.main import main
from lexiscope.compiled.llvm import LANES
from lexiscope.inspection.snapshots.snapshots import Snapshots
from lexiscope.training.checkpoint import newest_checkpoint

GOLDEN = Path(__file__).parent.parent / "golden" / "0.1.0"
# Of the run in `stopped` where it is gone on with, by a vector's floats: where it has more of them,
# sums are taken in another order. The first is that of the run when nobody stopped it.
UNBROKEN = {8: "20e9db2d6e024cc2", 16: "61c6a4954cbc4a6b"}


@pytest.mark.parametrize("name", ["model", "model-hs"])
def test_a_model_opens_and_trains_on(name: str, tmp_path: Path) -> None:
    saved = json.loads((GOLDEN / name / "config.json").read_text())
    model = Word2Vec.load(GOLDEN / name)
    assert model.fingerprint() == saved["result"]["fingerprint"]
    assert model.config.to_json() == saved["training"]
    assert model.wv.metadata == saved
    model.train(corpus_file=data.corpus_path(), total_examples=1, epochs=1)
    assert np.isfinite(model.wv.vectors).all()
    model.save(tmp_path / "m")
    again = json.loads((tmp_path / "m" / "config.json").read_text())
    assert again["vocabulary"] == saved["vocabulary"]
    assert again["tokenizer"] == saved["tokenizer"]
    assert again["corpus"]["fingerprint"] == saved["corpus"]["fingerprint"]
    assert again["result"]["epochs_before"] == saved["training"]["epochs"]


def test_a_recording_opens() -> None:
    snapshots = Snapshots.open(GOLDEN / "model")
    assert snapshots.shares[-1] == 1.0 and "prince" in snapshots.words


@pytest.mark.slow
def test_a_stopped_run_goes_on_to_the_same_fingerprint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(GOLDEN / "stopped", model)
    assert newest_checkpoint(model).saved.validation == 0.1
    text = str(data.corpus_path())
    assert main(["train", text, "--resume", str(model), "--workers", "1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)["result"]
    assert result["fingerprint"] == UNBROKEN[LANES]
    # It had not kept the held-out losses of the epochs before.
    before = len(json.loads((GOLDEN / "stopped" / _CONFIG).read_text())["result"]["epoch_losses"])
    assert result["validation_losses"][: before - 1] == [None] * (before - 1)
    assert len(result["validation_losses"]) == 4_000
    assert result["final_validation_loss"] == result["validation_losses"][-1] > 0
    assert len(lexiscope.load(model)) == 198


_CONFIG = Path("checkpoint") / "000001" / "config.json"
