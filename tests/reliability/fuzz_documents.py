"""Damages sound documents of every kind that a command takes, and looks at what becomes of them.

    python -m tests.reliability.fuzz_documents --mutations 100000

A damaged document opens, or is refused by a `LexiscopeError` of one plain line; nothing hangs, and
nothing takes memory beyond what its file could hold. Bytes are damaged anywhere, and JSON also as
JSON: a value of another type, a number beyond all bounds, a name twice, nesting without end. Where
checksums would stop every damage at the door they are made anew, as whoever forges a file would.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import shutil
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.errors import LexiscopeError
from tests.support.fuzz import damaged
from tests.support.limits import SECONDS, Hang, Trial, hangs_raised, limit_address_space

# A part of a recording may unpack to 48 MiB whatever its size, and a format's buffers take some.
SMALL_BYTES = 96 << 20
ADDRESS_BYTES = 3 << 30
_LIMIT_EVERY = 500


@dataclass(frozen=True)
class Target:
    """Something that a command opens.

    Attributes:
        name: For messages.
        files: Path below a folder → content, of a sound one.
        open: Opens what stands in the folder, and uses it.
        forge: Makes checksums right again, given damaged files; None where there are none.
        kept: Files that stay as they are, since others try them.
    """

    name: str
    files: dict[str, bytes]
    open: Callable[[Path], object]
    forge: Callable[[dict[str, bytes]], dict[str, bytes]] | None = None
    kept: frozenset[str] = frozenset()


@dataclass
class Findings:
    """What a run found.

    Attributes:
        opened, refused: How many documents were, by target.
        faults: What was wrong, a line each.
    """

    opened: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


_RAW = ("NaN", "-Infinity", "1e999", "-0.0", "9" * 5000, "1" + "0" * 30, "18446744073709551616",
        "-1", "0", "1.5", "true", "null", '""', '"\\ud800"', '"\\u0000"', '"/etc/passwd"',
        '"\\u001b[31m\\u202e"', "[]", "{}", '["x"]', '{"a": {}}', "[" * 5000, '{"a":' * 5000,
        "[" * 60 + "]" * 60, "[" + "0," * 3000 + "0]", '"' + "x" * 5000 + '"',
        "9223372036854775807", "4294967296", "1000000000", "{", '"')  # fmt: skip
_MARK = "\x7fhere\x7f"


def damaged_json(content: bytes, rng: np.random.Generator) -> tuple[bytes, str]:
    """JSON with one of its values replaced, taken out or named twice."""
    document = json.loads(content)
    places: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        value = waiting.pop()
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in inner:
            places.append((value, key))
            if isinstance(child, dict | list):
                waiting.append(child)
    if not places:
        return content, "nothing to damage"
    # Values near the top matter more than the thousandth token.
    place = min(int(rng.integers(0, len(places))), int(rng.exponential(30)))
    value, key = places[place]
    kind = rng.choice(["replace", "replace", "replace", "remove", "twice"])
    raw = _RAW[int(rng.integers(0, len(_RAW)))]
    if kind == "remove":
        del value[key]
        return json.dumps(document).encode(), f"without {key!r:.30}"
    if kind == "twice" and isinstance(value, dict):
        value[_MARK] = None
        text = json.dumps(document).replace(json.dumps(_MARK), json.dumps(key))
        return text.encode(), f"{key!r:.30} twice"
    value[key] = _MARK
    text = json.dumps(document).replace(json.dumps(_MARK), raw)
    return text.encode(), f"{key!r:.30} as {raw:.30}"


def mutated(target: Target, rng: np.random.Generator) -> tuple[dict[str, bytes], str]:
    """A target's files with something wrong, and what."""
    files = dict(target.files)
    names = sorted(set(files) - target.kept)
    told = []
    for _ in range(1 + int(rng.random() < 0.25)):
        name = names[int(rng.integers(0, len(names)))]
        is_json = files[name].lstrip()[:1] in (b"{", b"[")
        how = damaged
        if is_json and rng.random() < 0.7:
            how = damaged_json
        try:
            files[name], what = how(files[name], rng)
        except (ValueError, RecursionError):  # damaged before
            files[name], what = damaged(files[name], rng)
        told.append(f"{name}: {what}")
    if target.forge is not None and rng.random() < 0.9:
        files = target.forge(files)
    return files, ", ".join(told)


def fault_of(target: Target, folder: Path, size: int, findings: Findings) -> str | None:
    """Opens what stands in a folder; gives what is wrong with how that went."""
    trial = Trial()
    try:
        with trial, warnings.catch_warnings():
            warnings.simplefilter("error")
            target.open(folder)
        findings.opened[target.name] += 1
    except LexiscopeError as error:
        findings.refused[target.name] += 1
        if "\n" in str(error) or "\x1b" in str(error):
            return f"is refused in more than a plain line: {str(error)!r:.300}"
    except Hang:
        return f"took more than {SECONDS} s"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"raised {type(error).__name__}: {str(error)!r:.300}"
    if trial.allocated > 4 * size + SMALL_BYTES:
        return f"took {trial.allocated:,} bytes for {size:,}"
    return None


def put(files: dict[str, bytes], folder: Path) -> None:
    """Writes files into a folder that is empty then."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def run(
    targets: list[Target],
    count: int,
    seed: int,
    folder: Path,
    keep: Path | None = None,
    *,
    limited: bool = False,
) -> Findings:
    """Damages and opens documents.

    Args:
        targets: Of what.
        count: How many in all.
        seed: Names the run; a fault's line has the number that names its files.
        folder: For the files.
        keep: Where to keep those that show a fault; None to keep none.
        limited: Whether to limit the process's address space, which stays so.
    """
    findings = Findings()
    place = folder / "damaged"
    for target in targets:  # also loads what is imported at its first use
        put(target.files, place)
        target.open(place)
    tracemalloc.start()
    with ExitStack() as ending:
        ending.enter_context(hangs_raised())
        ending.callback(tracemalloc.stop)
        for number in range(count):
            if limited and number % _LIMIT_EVERY == 0:
                limit_address_space(ADDRESS_BYTES)
            rng = np.random.default_rng([seed, number])
            target = targets[number % len(targets)]
            files, what = mutated(target, rng)
            put(files, place)
            fault = fault_of(target, place, sum(map(len, files.values())), findings)
            if fault is not None:
                findings.faults.append(f"{target.name}, {number}, {what}: {fault}")
                print(findings.faults[-1], flush=True)
                if keep is not None:
                    put(files, keep / str(number))
    return findings


def main() -> int:
    """The command."""
    from tests.reliability.document_targets import all_targets

    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--mutations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default="", help="targets whose names begin so")
    parser.add_argument("--keep", type=Path, default=None, help="a folder for what shows a fault")
    options = parser.parse_args()
    faulthandler.enable()
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        targets = [
            target
            for target in all_targets(Path(folder) / "sound")
            if target.name.startswith(options.only)
        ]
        if not targets:
            parser.error(f"--only {options.only}: no target's name begins so")
        findings = run(
            targets, options.mutations, options.seed, Path(folder), options.keep, limited=True
        )
    for name in sorted({target.name for target in targets}):
        print(f"{name:36} {findings.opened[name]:7,} opened {findings.refused[name]:7,} refused")
    print(
        f"{options.mutations:,} damaged documents in {time.monotonic() - started:.0f} s: "
        f"{len(findings.faults):,} faults"
    )
    return 1 if findings.faults else 0


if __name__ == "__main__":
    sys.exit(main())
