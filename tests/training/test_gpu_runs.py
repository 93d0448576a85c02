"""Whole runs on a GPU that is none: the schedule, the session and what looks at a run's weights."""

from __future__ import annotations

import json
import pickle
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope import ConfigError, FastText, Word2Vec
from lexiscope.errors import TrainingError
from lexiscope.training import Interrupted, TrainingConfig, TrainingSession
from lexiscope.training.cuda import schedule
from lexiscope.training.events import MemoryEstimated, TrainedInOrder, TrainedOn
from lexiscope.training.loop.guard import DivergedError
from tests.support.emulated_gpu import COMPILER, EmulatedGpu

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(COMPILER is None, reason="g++ compiles the kernels for the CPU"),
]
OPTIONS: dict[str, Any] = {"vector_size": 16, "min_count": 1, "epochs": 3, "sg": 1, "workers": 2}


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences of one of ten topics each, 40,000 tokens."""
    rng = np.random.default_rng(3)
    path = tmp_path_factory.mktemp("gpu") / "text.txt"
    lines = []
    for _ in range(4000):
        topic = rng.integers(10)
        words = (rng.random(10) ** 2 * 50).astype(int)
        lines.append(" ".join(f"{'abcdefghij'[topic]}{word}" for word in words))
    path.write_text("\n".join(lines) + "\n")
    return path


def topics_apart(model: Word2Vec) -> float:
    """How much nearer words are to their own topic's than to others'."""
    words = [word for word in model.wv.index_to_key if int(word[1:]) < 20]
    rows = np.array([model.wv.get_vector(word, norm=True) for word in words])
    same = np.array([[a[0] == b[0] for a in words] for b in words])
    cosines = rows @ rows.T
    return float(cosines[same].mean() - cosines[~same].mean())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sg": 0, "alpha": 0.05},
        {"hs": 1, "negative": 0},
        {"loss": "nce"},
        {"hs": 1, "negative": 3},
    ],
    ids=lambda options: " ".join(f"{name}={value}" for name, value in options.items()) or "default",
)
def test_a_run_learns_what_it_learns_on_the_cpu(text: Path, options: dict[str, Any]) -> None:
    gpu = EmulatedGpu()
    there = Word2Vec(corpus_file=text, device=gpu, **OPTIONS | options)
    here = Word2Vec(corpus_file=text, schedule="hogwild", **OPTIONS | {"workers": 1} | options)
    assert there.epoch_losses[-1] < there.epoch_losses[0]
    assert there.epoch_losses[-1] == pytest.approx(here.epoch_losses[-1], rel=0.03)
    assert topics_apart(there) > 0.8 * topics_apart(here) > 0.2
    warps = {blocks * each for kernel, blocks, each, _ in gpu.launches if kernel == "train"}
    assert max(warps) > 1, "one warp is no test of many"


def test_what_a_run_tells_and_keeps(text: Path, tmp_path: Path) -> None:
    told: list[Any] = []
    gpu = EmulatedGpu()
    session = TrainingSession(
        TrainingConfig(vector_size=8, epochs=1), workers=2, device=gpu, tell=told.append
    )
    with session.read(files=[text]):
        run = session.begin()
        session.train()
    kinds = [type(event) for event in told]
    assert kinds == [MemoryEstimated, TrainedOn] and TrainedInOrder not in kinds
    assert told[1].device is gpu
    assert told[1].memory.inputs == len(run.vocabulary) * 16 * 4
    session.save(tmp_path / "model")
    document = json.loads((tmp_path / "model/config.json").read_text())
    assert document["device"] == {"label": "cuda:7", "name": "Emulated GPU", "same_bits": False}
    assert document["result"]["fingerprint"] == run.fingerprint()
    assert Word2Vec.load(str(tmp_path / "model")).device == "cpu"


def test_a_run_on_the_cpu_says_nothing_of_a_device(text: Path) -> None:
    model = Word2Vec(corpus_file=text, **OPTIONS | {"epochs": 1})
    assert model.device == "cpu" and "device" not in model.wv.metadata


def test_the_text_comes_in_pieces_through_two_buffers(
    text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is sent once an epoch, with a little context; the device has room for two."""
    monkeypatch.setattr(schedule, "PIECE", 4096)
    monkeypatch.setattr(schedule, "_FIRST_PIECE", 2048)
    monkeypatch.setattr(schedule, "MARGIN", 64)
    gpu = EmulatedGpu()
    model = Word2Vec(corpus_file=text, device=gpu, **OPTIONS)
    positions = 44_000
    assert max(gpu.sent) <= 4 * (4096 + 128)
    assert 3 * positions <= sum(gpu.sent) // 4 < 1.04 * 3 * positions
    assert len(gpu.sent) > 30
    whole = Word2Vec(corpus_file=text, device=EmulatedGpu(), **OPTIONS)
    assert model.epoch_losses == pytest.approx(whole.epoch_losses, rel=0.01)


