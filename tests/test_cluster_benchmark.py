"""A cluster's benchmarks: their tables, with this process in place of Ray's and of Spark's."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import cluster_overhead, cluster_spark
from benchmarks.cluster_overhead import OVERHEAD, on_cores, overhead, told_ratio
from benchmarks.cluster_spark import SPARK, Plan, compared
from benchmarks.measurement import paired_ratio
from lexiscope.corpus import EncodedCorpus, VocabularyOptions, encode_corpus
from lexiscope.training.config import TrainingConfig
from lexiscope.training.loop.machine import ThisMachine


@pytest.fixture
def text() -> Iterator[EncodedCorpus]:
    words = np.random.default_rng(3).zipf(1.4, (3_000, 10)) % 200
    sentences = [[f"w{word}" for word in row] for row in words.tolist()]
    with encode_corpus(sentences=sentences, vocabulary=VocabularyOptions(min_count=1)) as corpus:
        yield corpus


class _Here(ThisMachine):
    """A cluster of this process."""

    def values(self) -> Mapping[str, float]:
        return {"machines": 1.0, "exchange": 0.25, "sent_mb": 6.0}


class _Cluster:
    def __init__(self, address: str) -> None:
        assert address == "here"

    @contextmanager
    def connected(self) -> Iterator[_Here]:
        yield _Here(1)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def simulated(nodes: int, cores: int) -> Iterator[str]:
        assert (nodes, cores) == (2, 1)
        yield "here"

    for module in (cluster_overhead, cluster_spark):
        monkeypatch.setattr(module, "simulated", simulated)
        monkeypatch.setattr(module, "Cluster", _Cluster)


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_overhead_is_told_of_the_same_bits(
    text: EncodedCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A processor's seconds are counted in hundredths, and this takes fewer.
    monkeypatch.setattr(cluster_overhead, "on_cores", lambda: {1: time.perf_counter()})
    config = TrainingConfig(vector_size=10, epochs=1, parts=2, exchange_every=10_000)
    row = dict(zip(OVERHEAD, overhead(text, config, 2, 2, 1), strict=True))
    assert row["nodes × threads"] == "2 × 1"
    assert row["same bits"] == "yes"
    assert row["not training"] == "25%"
    rounds = len(text.ids) / 10_000
    assert row["sent a round"] == f"{6 / rounds:.1f} MB"


def test_this_process_is_among_those_that_are_counted() -> None:
    assert on_cores()[os.getpid()] > 0


def test_a_ratio_of_several_pairs_has_its_range() -> None:
    assert told_ratio(paired_ratio([3.0], [2.0])) == "1.50"
    assert told_ratio(paired_ratio([3.0, 2.0, 4.0], [2.0, 2.0, 2.0])) == "1.50 (1.00 to 2.00)"


def _interpreter(path: Path, script: str) -> str:
    """A program that is called as the interpreter that has pyspark."""
    path.write_text(f"#!{sys.executable}\n{script}\n")
    path.chmod(0o755)
    return str(path)


def _plan(tmp_path: Path, script: str) -> Plan:
    text = tmp_path / "text.txt"
    lines = ["the king and the queen of the sea", "a doctor and a man of the house"] * 400
    text.write_text("\n".join(lines))
    python = _interpreter(tmp_path / "python", script)
    return Plan(text=text, tests=tmp_path, python=python, epochs=1, cores=2, parts=2, seed=1)


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_spark_stands_beside_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluated(words: list[str], vectors: Any, _tests: Path) -> dict[str, float]:
        assert len(words) == len(vectors)
        return dict.fromkeys(SPARK[5:], len(words) / 1_000)

    monkeypatch.setattr(cluster_spark, "evaluated", evaluated)
    script = """
import json, pathlib, sys
_, script, text, vectors, cores, dimension, epochs, seed = sys.argv
assert script.endswith("spark_word2vec.py") and (cores, dimension) == ("2", "100")
row = " ".join(["0.5"] * 100)
pathlib.Path(vectors).write_text(f"2 100\\nking {row}\\nsea {row}\\n")
print("a warning")
print(json.dumps({"seconds": 2.0, "version": "0.0"}))
"""
    spark, hierarchical, negative = compared(_plan(tmp_path, script))
    assert spark[:4] == ["pyspark 0.0, local[2]", "hierarchical", "1", "2.0 s"]
    assert spark[4:] == [f"{800 * 8 / 2:,.0f}", "0.002", "0.002", "0.002"]
    assert [hierarchical[1], negative[1]] == ["hierarchical", "negative"]
    assert hierarchical[5] == negative[5] == "0.010"


def test_where_spark_is_not_there_it_is_said(tmp_path: Path) -> None:
    plan = _plan(tmp_path, "raise SystemExit('no module named pyspark')")
    with pytest.raises(SystemExit, match="Spark failed: no module named pyspark; is pyspark in "):
        next(compared(plan))
