"""Machines of a cluster, simulated here by Ray's own `Cluster`: the same bits, whoever goes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope import Word2Vec
from lexiscope.cli.main import main
from lexiscope.cluster import Cluster
from lexiscope.cluster.connection import Connection
from lexiscope.cluster.machines import share_out, told_in_a_line
from lexiscope.corpus import EncodedCorpus, VocabularyOptions, encode_corpus
from lexiscope.errors import TrainingError
from lexiscope.training import TrainingConfig
from lexiscope.training import run as training_run
from lexiscope.training.loop.parts import Exchange, Machines
from lexiscope.training.loop.state import Observer, TrainingState
from lexiscope.training.run import Run, start_run, train_run
from tests.support.simulated import NODES, below

pytest.importorskip("ray", reason="needs the extra `ray`")
pytestmark = pytest.mark.slow
OPTIONS: dict[str, Any] = {"vector_size": 20, "epochs": 2, "parts": 4, "exchange_every": 4_000}


@pytest.fixture
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of these lengths have an opening and some dozens of rounds."""
    monkeypatch.setattr(training_run, "Exchange", partial(Exchange, opening=8_000))


def sentences() -> list[list[str]]:
    rng = np.random.default_rng(3)
    words = rng.zipf(1.4, (6_000, 10)) % 400
    return [[f"w{word}" for word in row] for row in words.tolist()]


@pytest.fixture(scope="module")
def text() -> Iterator[EncodedCorpus]:
    with encode_corpus(sentences=sentences(), vocabulary=VocabularyOptions(min_count=1)) as corpus:
        yield corpus


def trained(
    corpus: EncodedCorpus,
    machines: Machines | None = None,
    observers: tuple[Observer, ...] = (),
    **options: Any,
) -> Run:
    config = TrainingConfig(
        **{"vector_size": 20, "epochs": 2, "parts": 4, "exchange_every": 4_000, **options}
    )
    run = start_run(corpus, config)
    train_run(run, corpus, workers=1, machines=machines, observers=observers)
    return run


@pytest.fixture(scope="module")
def expected(text: EncodedCorpus) -> str:
    """The fingerprint of this process's own training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_run, "Exchange", partial(Exchange, opening=8_000))
        return trained(text).fingerprint()


@pytest.mark.usefixtures("short_rounds")
@pytest.mark.parametrize("number", [1, 2, NODES])
def test_the_same_bits_on_any_number_of_machines(
    address: str, text: EncodedCorpus, expected: str, number: int
) -> None:
    with Cluster(address=address, machines=number).connected() as machines:
        run = trained(text, machines)
        values = machines.values()
    assert run.fingerprint() == expected
    assert run.totals.epoch_losses == pytest.approx(sorted(run.totals.epoch_losses, reverse=True))
    assert values["machines"] == number
    assert 0 < values["exchange"] < 1
    # One machine sends its changes to nobody, but hands the weights on to the program.
    assert (values["sent_mb"] > 0) == (number > 1)


class _KillAt(Observer):
    """Kills a process of the cluster's at each of some shares of the run."""

    def __init__(self, shares: list[float]) -> None:
        self._shares = shares
        self.killed = 0

    def wanted_share(self, state: TrainingState) -> float | None:
        return self._shares[0] if self._shares else None

    def on_share(self, state: TrainingState) -> None:
        self._shares.pop(0)
        workers = below("ray::Actor")
        workers[self.killed % len(workers)].kill()
        self.killed += 1


@pytest.mark.usefixtures("short_rounds")
def test_machines_that_die_are_replaced_from_the_weights_kept_last(
    address: str, text: EncodedCorpus, expected: str
) -> None:
    told: list[str] = []
    killing = _KillAt([0.1, 0.3, 0.5, 0.7, 0.9])
    with Cluster(address=address, machines=2).connected(told.append) as machines:
        run = trained(text, machines, (killing,))
    assert killing.killed == 5
    assert run.fingerprint() == expected
    assert len(told) == 5
    assert all("go on from the weights kept last" in line for line in told)


