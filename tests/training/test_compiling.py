"""Kernels that other processes compile while the text is read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lexiscope.cores import cores_allowed
from lexiscope.training import TrainingConfig
from lexiscope.training.loop import compiling


@pytest.mark.slow
@pytest.mark.skipif(cores_allowed() < 2, reason="one core compiles one after another")
def test_a_first_training_loads_what_others_compiled(tmp_path: Path) -> None:
    words = np.random.default_rng(1).zipf(1.4, (40_000, 10)) % 300
    text = tmp_path / "text.txt"
    text.write_text("\n".join(" ".join(f"w{word}" for word in row) for row in words.tolist()))
    environment = os.environ | {
        "NUMBA_CACHE_DIR": str(tmp_path / "kernels"),
        "NUMBA_DEBUG_CACHE": "1",
    }
    command = [sys.executable, "-m", "lexiscope.cli.main", "train", str(text), "--epochs", "1"]
    done = subprocess.run(
        [*command, "-o", str(tmp_path / "model")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    said = [line for line in done.stdout.splitlines() if line.startswith("[cache] data")]
    for kernel in ("train_span", "run_rounds"):
        of_it = [line for line in said if kernel in line]
        assert of_it and all("loaded" in line for line in of_it), done.stdout


@pytest.mark.parametrize(
    ("options", "workers", "kernels"),
    [
        ({}, 2, ["in-order", "in-rounds"]),
        ({"schedule": "hogwild"}, 2, ["side-by-side"]),
        ({"schedule": "hogwild"}, 1, ["in-order"]),
        ({"loss": "softmax"}, 2, ["in-order"]),
        ({"subwords": (3, 6), "schedule": "hogwild"}, 2, []),
        ({"parts": 4}, 2, []),
    ],
)
def test_what_is_compiled_ahead(
    options: dict[str, object], workers: int, kernels: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(compiling, "_is_first", lambda: True)
    monkeypatch.setattr(compiling, "cores_allowed", lambda: 2)
    monkeypatch.setattr(compiling, "available_memory", lambda: 1 << 40)
    monkeypatch.setattr(compiling, "_compile_elsewhere", lambda kernel, _: begun.append(kernel))
    compiling.compile_ahead(TrainingConfig(**options), workers)  # type: ignore[arg-type]
    compiling.await_compiled()
    assert sorted(begun) == kernels


def test_nothing_is_compiled_ahead_where_machine_code_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("it was to be left alone")

    monkeypatch.setattr(compiling, "_compile_elsewhere", refuse)
    monkeypatch.setattr(compiling, "_is_first", lambda: False)
    compiling.compile_ahead(TrainingConfig(), 2)
    compiling.await_compiled()


@pytest.mark.parametrize(
    "kernel", [compiling.IN_ORDER, compiling.SIDE_BY_SIDE, compiling.IN_ROUNDS]
)
def test_a_kernel_is_compiled_with_next_to_nothing(kernel: str) -> None:
    compiling.compile_kernel(kernel, TrainingConfig())
