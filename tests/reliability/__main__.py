"""Tries what could lose or spoil a result, and prints a table of how it went.

    python -m tests.reliability [--short] [--write] [PART…]

Parts: kill, disk, signal, zoo, fuzz, scale; and `cluster`, tried only where it is named, as
it starts and kills a cluster of Ray. As many trials run at once as there are cores, up to four;
`--short` takes about a minute. `--write` puts the table into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import TypeVar

import numpy as np

from lexiscope.cores import cores_allowed
from tests.reliability import jobs as all_jobs
from tests.reliability.jobs import Job
from tests.reliability.kills import (
    SIGNALS,
    Known,
    Row,
    folder_for,
    full_disks,
    kills,
    known,
    signals,
)
from tests.reliability.scale import measure
from tests.reliability.zoo import zoo_of

KILLS, DISKS, EACH_SIGNAL, MUTATIONS = 20, 10, 5, 100_000
AT_ONCE = min(4, cores_allowed())
_ROOT = Path(__file__).parents[2]
README = _ROOT / "benchmarks" / "README.md"
BEGIN, END = "<!-- reliability -->", "<!-- /reliability -->"
_Of = TypeVar("_Of")
# How the two programs tell of one: what it was of, its number, what was damaged.
_FAULT = re.compile(r".+, (mutation )?\d+[,:] .+: ")
_SHORT_SIGNALS = ("TERM", "INT twice within 20 ms")
_SHORT_JOBS = ("train", "convert --to npy")


@dataclass(frozen=True)
class Plan:
    """What is to be tried.

    Attributes:
        short: Whether to take only a few quick trials.
        seed: Of the random moments.
        work: A folder for everything.
        inputs: Has what the jobs read.
        jobs: Them.
        sound: What each does in peace, once that is known.
    """

    short: bool
    seed: int
    work: Path
    inputs: Path
    jobs: list[Job]
    sound: dict[str, Known] = field(default_factory=dict)

    def known(self, job: Job) -> Known:
        """What a job does in peace."""
        if job.name not in self.sound:
            place = Path(tempfile.mkdtemp(prefix="known-", dir=self.work))
            self.sound[job.name] = known(job, place)
        return self.sound[job.name]

    def rng(self, name: str) -> np.random.Generator:
        """Random numbers of one job."""
        return np.random.default_rng([self.seed, *name.encode()])


def _kill(plan: Plan) -> Iterator[Row]:
    def rows(job: Job) -> list[Row]:
        with folder_for(plan.work, job.name) as place:
            trials = 2 if plan.short else KILLS
            return [kills(job, plan.known(job), place, trials, plan.rng(job.name))]

    return _at_once(rows, plan.jobs)


def _disk(plan: Plan) -> Iterator[Row]:
    def rows(job: Job) -> list[Row]:
        with folder_for(plan.work, job.name) as place:
            return [full_disks(job, plan.known(job), place, 2 if plan.short else DISKS)]

    return _at_once(rows, plan.jobs[1:] if plan.short else plan.jobs)


def _signal(plan: Plan) -> Iterator[Row]:
    def rows(job: Job) -> list[Row]:
        with folder_for(plan.work, job.name) as place:
            trials, names = (1, _SHORT_SIGNALS) if plan.short else (EACH_SIGNAL, tuple(SIGNALS))
            return list(signals(job, plan.known(job), place, trials, plan.rng(job.name), names))

    signalled = [job for job in plan.jobs if job.checkpoints or job.name in ("record", "stability")]
    return _at_once(rows, signalled[:1] if plan.short else signalled)


def _at_once(rows: Callable[[_Of], list[Row]], of: Iterable[_Of]) -> Iterator[Row]:
    """The rows of each, in order: what is tried runs in processes of its own."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for several in pool.map(rows, of):
            yield from several


