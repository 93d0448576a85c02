"""Workers of a cluster that encode: the results of one process, whoever goes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.cli.main import main
from lexiscope.cluster import Cluster
from lexiscope.cluster.connection import Node
from lexiscope.cluster.encoders import ClusterEncoders, alike
from lexiscope.cluster.handing_out import IN_FLIGHT
from lexiscope.cluster.placement import placed
from lexiscope.cluster.worker_errors import told
from lexiscope.contextual import Encoder, PostprocessedEncoder, fit_on
from lexiscope.contextual.corpus import run as corpus_run
from lexiscope.contextual.corpus.fitted_sif import fit_sif
from lexiscope.contextual.corpus.run import run_corpus
from lexiscope.errors import ConfigError, CorpusError, MissingExtraError, TrainingError
from lexiscope.files import space
from lexiscope.files.space import NoRoomError
from lexiscope.progress import Progress
from lexiscope.vectors.postprocessing import FitOptions
from tests.support.patience import PATIENCE
from tests.support.simulated import below
from tests.support.tiny_models import save

pytest.importorskip("ray", reason="needs the extra `ray`")
pytestmark = pytest.mark.slow

SENTENCES = [
    f"The {adjective} fox number {n} jumps over the river bank."
    for n in range(40)
    for adjective in ("quick", "unbelievable", "naïve")
]
WORKERS = 2


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """What was told of workers that have gone."""
    return []


@pytest.fixture(scope="module")
def there(address: str, lines: list[str]) -> Iterator[ClusterEncoders]:
    cluster = Cluster(address=address, machines=3)
    with cluster.encoders(WORKERS, tell=lines.append) as encoders:
        yield encoders


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_run, "_PART_SENTENCES", 10)


PROGRAM = """
import sys
from lexiscope.contextual.corpus import run as corpus_run
corpus_run._PART_SENTENCES = 10
from lexiscope.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


