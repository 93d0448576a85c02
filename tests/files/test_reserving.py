"""Targets kept for one process: locks that die with it, and what killed runs have left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lexiscope.errors import ConfigError
from lexiscope.files import locks
from lexiscope.files.atomic import atomic_file, atomic_folder
from lexiscope.files.locks import BusyError
from lexiscope.files.reserving import check_place, reserved, reserved_early
from lexiscope.files.siblings import sibling
from tests.support.holding import held


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_second_is_told_and_a_killed_holder_is_none(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with held(target) as process:
        there = names(tmp_path)
        said = rf"model is being .* \(process {process.pid}\)"
        with pytest.raises(BusyError, match=said), reserved(target):
            pass
        with pytest.raises(BusyError), atomic_file(target):
            pass
        # What a living process is writing is let alone.
        assert names(tmp_path) == there and len(there) == 3
        process.send_signal(signal.SIGKILL)
        process.wait()
        with reserved(target) as told:
            assert len(told) == 2 and all("which a killed run had left" in line for line in told)
            assert names(tmp_path) == [".model.lock"]
    assert names(tmp_path) == []


def test_who_ends_lets_go(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with held(target) as process:
        process.communicate("")
        assert process.returncode == 0
        with reserved(target) as told:
            assert len(told) == 2


def test_the_same_process_may_take_it_again(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with reserved(target), reserved(target) as told, atomic_file(target) as stream:
        stream.write(b"whole")
        assert told == []
        # Its own drafts are not what a killed run has left.
        with reserved(target) as told:
            assert told == []
        with pytest.raises(BusyError):
            subprocess_takes(target)
    assert names(tmp_path) == ["file"] and target.read_bytes() == b"whole"


def subprocess_takes(target: Path) -> None:
    code = "import sys; from pathlib import Path; from lexiscope.files.reserving import reserved\n"
    code += "with reserved(Path(sys.argv[1])): pass"
    done = subprocess.run([sys.executable, "-c", code, str(target)], capture_output=True, text=True)
    if "BusyError" in done.stderr:
        raise BusyError(done.stderr)
    assert done.returncode == 0, done.stderr


def test_a_lock_that_is_let_go_can_be_taken(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with reserved(target):
        pass
    subprocess_takes(target)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_holds_no_lock_of_its_parents(tmp_path: Path) -> None:
    target = tmp_path / "file"
    code = """
import os, sys
from pathlib import Path
from lexiscope.files.locks import BusyError
from lexiscope.files.reserving import reserved
with reserved(Path(sys.argv[1])):
    if (child := os.fork()) == 0:
        try:
            with reserved(Path(sys.argv[1])):
                os._exit(1)
        except BusyError:
            os._exit(7)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", code, str(target)]).returncode == 7


def test_a_folder_that_was_moved_aside_is_put_back(tmp_path: Path) -> None:
    target = tmp_path / "model"
    aside = tmp_path / f".model.old-1-{'0' * 12}-0"
    aside.mkdir()
    (aside / "precious").write_text("still there")
    with reserved(target) as told:
        assert told == [f"put {target} back, which a killed run had moved aside"]
    assert names(tmp_path) == ["model"] and names(target) == ["precious"]


def test_only_siblings_of_this_target_go(tmp_path: Path) -> None:
    ending = f"tmp-1-{'0' * 12}-0"
    kept = [f".model2.{ending}", f"model.{ending}", ".model.tmp-notes", f".model.bin.{ending}"]
    for name in [*kept, f".model.{ending}"]:
        (tmp_path / name).write_text("x")
    with reserved(tmp_path / "model") as told:
        assert len(told) == 1
    assert names(tmp_path) == sorted(kept)


def test_drafts_inside_go_and_nothing_else(tmp_path: Path) -> None:
    inside = tmp_path / "model" / "checkpoint"
    (inside / "000001").mkdir(parents=True)
    (inside / f".000002.tmp-1-{'0' * 12}-3").mkdir()
    (inside / f".000003.old-1-{'0' * 12}-4").mkdir()
    with reserved(tmp_path / "model", [inside, tmp_path / "missing"]) as told:
        assert len(told) == 1 and ".000002.tmp-" in told[0]
    assert names(inside) == [f".000003.old-1-{'0' * 12}-4", "000001"]


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    for letter in ("n", "é"):
        name = letter * (255 // len(letter.encode()))
        with atomic_file(tmp_path / name) as stream:
            stream.write(b"1")
        with atomic_folder(tmp_path / f"x{name[2:]}") as folder:
            (folder / "file").write_text("2")
        assert sibling(tmp_path / name, "tmp") != sibling(tmp_path / f"{name[1:]}x", "tmp")
    assert len(names(tmp_path)) == 4


def refused(target: Path, *, is_folder: bool = True) -> str:
    with pytest.raises(ConfigError) as caught, reserved_early(target, is_folder=is_folder):
        raise AssertionError("the work has begun")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_cannot_be_written_is_found_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "256 bytes; expected at most 255" in refused(tmp_path / ("n" * 256))
    assert "expected a folder" in refused(tmp_path / "file" / "model")
    assert "missing is not there" in refused(tmp_path / "missing" / "x.bin", is_folder=False)
    assert "is a folder; name a file" in refused(tmp_path, is_folder=False)
    assert "cannot be made" in refused(tmp_path / "loop" / "model")
    assert "cannot be made" in refused(tmp_path / ("n" * 300) / "model")
    assert "where a disk is mounted" in refused(Path("/proc"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert f"{tmp_path} is not writable" in refused(tmp_path / "new" / "model")
    assert names(tmp_path) == ["file", "loop"]


def test_folders_above_are_made_and_stay_only_if_used(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "model"
    check_place(target, is_folder=True)
    with reserved_early(target, is_folder=True):
        assert target.parent.is_dir()
    assert names(tmp_path) == []
    with reserved_early(target, is_folder=True), atomic_folder(target) as folder:
        (folder / "file").write_text("x")
    assert names(target) == ["file"]


def test_ctrl_c_between_taking_a_lock_and_knowing_it_lets_it_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = locks._take

    def interrupted(*arguments: Path) -> object:
        held = take(*arguments)
        signal.raise_signal(signal.SIGINT)
        return held

    monkeypatch.setattr(locks, "_take", interrupted)
    with pytest.raises(KeyboardInterrupt), locks.locked(tmp_path / "target"):
        raise AssertionError("the request was lost")
    monkeypatch.undo()
    with locks.locked(tmp_path / "target") as alone:
        assert alone
