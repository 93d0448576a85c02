"""Results of several files, killed at every rename over an earlier one: old, new, or refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.killing import REFUSED, cases
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[2]


def left_by(case: str, folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killing", case, str(folder)],
        capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed runs are forked")
@pytest.mark.slow
@pytest.mark.parametrize("case", cases())
def test_a_kill_between_two_renames_mixes_nothing(case: str, tmp_path: Path) -> None:
    told = left_by(case, tmp_path)
    assert len(told) >= 3  # one rename at least: before it, after it, and both gone on from
    for left in told:
        whole = [[version] for version in left["allowed"]]
        assert left["found"] in whole or (left["allowed"] and left["found"] == REFUSED), left
        # Of two matrices with one file of words the one written last has them.
        if left["kills"][-1] == "none" and case != "shared":
            assert left["found"] == [2], left
        if left["found"] == REFUSED:
            assert "\n" not in left["reason"] and "again" in left["reason"], left
