"""The GPU's kernels, run on a CPU from their very source: against NumPy twins, and the CPU's."""

from __future__ import annotations

import numpy as np
import pytest

from lexiscope.training.config import TrainingConfig
from lexiscope.training.cuda import program
from lexiscope.training.cuda.schedule import GpuSchedule
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.loop.state import Pace
from lexiscope.training.loop.weights import initial_weights
from tests.support import twins
from tests.support.emulated_gpu import COMPILER, EmulatedGpu
from tests.support.gpu_cases import (
    LOSSES,
    PAIRS,
    check_against_twin,
    check_many_warps,
    make_gpu_twin,
    run_gpu,
)
from tests.support.kernel_cases import make_case, run_kernel

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(COMPILER is None, reason="g++ compiles the kernels for the CPU"),
]


@pytest.fixture(autouse=True)
def one_warp(monkeypatch):
    """The windows in their order: what a twin can follow."""
    monkeypatch.setattr(program, "WARPS_A_WORD", 0.0)


@pytest.mark.parametrize(("architecture", "loss"), PAIRS)
@pytest.mark.parametrize("vector_size", [5, 50])
def test_a_kernel_equals_its_numpy_twin(architecture, loss, vector_size):
    check_against_twin(
        TrainingConfig(
            architecture=architecture, loss=loss, vector_size=vector_size, sample=1e-2, window=4
        )
    )


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("vector_size", [127, 128, 129, 300, 515, 1024])
def test_any_dimension(architecture, vector_size):
    """A lane has four floats of each 128, and as many rows at a time as its registers hold."""
    config = TrainingConfig(architecture=architecture, vector_size=vector_size, alpha=0.01)
    check_against_twin(config, tokens=300)


@pytest.mark.parametrize("negative", [1, 2, 7, 8, 17, 31])
def test_any_number_of_negatives(negative):
    check_against_twin(TrainingConfig(negative=negative, vector_size=20, window=3), words=60)


@pytest.mark.parametrize("window", [1, 10, 40])
@pytest.mark.parametrize("shrink", [True, False])
def test_windows_of_any_width_end_with_their_sentence(window, shrink):
    """Sentences are of 1 to 15 words, so that a window of 40 is wider than all."""
    check_against_twin(
        TrainingConfig(window=window, shrink_windows=shrink, vector_size=24, sample=0)
    )


@pytest.mark.parametrize("mean", [True, False])
@pytest.mark.parametrize("update", ["classic", "exact"])
def test_cbow_mean_and_sum_with_either_update(mean, update):
    check_against_twin(
        TrainingConfig(architecture="cbow", cbow_mean=mean, cbow_update=update, vector_size=20)
    )


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_fewer_words_than_negatives_leaves_slots_empty(architecture):
    check_against_twin(
        TrainingConfig(architecture=architecture, negative=10, vector_size=8), words=4
    )


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_frozen_rows_stay_to_the_bit(architecture):
    config = TrainingConfig(architecture=architecture, vector_size=12)
    frozen = np.zeros(40, np.uint8)
    frozen[::3] = 1
    _, _, weights = make_case(config)
    before = weights.rows.copy()
    check_against_twin(config, frozen=frozen)
    ids, setup, weights = make_case(config, frozen=frozen)
    run_gpu(config, ids, setup, weights)
    assert np.array_equal(weights.rows[::3], before[::3])
    assert (weights.rows[1::3] != before[1::3]).any()


