"""Runs that are killed, interrupted or out of room: what stands at their targets afterwards."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.reliability.jobs import MISSING, REFUSED, Ended, Job, command, state

_RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Of a process that has been told to stop.
_SECONDS_TO_STOP = 60.0
_PAGE_BYTES = 4096


@dataclass
class Row:
    """A line of the table.

    Attributes:
        part, what: What was tried.
        trials: How often.
        outcomes: How it ended: what → how often.
        faults: What was lost or wrong, a line each.
    """

    part: str
    what: str
    trials: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def count(self, outcome: str) -> None:
        """One more of an outcome."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


@dataclass(frozen=True)
class Known:
    """What a job does where nothing happens to it.

    Attributes:
        old: The state of an older result, `MISSING` where the job's target must not be there.
        new: The state of its own.
        ended: How its process ended.
        folder: Has the older result, to be copied for each trial.
        size, largest: Bytes of what it leaves, of all files and of the largest.
    """

    old: str
    new: str
    ended: Ended
    folder: Path
    size: int
    largest: int


def known(job: Job, place: Path) -> Known:
    """Runs a job in peace.

    Raises:
        RuntimeError: It fails even so.
    """
    folder = place / "old"
    folder.mkdir(parents=True)
    if job.other is not None:
        _in_peace(job, job.words(job.other, folder), folder)
    old = state(job, folder)
    fresh = _copy(folder, place / "new")
    ended = _in_peace(job, job.words(job.arguments, fresh), fresh)
    new = state(job, fresh)
    # The first run may have compiled, and read the program from the disk.
    again = _in_peace(job, job.words(job.arguments, fresh), fresh)
    ended = min(ended, again, key=lambda run: run.seconds)
    size = _bytes(fresh)
    largest = max((path.stat().st_size for path in fresh.rglob("*") if path.is_file()), default=1)
    shutil.rmtree(fresh)
    if new in (old, MISSING, REFUSED):
        raise RuntimeError(f"{job.name}: {old} becomes {new} in peace")
    return Known(old, new, ended, folder, size, largest)


def _in_peace(job: Job, words: list[str], folder: Path) -> Ended:
    ended = command(words, folder)
    if ended.code != 0:
        raise RuntimeError(f"{job.name} fails in peace ({ended.code}): {ended.err[-500:]}")
    return ended


def _copy(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, symlinks=True)
    return target


# Kills


