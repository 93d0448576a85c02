"""The table of what each option does: made of what was measured, of options that there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from benchmarks import options
from lexiscope.cli.application import build_app

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "choose-options.md"


def run(seconds: float, score: float) -> dict[str, float]:
    return {"seconds": seconds, **dict.fromkeys(options.TESTS, score)}


def test_a_time_is_beside_that_of_the_same_round_and_scores_are_means() -> None:
    results = {
        "of": "a text",
        "options": {
            "window": {
                "defaults": [run(1.0, 0.30), run(4.0, 0.32)],
                "2": [run(2.0, 0.10), run(9.0, 0.20)],
                "10": [run(1.5, 0.5), run(6.0, 0.5)],
            }
        },
    }
    told = options.made(results)
    assert "| `--window` | 2 | 2× | 0.150 |" in told
    assert "| `--window` | 10 | 1.5× | 0.500 |" in told
    assert "| defaults |  | 1× | 0.310 |" in told
    assert "took 1.0 s" in told and "up to 0.020" in told and "2 rounds" in told
    assert "Measured on a text." in told


def test_the_page_has_every_option_that_is_tried_and_each_is_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page.partition(options.START)[2].partition(options.END)[0]
    train: Any = get_command(build_app())
    known = {name for one in train.commands["train"].params for name in one.opts}
    for option, values in options.TRIED.items():
        assert f"--{option}" in known
        for value in values:
            assert f"| `--{option}` | {value} |" in table


def test_a_page_without_the_lines_is_told(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("nothing")
    with pytest.raises(SystemExit, match="has no lines"):
        options._put(tmp_path / "page.md", "x")
