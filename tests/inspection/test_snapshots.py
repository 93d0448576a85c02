"""The recording of a large run: what is seen, that it changes nothing, and how it is refused."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lexiscope import data
from lexiscope.corpus import TokenizerSpec, VocabularyOptions, encode_corpus
from lexiscope.errors import ConfigError, FormatError
from lexiscope.formats.kinds import model_folder
from lexiscope.inspection.history import SnapshotHistory
from lexiscope.inspection.snapshots.recorder import (
    SNAPSHOTS,
    SnapshotRecorder,
    Watch,
    wanted_shares,
)
from lexiscope.inspection.snapshots.scan import scan
from lexiscope.inspection.snapshots.snapshots import Snapshots
from lexiscope.inspection.views.convergence import convergence
from lexiscope.inspection.views.loss_curve import loss_curve
from lexiscope.inspection.views.matrices import matrices_over_time
from lexiscope.inspection.views.neighbors import neighbor_evolution
from lexiscope.inspection.views.projection import trajectories
from lexiscope.inspection.views.scorecard import scorecard
from lexiscope.replay import storage
from lexiscope.training.config import TrainingConfig
from lexiscope.training.loop.state import Observer, TrainingState
from lexiscope.training.run import Run, start_run, train_run
from lexiscope.vectors import UnknownWordError


def train(
    watch: Watch | None, config: TrainingConfig, *others: Observer
) -> tuple[Run, SnapshotRecorder | None]:
    with encode_corpus(
        files=[data.corpus_path()],
        tokenizer=TokenizerSpec(lowercase=True, stopwords=data.stopwords(), comments=True),
        vocabulary=VocabularyOptions(min_count=3),
        workers=1,
        cache_dir=None,
        progress=None,
    ) as corpus:
        run = start_run(corpus, config)
        recorder = None if watch is None else SnapshotRecorder(run.vocabulary, config, watch)
        observers = [*others] if recorder is None else [recorder, *others]
        train_run(run, corpus, workers=1, observers=observers)
        return run, recorder


CONFIG = TrainingConfig(vector_size=12, epochs=80, sample=0, alpha=0.05)


@pytest.fixture(scope="module")
def trained() -> tuple[Run, SnapshotRecorder]:
    run, recorder = train(Watch(words=("king", "nosuchword"), commonest=20), CONFIG)
    assert recorder is not None
    return run, recorder


@pytest.fixture
def saved(trained: tuple[Run, SnapshotRecorder], tmp_path: Path) -> Path:
    run, recorder = trained
    model_folder.write(
        tmp_path / "m",
        run.keyed_vectors().to_data(),
        extra_files={storage.SNAPSHOTS_FILE: recorder.snapshots().to_bytes()},
    )
    return tmp_path / "m"


def test_recording_leaves_the_weights_as_they_would_be(
    trained: tuple[Run, SnapshotRecorder],
) -> None:
    plain, _ = train(None, CONFIG)
    assert plain.weights.inputs.tobytes() == trained[0].weights.inputs.tobytes()
    assert plain.weights.outputs.tobytes() == trained[0].weights.outputs.tobytes()


def test_snapshots_are_dense_at_first_and_reach_the_end(
    trained: tuple[Run, SnapshotRecorder],
) -> None:
    shares = trained[1].snapshots().shares
    assert shares[0] == 0 and shares[-1] == 1
    gaps = np.diff(shares)
    assert (gaps > 0).all() and gaps[:5].max() < gaps[-1] / 2
    assert len(shares) <= SNAPSHOTS == len(wanted_shares()) + 1


def test_what_is_kept_is_what_the_run_had(trained: tuple[Run, SnapshotRecorder]) -> None:
    class Look(Observer):
        def __init__(self) -> None:
            self.shares: list[float] = []
            self.inputs: list[bytes] = []

        def on_train_begin(self, state: TrainingState) -> None:
            self.keep(state)

        def wanted_share(self, state: TrainingState) -> float | None:
            del state
            return 0.5 if self.shares[-1] < 0.5 else None

        def on_share(self, state: TrainingState) -> None:
            self.keep(state)

        def keep(self, state: TrainingState) -> None:
            self.shares.append(state.share)
            self.inputs.append(state.weights.input_vectors.tobytes())

    look = Look()
    run, _ = train(None, CONFIG, look)
    snapshots = trained[1].snapshots()
    rows, shape = snapshots.rows, run.weights.input_vectors.shape
    start, half = (np.frombuffer(one, np.float32).reshape(shape) for one in look.inputs)
    np.testing.assert_array_equal(snapshots.inputs[0], start[rows])
    assert look.shares[1] >= 0.5
    near = np.flatnonzero(snapshots.shares == look.shares[1])
    if near.size:
        np.testing.assert_array_equal(snapshots.inputs[near[0]], half[rows])
    np.testing.assert_array_equal(snapshots.inputs[-1], run.weights.input_vectors[rows])
    assert snapshots.outputs is not None
    np.testing.assert_array_equal(snapshots.outputs[-1], run.weights.output_vectors[rows])
    norms = np.linalg.norm(run.weights.input_vectors, axis=1)
    np.testing.assert_allclose(snapshots.input_norms[-1][[0, -1]], [norms.min(), norms.max()], 1e-5)


def test_the_losses_add_up_to_the_run(trained: tuple[Run, SnapshotRecorder]) -> None:
    run, recorder = trained
    curve = loss_curve(SnapshotHistory(recorder.snapshots()))
    assert curve.losses[0] > curve.losses[-1]
    # Without subsampling a share of the run is about that share of its pairs.
    mean = np.average(curve.losses, weights=np.diff(recorder.snapshots().shares))
    assert mean == pytest.approx(np.mean(run.totals.epoch_losses), rel=0.02)
    assert recorder.snapshots().alphas[-1] == pytest.approx(CONFIG.min_alpha, rel=0.1)


def test_watched_words_are_the_named_the_analogies_and_the_commonest(
    trained: tuple[Run, SnapshotRecorder],
) -> None:
    run, recorder = trained
    assert recorder.unknown == ["nosuchword"]
    words = recorder.snapshots().words
    assert words[0] == "king" and len(words) == len(set(words))
    common = np.argsort(-run.vocabulary.counts, kind="stable")[:20]
    assert {run.vocabulary.tokens[row] for row in common} <= set(words)
    assert {"man", "woman", "queen"} <= set(words)


def test_the_size_said_beforehand_holds(trained: tuple[Run, SnapshotRecorder]) -> None:
    size = len(trained[1].snapshots().to_bytes())
    assert size <= trained[1].most_bytes
    assert len(trained[1].snapshots()) < 50 or trained[1].most_bytes < 2 * size


def test_views(saved: Path, trained: tuple[Run, SnapshotRecorder]) -> None:
    snapshots = Snapshots.open(saved)
    vectors = trained[0].keyed_vectors()
    last = neighbor_evolution(SnapshotHistory(snapshots), ["king"], topn=3)["king"][-1]
    assert last.snapshot == len(snapshots) - 1
    expected = vectors.most_similar("king", topn=3)
    assert [word for word, _ in last.nearest] == [word for word, _ in expected]
    np.testing.assert_allclose(
        [cosine for _, cosine in last.nearest], [cosine for _, cosine in expected], atol=1e-5
    )
    answers = scorecard(SnapshotHistory(snapshots)).scores[-1].answers
    assert answers
    for answer in answers:
        a, b, c, _ = answer.question
        assert answer.predicted == vectors.most_similar(positive=[b, c], negative=[a], topn=1)[0][0]
        assert (answer.predicted == answer.question[3]) == answer.correct
    found = convergence(SnapshotHistory(snapshots))
    np.testing.assert_allclose(found.cosines[-1], 1.0)
    assert found.settled.max() <= len(snapshots) - 1
    assert (np.diff(snapshots.input_norms, axis=1) >= 0).all()
    assert (snapshots.movement[0] == 0).all() and (snapshots.movement[1:, -1] > 0).all()
    with pytest.raises(ConfigError, match="11; expected 1 … 10"):
        neighbor_evolution(SnapshotHistory(snapshots), topn=11)
    with pytest.raises(UnknownWordError):
        neighbor_evolution(SnapshotHistory(snapshots), ["nosuchword"])


def test_views_of_the_watched_words(trained: tuple[Run, SnapshotRecorder]) -> None:
    snapshots = trained[1].snapshots()
    history = SnapshotHistory(snapshots)
    ways = trajectories(history, [3, 0], method="global_pca")
    assert ways.words == [snapshots.words[3], snapshots.words[0]]
    wide = snapshots.inputs.astype(np.float64)
    _, sizes, axes = np.linalg.svd((wide - wide.mean(axis=(0, 1))).reshape(-1, wide.shape[-1]))
    np.testing.assert_allclose(np.abs(ways.axes.axes @ axes[:2].T), np.eye(2), atol=1e-8)
    np.testing.assert_allclose(ways.axes.explained, (sizes**2 / (sizes**2).sum())[:2])
    np.testing.assert_allclose(ways.positions[-1], ways.axes.project(wide[-1, [3, 0]]))
    over_time = matrices_over_time(history, places=[1])
    np.testing.assert_array_equal(over_time.inputs, snapshots.inputs[over_time.snapshots][:, [1]])
    assert over_time.snapshots[0] == 0 and over_time.snapshots[-1] == len(snapshots) - 1
    assert history.at(over_time.snapshots)[-1] == 1
    with pytest.raises(ConfigError, match="the run has 0"):
        matrices_over_time(history, [len(snapshots)])
    with pytest.raises(ConfigError, match="was not asked"):
        scorecard(history, [("king", "king", "king", "king")])


def test_a_smooth_curve_leaves_out_spans_without_a_loss(
    trained: tuple[Run, SnapshotRecorder],
) -> None:
    snapshots = trained[1].snapshots()
    losses = snapshots.losses.copy()
    losses[2] = np.nan
    history = SnapshotHistory(replace(snapshots, losses=losses))
    np.testing.assert_array_equal(loss_curve(history).smoothed, losses[1:])
    smoothed = loss_curve(history, 3).smoothed
    np.testing.assert_allclose(smoothed[:3], [losses[1], losses[1], (losses[1] + losses[3]) / 2])


def test_without_time_only_the_ends_are_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lexiscope.inspection.snapshots.recorder.SHARE", 0.0)
    _, recorder = train(Watch(), CONFIG)
    assert recorder is not None
    snapshots = recorder.snapshots()
    assert np.flatnonzero(snapshots.scanned).tolist() == [0, len(snapshots) - 1]
    assert [
        n.snapshot for n in neighbor_evolution(SnapshotHistory(snapshots), ["king"])["king"]
    ] == [
        0,
        len(snapshots) - 1,
    ]


@pytest.mark.slow
def test_hierarchical_softmax_has_no_output_rows_of_words(tmp_path: Path) -> None:
    config = TrainingConfig(loss="hierarchical", vector_size=8, epochs=3)
    run, recorder = train(Watch(), config)
    assert recorder is not None
    model_folder.write(
        tmp_path / "m",
        run.keyed_vectors().to_data(),
        extra_files={storage.SNAPSHOTS_FILE: recorder.snapshots().to_bytes()},
    )
    snapshots = Snapshots.open(tmp_path / "m")
    assert snapshots.outputs is None
    assert matrices_over_time(SnapshotHistory(snapshots)).outputs is None


def cut(content: bytes) -> bytes:
    return content[:-5]


def flip(content: bytes) -> bytes:
    return content[:-5] + bytes([content[-5] ^ 1]) + content[-4:]


def newer(content: bytes) -> bytes:
    return content[:8] + struct.pack("<I", 9) + content[12:]


def steps(content: bytes) -> bytes:
    return storage.MAGIC + content[8:]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut, "truncated"),
        (flip, "checksum"),
        (newer, "version 9"),
        (steps, "expected b'LXMOMNT"),
        (lambda content: content[:10], "truncated"),
        (lambda content: content + b"x", "too many"),
    ],
)
def test_damage_is_refused(saved: Path, damage: Callable[[bytes], bytes], reason: str) -> None:
    file = saved / storage.SNAPSHOTS_FILE
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(FormatError, match=reason):
        Snapshots.open(saved)


def test_another_models_recording_is_refused(saved: Path) -> None:
    loaded = model_folder.read(saved, mmap=False)
    content = (saved / storage.SNAPSHOTS_FILE).read_bytes()
    loaded.vectors[:] += 1
    model_folder.write(saved, loaded, extra_files={storage.SNAPSHOTS_FILE: content})
    with pytest.raises(FormatError, match="other weights"):
        Snapshots.open(saved)
    loaded.tokens[0] += "x"
    model_folder.write(saved, loaded, extra_files={storage.SNAPSHOTS_FILE: content})
    with pytest.raises(FormatError, match="another vocabulary"):
        Snapshots.open(saved)
    model_folder.write(saved, loaded)
    with pytest.raises(FormatError, match="train --record"):
        Snapshots.open(saved)


@pytest.mark.parametrize("words", [5, 40, 3000])
def test_a_scan_finds_what_a_full_sort_finds(words: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lexiscope.inspection.snapshots.scan._BLOCK_NUMBERS", 2**14)
    rng = np.random.default_rng(words)
    matrix = rng.normal(size=(words, 6)).astype(np.float32)
    matrix[1] = 0
    norms = np.linalg.norm(matrix, axis=1)
    watched = np.array([0, 1, words - 1], np.int32)
    questions = np.array([rng.permutation(words)[:4] for _ in range(7)], np.int32)
    questions = questions[(questions != 1).all(axis=1)]
    found = scan(matrix, norms, watched, questions, 10)
    wide = matrix.astype(np.float64)
    units = wide / np.where(norms > 0, norms, 1)[:, None]
    valid = np.flatnonzero(norms > 0)
    for place, row in enumerate(watched):
        others = valid[valid != row]
        if row != 1:
            order = others[np.argsort(-(units[others] @ units[row]), kind="stable")][:10]
            assert found.neighbors[place, : len(order)].tolist() == order.tolist()
            assert (found.neighbors[place, len(order) :] == -1).all()
    for place, (a, b, c, d) in enumerate(questions):
        wanted = units[b] - units[a] + units[c]
        others = valid[~np.isin(valid, [a, b, c])]
        cosines = units[others] @ wanted
        assert found.answers[place] == others[np.argmax(cosines)]
        beaten = cosines[others != d] > units[d] @ wanted
        assert found.ranks[place] == 1 + beaten.sum()


def test_too_many_words_are_refused() -> None:
    with pytest.raises(ConfigError, match="501 words"):
        Watch(words=tuple(str(n) for n in range(501)))