@pytest.mark.usefixtures("short_rounds")
def test_word2vec_trains_on_a_cluster_and_saves(
    address: str, expected: str, tmp_path: Path
) -> None:
    options: dict[str, Any] = {
        "vector_size": 20,
        "epochs": 2,
        "sg": 1,
        "min_count": 1,
        "exchange_every": 4_000,
    }
    model = Word2Vec(sentences(), cluster=address, machines=2, parts=4, **options)
    model.save(tmp_path / "model")
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert config["training"]["parts"] == 4
    assert config["result"]["fingerprint"] == expected
    assert Word2Vec.load(tmp_path / "model").parts == 4


@pytest.mark.usefixtures("address")
def test_the_program_may_stand_outside(client_port: int, tmp_path: Path) -> None:
    source = tmp_path / "text.txt"
    source.write_text("\n".join(map(" ".join, sentences()[:2_000])))
    words = ["train", str(source), "--parts", "2", "--epochs", "1", "-o"]
    assert main([*words, str(tmp_path / "here")]) == 0
    there = ["--cluster", f"ray://127.0.0.1:{client_port}", "--machines", "1"]
    command = [*CLI, *words, str(tmp_path / "there"), *there]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [
        json.loads((tmp_path / name / "config.json").read_text()) for name in ("here", "there")
    ]
    assert found[0]["result"]["fingerprint"] == found[1]["result"]["fingerprint"]


def test_a_cluster_without_a_core_is_told_before_the_text_is_read(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(Connection, "nodes", lambda _: [])
    with (
        pytest.raises(TrainingError, match=r"no machine of the cluster at .* has a core"),
        Cluster(address=address).connected(),
    ):
        pass


def test_more_machines_than_there_are(address: str) -> None:
    too_many = Cluster(address=address, machines=9).connected()
    with pytest.raises(ValueError, match=f"machines is 9, but the cluster has {NODES}"), too_many:
        pass


@pytest.mark.parametrize(
    ("parts", "workers", "expected_parts"),
    [
        (4, [1, 1], [[0, 2], [1, 3]]),
        (8, [1, 3], [[0, 4], [1, 2, 3, 5, 6, 7]]),
        (2, [4, 4, 1], [[0], [1], []]),
    ],
)
def test_parts_are_shared_out_by_threads(
    parts: int, workers: list[int], expected_parts: list[list[int]]
) -> None:
    assert share_out(parts, workers) == expected_parts


def test_a_full_object_store_is_told_in_a_line() -> None:
    import ray

    told = "object store of a machine of the cluster is full"
    with pytest.raises(TrainingError, match=told), told_in_a_line(ray):
        raise ray.exceptions.ObjectStoreFullError("x")


CLI = [sys.executable, "-m", "lexiscope.cli.main"]


def test_a_driver_that_dies_leaves_what_another_goes_on_from(address: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    words = rng.zipf(1.3, (180_000, 10)) % 900
    source = tmp_path / "text.txt"
    source.write_text("\n".join(" ".join(f"w{word}" for word in row) for row in words.tolist()))
    options = ["--vector-size", "30", "--epochs", "4", "--parts", "4"]
    model, whole = tmp_path / "model", tmp_path / "whole"
    run = [*CLI, "train", str(source), "--checkpoint-every", "500ms", "-o"]
    assert main([*run[len(CLI) :], str(whole), *options]) == 0
    cluster = ["--cluster", address, "--machines", "2"]
    with subprocess.Popen([*run, str(model), *options, *cluster], stderr=subprocess.DEVNULL) as one:
        patience = time.monotonic() + 60
        while not any(model.glob("checkpoint/0*/config.json")) and time.monotonic() < patience:
            time.sleep(0.05)
        os.kill(one.pid, signal.SIGKILL)
    assert not (model / "config.json").exists()
    subprocess.run(
        [*CLI, "train", str(source), "--resume", str(model), *cluster],
        check=True,
        capture_output=True,
    )
    results = [json.loads((each / "config.json").read_text())["result"] for each in (whole, model)]
    assert results[0]["fingerprint"] == results[1]["fingerprint"]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("127.0.0.1:1", r"no cluster of Ray answers at 127\.0\.0\.1:1 "),
        ("somewhere", "expected auto, HOST:PORT"),
        ("ray://somewhere", "expected auto, HOST:PORT"),
        ("ray://127.0.0.1:1", r"no cluster of Ray answers at ray://127\.0\.0\.1:1 "),
    ],
)
def test_an_address_at_which_nobody_is(address: str, told: str) -> None:
    with pytest.raises(TrainingError, match=told), Cluster(address=address).connected():
        pass
