"""The commands that take long or write much, and what can be said of their results."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lexiscope.errors import LexiscopeError

MISSING, REFUSED = "missing", "refused"
_ROOT = Path(__file__).parents[2]
SECONDS = 300.0  # what takes longer hangs


@dataclass(frozen=True)
class Job:
    """A command, where it writes, and how what it wrote is told.

    Attributes:
        name: In the table.
        arguments: Words of the command line; `{out}` is the target.
        target: The target's name below the job's folder.
        state: A digest of what the target holds.
        other: The same command's words for another, older result at the target.
        resume: Words to go on with after a stop, where there is that.
        checkpoints: Whether a stopped run is to keep what it had.
    """

    name: str
    arguments: tuple[str, ...]
    target: str
    state: Callable[[Path], str]
    other: tuple[str, ...] | None = None
    resume: tuple[str, ...] | None = None
    checkpoints: bool = False

    def words(self, which: tuple[str, ...], folder: Path) -> list[str]:
        """The command line with its target in a folder, where another may stand."""
        words = [word.replace("{out}", str(folder / self.target)) for word in which]
        return [*words, "--overwrite"]


@dataclass
class Ended:
    """How a process ended.

    Attributes:
        code: Its exit code.
        err: What it said.
        seconds: How long it took.
        hung: Whether it had to be ended.
        changes: How often it changed a file.
        kept: What it left in its working directory.
    """

    code: int
    err: str
    seconds: float
    hung: bool = False
    changes: int = 0
    kept: tuple[str, ...] = ()


def command(
    words: list[str],
    folder: Path,
    *,
    meddle: Callable[[subprocess.Popen[str]], None] | None = None,
    seconds: float = SECONDS,
    **options: int,
) -> Ended:
    """Runs a command in a process of its own.

    Args:
        words: Of the command line.
        folder: Where changes are counted.
        meddle: Does something to the process once it runs.
        seconds: How long to wait for its end.
        options: Of `child`.
    """
    began = time.monotonic()
    line = [sys.executable, "-m", "tests.reliability.child", json.dumps(options), str(folder)]
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    # What finds no room at its target is kept in the working directory.
    with (
        tempfile.TemporaryDirectory() as elsewhere,
        subprocess.Popen(
            [*line, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd=elsewhere,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        ) as process,
    ):
        if meddle is not None:
            meddle(process)
        hung = False
        try:
            err = process.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            hung = True
            process.kill()
            err = process.communicate()[1]
        kept = tuple(sorted(path.name for path in Path(elsewhere).iterdir()))
    from tests.reliability.child import COUNTED

    changes = [line for line in err.splitlines() if line.startswith(COUNTED)]
    return Ended(
        process.returncode,
        "\n".join(line for line in err.splitlines() if not line.startswith(COUNTED)),
        time.monotonic() - began,
        hung,
        int(changes[-1].removeprefix(COUNTED)) if changes else 0,
        kept,
    )


def state(job: Job, folder: Path) -> str:
    """What stands at a job's target: nothing, what is refused in one line, or a digest.

    What is neither, an exception that no user is to see, is raised.
    """
    target = folder / job.target
    if not target.exists():
        return MISSING
    try:
        return job.state(target)
    except LexiscopeError:
        return REFUSED


def vectors(target: Path) -> str:
    """Of any file of vectors: its words and rows, as they are read."""
    import lexiscope

    found = lexiscope.load(target)
    digest = hashlib.blake2b(digest_size=8)
    for word in found.index_to_key:
        digest.update(word.encode("utf-8", "surrogatepass") + b"\n")
    digest.update(np.ascontiguousarray(found.vectors).tobytes())
    return digest.hexdigest()


def model(target: Path) -> str:
    """Of a model folder: both matrices, and its recording where there is one."""
    if not (target / "config.json").exists():
        return MISSING  # a folder of checkpoints is no model yet
    digest = vectors(target)
    from lexiscope.inspection import Recording, Snapshots
    from lexiscope.replay import storage

    if (target / storage.STEPS_FILE).is_file():
        digest += f"-{len(Recording.open(target).losses)}"
    if (target / storage.SNAPSHOTS_FILE).is_file():
        digest += f"-{len(Snapshots.open(target))}"
    return digest


def export(target: Path) -> str:
    """Of an exported folder: its matrices, verified as they are loaded."""
    from lexiscope.interop import exports

    found = exports.load_export(target)
    digest = hashlib.blake2b(digest_size=8)
    for name in sorted(found.matrices):
        digest.update(name.encode() + np.ascontiguousarray(found.matrices[name]).tobytes())
    return digest.hexdigest()


def table(target: Path) -> str:
    """Of a contextual table: every row of it."""
    import pyarrow.parquet as pq

    digest = hashlib.blake2b(digest_size=8)
    for column in pq.read_table(target).columns:
        digest.update(repr(column.to_pylist()).encode())
    return digest.hexdigest()


def content(target: Path) -> str:
    """Of a file that is the same byte for byte, or of a folder of such."""
    digest = hashlib.blake2b(digest_size=8)
    files = sorted(target.rglob("*")) if target.is_dir() else [target]
    for path in files:
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def make_inputs(folder: Path, *, pretrained: bool) -> None:
    """Texts and models that the jobs work on."""
    rng = np.random.default_rng(3)
    words = [f"word{number}" for number in range(3000)]
    weights = 1 / np.arange(1, len(words) + 1)
    for name, lines in (("text.txt", 20_000), ("small.txt", 400), ("other.txt", 300)):
        drawn = rng.choice(words, (lines, 12), p=weights / weights.sum())
        (folder / name).write_text("\n".join(map(" ".join, drawn)) + "\n")
    from lexiscope.vectors import KeyedVectors

    for name, seed in (("one", 1), ("two", 2)):
        matrix = np.random.default_rng(seed).normal(size=(20_000, 50)).astype(np.float32)
        KeyedVectors([f"{name}{row}" for row in range(20_000)], matrix).save(folder / name)
    (folder / "tokens.txt").write_text("\n".join(f"one{row}" for row in range(5_000)) + "\n")
    if pretrained:
        from tests.support import tiny_models

        tiny_models.save("gpt2", folder / "pretrained")
        lines = ["The quick brown fox jumps over the lazy dog near the river bank."] * 800
        (folder / "sentences.txt").write_text("\n".join(lines) + "\n")
        (folder / "words.txt").write_text("fox\ndog\nriver\nbank\ncity\n")


_TRAIN = ("--vector-size", "50", "--epochs", "20", "--workers", "2", "--checkpoint-every", "1s")
# Format → the target's name; those that `convert` writes.
FORMATS = {
    "model": "it",
    "word2vec-binary": "it.bin",
    "word2vec-text": "it.txt",
    "glove": "it.glove.txt",
    "fasttext": "it.ft.bin",
    "model2vec": "it2",
    "safetensors": "it.safetensors",
    "npy": "it.npy",
    "projector": "it.tsv",
    "parquet": "it.parquet",
    "csv": "it.csv",
}


def jobs(inputs: Path, *, pretrained: bool) -> list[Job]:
    """All of them."""
    text, small, other = (str(inputs / name) for name in ("text.txt", "small.txt", "other.txt"))
    one, two = str(inputs / "one"), str(inputs / "two")
    out = ("-o", "{out}")
    seeds = ("stability", small, "--seeds", "3", "--vector-size", "20", "--workers", "2", *out)
    found = [
        Job(
            "train",
            ("train", text, *out, *_TRAIN),
            "model",
            model,
            resume=("train", text, "--resume", "{out}", "--workers", "1"),
            checkpoints=True,
        ),
        Job(
            "train --record",
            ("train", text, *out, *_TRAIN, "--record"),
            "model",
            model,
            resume=("train", text, "--resume", "{out}", "--record"),
            checkpoints=True,
        ),
        Job(
            "record",
            ("record", small, *out, "--steps", "3000"),
            "run",
            model,
            other=("record", other, *out, "--steps", "300"),
        ),
        Job("stability", seeds, "it.tsv", content, other=(*seeds, "--seeds", "2")),
        *(
            Job(
                f"convert --to {name}",
                ("convert", one, "{out}", "--to", name),
                target,
                vectors,
                other=("convert", two, "{out}", "--to", name),
            )
            for name, target in FORMATS.items()
        ),
        *(
            Job(f"export --to {name}", ("export", one, "--to", name, *out), "it", export)
            for name in ("npy", "npz", "safetensors", "tsv", "parquet")
        ),
        Job(
            "align",
            ("align", one, "--tokenizer", str(inputs / "tokens.txt"), *out),
            "aligned",
            export,
        ),
    ]
    return [*found, *(_pretrained(inputs) if pretrained else ())]


def _pretrained(inputs: Path) -> list[Job]:
    model_folder, sentences = str(inputs / "pretrained"), str(inputs / "sentences.txt")
    encode = ("contextual", model_folder, sentences, "-o", "{out}", "--batch-tokens", "64")
    words = ("--words", str(inputs / "words.txt"), "-o", "{out}")
    return [
        Job(
            "contextual",
            encode,
            "it.parquet",
            table,
            resume=(*encode, "--resume"),
            checkpoints=True,
        ),
        Job("distill", ("distill", model_folder, *words), "distilled", model),
        Job("extract", ("extract", model_folder, "-o", "{out}"), "extracted", model),
    ]
