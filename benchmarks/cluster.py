"""Quality of a text trained in parts, beside one in order: by exchange, rule and number of parts.

    python -m benchmarks.cluster [--corpus TEXT] [--megabytes 100] [--parts 4,16] [--every 40000,…]
                                 [--rules saturation,agreement,mean,touching,sum] [--seeds 1,2,3]
                                 [--epochs 1] [--opening 1048576] [--kind skipgram]
    python -m benchmarks.cluster --cost [--machines 1,2,4,8,16,32,64] [--rate 3000000]
    python -m benchmarks.cluster --overhead [--nodes 1,4] [--pairs 3] [--parts 16] [--every 40000]
    python -m benchmarks.cluster --spark [PYTHON] [--megabytes 20] [--epochs 1]

Parts give the same bits for any number of machines, so that one process measures what a cluster's
quality is (`training.loop.parts`). The tests of quality are those beside the text. `--cost`
computes what is sent in a round from the text's counts, and trains nothing. `--overhead` trains on
clusters simulated here, beside one process (`benchmarks.cluster_overhead`), and `--spark` beside
Spark's Word2Vec, in an interpreter that has pyspark (`benchmarks.cluster_spark`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from benchmarks.cluster_overhead import OVERHEAD, overhead
from benchmarks.cluster_spark import SPARK, Plan, compared
from benchmarks.jobs import ANALOGIES, PAIR_TESTS, evaluated
from benchmarks.report import table
from benchmarks.text import plain_copy
from lexiscope.corpus import EncodedCorpus, encode_corpus
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels import changes
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.loop.machine import ThisMachine
from lexiscope.training.loop.parts import OPENING, Exchange, PartsJob
from lexiscope.training.loop.schedules import Course, Hogwild, course_in_parts
from lexiscope.training.loop.state import Pace
from lexiscope.training.run import start_run

TESTS = (*PAIR_TESTS, *ANALOGIES)
RULES = {
    "saturation": changes.SATURATION,
    "agreement": changes.AGREEMENT,
    "touching": changes.TOUCHING,
    "mean": changes.MEAN,
    "sum": changes.SUM,
}
COSTS = (
    "machines",
    "rows that one changes",
    "rows that all change",
    "each sends a round",
    "each trains a round",
    "network at which both take as long",
)
HEAD = ("parts", "exchange every", "rule", "loss", *TESTS, "seeds' spread, at most")


def scores(
    corpus: EncodedCorpus, tests: Path, config: TrainingConfig, exchange: Exchange, workers: int
) -> dict[str, float]:
    """The last epoch's loss and the scores of one training, by name.

    Args:
        corpus: The text.
        tests: The folder of the tests of quality.
        config: The run's options.
        exchange: When and how parts exchange.
        workers: Threads.
    """
    run = start_run(corpus, config)
    weights, ids = run.weights, corpus.ids
    setup = kernel_setup(config, corpus.vocabulary.counts)
    if config.parts is None:
        course = Course(Hogwild(ids, setup, weights, 1))
    else:
        job = PartsJob(
            config=config,
            counts=corpus.vocabulary.counts,
            frozen=None,
            tokens=len(ids),
            exchange=exchange,
        )
        course = course_in_parts(ids, setup, weights, job, ThisMachine(workers))
    course.compile()
    fall = (config.alpha - config.min_alpha) / config.epochs
    began = time.perf_counter()
    for epoch in range(config.epochs):
        pace = Pace(config.alpha - fall * epoch, -fall / len(ids), config.min_alpha)
        position, loss, pairs = 0, 0.0, 0
        while position < len(ids):
            schedule, limit = course.at(epoch, position, len(ids))
            outcome = schedule.advance(position, limit, epoch_key(config.seed, epoch), pace)
            if outcome.bad is not None:
                course.close()
                return {"loss": float("inf")}
            position, loss, pairs = outcome.position, loss + outcome.loss, pairs + outcome.pairs
    seconds = time.perf_counter() - began
    course.close()
    found = evaluated(list(corpus.vocabulary.tokens), weights.input_vectors, tests)
    return {"loss": loss / max(pairs, 1), **found, "seconds": seconds}


def touched_rows(corpus: EncodedCorpus, config: TrainingConfig, positions: float) -> float:
    """How many rows of W and W′ a stretch of the text changes, on average, as counts tell it.

    Args:
        corpus: The text.
        config: The run's options.
        positions: Of the stretch.
    """
    counts = corpus.vocabulary.counts
    setup = kernel_setup(config, counts)
    kept = counts * (setup.keep / 2**32) * (positions / len(corpus.ids))
    windows = setup.rule.windows_a_row(setup.tables, kept)
    return float(-np.expm1(-kept).sum() - np.expm1(-windows).sum())


def _costs(given: argparse.Namespace, corpus: EncodedCorpus) -> Iterator[list[str]]:
    config, every = TrainingConfig(architecture=given.kind), Exchange().every
    row_bytes = changes.SCALE_BYTES + config.vector_size + 4  # packed, and its number
    together = touched_rows(corpus, config, every)
    for machines in given.machines:
        # As many parts as machines have threads is the least, so this is the least that is sent.
        own = touched_rows(corpus, config, every / machines)
        others = (machines - 1) / machines
        sent = others * row_bytes * (own + together)
        seconds = every / machines / given.rate
        yield [
            f"{machines}",
            f"{own:,.0f}",
            f"{together:,.0f}",
            f"{sent / 1e6:.1f} MB",
            f"{1e3 * seconds:.2f} ms",
            f"{8 * sent / seconds / 1e9:,.0f} Gbit/s" if machines > 1 else "–",
        ]


def _kinds(given: argparse.Namespace) -> Iterator[tuple[int | None, int, str]]:
    if not given.only:
        yield None, 0, "–"
    for parts in given.parts:
        for every in given.every:
            for rule in given.rules:
                yield parts, every, rule


def _read(given: argparse.Namespace) -> EncodedCorpus:
    with tempfile.TemporaryDirectory(prefix="lexiscope-benchmarks-") as folder:
        text = plain_copy(given.corpus, Path(folder) / "text.txt", given.megabytes)
        return encode_corpus(files=text, workers=given.workers)


def _rows(given: argparse.Namespace) -> Iterator[list[str]]:
    with _read(given) as corpus:
        for parts, every, rule in _kinds(given):
            runs = [_one(corpus, given, parts, every, rule, seed) for seed in given.seeds]
            columns = [[run[test] for run in runs if test in run] for test in ("loss", *TESTS)]
            spread = max((max(each) - min(each) for each in columns[1:] if each), default=0.0)
            means = (f"{mean(each):.3f}" if each else "–" for each in columns)
            what = ["in order", "–", rule] if parts is None else [f"{parts}", f"{every:,}", rule]
            yield [*what, *means, f"{spread:.3f}"]


def _one(
    corpus: EncodedCorpus,
    given: argparse.Namespace,
    parts: int | None,
    every: int,
    rule: str,
    seed: int,
) -> dict[str, float]:
    config = TrainingConfig(
        architecture=given.kind, epochs=given.epochs, seed=seed, parts=parts, alpha=given.alpha
    )
    how: dict[str, Any] = {}
    if parts is not None:
        how = {"every": every, "rule": RULES[rule], "opening": given.opening}
        how |= {name: getattr(given, name) for name in ("inputs", "outputs")}
        how = {name: value for name, value in how.items() if value is not None}
    found = scores(corpus, given.corpus.parent, config, Exchange(**how), given.workers)
    told = " ".join(f"{name} {score:.3f}" for name, score in found.items())
    print("in order" if parts is None else parts, every, rule, seed, told, file=sys.stderr)
    return found


def _overheads(given: argparse.Namespace) -> Iterator[list[str]]:
    with _read(given) as corpus:
        for nodes in given.nodes:
            for every in given.every:
                config = TrainingConfig(
                    architecture=given.kind,
                    epochs=given.epochs,
                    parts=given.parts[-1],
                    exchange_every=every,
                )
                yield overhead(corpus, config, nodes, given.workers, given.pairs)


def _beside_spark(given: argparse.Namespace) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory(prefix="lexiscope-benchmarks-") as folder:
        text = plain_copy(given.corpus, Path(folder) / "text.txt", given.megabytes)
        yield from compared(
            Plan(
                text=text,
                tests=given.corpus.parent,
                python=given.spark,
                epochs=given.epochs,
                cores=given.workers,
                parts=given.parts[-1],
                seed=given.seeds[0],
            )
        )


def _list(kind: type) -> Any:
    return lambda given: [kind(part) for part in given.split(",")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a Markdown table of means over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/data/books.txt.xz"))
    parser.add_argument("--megabytes", type=float, default=101.0)
    parser.add_argument("--parts", type=_list(int), default=[4, 16])
    parser.add_argument("--every", type=_list(int), default=[Exchange().every])
    parser.add_argument("--rules", type=_list(str), default=list(RULES))
    parser.add_argument("--seeds", type=_list(int), default=[1])
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--alpha", type=float, default=None)
    parser.add_argument("--opening", type=int, default=OPENING)
    parser.add_argument("--inputs", type=float, default=None)
    parser.add_argument("--outputs", type=float, default=None)
    parser.add_argument("--kind", default="skipgram")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", action="store_true", help="leave the run in order out")
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--machines", type=_list(int), default=[1, 2, 4, 8, 16, 32, 64])
    parser.add_argument("--rate", type=float, default=3e6, help="words/s that a machine trains")
    parser.add_argument("--overhead", action="store_true")
    parser.add_argument("--nodes", type=_list(int), default=[1, 4])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--spark", nargs="?", const=sys.executable)
    given = parser.parse_args(arguments)
    if given.spark is not None:
        print(table(SPARK, _beside_spark(given)))
    elif given.overhead:
        print(table(OVERHEAD, _overheads(given)))
    elif given.cost:
        with _read(given) as corpus:
            print(table(COSTS, _costs(given, corpus)))
    else:
        print(table(HEAD, _rows(given)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
