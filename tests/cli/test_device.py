"""`--device` where there is no GPU."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import texts


@pytest.fixture(autouse=True)
def no_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--device", "cuda"],
            "training on a GPU needs more packages: pip install 'lexiscope[cuda]'",
        ),
        (["--device", "tpu"], "device is 'tpu'; expected cpu, cuda, cuda:N (a number), or auto"),
    ],
)
def test_it_is_said_in_one_line_before_anything_is_read(
    call: Any, tmp_path: Path, options: list[str], said: str
) -> None:
    missing, out = tmp_path / "no text", tmp_path / "model"
    called = call("train", missing, "-o", out, *options)
    assert called.code == 1 and called.out == "" and not out.exists()
    assert called.said == [f"lexiscope: error: {said}"]


def test_auto_says_that_the_cpu_trains_and_why(call: Any, tmp_path: Path) -> None:
    text = texts.write(tmp_path / "text.txt", texts.lines(20))
    called = call("train", text, "-o", tmp_path / "model", *texts.QUICK, "--device", "auto")
    assert called.code == 0
    assert (
        "training on the CPU: training on a GPU needs more packages: pip install 'lexiscope[cuda]'"
    ) in called.err
