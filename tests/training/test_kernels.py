from __future__ import annotations

import itertools

import numpy as np
import pytest

from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.kernels.tiles import _lane_order
from lexiscope.training.loop.weights import Weights, initial_weights
from tests.support import twins
from tests.support.kernel_cases import PAIRS, make_case, make_text, make_twin, run_kernel

pytestmark = pytest.mark.slow


def check_against_twin(config: TrainingConfig, **case) -> None:
    ids, setup, weights = make_case(config, **case)
    twin = make_twin(config, ids, setup, weights)
    before = weights.input_vectors.copy()
    tally, bad = run_kernel(config, ids, setup, weights)
    twin.run(twins.epoch_key(config.seed, 0), lambda _: config.alpha)
    assert bad == -1
    assert tally.pairs[0] == twin.pairs > 0
    assert tally.loss[0] == pytest.approx(twin.total_loss, rel=2e-6)
    np.testing.assert_allclose(weights.input_vectors, twin.inputs, rtol=0, atol=5e-6)
    np.testing.assert_allclose(weights.output_vectors, twin.outputs, rtol=0, atol=5e-6)
    assert np.abs(weights.input_vectors - before).max() > 0.01, "nothing was trained"
    assert not weights.inputs[:, config.vector_size :].any(), "the padding was written to"


@pytest.mark.parametrize(("architecture", "loss"), PAIRS)
@pytest.mark.parametrize("vector_size", [5, 16, 50])
def test_a_kernel_equals_its_numpy_twin(architecture, loss, vector_size):
    check_against_twin(
        TrainingConfig(
            architecture=architecture, loss=loss, vector_size=vector_size, sample=1e-2, window=4
        )
    )


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("negative", [1, 2, 6, 7, 17, 30])
def test_any_number_of_negatives(architecture, negative):
    check_against_twin(
        TrainingConfig(architecture=architecture, negative=negative, vector_size=20, window=3),
        words=60,
    )


@pytest.mark.parametrize("window", [1, 2, 10])
@pytest.mark.parametrize("shrink", [True, False])
def test_any_window(window, shrink):
    check_against_twin(
        TrainingConfig(window=window, shrink_windows=shrink, vector_size=24, sample=0)
    )


@pytest.mark.parametrize("mean", [True, False])
@pytest.mark.parametrize("update", ["classic", "exact"])
def test_cbow_mean_and_sum_with_either_update(mean, update):
    check_against_twin(
        TrainingConfig(architecture="cbow", cbow_mean=mean, cbow_update=update, vector_size=20)
    )


def test_fewer_words_than_negatives_leaves_slots_empty():
    check_against_twin(TrainingConfig(negative=10, vector_size=8), words=4)


def test_long_windows_fold_the_loss_before_it_overflows():
    """More than a hundred tiles a window: the products of loss factors must be folded in time."""
    config = TrainingConfig(window=300, shrink_windows=False, vector_size=8, sample=0, alpha=1e-3)
    check_against_twin(config, words=30, tokens=700)


@pytest.mark.parametrize(("architecture", "loss"), PAIRS)
def test_the_result_does_not_depend_on_how_the_text_is_cut(architecture, loss):
    config = TrainingConfig(architecture=architecture, loss=loss, vector_size=12)
    ids, setup, whole = make_case(config)
    _, _, cut = make_case(config)
    run_kernel(config, ids, setup, whole)
    pieces = [0, 1, 7, 100, 101, 333, len(ids)]
    for begin, end in itertools.pairwise(pieces):
        run_kernel(config, ids, setup, cut, span=(begin, end))
    assert np.array_equal(whole.inputs, cut.inputs)
    assert np.array_equal(whole.outputs, cut.outputs)


def test_blocks_join_without_a_seam():
    """A text of several gathering blocks trains the same windows as the twin, which has none."""
    config = TrainingConfig(vector_size=4, window=2, negative=2, alpha=1e-3)
    check = make_case(config, words=20, tokens=9000)
    ids, setup, weights = check
    twin = make_twin(config, ids, setup, weights)
    tally, _ = run_kernel(config, ids, setup, weights)
    twin.run(twins.epoch_key(config.seed, 0), lambda _: config.alpha)
    assert tally.pairs[0] == twin.pairs
    np.testing.assert_allclose(weights.input_vectors, twin.inputs, rtol=0, atol=2e-5)