def _zoo(plan: Plan) -> Iterator[Row]:
    """Bad inputs to each command, the commands in processes of their own."""
    from tests.support import sweep

    commands = ("info",) if plan.short else tuple(sweep.CALLS)
    with ProcessPoolExecutor(AT_ONCE, multiprocessing.get_context("spawn")) as pool:
        rows = pool.map(zoo_of, commands, repeat(plan.work), repeat(plan.short))
        yield from (row for row in rows if row.trials)


def _fuzz(plan: Plan) -> Iterator[Row]:
    """Vectors' files and documents, each damaged in a process of its own."""

    def rows(name: str) -> list[Row]:
        # A document takes twice as long as a file of vectors, and each kind has a core.
        mutations = (300 if plan.short else MUTATIONS) * (2 if name == "fuzz" else 1) // 3
        row = Row("fuzz", name.replace("_", " "), trials=mutations)
        command = [sys.executable, "-m", f"tests.reliability.{name}"]
        command += ["--mutations", str(mutations), "--seed", str(plan.seed)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=_ROOT)
        if done.returncode != 0:
            row.faults += [line for line in done.stdout.splitlines() if _FAULT.match(line)]
            row.faults += [] if row.faults else done.stderr.splitlines()[-5:]
        return [row]

    return _at_once(rows, ("fuzz", "fuzz_documents"))


def _scale(plan: Plan) -> Iterator[Row]:
    with folder_for(plan.work, "scale") as place:
        yield measure(place)


def _cluster(plan: Plan) -> Iterator[Row]:
    from tests.reliability.machines import machines

    with folder_for(plan.work, "cluster") as place:
        yield from machines(place, short=plan.short)


PARTS: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "kill": _kill,
    "disk": _disk,
    "signal": _signal,
    "zoo": _zoo,
    "fuzz": _fuzz,
    "scale": _scale,
    "cluster": _cluster,
}
_WHOLE_PARTS = ("kill", "disk", "signal", "zoo", "fuzz", "scale")
_SHORT_PARTS = _WHOLE_PARTS[:4]


def run(parts: list[str], *, short: bool, seed: int) -> list[Row]:
    """Tries some parts; prints each row as it is there."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="lexiscope-reliability-") as folder:
        work = Path(folder)
        inputs = work / "inputs"
        inputs.mkdir()
        pretrained = not short
        all_jobs.make_inputs(inputs, pretrained=pretrained)
        chosen = all_jobs.jobs(inputs, pretrained=pretrained)
        if short:
            chosen = [job for job in chosen if job.name in _SHORT_JOBS]
        plan = Plan(short, seed, work, inputs, chosen)
        for part in parts:
            began = time.monotonic()
            for row in PARTS[part](plan):
                print(line(row), flush=True)
                for fault in row.faults:
                    print(f"    {fault}", flush=True)
                rows.append(row)
            print(f"{part}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return rows


def line(row: Row) -> str:
    """A row of the table."""
    ended = ", ".join(f"{count} {what}" for what, count in sorted(row.outcomes.items()))
    return f"| {row.part} | {row.what} | {row.trials:,} | {ended} | {len(row.faults)} |"


def table(rows: list[Row], seconds: float) -> str:
    """All rows, in Markdown."""
    head = ["| part | of | trials | ended | faults |", "| --- | --- | ---: | --- | ---: |"]
    trials, faults = sum(row.trials for row in rows), sum(len(row.faults) for row in rows)
    said = f"{trials:,} trials in {seconds / 60:.0f} minutes, {faults} faults."
    return "\n".join([*head, *map(line, rows), "", said])


def write(text: str) -> None:
    """Puts the table between its two marks in benchmarks/README.md."""
    page = README.read_text()
    if BEGIN not in page:
        page = f"{page.rstrip()}\n\n## Reliability\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def main(arguments: list[str] | None = None) -> int:
    """The command; of the process's own words where none are given."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args(arguments)
    began = time.monotonic()
    parts = options.parts or list(_SHORT_PARTS if options.short else _WHOLE_PARTS)
    rows = run(parts, short=options.short, seed=options.seed)
    text = table(rows, time.monotonic() - began)
    print(text.rpartition("\n")[2])
    if options.write:
        write(text)
    return 1 if any(row.faults for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
