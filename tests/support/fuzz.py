"""Damages sound files of every format and looks at what the readers make of them.

    python -m tests.support.fuzz --files 100000

No reader may hang, raise anything but a `FormatError`, allocate more than twice the file's size
(and 12 MiB, which text's buffer of 8 MiB or xz's window takes with the smallest file), or give a
row whose bytes are untouched a vector that is not its own. The seed names every file of a run;
`--keep` keeps those that were read wrongly.
"""

from __future__ import annotations

import argparse
import faulthandler
import re
import resource
import signal
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import numpy as np

from lexiscope.errors import FormatError
from lexiscope.formats import registry
from lexiscope.formats.contract import VectorsData
from lexiscope.vectors.health import repaired
from tests.support.fuzz_cases import Case, all_cases

SECONDS = 20  # of processor time, which a busy machine does not use up
SMALL_BYTES = 12 << 20
# The address space that a reader may take up beside what the program has: whatever tracemalloc
# does not see (a library's own memory) must fit into it.
ADDRESS_BYTES = 2 << 30
# What tracemalloc keeps for itself grows by some KiB a file, so the limit moves along.
_LIMIT_EVERY = 1000
_EXTREMES = (0, 1, -1, 2, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**32 - 1, 10**12, 2**62)
_NUMBER = re.compile(rb"\d+")
_HEAD = 400


class Hang(Exception):
    """A reader took too long."""


@dataclass
class Findings:
    """What a run found.

    Attributes:
        files: How many damaged files were read.
        accepted: How many of them were read as sound, by case.
        faults: What was wrong, a line each.
    """

    files: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def damaged(content: bytes, rng: np.random.Generator) -> tuple[bytes, str]:
    """A file's content with one thing wrong, and what."""
    size = len(content)
    if size == 0:
        return content, "nothing left"
    place = int(rng.integers(0, size))
    kinds = ["flip", "set", "cut", "insert", "delete", "splice", "number"]
    kind = rng.choice([*kinds, "line"] if _is_text(content) else kinds)
    data = bytearray(content)
    if kind == "flip":
        data[place] ^= 1 << int(rng.integers(0, 8))
    elif kind == "set":
        length = int(rng.integers(1, 9))
        data[place : place + length] = rng.bytes(min(length, size - place))
    elif kind == "cut":
        del data[place:]
    elif kind == "insert":
        data[place:place] = rng.bytes(int(rng.integers(1, 30)))
    elif kind == "delete":
        del data[place : place + int(rng.integers(1, 60))]
    elif kind == "splice":
        kind = "copied"
        start = int(rng.integers(0, size))
        piece = data[start : start + int(rng.integers(1, 80))]
        data[place : place + (len(piece) if rng.random() < 0.5 else 0)] = piece
    elif kind == "number":
        place = _set_number(data, rng)
    else:
        lines = content.split(b"\n")
        start, target = (int(rng.integers(0, len(lines))) for _ in range(2))
        lines.insert(target, lines[start])
        data = bytearray(b"\n".join(lines))
        place = target
    return bytes(data), f"{kind} at {place}"


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _set_number(data: bytearray, rng: np.random.Generator) -> int:
    """Sets a number near the start, in decimals or in binary, to an extreme; gives where."""
    value = _EXTREMES[int(rng.integers(0, len(_EXTREMES)))]
    texts = list(_NUMBER.finditer(data[:_HEAD]))
    if texts and rng.random() < 0.5:
        found = texts[int(rng.integers(0, len(texts)))]
        data[found.start() : found.end()] = b"%d" % value
        return found.start()
    width = int(rng.choice([1, 2, 4, 8]))
    place = int(rng.integers(0, max(1, min(_HEAD, len(data) - width))))
    data[place : place + width] = (value % (1 << 8 * width)).to_bytes(width, "little")
    return place


def fault_of(case: Case, files: dict[str, bytes], data: VectorsData, what: str = "") -> str | None:
    """What is wrong with what was read from damaged files; None where nothing is."""
    if len(data.tokens) != len(data.vectors) or len(set(data.tokens)) != len(data.tokens):
        return "words and rows do not fit each other"
    intact = list(range(len(case.words))) if case.checked else case.intact(files)
    rows = {token: row for row, token in enumerate(data.tokens)}
    # Damage may have copied a row and then hit the first of the two, or put it beyond the last.
    copied = "copied" in what or "line" in what
    told = any(
        "repeat a word" in warning
        or "not whole UTF-8" in warning
        or "control characters" in warning
        or (copied and " after the " in warning)
        for warning in data.warnings
    ) or (copied and ", " in what)
    for row in intact:
        word = case.words[row]
        if word not in rows:
            if not data.warnings:
                return f"the row of {word!r} is lost without a warning"
        elif not told and not _same(data.vectors[rows[word]], case.vectors[row]):
            return f"the vector of {word!r} is another"
    return None


