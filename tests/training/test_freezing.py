"""Frozen words: their rows of W are read but never changed, and all else is as the twin has it."""

from __future__ import annotations

import numpy as np
import pytest

from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.loop.schedules import Hogwild, Pace, Reproducible
from lexiscope.training.loop.weights import initial_weights
from tests.support import twins
from tests.support.kernel_cases import PAIRS, make_case, make_text, make_twin, run_kernel

pytestmark = pytest.mark.slow

WORDS = 40


def some_frozen(words: int = WORDS) -> np.ndarray:
    """The commonest word, and every third: frozen and free words meet in most windows."""
    frozen = np.zeros(words, np.uint8)
    frozen[::3] = 1
    return frozen


def check_against_twin(config: TrainingConfig, frozen: np.ndarray) -> None:
    ids, setup, weights = make_case(config, words=WORDS, frozen=frozen)
    # A zero with a sign is lost by any addition, even of nothing.
    weights.inputs[0, 0] = -0.0
    twin = make_twin(config, ids, setup, weights)
    before = weights.inputs.copy()
    tally, bad = run_kernel(config, ids, setup, weights)
    twin.run(twins.epoch_key(config.seed, 0), lambda _: config.alpha)
    assert bad == -1
    assert tally.pairs[0] == twin.pairs > 0
    assert tally.loss[0] == pytest.approx(twin.total_loss, rel=2e-6)
    np.testing.assert_allclose(weights.input_vectors, twin.inputs, rtol=0, atol=5e-6)
    np.testing.assert_allclose(weights.output_vectors, twin.outputs, rtol=0, atol=5e-6)
    still = frozen != 0
    assert weights.inputs[still].tobytes() == before[still].tobytes()
    moved = np.abs(weights.inputs - before).max(axis=1) > 1e-4
    assert moved[~still].mean() > 0.9, "the other words were not trained"
    assert not weights.inputs[:, config.vector_size :].any(), "the padding was written to"


@pytest.mark.parametrize(("architecture", "loss"), PAIRS)
def test_frozen_rows_stay_and_the_others_equal_the_twin(architecture, loss):
    config = TrainingConfig(
        architecture=architecture, loss=loss, vector_size=20, sample=1e-2, window=4
    )
    check_against_twin(config, some_frozen())


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("negative", [1, 9])
def test_with_one_group_of_output_rows_and_with_several(architecture, negative):
    config = TrainingConfig(architecture=architecture, vector_size=20, negative=negative, window=1)
    check_against_twin(config, some_frozen())


def test_exact_cbow():
    config = TrainingConfig(architecture="cbow", cbow_update="exact", vector_size=20)
    check_against_twin(config, some_frozen())


@pytest.mark.parametrize(("architecture", "loss"), PAIRS)
def test_nothing_frozen_in_a_table_is_as_no_table(architecture, loss):
    config = TrainingConfig(architecture=architecture, loss=loss, vector_size=20)
    results = []
    for frozen in (None, np.zeros(WORDS, np.uint8)):
        ids, setup, weights = make_case(config, words=WORDS, frozen=frozen)
        run_kernel(config, ids, setup, weights)
        results.append(weights.inputs.tobytes() + weights.outputs.tobytes())
    assert results[0] == results[1]


@pytest.mark.parametrize(("architecture", "loss"), PAIRS)
def test_under_either_schedule(architecture, loss):
    words, tokens = (300, 6_000) if loss != "softmax" else (30, 1_000)
    config = TrainingConfig(architecture=architecture, loss=loss, vector_size=20, sample=0)
    ids, counts = make_text(words, tokens)
    frozen = some_frozen(words)
    still = frozen != 0
    rounds = []
    for schedule, workers in ((Reproducible, 1), (Reproducible, 3), (Hogwild, 1), (Hogwild, 2)):
        setup = kernel_setup(config, counts, frozen)
        weights = initial_weights(config, words, setup.output_rows)
        weights.inputs[::6, 0] = -0.0
        before = weights.inputs.copy()
        if schedule is Hogwild:
            runner = Hogwild(ids, setup, weights, workers)
        elif loss != "softmax":  # which is trained in the order of the text
            runner = Reproducible(ids, setup, weights, workers, 4, 128)
        else:
            continue
        try:
            outcome = runner.advance(0, len(ids), epoch_key(1, 0), Pace(0.1, 0.0, 0.0))
        finally:
            runner.close()
        assert outcome.position == len(ids) and outcome.bad is None
        assert weights.inputs[still].tobytes() == before[still].tobytes()
        assert (weights.inputs[~still] != before[~still]).any(axis=1).mean() > 0.9
        assert weights.outputs.any(axis=1).mean() > 0.9
        if schedule is Reproducible:
            rounds.append(weights.inputs.tobytes() + weights.outputs.tobytes())
    assert loss == "softmax" or rounds[0] == rounds[1]
