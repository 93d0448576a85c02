"""The benchmark for a GPU: refused in a line where there is none, and tried on the processor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import contextual_gpu

SCRIPT = Path(contextual_gpu.__file__).with_suffix(".sh")


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so_in_a_line() -> None:
    environment = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(
        ["bash", str(SCRIPT)], capture_output=True, text=True, env=environment, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "sees no GPU here; nothing was measured" in done.stderr


@pytest.mark.slow
def test_what_it_measures(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(contextual_gpu, "_PRECISIONS", ("float32",))
    assert contextual_gpu.main(["--device", "cpu", "--sentences", "12", "--rounds", "1"]) == 0
    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| float32")]
    assert len(table) == 4
    rates = [float(line.split("|")[3].replace(",", "")) for line in table[:3]]
    assert all(rate > 0 for rate in rates) and "100 %" in table[0]


def test_its_sentences_are_distinct_and_the_same_each_time() -> None:
    texts = contextual_gpu.sentences(200)
    assert len(set(texts)) == 200 and texts == contextual_gpu.sentences(200)
    assert 15 < sum(len(text.split()) for text in texts) / 200 < 60
