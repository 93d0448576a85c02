"""Targets of all commands: claimed at the start, and their faults said before the work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lexiscope.files import space
from lexiscope.files.siblings import beside
from lexiscope.training import run as training_run
from lexiscope.training import session
from tests.support.holding import held
from tests.support.patience import PATIENCE

# Every command that writes a target: what stands before it, and behind. What they would read is
# not there, so that one who reads first says something else.
COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "train": (["train", "nothing.txt", "-o"], []),
    "resume": (["train", "nothing.txt", "--resume"], []),
    "record": (["record", "--corpus", "nothing.txt", "-o"], []),
    "stability": (["stability", "nothing.txt", "-o"], []),
    "compare": (["compare", "nothing", "nothing", "-o"], []),
    "map": (["map", "nothing", "-o"], []),
    "plot": (["plot", "nothing", "-o"], []),
    "senses": (["senses", "nothing", "word", "-o"], []),
    "page": (["page", "nothing", "-o"], []),
    "convert": (["convert", "nothing.bin"], ["--to", "npy"]),
    "export": (["export", "nothing", "--to", "torch", "-o"], []),
    "json-steps": (["export", "nothing", "--to", "json-steps", "-o"], []),
    "align": (["align", "nothing", "-t", "nothing.txt", "-o"], []),
    "extract": (["extract", "./nothing", "-o"], []),
    "contextual": (["contextual", "./nothing", "nothing.txt", "-o"], []),
    "distill": (["distill", "./nothing", "--words", "nothing.txt", "-o"], []),
}
NAMES = {
    "contextual": "target.parquet",
    "map": "target.csv",
    "plot": "target.png",
    "senses": "target.csv",
}
IN_PLACE = {"stability", "compare", "map", "plot", "page", "convert", "contextual", "senses"}


def called(call: Any, name: str, target: Path) -> str:
    before, after = COMMANDS[name]
    done = call(*before, target, *after)
    assert (done.code, done.out) == (1, "")
    (line,) = done.said
    assert line.startswith("lexiscope: error: ")
    return str(line)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_the_second_of_two_runs_is_told_at_its_start(call: Any, name: str, tmp_path: Path) -> None:
    target = tmp_path / NAMES.get(name, "target")
    with held(target) as process:
        line = called(call, name, target)
        assert f"{target} is being written by another run (process {process.pid})" in line
    # Nothing of the killed run keeps the next from its work.
    done = call(*COMMANDS[name][0], target, *COMMANDS[name][1])
    assert done.code == 1 and "another run (process" not in done.err
    assert "nothing" in done.err or "no checkpoint to resume from" in done.err
    assert done.err.count("which a killed run had left") == 2
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_target_that_cannot_be_written_is_said_first(
    call: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    ending = Path(NAMES.get(name, "")).suffix
    assert "expected at most 255" in called(call, name, tmp_path / f"{'n' * 256}{ending}")
    in_file = called(call, name, tmp_path / "file" / f"target{ending}")
    assert "expected a folder" in in_file or "is not there; make it" in in_file
    if name in IN_PLACE:
        assert "is not there; make it" in called(call, name, tmp_path / "no" / f"target{ending}")
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "is not writable" in called(call, name, tmp_path / f"target{ending}")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("the king rules the land\nthe queen rules the land\n" * 20)
    return path


def test_a_model_that_will_not_fit_is_refused_before_training(
    call: Any, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[Any] = []
    monkeypatch.setattr(session, "train_run", lambda *run, **_: trained.append(run))
    monkeypatch.setattr(training_run, "train_run", lambda *run, **_: trained.append(run))
    monkeypatch.setattr(space, "free_bytes", lambda _path: 1000)
    done = call("train", text, "-o", tmp_path / "model", "--min-count", 1, "--vector-size", 50)
    assert done.code == 1 and not trained
    # 5 words, two matrices of 50 values.
    assert "it takes 2.0 kB, but 1.0 kB are free in" in done.said[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text.txt"]


def test_no_lock_stays_after_a_run(call: Any, text: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    for _ in range(2):
        sizes = ["--min-count", 1, "--epochs", 1, "--workers", 1]
        done = call("train", text, "-o", model, *sizes, "--overwrite")
        assert done.code == 0, done.err
        assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "text.txt"]
    assert not beside(model, ".lock").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no limit of a file's size")
@pytest.mark.slow
@pytest.mark.parametrize("to", ["torch", "npz", "npy", "safetensors", "parquet", "tsv"])
def test_a_disk_that_fills_during_an_export_is_one_line(
    call: Any, text: Path, tmp_path: Path, to: str
) -> None:
    import resource

    model = tmp_path / "model"
    assert call("train", text, "-o", model, "--min-count", 1, "--epochs", 1).code == 0

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.RLIM_INFINITY))

    done = subprocess.run(
        [sys.executable, "-m", "lexiscope", "export", model, "--to", to, "-o", tmp_path / "out"],
        capture_output=True, text=True, timeout=PATIENCE, preexec_fn=limit,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"lexiscope: error: {tmp_path / 'out'} could not be written: ")
    assert "were written, and" in line and "are free in" in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "text.txt"]


def _finished(call: Any, name: str, text: Path, target: Path) -> list[Any]:
    """Writes a target by the command, and gives the call that would write it again."""
    folder = target.parent
    model = folder / "source"
    if name not in {"train", "record", "demo"} and not model.exists():
        sizes = ["--min-count", 1, "--vector-size", 4, "--epochs", 1]
        assert call("train", text, "-o", model, *sizes).code == 0
    calls = {
        "train": ["train", text, "-o", target, "--min-count", 1, "--epochs", 1],
        "record": ["record", text, "-o", target, "--steps", 20, "--min-count", 1],
        "demo": ["demo", "-o", target, "--no-serve"],
        "stability": ["stability", text, "-o", target, "--seeds", 2, "--min-count", 1],
        "compare": ["compare", model, model, "-o", target],
        "convert": ["convert", model, target, "--to", "npy"],
        "export": ["export", model, "--to", "npy", "-o", target],
        "align": ["align", model, "-t", folder / "tokens.txt", "-o", target],
        "postprocess": ["postprocess", model, "--kind", "standardising", "-o", target],
        "check": ["check", model, "--repair", target],
    }
    (folder / "tokens.txt").write_text("the\nking\nqueen\n")
    return calls[name]


def _content(place: Path) -> dict[str, bytes]:
    files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    return {str(file.relative_to(place)): file.read_bytes() for file in files}


@pytest.mark.parametrize(
    "name",
    [
        *("train", "record", "demo", "stability", "compare", "convert", "export", "align"),
        *("postprocess", "check"),
    ],
)
def test_nothing_finished_is_replaced_before_overwrite_is_said(
    call: Any, name: str, text: Path, tmp_path: Path
) -> None:
    target = tmp_path / ("target.npy" if name == "convert" else "target")
    again = _finished(call, name, text, target)
    assert call(*again).code == 0
    before = _content(target)
    assert before
    done = call(*again)
    assert (done.code, done.out) == (1, "") or name == "check"
    kind = "file" if target.is_file() else "folder"
    assert done.said[-1] == (
        f"lexiscope: error: {target} is there already; give --overwrite to replace it once the "
        f"new one is whole, or name another {kind}"
    )
    assert _content(target) == before
    done = call(*again, "--overwrite")
    assert done.code == 0, done.err
    assert set(_content(target)) == set(before)


def test_what_holds_nothing_needs_no_overwrite(call: Any, text: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "empty.csv").touch()
    sizes = ["--min-count", 1, "--vector-size", 4, "--epochs", 1]
    assert call("train", text, "-o", tmp_path / "model", *sizes).code == 0
    done = call("compare", tmp_path / "model", tmp_path / "model", "-o", tmp_path / "empty.csv")
    assert done.code == 0, done.err


def test_what_is_no_model_is_not_replaced_by_one_whatever_is_said(
    call: Any, text: Path, tmp_path: Path
) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear king")
    done = call("train", text, "-o", tmp_path / "letters", "--overwrite", "--min-count", 1)
    assert done.code == 1 and "exists and is not a model folder" in done.said[-1]
    assert (tmp_path / "letters" / "a.txt").read_text() == "dear king"


@pytest.mark.parametrize("name", ["train", "convert", "export", "postprocess", "stability"])
def test_the_old_one_stays_where_the_new_one_fails(
    call: Any, name: str, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / ("target.npy" if name == "convert" else "target")
    again = _finished(call, name, text, target)
    assert call(*again).code == 0
    before = _content(target)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    # The new one is written in full, and then the disk does not take it.
    monkeypatch.setattr("lexiscope.files.atomic.os.fsync", full)
    monkeypatch.setattr("lexiscope.files.elsewhere.places_for", lambda *_: [])
    assert call(*again, "--overwrite").code == 1
    assert _content(target) == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
