"""Writers killed at every rename, and what they leave; a program of its own, since it forks.

`python -m tests.support.killing CASE FOLDER` prints a JSON list with an entry a kill: where, and
what was there afterwards: the versions that rows, words and counts are of, or why it was refused.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope import formats
from lexiscope.errors import LexiscopeError
from lexiscope.files import atomic
from lexiscope.formats import FORMATS, VectorsData
from lexiscope.formats.kinds import model_folder
from lexiscope.inspection import RecordConfig, Recording, json_steps, record_text

WORDS = ("a", "b", "c", "d")
KILLED = 9
REFUSED = "refused"


@dataclass(frozen=True)
class Case:
    """A result that is written and read.

    Attributes:
        write: Writes a version of it into a folder.
        read: The versions that are found in its parts: one where it is whole.
        goes_on: Whether the next run goes on with the same version.
    """

    write: Callable[[Path, int], None]
    read: Callable[[Path], set[int]]
    goes_on: bool = False


@dataclass(frozen=True)
class Left:
    """What a kill has left.

    Attributes:
        kills: At which rename each run was killed: its number, and whether before or after it.
        found: The versions that were read, or that they were refused.
        allowed: Versions that may be there whole.
        reason: Of the refusal.
    """

    kills: list[str]
    found: list[int] | str
    allowed: list[int]
    reason: str = ""


def vectors(version: int) -> VectorsData:
    """Words in an order of the version's own, each with a row that says both."""
    words = [WORDS[(place * (1 if version % 2 else 3) + version) % 4] for place in range(4)]
    rows = [[ord(word), version, 0.25] for word in words]
    counts = np.array([100 * version + 4 - place for place in range(4)])
    return VectorsData(words, np.array(rows, dtype=np.float32), counts)