@pytest.mark.parametrize("loss", ["negative", "hierarchical", "softmax", "nce"])
def test_a_loss_that_is_not_finite_is_reported_with_its_position(loss):
    config = TrainingConfig(loss=loss, vector_size=8, sample=0)
    ids, setup, weights = make_case(config)
    weights.inputs[int(ids[300]) if ids[300] >= 0 else int(ids[301]), 0] = np.nan
    _, bad = run_kernel(config, ids, setup, weights)
    assert 0 <= bad < len(ids)


def test_the_true_loss_is_not_clipped_at_large_logits():
    """gensim #2735: a logit of ±60 counts with its full loss, not a clipped one."""
    config = TrainingConfig(vector_size=16, alpha=1e-9, min_alpha=0.0, sample=0, negative=3)
    ids, setup, weights = make_case(config)
    weights.input_vectors[:] *= 12
    weights.output_vectors[:] *= 12
    twin = make_twin(config, ids, setup, weights)
    tally, _ = run_kernel(config, ids, setup, weights)
    twin.run(twins.epoch_key(config.seed, 0), lambda _: config.alpha)
    assert twin.total_loss / twin.pairs > 50
    assert tally.loss[0] == pytest.approx(twin.total_loss, rel=1e-6)


def test_random_keys_are_the_same_in_python_and_numba():
    for seed in (0, 1, 42, 2**63 - 1):
        for epoch in (0, 1, 99):
            assert int(epoch_key(seed, epoch)) == twins.epoch_key(seed, epoch)


@pytest.mark.parametrize("lanes", [8, 16])
def test_the_order_of_transposed_sums_is_a_permutation(lanes):
    assert sorted(_lane_order(lanes)) == list(range(16))


def test_subsampling_keeps_the_stated_share():
    """Of a frequent word's tokens, (√(f/s) + 1)·s/f are kept."""
    ids = np.tile(np.array([0, 0, 0, 1, -1], np.int32), 4000)
    counts = np.array([12_000, 4_000])
    config = TrainingConfig(sample=0.01, window=1, shrink_windows=False, vector_size=4, negative=1)
    setup = kernel_setup(config, counts)
    weights = initial_weights(config, 2, 2)
    twin = make_twin(config, ids, setup, weights)
    key = twins.epoch_key(1, 0)
    kept = [
        twins.at_position(key, p) >> 32 <= int(twin.keep[w]) for p, w in enumerate(ids) if w == 0
    ]
    expected = (np.sqrt(0.75 / 0.01) + 1) * 0.01 / 0.75
    assert np.mean(kept) == pytest.approx(expected, abs=0.01)


def test_weights_are_padded_aligned_and_reproducible():
    config = TrainingConfig(vector_size=21, seed=5)
    first, second = (initial_weights(config, 3000, 3000) for _ in range(2))
    assert isinstance(first, Weights)
    assert first.inputs.shape == (3000, 32)
    assert first.inputs.ctypes.data % 64 == 0
    assert np.array_equal(first.inputs, second.inputs)
    assert np.abs(first.input_vectors).max() <= 0.5 / 21**0.5
    assert first.input_vectors.std() == pytest.approx((21 * 12) ** -0.5, rel=0.02)
    assert not first.outputs.any()


@pytest.mark.parametrize(("subwords", "most"), [(None, 0.5 / 21), ((3, 6), 0.5 / 21**0.5)])
def test_cbow_starts_from_short_rows_where_words_are_whole(subwords, most):
    config = TrainingConfig(vector_size=21, architecture="cbow", subwords=subwords)
    rows = initial_weights(config, 3000, 3000).input_vectors
    assert 0.99 * most < np.abs(rows).max() <= most


def test_make_text_has_rare_and_frequent_words():
    _, counts = make_text()
    assert counts.max() > 10 * counts.min()