# First: those below hold the cores that its workers take.
def test_a_driver_that_is_killed_goes_on_with_resume(
    address: str, encoder: Encoder, minilm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("\n".join(SENTENCES * 3), encoding="utf-8")
    plain, broken = tmp_path / "plain.parquet", tmp_path / "broken.parquet"
    monkeypatch.setattr(corpus_run, "_PART_SENTENCES", 10)
    run_corpus(encoder, SENTENCES * 3, plain)
    command = [sys.executable, "-c", PROGRAM, "contextual", str(minilm), str(text), "-o"]
    command += [str(broken), "--cluster", address, "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        fifth = tmp_path / "broken.parquet.parts" / "part-000004"
        patience = time.monotonic() + PATIENCE
        while not fifth.exists() and process.poll() is None and time.monotonic() < patience:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL and not broken.exists()
    done = subprocess.run(
        [*command, "--resume"], check=True, timeout=PATIENCE, capture_output=True, text=True
    )
    assert "sentences of an earlier run" in done.stdout
    assert broken.read_bytes() == plain.read_bytes()


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("kind", ["parquet", "safetensors"])
def test_the_file_of_one_process_bit_for_bit(
    there: ClusterEncoders, encoder: Encoder, tmp_path: Path, kind: str
) -> None:
    reports: list[Progress] = []
    plain, spread = tmp_path / f"plain.{kind}", tmp_path / f"spread.{kind}"
    run_corpus(encoder, SENTENCES, plain)
    run = run_corpus(encoder, SENTENCES, spread, encoders=there, progress=reports.append)
    assert spread.read_bytes() == plain.read_bytes()
    assert run.sentences == len(SENTENCES)
    assert [report.values.get("parts") for report in reports[:-1]] == list(range(1, 13))
    assert reports[3].values["workers"] == WORKERS and reports[3].values["sentences/s"] > 0


@pytest.mark.usefixtures("small_parts")
def test_a_worker_that_is_killed_is_replaced_and_its_parts_are_made_again(
    there: ClusterEncoders, encoder: Encoder, tmp_path: Path, lines: list[str]
) -> None:
    plain, spread = tmp_path / "plain.parquet", tmp_path / "spread.parquet"
    run_corpus(encoder, SENTENCES, plain)
    there.begin(encoder)
    to_kill = below("ray::EncoderActor")[:1]

    def kill_one(_progress: Progress) -> None:
        while to_kill:
            to_kill.pop().kill()

    run_corpus(encoder, SENTENCES, spread, encoders=there, progress=kill_one)
    assert spread.read_bytes() == plain.read_bytes()
    assert len(lines) == 1 and "has gone" in lines[0] and "\n" not in lines[0]


@pytest.mark.usefixtures("small_parts")
def test_postprocessed_vectors_and_rows_of_sentences(
    there: ClusterEncoders, encoder: Encoder, tmp_path: Path
) -> None:
    fitted = fit_on(encoder, SENTENCES, FitOptions(kind="standardising")).postprocessing
    ways: list[tuple[Any, Any]] = [
        (PostprocessedEncoder(encoder, fitted), None),
        (encoder, fit_sif(encoder, SENTENCES)),
    ]
    for number, (one, whole) in enumerate(ways):
        plain, spread = (tmp_path / f"{name}{number}.parquet" for name in ("plain", "spread"))
        run_corpus(one, SENTENCES[:30], plain, whole=whole, values="float16")
        run_corpus(one, SENTENCES[:30], spread, whole=whole, values="float16", encoders=there)
        assert spread.read_bytes() == plain.read_bytes()


def test_static_vectors(
    there: ClusterEncoders, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lexiscope.contextual.uses.from_occurrences._SENTENCES", 16)
    monkeypatch.setattr("lexiscope.contextual.uses.distillation._WORDS", 4)
    words = ["fox", "bank", "river", "naïve", "quick", "nowhere"]
    alone = encoder.distill(words, dimension=3, encoders=there)
    # A batch that is alone is computed with all cores of its process, here more than there.
    np.testing.assert_allclose(
        alone.vectors, encoder.distill(words, dimension=3).vectors, rtol=1e-4, atol=1e-7
    )
    found = encoder.static(SENTENCES, words, max_occurrences=25, encoders=there)
    plain = encoder.static(SENTENCES, words, max_occurrences=25)
    np.testing.assert_allclose(found.vectors, plain.vectors, rtol=1e-4, atol=1e-6)
    assert (found.index_to_key, found.warnings) == (plain.index_to_key, plain.warnings)


def _length(_encoder: Any, item: int) -> int:
    return item


def test_items_are_taken_as_workers_are_free_and_come_in_order(
    there: ClusterEncoders, encoder: Encoder
) -> None:
    there.begin(encoder)
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(40):
            taken.append(number)
            yield number

    ahead = []
    for place, made in enumerate(there.run(_length, items())):
        assert made == place
        ahead.append(len(taken) - place)
    assert len(ahead) == 40 and max(ahead) <= IN_FLIGHT * WORKERS


def _wrong(_encoder: Any, item: int) -> int:
    if item == 3:
        raise CorpusError("sentence 3 is none")
    return item


def _broken(_encoder: Any, _item: int) -> int:
    raise ValueError("two\nlines")


def test_what_a_worker_raises_is_raised_here(there: ClusterEncoders, encoder: Encoder) -> None:
    there.begin(encoder)
    with pytest.raises(CorpusError, match=r"^sentence 3 is none$"):
        list(there.run(_wrong, range(9)))
    with pytest.raises(TrainingError, match=r"a worker on .* failed: ValueError: two lines$"):
        list(there.run(_broken, range(9)))
    assert list(there.run(_length, range(9))) == list(range(9))  # and they work on


@pytest.mark.usefixtures("small_parts")
def test_a_full_disk_is_told_and_the_parts_stay(
    there: ClusterEncoders,
    encoder: Encoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, plain = tmp_path / "out.parquet", tmp_path / "plain.parquet"
    monkeypatch.setattr(space, "free_bytes", lambda _path: 200_000)
    with pytest.raises(NoRoomError, match=r"out\.parquet could not be written"):
        run_corpus(encoder, SENTENCES, out, encoders=there)
    monkeypatch.undo()
    monkeypatch.setattr(corpus_run, "_PART_SENTENCES", 10)
    assert run_corpus(encoder, SENTENCES, out, resume=True, encoders=there).resumed == 10
    run_corpus(encoder, SENTENCES, plain)
    assert out.read_bytes() == plain.read_bytes()


def test_a_model_that_workers_cannot_read_or_that_is_another(
    there: ClusterEncoders, encoder: Encoder, tmp_path: Path
) -> None:
    folder = save("roberta", tmp_path / "model")
    own = Encoder(folder)
    shutil.rmtree(folder)
    with pytest.raises(TrainingError, match="cannot load the model") as caught:
        own.distill(["fox"], encoders=there)
    assert "under the same name" in str(caught.value) and "\n" not in str(caught.value)
    save("llama", folder)
    with pytest.raises(TrainingError, match="has another model under the name"):
        own.distill(["fox"], encoders=there)
    there.begin(encoder)
    assert list(there.run(_length, range(3))) == [0, 1, 2]  # and they take another


def test_more_workers_than_cores_and_devices_that_are_not_there(
    address: str, encoder: Encoder
) -> None:
    with (
        Cluster(address=address).encoders(9) as there,
        pytest.raises(ConfigError, match="workers is 9, but the cluster's machines have 4 cores"),
    ):
        there.begin(encoder)
    with (
        Cluster(address=address).encoders(device="cuda") as there,
        pytest.raises(ConfigError, match="no machine of the cluster has a GPU"),
    ):
        there.begin(encoder)
    with (
        pytest.raises(ConfigError, match="expected cpu or cuda"),
        Cluster(address=address).encoders(device="cuda:0,1"),
    ):
        pass


# Without a cluster


@pytest.mark.parametrize(
    ("options", "told_so"),
    [
        (["--workers", "2"], "--workers 2 is of a cluster; name it with --cluster"),
        (["--machines", "2"], "there is no cluster"),
        (["--cluster", "auto", "--workers", "0"], "workers is 0"),
        (["--cluster", "auto", "--device", "cuda:1"], "expected cpu or cuda"),
    ],
)
@pytest.mark.parametrize("command", ["contextual", "distill"])
def test_wrong_calls_are_told_in_a_line(
    command: str,
    options: list[str],
    told_so: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("the bank\n")
    inputs = [str(text)] if command == "contextual" else ["--words", str(text)]
    out = tmp_path / "out.parquet"
    assert main([command, str(tmp_path), *inputs, "-o", str(out), *options]) != 0
    shown = capsys.readouterr().err
    assert told_so in shown and shown.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(MissingExtraError, match=r"lexiscope\[ray\]"),
        Cluster(address="auto").encoders(),
    ):
        pass


def test_full_stores_and_disks_are_told_in_a_line() -> None:
    import ray

    store = told(ray, ray.exceptions.ObjectStoreFullError("x"), "10.0.0.2")
    assert str(store).startswith("a worker on 10.0.0.2 of the cluster: Ray's object store is full")
    assert "the disk is full" in str(told(ray, ray.exceptions.OutOfDiskError("x")))


@pytest.mark.parametrize(
    ("machines", "workers", "on_gpus", "expected"),
    [
        ([(4, 0), (2, 0)], None, False, [(0, 4), (1, 2)]),
        ([(4, 0), (2, 0)], 1, False, [(0, 4)]),
        ([(4, 0), (2, 0)], 3, False, [(0, 2), (0, 2), (1, 2)]),
        ([(4, 0), (2, 0)], 99, False, [(0, 1)] * 4 + [(1, 1)] * 2),
        ([(8, 2), (8, 0), (4, 1)], None, True, [(0, 4), (0, 4), (2, 4)]),
        ([(8, 2), (8, 0), (4, 1)], 2, True, [(0, 4), (2, 4)]),
    ],
)
def test_workers_share_cores_or_have_a_gpu_each(
    machines: list[tuple[int, int]],
    workers: int | None,
    on_gpus: bool,
    expected: list[tuple[int, int]],
) -> None:
    nodes = [Node(f"10.0.0.{n}", f"n{n}", *each) for n, each in enumerate(machines)]
    slots = placed(nodes, workers, on_gpus=on_gpus)
    assert [(nodes.index(slot.node), slot.cores) for slot in slots] == expected
    assert all(slot.gpus == on_gpus for slot in slots)


def test_rounding_is_no_other_model() -> None:
    draw = np.random.default_rng(1)
    own = draw.normal(size=(5, 8)).astype(np.float32)
    own[2] = np.nan
    assert alike(own, own.astype(np.float16).astype(np.float32))
    assert not alike(own, own[:, ::-1])
    assert not alike(own, own[:, :4])
