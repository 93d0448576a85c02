"""The study of "bank": its commands, run on the packaged model, print what stands in the page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from lexiscope.cli.main import main
from lexiscope.data import corpus_path

DOCS = Path(__file__).parents[2] / "docs" / "explanation"
PAGE = (DOCS / "bank.md").read_text(encoding="utf-8")
# A command, indented, and what it prints.
RUNS = re.findall(r"^    lexiscope ([^\n]+)\n\n```text\n(.+?)```$", PAGE, re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?\d+\.\d+")
# Rounded to two decimals; processors differ in the last bits of a float32.
NEAR = 0.021


def test_the_page_has_runs() -> None:
    assert len(RUNS) == 3
    assert PAGE.count("    lexiscope ") == len(RUNS)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "printed"), RUNS)
def test_a_command_prints_what_the_page_says(
    command: str, printed: str, minilm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {
        "MODEL": str(minilm),
        "corpus.txt": str(corpus_path()),
        "docs/explanation/bank/usage.tsv": str(DOCS / "bank" / "usage.tsv"),
    }
    assert main([places.get(part, part) for part in shlex.split(command)]) == 0
    got, expected = capsys.readouterr().out.split(), printed.split()
    assert len(got) == len(expected)
    for here, there in zip(got, expected, strict=True):
        if NUMBER.fullmatch(there):
            assert float(here) == pytest.approx(float(there), abs=NEAR)
        else:
            assert here == there


def test_what_the_page_says_of_its_figures() -> None:
    """The sentences below the tables are about the numbers in them."""
    tables = [
        [
            [float(cell) for cell in line.split()]
            for line in printed.splitlines()
            if line[:1].isdigit() and "pairs" not in line
        ]
        for _command, printed in RUNS
    ]
    raw, white = ([row[1] for row in table] for table in tables[:2])
    best = {name: max(values) for name, values in (("raw", raw), ("white", white))}
    said = re.search(
        r"best raw layer is (\d+) \(([\d.]+)\), the best whitened one (\d+) \(([\d.]+)\)", PAGE
    )
    assert said is not None
    assert raw[int(said[1])] == best["raw"] == float(said[2])
    assert white[int(said[3])] == best["white"] == float(said[4])
    means = [[row[3] for row in table] for table in tables[:2]]
    told = re.search(r"mean cosine falls from ([\d.]+) to ([\d.]+) in the last", PAGE)
    assert told is not None
    assert [means[0][-1], means[1][-1]] == [float(told[1]), float(told[2])]
