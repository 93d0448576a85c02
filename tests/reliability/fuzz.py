"""Damages sound inputs of every kind and looks at what opening them does.

    python -m tests.reliability.fuzz --mutations 100000

What is damaged is opened, or refused by a `LexiscopeError` of one line. It may not hang, raise
anything else, allocate more than some times the input's size (and 12 MiB, which text's buffer of
8 MiB or xz's window takes with the smallest file), or give a row whose bytes are untouched a vector
that is not its own.

The work is done in a process of its own, with limits of time and memory; where it dies, or does not
come to an end, that is a fault of the mutation that it was at, and another goes on behind it. The
seed names every mutation of a run; `--keep` keeps the inputs that show a fault.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lexiscope.errors import LexiscopeError
from tests.reliability.fuzz_targets import TARGETS, Target
from tests.reliability.mutations import mutated
from tests.support.fuzz import damaged
from tests.support.fuzz_cases import Case
from tests.support.limits import SECONDS, Hang, Trial, hangs_raised, limit_address_space

# Of the clock: whoever sleeps or waits for ever uses no processor.
STUCK_SECONDS = 300
SMALL_BYTES = 12 << 20
# The address space that a reader may take up beside what the program has: whatever tracemalloc
# does not see (a library's own memory) must fit into it.
ADDRESS_BYTES = 2 << 30
# What tracemalloc keeps for itself grows by some KiB a file, so the limit moves along.
_LIMIT_EVERY = 1000
_ROOT = Path(__file__).parents[2]
_LONGEST_MESSAGE = 2000


@dataclass
class Report:
    """What a run found.

    Attributes:
        mutations: How many damaged inputs were opened.
        accepted: How many of them were taken as sound, by sample.
        faults: What was wrong, a line each.
        seconds: How long it took.
    """

    mutations: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0

    def __str__(self) -> str:
        return (
            f"{self.mutations:,} damaged inputs in {self.seconds:.0f} s: "
            f"{sum(self.accepted.values()):,} opened all the same, {len(self.faults):,} faults"
        )


def run(
    mutations: int, seed: int, *, targets: Iterable[str] = (), keep: Path | None = None
) -> Report:
    """Damages and opens inputs, in a process of its own.

    Args:
        mutations: How many.
        seed: Names the run.
        targets: Of what kinds; none for all.
        keep: Where to keep the inputs that show a fault; None to keep none.
    """
    report = Report()
    began = time.monotonic()
    done = 0
    while done < mutations:
        done = _part(report, (done, mutations), seed, tuple(targets), keep)
    report.seconds = time.monotonic() - began
    return report


def _part(
    report: Report, numbers: tuple[int, int], seed: int, targets: tuple[str, ...], keep: Path | None
) -> int:
    """What one process does, up to the end or to the mutation that ends it; gives the next."""
    first, last = numbers
    command = [sys.executable, "-m", "tests.reliability.fuzz", "--worker"]
    command += ["--first", str(first), "--mutations", str(last), "--seed", str(seed)]
    command += [part for name in targets for part in ("--target", name)]
    command += [] if keep is None else ["--keep", str(keep)]
    at, name = first - 1, "the start"
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=_ROOT
        ) as worker,
    ):
        assert worker.stdout is not None
        try:
            for line in worker.stdout:
                told = json.loads(line)
                if "at" in told:
                    at, name = told["at"], told["name"]
                elif "fault" in told:
                    report.faults.append(told["fault"])
                else:
                    report.accepted.update(told["accepted"])
                    report.mutations += told["mutations"]
        except BaseException:
            worker.kill()
            raise
        if worker.wait() == 0:
            return last
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip().splitlines()
    report.mutations += max(0, at - first + 1)
    report.faults.append(
        f"{name}, mutation {at}: ended the process with {worker.returncode} "
        f"({said[0] if said else 'nothing said'})"
    )
    if at < first:  # it has not even started
        return last
    return at + 1


class _Worker:
    """Damages and opens inputs in this process.

    Args:
        folder: For the inputs.
        targets: Of what kinds.
        keep: Where to keep those that show a fault.
    """

    def __init__(self, folder: Path, targets: Iterable[str], keep: Path | None) -> None:
        self._place = folder / "damaged"
        self._place.mkdir()
        self._keep = keep
        self._order: list[tuple[str, Target, Case]] = []
        for number, name in enumerate(targets):
            target = TARGETS[name]
            for case in target.samples(folder / f"sound{number}"):
                self._check_sound(name, target, case)
                # Most damage to a compressed file is seen by its checksum.
                self._order += [(name, target, case)] * (1 if case.checked else 3)

    def _check_sound(self, name: str, target: Target, case: Case) -> None:
        """Opens a sample as it is, which also loads what readers import at their first use."""
        path = case.write(self._place)
        try:
            opened = target.open(path)
            fault = target.fault and target.fault(case, case.files, opened, "")
        except LexiscopeError as error:
            fault = f"is refused: {error}" if target.fault else None
        if fault:
            _tell(fault=f"{name}, {case.name}, sound: {fault}")
        _remove(case, self._place)

    def go(self, numbers: range, seed: int) -> None:
        """Does the mutations of some numbers and tells what it finds."""
        accepted: Counter[str] = Counter()
        for number in numbers:
            if (number - numbers.start) % _LIMIT_EVERY == 0:
                limit_address_space(ADDRESS_BYTES)
            name, target, case = self._order[number % len(self._order)]
            _tell(at=number, name=f"{name}, {case.name}")
            rng = np.random.default_rng([seed, number])
            files, what, is_whole = _changed(case, rng)
            changed = Case(case.name, files, folder=case.folder, main=case.main)
            path = changed.write(self._place)
            fault = self._open(target, case, files, path, what, is_whole, accepted)
            if fault is not None:
                _tell(fault=f"{name}, {case.name}, mutation {number}: {what}: {fault}")
                if self._keep is not None:
                    changed.write(self._keep / str(number))
            _remove(changed, self._place)
        _tell(accepted=accepted, mutations=len(numbers))

    def _open(
        self,
        target: Target,
        case: Case,
        files: dict[str, bytes],
        path: Path,
        what: str,
        is_whole: bool,
        accepted: Counter[str],
    ) -> str | None:
        """Opens damaged inputs; gives the fault, if there is one."""
        size = sum(map(len, files.values()))
        trial = Trial()
        faulthandler.dump_traceback_later(STUCK_SECONDS, exit=True)
        refused: str | None = None
        opened = None
        try:
            with trial, warnings.catch_warnings():
                warnings.simplefilter("error")
                opened = target.open(path)
        except LexiscopeError as error:
            refused = str(error)
        except Hang:
            return f"took more than {SECONDS} s"
        except Exception as error:  # noqa: BLE001 - whatever else is raised is what is looked for
            return f"raised {type(error).__name__}: {str(error)[:200]}"
        finally:
            faulthandler.cancel_dump_traceback_later()
        if trial.allocated > target.times * size + SMALL_BYTES:
            return f"allocated {trial.allocated:,} bytes for {size:,}"
        if refused is not None:
            sane = "\n" not in refused and len(refused) < _LONGEST_MESSAGE
            return None if sane else f"said {refused[:200]!r} ({len(refused):,} characters)"
        accepted[case.name] += 1
        # What was changed so that it fits in may well mean something else.
        return None if target.fault is None or is_whole else target.fault(case, files, opened, what)


def _changed(case: Case, rng: np.random.Generator) -> tuple[dict[str, bytes], str, bool]:
    """A sample's files with one or two things changed, what, and whether they still fit in."""
    names = sorted(case.files)
    files, done, is_whole = dict(case.files), [], False
    for _ in range(2 if rng.random() < 0.25 else 1):
        name = names[int(rng.integers(0, len(names)))]
        fitting = rng.random() < 0.4
        try:
            files[name], what = (mutated if fitting else damaged)(files[name], rng)
        except Exception:  # noqa: BLE001 - it was damaged before, and is no longer what it was
            continue
        is_whole |= fitting
        done.append(f"{name}: {what}")
    return files, ", ".join(done), is_whole


def _tell(**told: object) -> None:
    print(json.dumps(told), flush=True)


def _remove(case: Case, place: Path) -> None:
    for name in case.files:
        ((place / "folder") if case.folder else place).joinpath(name).unlink(missing_ok=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--mutations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, default=None, help="a folder for inputs with a fault")
    parser.add_argument("--target", action="append", choices=list(TARGETS), help="all by default")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """The command."""
    options = _options()
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    if not options.worker:
        print(f"seed {options.seed}", flush=True)
        report = run(
            options.mutations, options.seed, targets=options.target or (), keep=options.keep
        )
        print("\n".join([*report.faults, str(report)]))
        return 1 if report.faults else 0
    faulthandler.enable()
    with hangs_raised(), tempfile.TemporaryDirectory() as folder:
        worker = _Worker(Path(folder), options.target or TARGETS, options.keep)
        tracemalloc.start()
        worker.go(range(options.first, options.mutations), options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
