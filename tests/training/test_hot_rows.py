"""Hot rows: copies that threads train for themselves, and what comes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lexiscope.compiled.decorators import kernel
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels import hot_rows
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.kernels.hot_rows import exchange_copies, new_hot_rows, take_copies
from lexiscope.training.loop.schedules import Hogwild
from lexiscope.training.loop.state import Outcome, Pace
from lexiscope.training.loop.weights import initial_weights
from tests.support.kernel_cases import make_case, run_kernel

CONFIG = TrainingConfig(vector_size=20, window=3, loss="hierarchical", sample=0)
ENOUGH = 1e9


@kernel
def take(tables, outputs):
    take_copies(tables, outputs)


@kernel
def exchange(tables, outputs, rate):
    exchange_copies(tables, outputs, rate)


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["hierarchical", "negative+hierarchical"])
@pytest.mark.parametrize("most", [1, 7, 1_000])
def test_copies_of_one_thread_come_to_what_the_rows_would(
    architecture: str, loss: str, most: int
) -> None:
    config = replace(CONFIG, architecture=architecture, loss=loss)
    ids, setup, plain = make_case(config)
    _, _, copied = make_case(config)
    tally, _ = run_kernel(config, ids, setup, plain)
    hot = new_hot_rows(setup.tables, copied.outputs.shape, most, 1, ENOUGH)
    hot_tally, bad = run_kernel(config, ids, replace(setup, tables=hot), copied)
    assert bad == -1
    assert hot_tally.pairs.tolist() == tally.pairs.tolist()
    assert hot_tally.loss[0] == pytest.approx(tally.loss[0], rel=1e-5)
    np.testing.assert_allclose(copied.trained, plain.trained, atol=2e-5)
    np.testing.assert_allclose(copied.outputs, plain.outputs, atol=2e-5)
    assert not np.array_equal(copied.outputs, make_case(config)[2].outputs)


def test_changes_of_rows_that_all_threads_touch_are_weighted_down() -> None:
    outputs = np.random.default_rng(1).normal(size=(9, 16)).astype(np.float32)
    before = outputs.copy()
    threads = [new_hot_rows((), outputs.shape, 3, 2, stale=1.0) for _ in range(2)]
    for hot in threads:
        take(hot, outputs)
        hot.touches[:] = [0, 5, 1_000]
    changes = np.random.default_rng(2).normal(size=(2, 3, 16)).astype(np.float32)
    changes[:, 0] = 0
    for hot, change in zip(threads, changes, strict=True):
        hot.copies[:] += change
        exchange(hot, outputs, 0.1)
        assert not hot.touches.any()
        np.testing.assert_array_equal(hot.copies[1:], outputs[-2:])
        np.testing.assert_array_equal(hot.before[1:], outputs[-2:])
    np.testing.assert_array_equal(outputs[:-2], before[:-2])
    # Five touches at a rate of 0.1 by two threads are one in all: no more than are added up.
    np.testing.assert_allclose(outputs[-2], before[-2] + changes[:, 1].sum(0), atol=1e-5)
    np.testing.assert_allclose(outputs[-1], before[-1] + changes[:, 2].mean(0), atol=1e-5)


def of_topics(sentences: int) -> np.ndarray:
    """Sentences of eight words, each of one of 20 topics, with 20 words to a topic."""
    rng = np.random.default_rng(4)
    ids = np.full((sentences, 9), -1)
    ids[:, :8] = rng.integers(0, 20, (sentences, 8)) * 20 + rng.integers(0, 20, (sentences, 1))
    return ids.reshape(-1).astype(np.int32)


def trained(
    config: TrainingConfig, workers: int, ids: np.ndarray, epochs: int = 1
) -> tuple[Outcome, np.ndarray]:
    """What is told of the last epoch, and W′."""
    counts = np.bincount(ids[ids >= 0])
    setup = kernel_setup(config, counts)
    weights = initial_weights(config, len(counts), setup.output_rows)
    schedule = Hogwild(ids, setup, weights, workers)
    try:
        for epoch in range(epochs):
            pace = Pace(config.alpha, 0.0, config.alpha)
            outcome = schedule.advance(0, len(ids), epoch_key(1, epoch), pace)
    finally:
        schedule.close()
    return outcome, np.array(weights.outputs)


@pytest.mark.parametrize("loss", ["hierarchical", "negative+hierarchical"])
def test_threads_with_copies_learn_what_one_does(
    loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def noted(*arguments: object) -> hot_rows.HotRows:
        made.append(1)
        return new_hot_rows(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("lexiscope.training.loop.schedules.new_hot_rows", noted)
    config, ids = replace(CONFIG, loss=loss, alpha=0.05), of_topics(20_000)
    (one, rows), (four, others) = trained(config, 1, ids, 3), trained(config, 4, ids, 3)
    assert len(made) == 4
    assert four.centers == one.centers and four.pairs == pytest.approx(one.pairs)
    assert four.loss == pytest.approx(one.loss, rel=0.03)
    hot = [np.linalg.norm(each[-256:]) for each in (rows, others)]
    # Threads that wait for a core while others train count as if they trained, too.
    assert hot[1] == pytest.approx(hot[0], rel=0.25)


@pytest.mark.parametrize("workers", [2, 16])
def test_threads_for_which_there_is_no_text_count_for_nothing(workers: int) -> None:
    """A text of one chunk is trained by one thread, whatever others there are: the same bits."""
    ids = of_topics(2_000)
    outcome, rows = trained(CONFIG, 1, ids)
    other, others = trained(CONFIG, workers, ids)
    assert other.loss == outcome.loss and np.array_equal(others, rows)


def test_the_only_word_of_a_vocabulary_has_no_rows() -> None:
    assert trained(CONFIG, 2, np.zeros(70_000, np.int32))[0].loss == 0.0