def test_weights_are_fetched_only_when_somebody_looks(text: Path) -> None:
    def fetches(**more: Any) -> int:
        gpu = EmulatedGpu()
        model = Word2Vec(corpus_file=text, device=gpu, **OPTIONS | {"vector_size": 160}, **more)
        matrix = model.wv.vectors.shape[0] * 160 * 4
        return sum(size == matrix for size in gpu.fetched)

    class Reader:
        def on_epoch_end(self, model: Word2Vec) -> None:
            model.wv.most_similar("a0")

    # A small model's copy behind the first stretch, and the end; W and W′.
    alone = fetches()
    assert alone == 4
    assert fetches(callbacks=[Reader()]) > alone


def test_callbacks_see_the_weights_as_they_stand(text: Path) -> None:
    seen: list[np.ndarray] = []

    class Diary:
        def on_train_begin(self, model: Word2Vec) -> None:
            self.view = model.wv.vectors

        def on_epoch_end(self, model: Word2Vec) -> None:
            assert self.view is model.wv.vectors
            seen.append(self.view.copy())

    model = Word2Vec(corpus_file=text, device=EmulatedGpu(), callbacks=[Diary()], **OPTIONS)
    assert len(seen) == 3
    assert not np.allclose(seen[0], seen[1]) and np.array_equal(seen[2], model.wv.vectors)


def test_a_held_out_loss_falls_and_a_recording_is_kept(text: Path, tmp_path: Path) -> None:
    model = Word2Vec(
        corpus_file=text,
        device=EmulatedGpu(),
        validation=0.1,
        record=["a0", "b0"],
        checkpoint_path=tmp_path / "model",
        **OPTIONS,
    )
    losses = model.validation_losses
    assert len(losses) == 3 and losses[-1] < losses[0]
    model.save(str(tmp_path / "saved"))
    assert (tmp_path / "saved" / "recording").is_dir()


class CtrlC:
    """Presses it at the end of an epoch."""

    def __init__(self, epoch: int) -> None:
        self.left = epoch

    def on_epoch_end(self, model: Word2Vec) -> None:
        self.left -= 1
        if not self.left:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("then", ["cpu", "gpu"])
def test_a_stopped_run_goes_on_here_or_there(text: Path, tmp_path: Path, then: str) -> None:
    folder = tmp_path / "model"
    with pytest.raises(Interrupted):
        Word2Vec(
            corpus_file=text,
            device=EmulatedGpu(),
            checkpoint_path=folder,
            callbacks=[CtrlC(2)],
            **OPTIONS,
        )
    device = EmulatedGpu() if then == "gpu" else "cpu"
    model = Word2Vec.resume(folder, corpus_file=text, device=device)
    assert len(model.epoch_losses) == 3
    assert model.epoch_losses[2] < model.epoch_losses[0]
    assert topics_apart(model) > 0.2
    kept = json.loads((folder / "config.json").read_text())
    assert ("device" in kept) == (then == "gpu")


def test_ctrl_c_within_a_stretch_ends_it_behind_a_piece(
    text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "PIECE", 2048)
    monkeypatch.setattr(schedule, "_FIRST_PIECE", 2048)
    gpu = EmulatedGpu()
    send = gpu.send

    def pressing(buffer: Any, pinned: np.ndarray) -> None:
        send(buffer, pinned)
        if len(gpu.sent) == 5:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(gpu, "send", pressing)
    model = Word2Vec(device=gpu, **OPTIONS)
    model.build_vocab(corpus_file=text)
    with pytest.raises(Interrupted) as stop:
        model.train(corpus_file=text, total_examples=model.corpus_count, epochs=3)
    assert stop.value.exact
    run = model._session.run
    assert run is not None and run.state.position == 5 * 2048
    assert run.weights.elsewhere is None and run.weights.outputs.any()


