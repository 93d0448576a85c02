"""Spark's Word2Vec beside ours on a cluster, on the same cores and the same text.

Spark trains skip-gram with the hierarchical softmax and no subsampling, and averages the matrices
of its partitions once an iteration. Ours is told with the same loss, and with the default one. A
row's seconds go from the text to the vectors, vocabulary included; the start of Java, and of Ray
with its processes, comes before them.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import lexiscope
from benchmarks.cluster_overhead import timed
from benchmarks.jobs import ANALOGIES, PAIR_TESTS, evaluated
from lexiscope.cluster import Cluster
from lexiscope.corpus import encode_corpus
from lexiscope.training.config import TrainingConfig
from lexiscope.training.run import start_run, train_run
from tests.support.simulated import simulated

SPARK = ("who", "loss", "epochs", "seconds", "words/s", *PAIR_TESTS, *ANALOGIES)


@dataclass(frozen=True)
class Plan:
    """What is trained.

    Attributes:
        text: Plain file, one sentence a line.
        tests: Folder of the tests of quality.
        python: An interpreter that has pyspark.
        epochs: Of all rows.
        cores: Spark's partitions, and machines of ours with a thread each.
        parts: Ours.
        seed: Of all rows.
    """

    text: Path
    tests: Path
    python: str
    epochs: int
    cores: int
    parts: int
    seed: int


def compared(plan: Plan) -> Iterator[list[str]]:
    """The rows of the table: Spark's first."""
    with plan.text.open(encoding="utf-8") as lines:
        words = sum(len(line.split()) for line in lines)
    yield _spark(plan, words)
    with simulated(plan.cores, 1) as address:
        for loss in ("hierarchical", "negative"):
            yield _ours(plan, words, loss, address)


def _spark(plan: Plan, words: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="lexiscope-spark-") as folder:
        vectors = Path(folder) / "vectors.txt"
        script = Path(__file__).with_name("spark_word2vec.py")
        numbers = (plan.cores, TrainingConfig().vector_size, plan.epochs, plan.seed)
        done = subprocess.run(
            [plan.python, script, plan.text, vectors, *map(str, numbers)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            last = done.stderr.strip().splitlines() or ["nothing was said"]
            raise SystemExit(f"Spark failed: {last[-1]}; is pyspark in {plan.python}, and Java?")
        told = json.loads(done.stdout.strip().splitlines()[-1])
        model = lexiscope.load(vectors)
        found = evaluated(list(model.index_to_key), model.vectors, plan.tests)
    who = f"pyspark {told['version']}, local[{plan.cores}]"
    return _row(who, "hierarchical", plan, told["seconds"], words, found)


def _ours(
    plan: Plan, words: int, loss: Literal["hierarchical", "negative"], address: str
) -> list[str]:
    config = TrainingConfig(loss=loss, epochs=plan.epochs, parts=plan.parts, seed=plan.seed)
    _warm_up(config)
    with Cluster(address=address).connected() as machines:
        began = time.perf_counter()
        with encode_corpus(files=plan.text, workers=plan.cores) as corpus:
            seconds = time.perf_counter() - began
            trained = timed(corpus, config, plan.cores, machines)
            tokens = list(corpus.vocabulary.tokens)
    found = evaluated(tokens, trained.vectors, plan.tests)
    who = f"lexiscope, {plan.cores} machines of one core, {plan.parts} parts"
    return _row(who, loss, plan, seconds + trained.seconds, words, found)


def _warm_up(config: TrainingConfig) -> None:
    """Has the kernels compiled, here and for the machines, which load them from the disk."""
    sentences = [["a", "b", "c", "d"]] * 50
    with encode_corpus(sentences=sentences) as corpus:
        train_run(start_run(corpus, config), corpus, workers=1)


def _row(
    who: str, loss: str, plan: Plan, seconds: float, words: int, found: dict[str, float]
) -> list[str]:
    rate = f"{words * plan.epochs / seconds:,.0f}"
    scores = [f"{found[test]:.3f}" for test in (*PAIR_TESTS, *ANALOGIES)]
    return [who, loss, f"{plan.epochs}", f"{seconds:.1f} s", rate, *scores]
