"""Commands that are stopped, by any signal and at any time, and results that find no room."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import lexiscope
from lexiscope.cli import application
from lexiscope.cli.main import main
from lexiscope.cli.shared import results
from lexiscope.errors import LexiscopeError
from lexiscope.files import elsewhere
from lexiscope.files.space import NoRoomError
from lexiscope.training.checkpoint import newest_checkpoint
from tests.support.patience import PATIENCE

ENDS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
APP = application.build_app()
pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")


def begin(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "lexiscope", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str], number: int) -> tuple[int, str]:
    process.send_signal(number)
    try:
        _, said = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()  # what does not heed the signal
    assert "Traceback" not in said and "Exception" not in said
    return process.returncode, said


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), ENDS)
def test_a_signal_keeps_a_checkpoint(tmp_path: Path, number: int, code: int) -> None:
    text, model = tmp_path / "text.txt", tmp_path / "m"
    text.write_text("\n".join(f"a b c d{line % 50} e f g" for line in range(4_000)))
    options = ["--epochs", 100_000, "--vector-size", 8, "--checkpoint-every", "10ms"]
    process = begin("train", text, "-o", model, *options)
    while not any(model.glob("checkpoint/0*/config.json")):
        assert process.poll() is None
        time.sleep(0.02)
    got, said = ended(process, number)
    assert got == code
    kept = newest_checkpoint(model).path
    assert f"kept {kept}; go on with: lexiscope train … --resume {model}" in said


# As `lexiscope` begins; what comes before, ends Python itself, in its own way.
FIRST_LINES = """
import sys
from lexiscope.cli.main import main
from lexiscope.interruption import AtOnce
AtOnce().__enter__()
print("begun", flush=True)
sys.argv[1:] = ["demo", "--no-serve"]
sys.exit(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.0, 0.1, 0.3])
@pytest.mark.parametrize(("number", "code"), ENDS)
def test_a_signal_during_imports_says_nothing(number: int, code: int, pause: float) -> None:
    command = [sys.executable, "-c", FIRST_LINES]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    time.sleep(pause)
    got, said = ended(process, number)
    assert got in (code, 0) and "rror" not in said


# Results


class Disk:
    """Writes to folders, of which some are full.

    Args:
        full: Their names.
    """

    def __init__(self, *full: str) -> None:
        self.full = set(full)
        self.tried: list[Path] = []

    def write(self, path: Path) -> str:
        self.tried.append(path)
        if path.parent.name in self.full:
            raise NoRoomError(path, "the disk is full", errno.ENOSPC)
        path.write_text("result")
        return "written"


def _signal_at(wanted: int, seen: list[str]) -> Callable[..., Any]:
    """A trace that asks to end at one of the lines that put a command in order, or at none."""
    files = ("cli/application.py", "cli/shared/claims.py", "files/locks.py")

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.endswith(files):
            return None
        if event == "line":
            seen.append(f"{frame.f_code.co_name}:{frame.f_lineno}")
            if len(seen) == wanted:
                signal.raise_signal(signal.SIGTERM)
        return trace

    return trace


def _stopped_at(
    wanted: int, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, list[str]]:
    """The exit code of a command that is asked to end at one line, and the lines it came to."""
    seen: list[str] = []
    monkeypatch.setattr(application, "build_app", lambda _name: APP)
    before = sys.gettrace()
    sys.settrace(_signal_at(wanted, seen))
    try:
        return main(words), seen
    finally:
        sys.settrace(before)


@pytest.mark.slow
def test_a_signal_while_a_command_is_put_in_order_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "v.txt", tmp_path / "out.txt"
    source.write_text("a 1 2\nb 3 4\n")
    words = ["convert", str(source), str(target), "--to", "glove", "--overwrite"]
    code, lines = _stopped_at(0, words, monkeypatch)
    assert code == 0
    whole = target.read_bytes()
    for place in range(1, len(lines) + 1, 2):
        code, _ = _stopped_at(place, words, monkeypatch)
        said = capsys.readouterr().err
        assert code in (0, 143), (lines[place - 1], said)
        assert "Traceback" not in said and "nraisable" not in said, lines[place - 1]
        assert target.read_bytes() == whole


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("target", "here", "home"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(elsewhere.Path, "cwd", lambda: tmp_path / "here")
    monkeypatch.setattr(elsewhere.Path, "home", lambda: tmp_path / "home")
    return tmp_path


def test_a_result_that_finds_no_room_is_kept_elsewhere(folders: Path) -> None:
    (folders / "home" / "m.txt").write_text("another")
    disk = Disk("target", "here")
    with pytest.raises(LexiscopeError, match=r"the result is kept as .*home/m-2.txt: move it"):
        results.write_result(disk.write, folders / "target" / "m.txt", 10)
    assert (folders / "home" / "m-2.txt").read_text() == "result"
    assert (folders / "home" / "m.txt").read_text() == "another"


def test_a_place_without_room_is_not_tried(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "free_bytes", lambda path: 10 * (path.name == "home"))
    disk = Disk("target")
    with pytest.raises(LexiscopeError, match=r"home/m.txt"):
        results.write_result(disk.write, folders / "target" / "m.txt", 10)
    assert [path.parent.name for path in disk.tried] == ["target", "home"]


def test_somebody_at_the_terminal_may_make_room(
    folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = Disk("target")
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            disk.full.clear()

    monkeypatch.setattr(results, "_somebody_is_there", lambda: True)
    monkeypatch.setattr(results.time, "sleep", sleep)
    assert results.write_result(disk.write, folders / "target" / "m.txt", 10) == "written"
    assert len(waits) == 3 and len(disk.tried) == 4
    assert "kept in memory, and tried again every 10 s" in capsys.readouterr().err


def test_who_does_not_wait_has_it_elsewhere(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def press(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(results, "_somebody_is_there", lambda: True)
    monkeypatch.setattr(results.time, "sleep", press)
    with pytest.raises(LexiscopeError, match=r"the result is kept as .*here/m.txt"):
        results.write_result(Disk("target").write, folders / "target" / "m.txt", 10)


def test_ctrl_c_while_a_result_is_written_waits_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(path: Path) -> None:
        signal.raise_signal(signal.SIGINT)
        path.write_text("whole")

    with pytest.raises(KeyboardInterrupt):
        results.write_result(write, tmp_path / "m", 10)
    assert (tmp_path / "m").read_text() == "whole"
    assert "it is whole" in capsys.readouterr().err


def test_a_mistake_is_no_full_disk(folders: Path) -> None:
    def write(path: Path) -> None:
        raise LexiscopeError("m is not a model folder")

    with pytest.raises(LexiscopeError, match=r"^m is not a model folder$"):
        results.write_result(write, folders / "target" / "m", 10)


def test_train_finds_another_place_for_its_model(
    call: Any, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lexiscope.formats.kinds import model_folder

    write, target = model_folder.write, folders / "target" / "m"

    def refuse(path: Path, *given: Any, **options: Any) -> None:
        if Path(path) == target:
            raise OSError(errno.EIO, "Input/output error", str(path))
        write(path, *given, **options)

    monkeypatch.setattr(model_folder, "write", refuse)
    text = folders / "text.txt"
    text.write_text("a b c d\n" * 50)
    called = call("train", text, "-o", target, "--epochs", 1, "--vector-size", 4)
    assert called.code == 1
    place = folders / "here" / "m"
    assert f"{target} could not be written: Input/output error; the result is kept as" in called.err
    assert str(place) in called.err
    assert len(lexiscope.load(place)) == 4