def kills(job: Job, sound: Known, place: Path, trials: int, rng: np.random.Generator) -> Row:
    """Kills a job at random moments: half of them before a change of a file, half at any time."""
    row = Row("kill", job.name)
    changes = max(1, sound.ended.changes)
    moments: list[dict[str, Any]] = [
        {"kill_at": int(at)} for at in rng.integers(0, changes, (trials + 1) // 2)
    ]
    moments += [
        {"after": float(share) * sound.ended.seconds} for share in rng.uniform(0.2, 1, trials // 2)
    ]
    for number, moment in enumerate(moments):
        folder = _copy(sound.folder, place / f"killed-{number}")
        if "after" in moment:
            _ended, moment["after"] = _meet(job, sound, folder, _KILL, moment["after"])
        else:
            command(job.words(job.arguments, folder), folder, **moment)
        row.trials += 1
        where = f"{job.name}, killed {moment}"
        row.faults += [f"{where}: {fault}" for fault in _look(job, folder, sound, row)]
        shutil.rmtree(folder)
    return row


_KILL = [(0.0, signal.SIGKILL)]
# A run that has ended before it was met is tried again, so much earlier.
_EARLIER = 0.8


def _meet(
    job: Job, sound: Known, folder: Path, sent: list[tuple[float, int]], after: float
) -> tuple[Ended, float]:
    """Sends signals, each after a pause, to a run that has worked for some seconds; gives the
    seconds, too, which are fewer where it had ended by then."""
    while True:
        met: list[int] = []

        def send(
            process: subprocess.Popen[str], after: float = after, met: list[int] = met
        ) -> None:
            time.sleep(after)
            for pause, number in sent:
                time.sleep(pause)
                if process.poll() is None:
                    os.kill(process.pid, number)
                    met.append(number)

        words = job.words(job.arguments, folder)
        ended = command(words, folder, meddle=send, seconds=_SECONDS_TO_STOP)
        if met:
            return ended, after
        after *= _EARLIER
        shutil.rmtree(folder)
        _copy(sound.folder, folder)


def _look(job: Job, folder: Path, sound: Known, row: Row) -> Iterator[str]:
    """What is wrong after a stop: the target first, then whether the work can be done all the same,
    and what is left lying about."""
    found = _state(job, folder)
    if found not in (sound.old, sound.new, MISSING, REFUSED):
        row.count("wrong")
        yield f"the target is neither the old result nor the new one: {found}"
        return
    names = {sound.old: "old", sound.new: "new", MISSING: "nothing yet", REFUSED: "refused"}
    if found == MISSING and sound.old != MISSING:
        yield "the old result is gone"
    again, tried = _finish(job, folder, found == sound.new)
    if again.code != 0:
        yield f"cannot be done again ({tried}, {again.code}): {again.err[-300:]}"
    elif not _is_same((after := _state(job, folder)), sound.new, resumed=tried == "resume"):
        yield f"done again ({tried}) it is another result: {after}"
    row.count(names[found] + (", resumed" if tried == "resume" else ""))
    # Where all was done but to let go of the lock there is no next run, which would remove it.
    if tried != "nothing":
        yield from _left(job, folder)


def _is_same(after: str, new: str, *, resumed: bool) -> bool:
    """Whether work that was done again is what it would have been without a stop.

    The recording of a run that goes on begins where the run was, so it has fewer snapshots.
    """
    return after.split("-")[0] == new.split("-")[0] if resumed else after == new


def _finish(job: Job, folder: Path, is_done: bool) -> tuple[Ended, str]:
    """Goes on where a run has stopped if that can be, or does it anew."""
    if job.resume is not None and not is_done:
        resumed = command(job.words(job.resume, folder), folder)
        if resumed.code == 0:
            return resumed, "resume"
    target = folder / job.target
    if is_done and job.other is None and target.exists():
        return Ended(0, "", 0.0), "nothing"
    return command(job.words(job.arguments, folder), folder), "anew"


def _state(job: Job, folder: Path) -> str:
    try:
        return state(job, folder)
    except Exception as error:  # noqa: BLE001 - whatever else is raised is what is looked for
        return f"{type(error).__name__}: {str(error)[:200]}"


def _left(job: Job, folder: Path) -> Iterator[str]:
    """Temporary siblings that the next run to the same target has not removed."""
    stem = Path(job.target).name.split(".")[0]
    for path in folder.iterdir():
        if ".tmp" in path.name or (path.name.startswith(".") and stem in path.name):
            yield f"{path.name} is left after the next run"


# A full disk


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[Path | None]:
    """A file system of so many bytes, or None where this user may not make one."""
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True
    )
    try:
        yield place if made.returncode == 0 else None
    finally:
        if made.returncode == 0:
            subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()


def full_disks(job: Job, sound: Known, place: Path, trials: int) -> Row:
    """Runs a job where there is room for a part of what it writes."""
    row = Row("full disk", job.name)
    size, old, largest = sound.size, _bytes(sound.folder), sound.largest
    for number in range(trials):
        share = (number + 0.5) / trials
        row.trials += 1
        where = f"{job.name}, room for {share:.0%}"
        with small_disk(place / f"disk-{number}", old + int(share * size)) as disk:
            if disk is None:
                folder = _copy(sound.folder, place / f"bounded-{number}")
                options = {"file_bytes": max(1, int(share * largest))}
            else:
                folder, options = disk / "it", {}
                _copy(sound.folder, folder)
            ended = command(job.words(job.arguments, folder), folder, **options)
            row.faults += [f"{where}: {fault}" for fault in _full(job, folder, sound, ended, row)]
        if disk is None:
            shutil.rmtree(folder)
    return row


def _full(job: Job, folder: Path, sound: Known, ended: Ended, row: Row) -> Iterator[str]:
    found = _state(job, folder)
    if ended.code == 0:
        row.count("had room")
        if found != sound.new:
            yield f"says that it succeeded, and the target is {found}"
        return
    yield from misbehaved(ended, {1})
    if found not in (sound.old, sound.new, MISSING):
        yield f"the target is {found}"
    if found == MISSING and sound.old != MISSING:
        yield "the old result is gone"
    if not re.search(r"room|space|full|large|(is|are) free in", ended.err, re.IGNORECASE):
        yield f"does not say that the disk is full: {ended.err[-200:]}"
    is_kept = "the result is kept as" in ended.err
    if is_kept and not ended.kept:
        yield f"says that the result is kept, and it is not: {ended.err[-200:]}"
    row.count("kept elsewhere" if is_kept else "told")


def _bytes(folder: Path) -> int:
    """What the files of a folder take on a disk, in whole pages."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return sum(-(-size // _PAGE_BYTES) * _PAGE_BYTES for size in sizes)


def misbehaved(ended: Ended, codes: Iterable[int]) -> Iterator[str]:
    """What no process may do, however it ends."""
    if ended.hung:
        yield "hangs"
    elif ended.code not in codes:
        yield f"exit code {ended.code}, expected {sorted(codes)}: {ended.err[-200:]}"
    if "Traceback" in ended.err:
        yield f"a traceback: {ended.err[-500:]}"
    if _RAW.search(ended.err):
        yield "raw control characters"


# Signals

# While Python takes itself down, Ctrl-C is the system's; a shell tells 130 of that, too.
_INTERRUPTED = {130, -signal.SIGINT}
SIGNALS: dict[str, tuple[list[tuple[float, int]], set[int]]] = {
    "INT": ([(0.0, signal.SIGINT)], _INTERRUPTED),
    "TERM": ([(0.0, signal.SIGTERM)], {143, 130}),
    "HUP": ([(0.0, signal.SIGHUP)], {129, 130}),
    "INT twice within 20 ms": ([(0.0, signal.SIGINT), (0.02, signal.SIGINT)], _INTERRUPTED),
}


def signals(
    job: Job, sound: Known, place: Path, trials: int, rng: np.random.Generator, names: Iterable[str]
) -> list[Row]:
    """Sends signals to a job at random moments: it ends soon, tells of it in a line, and what it
    has reached is kept where it keeps checkpoints."""
    rows: list[Row] = []
    for name in names:
        sent, codes = SIGNALS[name]
        row = Row("signal", f"{job.name}, {name}")
        for number, drawn in enumerate(rng.uniform(0.1, 1, trials)):
            folder = _copy(sound.folder, place / f"signal-{len(rows)}-{number}")
            at = float(drawn) * sound.ended.seconds
            ended, after = _meet(job, sound, folder, sent, at)
            share = after / sound.ended.seconds
            row.trials += 1
            where = f"{job.name}, {name} at {share:.0%}"
            # Before Python heeds signals, and when its work is done and it takes itself down, the
            # system's own way of dying is all there is.
            is_done = _state(job, folder) == sound.new
            own = {-number for _, number in sent} if share < 0.3 or is_done else set()
            faults = [*misbehaved(ended, {0, *codes, *own}), *_look(job, folder, sound, row)]
            row.faults += [f"{where}: {fault}" for fault in faults]
            shutil.rmtree(folder)
        rows.append(row)
    return rows


@contextmanager
def folder_for(work: Path, name: str) -> Iterator[Path]:
    """A folder for a job's trials, gone afterwards."""
    with tempfile.TemporaryDirectory(dir=work, prefix=re.sub(r"\W+", "-", name)) as folder:
        yield Path(folder)
