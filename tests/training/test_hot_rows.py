"""Hot rows: copies that threads train for themselves, and what comes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lexiscope.compiled.decorators import kernel
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernels import hot_rows
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.kernels.hot_rows import exchange_copies, new_hot_rows, take_copies
from lexiscope.training.loop.schedules import Hogwild
from lexiscope.training.loop.state import Outcome, Pace
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


def trained(config: TrainingConfig, workers: int, words: int = 400) -> Outcome:
    ids, setup, weights = make_case(config, words, 200_000)
    weights.output_vectors[:] = 0
    schedule = Hogwild(ids, setup, weights, workers)
    try:
        slope = -config.alpha / len(ids)
        return schedule.advance(0, len(ids), epoch_key(1, 0), Pace(config.alpha, slope, 0.0))
    finally:
        schedule.close()


@pytest.mark.parametrize("loss", ["hierarchical", "negative+hierarchical"])
def test_threads_with_copies_learn_what_one_does(
    loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def noted(*arguments: object) -> hot_rows.HotRows:
        made.append(1)
        return new_hot_rows(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("lexiscope.training.loop.schedules.new_hot_rows", noted)
    config = replace(CONFIG, loss=loss)
    one, four = trained(config, 1), trained(config, 4)
    assert len(made) == 4
    assert four.centers == one.centers and four.pairs == pytest.approx(one.pairs)
    assert four.loss == pytest.approx(one.loss, rel=0.02)


def test_the_only_word_of_a_vocabulary_has_no_rows() -> None:
    assert trained(CONFIG, 2, words=1).loss == 0.0