def versions(data: VectorsData) -> set[int]:
    """The versions of which there is something; -1 for a row under another word."""
    found = {int(row[1]) for row in data.vectors}
    if data.counts is not None:
        found |= {int(count) // 100 for count in data.counts}
    named = zip(data.tokens, data.vectors, strict=True)
    return found | {-1 for word, row in named if ord(word) != int(row[0])}


def of_format(name: str, ending: str) -> Case:
    """Vectors in one of the formats."""

    def write(folder: Path, version: int) -> None:
        formats.write(folder / f"there{ending}", vectors(version), name)

    return Case(write, lambda folder: versions(formats.read(folder / f"there{ending}")))


def of_export(target: str) -> Case:
    """Matrices for another program."""
    from lexiscope.interop import exports

    def write(folder: Path, version: int) -> None:
        data = vectors(version)
        exports.export(
            exports.ExportData(
                tokens=data.tokens, matrices={"input": data.vectors}, counts=data.counts
            ),
            folder / "there",
            target,
        )

    def read(folder: Path) -> set[int]:
        data = exports.load_export(folder / "there")
        return versions(VectorsData(data.tokens, data.matrices["input"], data.counts))

    return Case(write, read)


def of_extracted() -> Case:
    """A model folder with a file more."""

    def write(folder: Path, version: int) -> None:
        model_folder.write(
            folder / "there", vectors(version), extra_files={"tokens.tsv": b"%d" % version}
        )

    def read(folder: Path) -> set[int]:
        told = int((folder / "there" / "tokens.tsv").read_bytes())
        return versions(formats.read(folder / "there")) | {told}

    return Case(write, read)


def recording_of(version: int) -> Recording:
    """A run of a few steps whose seed is the version."""
    return record_text(None, RecordConfig(steps=20, seed=version))


def of_recording() -> Case:
    """A run folder: a model, and its recording."""

    def read(folder: Path) -> set[int]:
        found = Recording.open(folder / "there")
        rows = formats.read(folder / "there").vectors
        whole = np.array_equal(rows, recording_of(found.config.seed).model_data().vectors)
        return {found.config.seed} | (set() if whole else {-1})

    return Case(lambda folder, version: recording_of(version).save(folder / "there"), read)


def of_json_steps() -> Case:
    """The tree of files of another program."""

    def read(folder: Path) -> set[int]:
        metadata = json.loads((folder / "there" / "run_metadata.json").read_bytes())
        seed = int(metadata["config"]["seed"])
        losses = json.loads((folder / "there" / "loss_curve.json").read_bytes())
        told = np.array([loss["loss"] for loss in losses])
        whole = np.allclose(told, recording_of(seed).losses[: len(told)], atol=1e-4)
        return {seed} | (set() if whole else {-1})

    return Case(
        lambda folder, version: json_steps.export(recording_of(version), folder / "there"), read
    )


def of_parts() -> Case:
    """A file that is joined of parts, gone on with where a kill has left it."""
    from lexiscope.contextual.corpus.parts import Part, Parts

    def write(folder: Path, version: int) -> None:
        parts = Parts(folder / "there.bin")
        manifest = parts.folder / "manifest.json"
        parts.begin({"version": version}, resume=manifest.is_file())
        for number in range(len(parts.done), 2):
            part = Part(digest=str(number), sentences=1, words=1, missing=0, tokens=1)
            parts.add(number, part, lambda stream: stream.write(b"%d" % version))
        parts.finish(lambda out, paths: out.writelines(path.read_bytes() for path in paths))

    def read(folder: Path) -> set[int]:
        content = (folder / "there.bin").read_text()
        return {int(sign) for sign in content} | (set() if len(content) == 2 else {-1})

    return Case(write, read, goes_on=True)


def cases() -> dict[str, Callable[[], Case]]:
    """All of them by name."""
    endings = {known.name: (*known.extensions, "")[0] for known in FORMATS if known.write}
    made: dict[str, Callable[[], Case]] = {
        name: partial(of_format, name, ending) for name, ending in endings.items()
    }
    for target in ("npy", "npz", "safetensors", "tsv", "torch", "parquet"):
        made[f"export-{target}"] = partial(of_export, target)
    return made | {
        "extracted": of_extracted,
        "recording": of_recording,
        "json-steps": of_json_steps,
        "parts": of_parts,
    }


def arm(at: int, after: bool) -> None:
    """Lets this process die at a rename, before or after it."""
    seen = 0

    def counted(rename: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen - 1 == at and not after:
                os._exit(KILLED)
            result = rename(*arguments, **named)
            if seen - 1 == at:
                os._exit(KILLED)
            return result

        return call

    for module, name in ((os, "replace"), (os, "rename"), (atomic, "_exchange")):
        setattr(module, name, counted(getattr(module, name)))


def is_killed(case: Case, folder: Path, version: int, kill: tuple[int, bool]) -> bool:
    """Whether a run, in a process of its own, came to the rename at which it was to die."""
    process = os.fork()
    if process == 0:
        arm(*kill)
        try:
            case.write(folder, version)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == KILLED


def kills(case: Case, begun: Path, version: int) -> Iterator[tuple[str, Path]]:
    """Where a run over what is in a folder can be killed, and the folder that it leaves."""
    for at in range(100):
        for after in (False, True):
            folder = begun.with_name(f"{begun.name}-{at}{'after' if after else 'before'}")
            shutil.copytree(begun, folder)
            if not is_killed(case, folder, version, (at, after)):
                return
            yield folder.name.rpartition("-")[2], folder


def look(case: Case, folder: Path, killed: list[str], allowed: list[int]) -> Left:
    """What is there."""
    try:
        return Left(killed, sorted(case.read(folder)), allowed)
    except (LexiscopeError, FileNotFoundError) as error:
        return Left(killed, REFUSED, allowed, str(error))


def tried(case: Case, folder: Path) -> Iterator[Left]:
    """Kills at every rename, and at every rename of the run after that."""
    begun = folder / "run"
    begun.mkdir()
    case.write(begun, 1)
    for first, after_one in kills(case, begun, 2):
        yield look(case, after_one, [first], [1, 2])
        for second, after_two in kills(case, after_one, 2 if case.goes_on else 3):
            yield look(case, after_two, [first, second], [1, 2, 3])
        case.write(after_one, 2)
        hidden = [path.name for path in after_one.iterdir() if path.name.startswith(".")]
        yield look(case, after_one, [first, "none"], [] if hidden else [2])


def main() -> None:
    """Prints what one case leaves."""
    name, folder = sys.argv[1:]
    case = cases()[name]()
    print(json.dumps([asdict(left) for left in tried(case, Path(folder))]))


if __name__ == "__main__":
    main()
