"""Scripts of the kinds that people have: the same text under gensim and under lexiscope.gensim.

Each file of `scripts` prints one JSON document, takes a folder to write to as its argument, and
imports gensim. Under Lexiscope nothing but the imports' root is changed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.patience import PATIENCE

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))
_ROOT = re.compile(r"^(\s*)(from|import) gensim\b", re.MULTILINE)


def under_lexiscope(text: str) -> str:
    """A script whose imports name `lexiscope.gensim` for `gensim`."""
    changed, count = _ROOT.subn(r"\1\2 lexiscope.gensim", text)
    assert count
    return changed


def answer(text: str, folder: Path, *more: Path) -> Any:
    """What a script prints; `more` are folders of modules that it may import."""
    folder.mkdir()
    paths = os.pathsep.join([*map(str, more), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", text, str(folder)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_alike(found: Any, expected: Any, place: str = "") -> None:
    """The same shape, text and whole numbers, and floats that are as near as vectors' are."""
    if isinstance(expected, dict):
        assert list(found) == list(expected), place
        for name, value in expected.items():
            assert_alike(found[name], value, f"{place}.{name}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), place
        for number, value in enumerate(expected):
            assert_alike(found[number], value, f"{place}[{number}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-4), place
    else:
        assert found == expected, place


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_answers_alike_under_both(script: Path, tmp_path: Path) -> None:
    text = script.read_text()
    # gensim computes Word Mover's Distance by a package that need not be installed.
    expected = answer(text, tmp_path / "gensim", Path(__file__).parent / "peers")
    assert_alike(answer(under_lexiscope(text), tmp_path / "lexiscope"), expected)