def _same(found: np.ndarray, expected: np.ndarray) -> bool:
    return found.shape == expected.shape and np.allclose(found, expected, rtol=1e-5, atol=1e-6)


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise Hang


def read_one(
    case: Case, files: dict[str, bytes], path: Path, what: str, findings: Findings
) -> str | None:
    """Reads damaged files; gives the fault, if there is one."""
    size = sum(map(len, files.values()))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    tracemalloc.clear_traces()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            data = registry.read(path)
            peak = tracemalloc.get_traced_memory()[1] - before
    except FormatError:
        data = None
        peak = tracemalloc.get_traced_memory()[1] - before
    except Hang:
        return f"took more than {SECONDS} s"
    except Exception as error:  # noqa: BLE001 - whatever else is raised is what is looked for
        return f"raised {type(error).__name__}: {str(error)[:200]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if peak > 2 * size + SMALL_BYTES:
        return f"allocated {peak:,} bytes for a file of {size:,}"
    if data is None:
        return None
    findings.accepted[case.name] += 1
    return fault_of(case, files, data, what)


def repair_one(case: Case, files: dict[str, bytes], path: Path, what: str) -> str | None:
    """Salvages damaged files; gives the fault, if there is one."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        data = repaired(path).data
    except FormatError:
        return None
    except Hang:
        return f"took more than {SECONDS} s to salvage"
    except Exception as error:  # noqa: BLE001 - whatever else is raised is what is looked for
        return f"raised {type(error).__name__} in salvaging: {str(error)[:200]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    # Salvage may leave rows out, so only wrong ones are faults.
    data.warnings.append("salvaged")
    return fault_of(case, files, data, what)


def run(
    count: int, seed: int, folder: Path, keep: Path | None = None, *, limited: bool = False
) -> Findings:
    """Damages and reads files.

    Args:
        count: How many.
        seed: Names the run.
        folder: For the files.
        keep: Where to keep those that show a fault; None to keep none.
        limited: Whether to limit the process's address space, which stays so.
    """
    cases = all_cases(folder / "sound")
    findings = Findings()
    place = folder / "damaged"
    place.mkdir()
    for case in cases:  # also loads what readers import when they are first used
        path = case.write(place)
        sound = registry.read(path)
        fault = fault_of(case, case.files, sound)
        if fault is not None:
            findings.faults.append(f"{case.name}, sound: {fault}")
        _remove(case, place)
    # Most damage to a compressed file is seen by its checksum.
    order = [case for case in cases for _ in range(1 if case.checked else 3)]
    signal.signal(signal.SIGPROF, _hang)
    tracemalloc.start()
    try:
        for number in range(count):
            if limited and number % _LIMIT_EVERY == 0:
                _limit_address_space()
            rng = np.random.default_rng([seed, number])
            case = order[number % len(order)]
            name = sorted(case.files)[int(rng.integers(0, len(case.files)))]
            changed, what = damaged(case.files[name], rng)
            if rng.random() < 0.25:
                changed, more = damaged(changed, rng)
                what += f", {more}"
            files = case.files | {name: changed}
            path = Case(case.name, files, folder=case.folder, main=case.main).write(place)
            findings.files += 1
            fault = read_one(case, files, path, what, findings)
            if fault is None and rng.random() < 0.1:
                fault = repair_one(case, files, path, what)
            if fault is not None:
                findings.faults.append(f"{case.name}, file {number}, {name}: {what}: {fault}")
                if keep is not None:
                    kept = Case(case.name, files, folder=case.folder, main=case.main)
                    kept.write(keep / str(number))
            _remove(case, place)
    finally:
        tracemalloc.stop()
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
    return findings


def _limit_address_space() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (used + ADDRESS_BYTES, hard))


def _remove(case: Case, place: Path) -> None:
    for name in case.files:
        ((place / "folder") if case.folder else place).joinpath(name).unlink(missing_ok=True)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, default=None, help="a folder for files read wrongly")
    options = parser.parse_args()
    faulthandler.enable()
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        findings = run(options.files, options.seed, Path(folder), options.keep, limited=True)
    for fault in findings.faults:
        print(fault)
    print(
        f"{findings.files:,} damaged files in {time.monotonic() - started:.0f} s: "
        f"{sum(findings.accepted.values()):,} read all the same, {len(findings.faults):,} faults"
    )
    return 1 if findings.faults else 0


if __name__ == "__main__":
    sys.exit(main())
