"""What is said of a cluster before there is one; nothing here needs Ray."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from lexiscope import ConfigError, Word2Vec
from lexiscope.cli.main import main
from lexiscope.cluster import Cluster, connection
from lexiscope.cluster.choice import check_in_parts, chosen, parts_of
from lexiscope.cluster.connection import check_same, named
from lexiscope.cluster.probe import probe
from lexiscope.errors import MissingExtraError, TrainingError
from lexiscope.training import TrainingConfig


def test_a_cluster_has_parts_unless_told() -> None:
    assert chosen(None, None) is None
    cluster = chosen("auto", 3, 2)
    assert cluster == Cluster(address="auto", machines=3, workers=2)
    assert parts_of(None, cluster) == 16
    assert parts_of(4, cluster) == 4
    assert parts_of(None, None) is None


@pytest.mark.parametrize(
    ("address", "machines", "told"),
    [(None, 2, "no cluster"), ("auto", 0, "machines is 0"), ("", None, "expected auto")],
)
def test_choices_that_are_none(address: str | None, machines: int | None, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        chosen(address, machines)


def test_a_run_without_parts_does_not_go_on_there() -> None:
    check_in_parts(TrainingConfig(parts=2))
    with pytest.raises(ConfigError, match="began without parts"):
        check_in_parts(TrainingConfig())


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"lexiscope\[ray\]"):
        Word2Vec([["a", "b"]] * 20, cluster="auto")


def test_auto_is_what_ray_address_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "ray://127.0.0.1:1")
    assert named("auto") == "ray://127.0.0.1:1"
    assert named("10.0.0.1:6379") == "10.0.0.1:6379"
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    assert named("auto") == "auto"


@pytest.mark.parametrize("failures", [1, 9])
def test_a_client_server_that_fails_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    tries: list[str] = []
    said: list[str] = []

    def init(*, address: str, **_: object) -> None:
        tries.append(address)
        if len(tries) <= failures:
            raise ConnectionAbortedError("Initialization failure:\nTraceback\nRuntimeError: dead\n")

    ray = SimpleNamespace(init=init, is_initialized=lambda: False)
    monkeypatch.setattr(connection, "load_ray", lambda: ray)
    monkeypatch.setattr(connection, "_check_answers", lambda _: None)
    if failures == 1:
        connection.Connection("ray://head:10001", said.append)
        assert len(tries) == 2
    else:
        with pytest.raises(TrainingError, match=r"ray://head:10001 .* \(RuntimeError: dead\)$"):
            connection.Connection("ray://head:10001", said.append)
        assert len(tries) == 3
    assert len(said) == len(tries) - 1 and all("RuntimeError: dead" in line for line in said)


def test_machines_that_differ_are_refused() -> None:
    here = probe()
    check_same("10.0.0.2", here, dict(here))
    with pytest.raises(TrainingError, match=r"10\.0\.0\.2 .* numba 0\.1 \(here "):
        check_same("10.0.0.2", here, {**here, "numba": "0.1"})
    with pytest.raises(TrainingError, match=r"lexiscope not installed \(here "):
        check_same("10.0.0.2", here, {**here, "lexiscope": ""})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--cluster", "auto", "--subwords", "3-6"], "not trained with subwords"),
        (["--cluster", "auto", "--schedule", "hogwild"], "not trained with schedule hogwild"),
        (["--cluster", "auto", "--loss", "softmax"], "not trained with loss softmax"),
        (["--machines", "2"], "there is no cluster"),
    ],
)
def test_what_a_cluster_cannot_do_is_told_before_the_text_is_read(
    options: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "missing.txt")
    assert main(["train", missing, "-o", str(tmp_path / "m"), *options]) == 1
    shown = capsys.readouterr().err
    assert told in shown and shown.count("\n") == 1
    assert not (tmp_path / "m").exists()