def test_blocks_join_without_a_seam():
    """A text of many blocks, in sentences of which some are longer than a block is."""
    config = TrainingConfig(vector_size=4, window=2, negative=2, alpha=1e-3)
    ids, setup, weights = make_case(config, words=20, tokens=3000)
    ids[700:1500] = np.maximum(ids[700:1500], 0)
    twin = make_gpu_twin(config, ids, setup, weights)
    outcome, _ = run_gpu(config, ids, setup, weights)
    twin.run(twins.epoch_key(config.seed, 0), lambda _: config.alpha)
    assert outcome.pairs == twin.pairs
    np.testing.assert_allclose(weights.input_vectors, twin.inputs, rtol=0, atol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_cbow_is_that_of_the_cpu(loss):
    """The same windows, negatives and learning rates; sums are taken in another order."""
    config = TrainingConfig(architecture="cbow", loss=loss, vector_size=20, window=6)
    ids, setup, ours = make_case(config, tokens=9000, words=200)
    _, _, theirs = make_case(config, tokens=9000, words=200)
    outcome, _ = run_gpu(config, ids, setup, ours)
    tally, _ = run_kernel(config, ids, setup, theirs)
    assert [outcome.pairs, outcome.centers] == tally.pairs.tolist()
    assert outcome.loss == pytest.approx(tally.loss[0], rel=1e-5)
    np.testing.assert_allclose(ours.rows, theirs.rows, rtol=0, atol=1e-4)
    np.testing.assert_allclose(ours.outputs, theirs.outputs, rtol=0, atol=1e-4)


def test_the_learning_rate_falls_along_the_text_as_on_the_cpu():
    config = TrainingConfig(architecture="cbow", vector_size=8, window=3)
    ids, setup, ours = make_case(config, tokens=10_000, words=100)
    twin = make_gpu_twin(config, ids, setup, ours)
    pace = Pace(0.05, -0.05 / 9000, 1e-3)
    run_gpu(config, ids, setup, ours, pace=pace)
    twin.run(twins.epoch_key(config.seed, 0), lambda at: pace.at(at // 4096 * 4096))
    np.testing.assert_allclose(ours.input_vectors, twin.inputs, rtol=0, atol=5e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_is_reported_with_its_place_and_ends_the_stretch(value):
    config = TrainingConfig(vector_size=8, sample=0)
    ids, setup, weights = make_case(config, tokens=6000)
    weights.rows[int(ids[ids >= 0][3000]), 0] = value
    outcome, _ = run_gpu(config, ids, setup, weights)
    assert outcome.bad is not None and 0 <= outcome.bad < len(ids)
    assert outcome.centers < 3000


def test_the_largest_norm_is_found_there_with_its_row():
    config = TrainingConfig(vector_size=150)
    ids, setup, weights = make_case(config)
    weights.output_vectors[17] *= 1e3
    schedule = GpuSchedule(EmulatedGpu(), ids, setup, weights)
    schedule.compile()
    norm, row = weights.elsewhere.largest_norm()
    assert (norm, row) == (pytest.approx(np.linalg.norm(weights.outputs[17])), 17)
    schedule.close()
    for value in (np.nan, np.inf):
        weights.rows[5, 3] = value
        schedule.compile()
        norm, row = weights.elsewhere.largest_norm()
        assert np.array_equal(norm, np.sqrt(value * value), equal_nan=True) and row == 5
        schedule.close()


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_many_warps_learn_what_one_does(architecture, monkeypatch):
    check_many_warps(architecture, monkeypatch)


def test_window_reaches_of_pieces_are_those_of_the_whole(monkeypatch):
    """Pieces begin and end in the midst of sentences."""
    from lexiscope.training.cuda import schedule as module

    monkeypatch.setattr(module, "PIECE", 500)
    monkeypatch.setattr(module, "MARGIN", 100)
    monkeypatch.setattr(module, "_LOOK", 4)
    config = TrainingConfig(vector_size=8, window=7, sample=1e-2)
    ids, setup, whole = make_case(config, tokens=3000)
    _, _, pieces = make_case(config, tokens=3000)
    cut, schedule = run_gpu(config, ids, setup, pieces)
    monkeypatch.setattr(module, "PIECE", 10_000)
    uncut, _ = run_gpu(config, ids, setup, whole)
    assert len(schedule._device.sent) == -(-len(ids) // 500)
    assert max(schedule._device.sent) < 4 * 560
    assert (cut.pairs, cut.centers) == (uncut.pairs, uncut.centers)
    np.testing.assert_allclose(whole.rows, pieces.rows, rtol=0, atol=1e-5)


def test_a_vocabulary_of_one_word_has_an_empty_path():
    config = TrainingConfig(loss="hierarchical", vector_size=4, sample=0)
    ids = np.array([0, 0, 0, -1, 0, 0, -1], np.int32)
    setup = kernel_setup(config, np.array([5]))
    weights = initial_weights(config, 1, setup.output_rows)
    outcome, _ = run_gpu(config, ids, setup, weights)
    assert (outcome.loss, outcome.centers) == (0.0, 5)