def test_frozen_words_and_vectors_to_begin_with(text: Path) -> None:
    first = Word2Vec(corpus_file=text, **OPTIONS)
    held = first.wv["a0"].copy()
    model = Word2Vec(
        corpus_file=text, device=EmulatedGpu(), init_from=first.wv, freeze=["a0"], **OPTIONS
    )
    assert np.array_equal(model.wv["a0"], held)
    assert not np.array_equal(model.wv["a1"], first.wv["a1"])
    assert model.epoch_losses[0] < first.epoch_losses[0]


def test_a_run_that_diverges_is_put_back(text: Path) -> None:
    model = Word2Vec(device=EmulatedGpu(), **OPTIONS | {"alpha": 90.0, "min_alpha": 90.0})
    model.build_vocab(corpus_file=text)
    with pytest.raises(DivergedError, match="training diverged in epoch 1"):
        model.train(corpus_file=text, total_examples=model.corpus_count, epochs=3)
    assert np.isfinite(model.wv.vectors).all()
    assert np.linalg.norm(model.wv.vectors, axis=1).max() < 1e4


def test_a_norm_that_grows_is_seen_on_the_device(text: Path) -> None:
    """No loss is infinite yet; the guard asks the device and fetches nothing for it."""
    options = OPTIONS | {"alpha": 20.0, "min_alpha": 20.0, "sg": 0, "cbow_mean": 0, "negative": 1}
    with pytest.raises(DivergedError, match="diverged"):
        Word2Vec(corpus_file=text, device=EmulatedGpu(), **options)


def test_too_little_memory_is_told_with_the_sum_before_training(text: Path) -> None:
    gpu = EmulatedGpu(memory=2**20)
    with pytest.raises(TrainingError) as error:
        Word2Vec(corpus_file=text, device=gpu, **OPTIONS | {"vector_size": 1024})
    said = str(error.value)
    assert "on cuda:7 (Emulated GPU): W 2 MB, W′ 2 MB (500 words × 1024 dimensions)" in said
    assert "but 1 MB are free; set a smaller vector_size" in said
    assert not gpu.launches


def test_options_that_do_not_go_there_are_refused_before_anything_is_read() -> None:
    def never() -> Any:
        raise AssertionError("the text was read")
        yield

    for options, said in (
        ({"loss": "softmax"}, "the exact softmax is trained on the CPU only"),
        ({"vector_size": 1025}, "vector_size is 1,025; expected at most 1,024 on a GPU"),
        ({"negative": 32}, "negative is 32; expected at most 31 on a GPU"),
        ({"window": 6000}, "window is 6,000; expected at most "),
    ):
        with pytest.raises(ConfigError, match=said):
            Word2Vec(never(), device=EmulatedGpu(), **options)


def test_subwords_are_refused(text: Path) -> None:
    model = FastText(vector_size=8, min_count=1, epochs=1, bucket=1000)
    with pytest.raises(ConfigError, match="subwords are trained on the CPU only"):
        model.device = EmulatedGpu()
    assert model.device == "cpu"
    model.build_vocab(corpus_file=text)


def test_options_set_after_the_device_are_looked_at_too(text: Path) -> None:
    model = Word2Vec(device=EmulatedGpu(), **OPTIONS)
    model.build_vocab(corpus_file=text)
    model.window = 7000
    with pytest.raises(ConfigError, match="window is 7,000"):
        model.train(corpus_file=text, total_examples=model.corpus_count, epochs=1)


def test_a_model_is_trained_there_here_and_there(text: Path) -> None:
    model = Word2Vec(corpus_file=text, **OPTIONS)
    first = model.wv.vectors.copy()
    model.device = EmulatedGpu()
    model.train(corpus_file=text, total_examples=model.corpus_count, epochs=1)
    second = model.wv.vectors.copy()
    model.device = "cpu"
    model.train(corpus_file=text, total_examples=model.corpus_count, epochs=1)
    assert not np.allclose(first, second) and not np.allclose(second, model.wv.vectors)
    assert model.train_count == 3


def test_the_result_is_the_weights_and_can_be_pickled(text: Path, tmp_path: Path) -> None:
    model = Word2Vec(corpus_file=text, device=EmulatedGpu(), **OPTIONS)
    run = model._session.run
    assert run is not None and run.weights.elsewhere is None
    model.wv.save(tmp_path / "vectors")
    assert np.array_equal(lexiscope.load(tmp_path / "vectors").vectors, model.wv.vectors)
    again = pickle.loads(pickle.dumps(run.weights))
    assert np.array_equal(again.rows, run.weights.rows)
