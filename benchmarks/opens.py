"""Opening and converting files of vectors: what is measured, and the files it is measured on."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import checkpoint
from benchmarks.measurement import Job, Measurement

COLUMNS = 300
ROWS = 300_000
QUICK_ROWS = 20_000
# Vectors repeat after so many rows; words never do.
_DISTINCT = 10_000
_READ_BYTES = 1 << 24


def make_files(folder: Path, jobs: list[Job]) -> None:
    """Writes the files that some jobs open: binary as gensim writes it, text of 6 decimals.

    Args:
        folder: Where to.
        jobs: Those without a file are left out.
    """
    import numpy as np

    rng = np.random.default_rng(1)
    vectors = (rng.normal(size=(_DISTINCT, COLUMNS)) / 8).astype("<f4")
    for file, count in sorted({(job.file, job.rows) for job in jobs if job.file is not None}):
        if file == "checkpoint":
            checkpoint.make(path_of(folder, file, count), count)
            continue
        if file == "bin":
            values = [row.tobytes() for row in vectors]
            end = b""
        else:
            values = [
                " ".join(f"{value:.6f}" for value in row).encode() for row in vectors.tolist()
            ]
            end = b"\n"
        with path_of(folder, file, count).open("wb") as stream:
            stream.write(b"%d %d\n" % (count, COLUMNS))
            stream.writelines(_rows(values, count, end))


def path_of(folder: Path, file: str, rows: int) -> Path:
    """The file of a kind with so many rows."""
    return folder / f"vectors-{rows}.{file}"


def _rows(values: list[bytes], count: int, end: bytes) -> Iterator[bytes]:
    for row in range(count):
        yield b"w%d%b %b%b" % (row, b"abcdefgh"[: row % 8], values[row % len(values)], end)


def prepare(job: Job, folder: Path) -> Callable[[], Any]:
    """What is timed; imports and compiled code are there before.

    Args:
        job: Of work "open", "open-again", "convert" or "extract".
        folder: With the files of `make_files`.
    """
    if job.file is None:
        raise ValueError(f"{job.label()} has no file")
    path = path_of(folder, job.file, job.rows)
    if job.work == "extract":
        extract = checkpoint.lexiscope if job.system == "lexiscope" else checkpoint.safetensors
        target = path.with_suffix(f".{job.system}")
        shutil.rmtree(target, ignore_errors=True)
        begin = extract(path, target)
    else:
        begin = (_lexiscope if job.system == "lexiscope" else _gensim)(job, path)
    for file in path.iterdir() if path.is_dir() else (path,):
        _read(file)
    return begin


def measure(job: Job, begin: Callable[[], Any]) -> Measurement:
    """Runs what `prepare` gave."""
    began = time.perf_counter()
    begin()
    return Measurement(seconds={job.work: time.perf_counter() - began}, tokens=job.rows)


def _read(path: Path) -> None:
    """Brings the file into the system's cache, so that neither side measures the disk."""
    with path.open("rb") as stream:
        while stream.read(_READ_BYTES):
            pass


def _lexiscope(job: Job, path: Path) -> Any:
    from lexiscope import load
    from lexiscope.formats import index
    from lexiscope.formats.conversion import convert
    from lexiscope.formats.registry import INDEXES

    if job.file == "txt":
        from lexiscope.formats.reading import decimals

        del decimals  # loading it loads Numba
    place = path.with_name(path.name + index.SUFFIX)
    if job.work == "convert":
        target = path.with_suffix(".model")
        return lambda: convert(path, target, to="model")
    if job.work == "open-again":
        if not place.exists():
            load(path)
            INDEXES.wait()
        return lambda: load(path)
    place.unlink(missing_ok=True)
    return lambda: load(path)


def _gensim(job: Job, path: Path) -> Any:
    from gensim.models import KeyedVectors

    binary = job.file == "bin"
    return lambda: KeyedVectors.load_word2vec_format(str(path), binary=binary)
