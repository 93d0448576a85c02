"""Runs the rows' jobs, each in a process of its own, taking turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from benchmarks.measurement import Job, Measurement
from benchmarks.rows import Row

ROOT = Path(__file__).resolve().parent.parent

Say = Callable[[str], None]


class JobError(Exception):
    """A measured process failed; the message is the end of what it said."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured.

    Attributes:
        text: Plain file, one sentence a line.
        warm_up: A few lines.
        tests: Folder of the word pairs and analogies.
        pairs: Timed rounds.
        seeds: Rounds whose vectors are evaluated.
        vectors: Folder of the vectors files that are opened.
    """

    text: Path
    warm_up: Path
    tests: Path
    pairs: int
    seeds: int
    vectors: Path


@dataclass
class Results:
    """What was measured.

    Attributes:
        runs: By block and job, then by round; round r trains with seed r + 1.
        failures: What a failed process said, by block and job.
    """

    runs: dict[tuple[str, Job], dict[int, Measurement]] = field(default_factory=dict)
    failures: dict[tuple[str, Job], str] = field(default_factory=dict)

    def rounds(self, block: str, job: Job, count: int) -> list[Measurement]:
        """The first rounds of a job, in order; empty where it failed."""
        if (block, job) in self.failures:
            return []
        found = self.runs.get((block, job), {})
        return [found[number] for number in range(count) if number in found]


def spawn(job: Job, plan: Plan, seed: int, evaluate: bool) -> Measurement:
    """Does a job in a fresh process.

    Raises:
        JobError: It failed.
    """
    request = {
        "job": asdict(job),
        "text": str(plan.text),
        "warm_up": str(plan.warm_up),
        "seed": seed,
        "tests": str(plan.tests) if evaluate else None,
        "vectors": str(plan.vectors),
    }
    threads = str(job.workers)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    environment["OMP_NUM_THREADS"] = threads
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.jobs"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise JobError(f"{job.label()}: {last[-1]}")
    return Measurement(**json.loads(done.stdout))


def compile_kernels(rows: list[Row], plan: Plan, say: Say) -> None:
    """Runs each of our jobs on a few lines, so that Numba's cache holds all they need."""
    small = replace(plan, text=plan.warm_up, pairs=1, seeds=0)
    jobs = {
        replace(job, words=0, tokens=0): None
        for row in rows
        for job in row.jobs()
        # Those that open a file compile one kernel, before the clock starts.
        if job.system == "lexiscope" and job.file is None
    }
    for job in jobs:
        say(f"compiling: {job.label()}")
        try:
            spawn(job, small, 1, False)
        except JobError as error:
            say(f"  failed: {error}")


def measure(rows: list[Row], plan: Plan, say: Say) -> Results:
    """Runs all rounds of all rows; a job that fails is left out and told in the results."""
    results = Results()
    total = max(plan.pairs, plan.seeds)
    blocks = list(dict.fromkeys(row.block for row in rows))
    for place, block in enumerate(blocks, 1):
        here = [row for row in rows if row.block == block]
        for number in range(total):
            say(f"[{place}/{len(blocks)}] {block}, round {number + 1} of {total}")
            _round(here, number, plan, results, say)
    return results


def round_jobs(rows: list[Row], number: int, plan: Plan) -> list[Job]:
    """The jobs of a round, each once; every other round in the opposite order."""
    jobs: dict[Job, None] = {}
    for row in rows:
        evaluated = row.quality and number < plan.seeds
        if number < plan.pairs:
            jobs |= dict.fromkeys(row.jobs())
        if evaluated:
            jobs |= dict.fromkeys((row.ours, row.peer, row.same_rates()))
    ordered = list(jobs)
    return ordered if number % 2 == 0 else ordered[::-1]


def _round(rows: list[Row], number: int, plan: Plan, results: Results, say: Say) -> None:
    block = rows[0].block
    evaluated = {
        job for row in rows if row.quality for job in (row.ours, row.peer, row.same_rates())
    }
    for job in round_jobs(rows, number, plan):
        key = (block, job)
        if key in results.failures:
            continue
        began = time.perf_counter()
        try:
            measured = spawn(job, plan, number + 1, job in evaluated and number < plan.seeds)
        except JobError as error:
            results.failures[key] = str(error)
            say(f"    failed: {error}")
            continue
        results.runs.setdefault(key, {})[number] = measured
        clock = measured.seconds.get("train", next(iter(measured.seconds.values()), None))
        timed = "" if clock is None else f", {clock:.2f} s on the clock"
        say(f"    {job.label()}: {time.perf_counter() - began:.1f} s in all{timed}")
