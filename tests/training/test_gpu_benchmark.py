"""The benchmark of the GPU: refused in a line where there is none, and tried on an emulated one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import gpu
from tests.support.emulated_gpu import COMPILER
from tests.support.texts import lines, write

SCRIPT = Path(gpu.__file__).with_suffix(".sh")


@pytest.mark.slow
@pytest.mark.skipif(Path("/dev/nvidia0").exists(), reason="there is a GPU")
def test_without_a_gpu_it_says_so_in_a_line() -> None:
    environment = {**os.environ, "PYTHON": sys.executable, "TESTS": "no"}
    done = subprocess.run(
        ["bash", str(SCRIPT)], capture_output=True, text=True, env=environment, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("gpu: ") and done.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="g++ compiles the kernels for the CPU")
def test_its_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu, "KINDS", (("skipgram", 100),))
    text = write(tmp_path / "text.txt", lines(300))
    small = ["--words", "500", "--positions", "20000", "--long", "60000", "--workers", "1"]
    options = [*small, "--epochs", "1", "--seeds", "1", "--quality", "skipgram"]
    assert gpu.main(["--device", "emulated", "--corpus", str(text), *options]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Emulated GPU (cuda:7, 132 multiprocessors")
    assert "text already encoded (6,000 words, 11 of them different)" in shown
    assert "Words/s, 500 words, 20,000 positions" in shown
    assert "A text of 60,000 positions, mapped from a file" in shown
    assert "| skipgram, 1 | 1 | GPU | " in shown and "| skipgram, 1 | 1 | Hogwild | " in shown
    assert "No time was left" not in shown
    late = ["--device", "emulated", "--corpus", str(text), *options, "--seconds", "0"]
    assert gpu.main(late) == 0
    shown = capsys.readouterr().out
    assert "No time was left for: skipgram, dimension 100, 1 epochs;" in shown
