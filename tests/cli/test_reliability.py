"""The short form of `python -m tests.reliability`."""

from __future__ import annotations

import pytest

from tests.reliability import __main__ as reliability


@pytest.mark.slow
def test_nothing_is_lost_in_the_short_form(capsys: pytest.CaptureFixture[str]) -> None:
    code = reliability.main(["--short"])
    told = capsys.readouterr().out
    assert code == 0, told
    assert "0 faults" in told.splitlines()[-1]


def test_the_table_is_put_between_its_marks(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    page = Path(str(tmp_path)) / "README.md"
    page.write_text("# Benchmarks\n\nmore\n")
    monkeypatch.setattr(reliability, "README", page)
    rows = [reliability.Row("kill", "train", 20, {"old": 20})]
    reliability.write(reliability.table(rows, 60))
    reliability.write(reliability.table(rows, 120))
    text = page.read_text()
    assert text.startswith("# Benchmarks\n\nmore\n")
    assert text.count("| kill | train | 20 | 20 old | 0 |") == 1
    assert "20 trials in 2 minutes, 0 faults." in text
