"""The page of demos is run: its commands and its Python give what it shows."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "embeddings-demos.md"
_BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"-?\d+\.\d+")
TOLERANCE = 0.05


def blocks() -> list[tuple[str, str]]:
    return [(match[1], match[2]) for match in _BLOCK.finditer(PAGE.read_text())]


def commands(block: str) -> list[tuple[str, str]]:
    """Each command of a block and what it prints."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def same(shown: str, found: str) -> bool:
    """Whether two outputs have the same words, and numbers within the tolerance.

    Lines may change places, as those of near equals do where numbers are rounded otherwise.
    """

    def split(text: str) -> list[tuple[str, list[float]]]:
        return sorted(
            (" ".join(_NUMBER.sub("N", line).split()), [float(n) for n in _NUMBER.findall(line)])
            for line in text.strip().split("\n")
        )

    pairs = zip(split(shown), split(found), strict=False)
    return len(split(shown)) == len(split(found)) and all(
        words == others
        and all(abs(a - b) <= TOLERANCE for a, b in zip(numbers, values, strict=True))
        for (words, numbers), (others, values) in pairs
    )


class Checker(doctest.OutputChecker):
    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return same(want, got)


def test_the_page_shows_what_its_commands_and_its_python_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    names: dict[str, object] = {}
    failures: list[str] = []
    ran = 0
    for kind, block in blocks():
        if kind == "python":
            test = doctest.DocTestParser().get_doctest(block, names, PAGE.name, None, None)
            runner = doctest.DocTestRunner(Checker(), verbose=False)
            result = runner.run(test, out=failures.append, clear_globs=False)
            names = test.globs
            ran += result.attempted
            continue
        for command, shown in commands(block):
            done = subprocess.run(
                command,
                shell=True,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
                env={**os.environ, "PATH": path},
            )
            ran += 1
            if not same(shown, done.stdout):
                failures.append(f"$ {command}\nshown:\n{shown}\ngot:\n{done.stdout}{done.stderr}")
    assert not failures, "\n".join(failures)
    assert ran >= 30


def test_a_page_that_shows_something_else_is_found() -> None:
    shown = "word    cosine\nqueen   0.9702\nroyal   0.5300\n"
    assert same(shown, shown.replace("0.9702", "0.9400"))
    assert same(shown, "word cosine\nroyal 0.5300\nqueen 0.9702\n")
    assert not same(shown, shown.replace("0.9702", "0.9100"))
    assert not same(shown, shown.replace("queen", "quilt"))
    assert not same(shown, shown + "more\n")
