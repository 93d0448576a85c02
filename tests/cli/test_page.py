"""`lexiscope page`, as a user calls it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from lexiscope.cli import main as cli
from lexiscope.server import site
from lexiscope.server.single_file import PLACEHOLDER
from lexiscope.vectors import KeyedVectors


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and a built page as small as can be."""
    static = tmp_path / "static"
    static.mkdir()
    (static / "page.html").write_text(f"<title>Lexiscope</title>{PLACEHOLDER}")
    monkeypatch.setattr(site, "folder", lambda: static)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.mark.slow
def test_a_run_becomes_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["record", "-o", "run", "--steps", "300", "--json"]) == 0
    capsys.readouterr()
    assert cli.main(["page", "run", "-o", "run.html", "--title", "My run"]) == 0
    said = capsys.readouterr()
    assert re.fullmatch(r"page  run\.html \(\d\.\d MB\)\n", said.out)
    assert "recording" not in said.err
    text = Path("run.html").read_text()
    assert "<title>My run</title>" in text
    data = json.loads(text.partition('"lexiscope-data">')[2].partition("</script>")[0])
    assert data["responses"]["/api/subject"]["steps"] == 300
    options = data["responses"]["/api/program"]["options"]
    assert {"train", "record"} == {one["command"] for one in options}
    assert [path.name for path in Path.cwd().iterdir() if path.name.startswith(".")] == []


def test_a_model_without_a_recording_has_a_page_of_what_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    KeyedVectors(["a", "b"], np.eye(2, dtype=np.float32)).save("model")
    assert cli.main(["page", "model", "-o", "model.html"]) == 0
    assert "lexiscope record" in capsys.readouterr().err
    assert Path("model.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing", "-o", "x.html"], 1, "nothing: no such file or folder"),
        (["model", "-o", "."], 1, "is a folder"),
        (["model", "-o", "missing/x.html"], 1, "missing is not there"),
        (["model"], 2, "--out"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["page", *arguments]) == code
    errors = capsys.readouterr().err
    assert said in errors and errors.count("\n") == 1
    assert list(Path.cwd().iterdir()) == []


def test_an_earlier_page_stays_when_the_new_one_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    KeyedVectors(["a", "b"], np.eye(2, dtype=np.float32)).save("model")
    Path("page.html").write_text("earlier")
    monkeypatch.setattr("lexiscope.server.single_file.LARGEST_PAGE", 100)
    assert cli.main(["page", "model", "-o", "page.html"]) == 1
    assert "give --overwrite" in capsys.readouterr().err
    assert cli.main(["page", "model", "-o", "page.html", "--overwrite"]) == 1
    assert "lexiscope serve" in capsys.readouterr().err
    assert Path("page.html").read_text() == "earlier"
