"""Threads: how fast both schedules train on one, two and more, and what a model makes of it.

    python -m benchmarks.scaling [--corpus TEXT] [--megabytes 12] [--rounds 3] [--dimension 100]

The bare loop is timed, on fresh weights each time, all kinds by turns. Of the reproducible schedule
every number of shards is a kernel of its own. The model is Amdahl's: of what one thread takes, a
part is shared out among the threads, and the rest (looking for shared rows, waiting for one
another, rows that travel between cores) is not; two threads tell how much that is. More threads
than cores, and than shards, share nothing out.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from benchmarks.report import table
from benchmarks.text import plain_copy
from lexiscope.corpus import EncodedCorpus, encode_corpus
from lexiscope.training import TrainingConfig
from lexiscope.training.kernel_setup import KernelSetup, kernel_setup
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.loop.schedules import MAX_BLOCK, Hogwild, Reproducible, Schedule
from lexiscope.training.loop.state import Pace
from lexiscope.training.loop.weights import initial_weights

SHARDS = (None, 4, 8, 16, 32)  # None for Hogwild, which has none
THREADS = (1, 2, 4)
FORETOLD = (4, 8, 16, 32)
ALPHA = 0.025
HEAD = ("schedule", "shards", "1 thread", *(f"{threads} threads" for threads in THREADS[1:]))
HEAD_OF_MODEL = ("schedule", "shards", "not shared out", *(f"{n} cores" for n in FORETOLD))
Kind = tuple[int | None, int]


def amdahl(one: float, two: float, threads: int) -> float:
    """The seconds that more threads would take, as Amdahl's law has it.

    Args:
        one, two: Seconds of one thread, and of two.
        threads: How many, on as many cores.
    """
    shared_out = min(max(0.0, 2 * (one - two)), one)
    return shared_out / threads + (one - shared_out)


def measure(
    ids: NDArray[np.int32], setup: KernelSetup, config: TrainingConfig, kind: Kind
) -> float:
    """Seconds in which a text is gone through once.

    Args:
        ids: The text.
        setup: Tables of the run.
        config: Its options.
        kind: Shards, or None for Hogwild, and threads.
    """
    shards, threads = kind
    weights = initial_weights(config, len(setup.keep), setup.output_rows)
    schedule: Schedule
    if shards is None:
        schedule = Hogwild(ids, setup, weights, threads)
    else:
        schedule = Reproducible(ids, setup, weights, threads, shards, MAX_BLOCK)
    try:
        schedule.compile()
        began = time.perf_counter()
        schedule.advance(0, len(ids), epoch_key(config.seed, 0), Pace(ALPHA, 0.0, ALPHA))
        return time.perf_counter() - began
    finally:
        schedule.close()


def _measured(corpus: EncodedCorpus, given: argparse.Namespace) -> dict[Kind, list[float]]:
    config = TrainingConfig(vector_size=given.dimension)
    setup = kernel_setup(config, corpus.vocabulary.counts)
    kinds = [(shards, threads) for shards in given.shards for threads in THREADS]
    seconds: dict[Kind, list[float]] = {kind: [] for kind in kinds}
    for kind in kinds:  # compiles, and is not counted
        measure(corpus.ids[: 2 * MAX_BLOCK], setup, config, kind)
    for number in range(given.rounds):
        for kind in kinds if number % 2 == 0 else reversed(kinds):
            seconds[kind].append(measure(corpus.ids, setup, config, kind))
            print(*kind, f"{seconds[kind][-1]:.2f} s", file=sys.stderr)
    return seconds


def _rates(
    seconds: dict[Kind, list[float]], words: int, shards: Sequence[int | None]
) -> Iterator[list[str]]:
    for each in shards:
        cells = []
        for threads in THREADS:
            found = seconds[each, threads]
            middle, best = words / statistics.median(found) / 1e6, words / min(found) / 1e6
            cells.append(f"{middle:.2f} M words/s, best {best:.2f}")
        yield [*_named(each), *cells]


def _foretold(
    seconds: dict[Kind, list[float]], words: int, shards: Sequence[int | None]
) -> Iterator[list[str]]:
    for each in shards:
        one, two = min(seconds[each, 1]), min(seconds[each, 2])
        rest = max(0.0, 2 * two - one) / one
        cells = [
            f"{words / amdahl(one, two, min(cores, each or cores)) / 1e6:.1f}" for cores in FORETOLD
        ]
        yield [*_named(each), f"{rest:.1%}", *cells]


def _named(shards: int | None) -> tuple[str, str]:
    return ("Hogwild", "–") if shards is None else ("reproducible", str(shards))


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints two Markdown tables: measured, and what the model makes of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--corpus", type=Path, default=Path("../shared/data/books.txt.xz"))
    parser.add_argument("--megabytes", type=float, default=12.0)
    parser.add_argument("--dimension", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--shards",
        type=lambda given: [None if part == "-" else int(part) for part in given.split(",")],
        default=list(SHARDS),
        help="such as -,4,8: - is Hogwild",
    )
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lexiscope-benchmarks-") as folder:
        text = plain_copy(given.corpus, Path(folder) / "text.txt", given.megabytes)
        with encode_corpus(files=text) as corpus:
            words = corpus.report.tokens
            load = machine.load()
            seconds = _measured(corpus, given)
    print(f"{machine.describe()}; load average {load} before, {machine.load()} after")
    print(f"{words:,} words, dim {given.dimension}, {given.rounds} rounds\n")
    print(table(HEAD, _rates(seconds, words, given.shards)))
    print("\nM words/s by the model, from the best rounds:\n")
    print(table(HEAD_OF_MODEL, _foretold(seconds, words, given.shards)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
