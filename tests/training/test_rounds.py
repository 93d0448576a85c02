"""The reproducible schedule against rounds written down plainly: copies of all, then the merge."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numba import njit

from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.common import Span, Text, epoch_key, gather, new_tally
from lexiscope.training.kernels.groups import new_scratch
from lexiscope.training.kernels.rounds import stale_touches
from lexiscope.training.kernels.windows import draw_targets, is_alone, train_span
from lexiscope.training.loop.schedules import MAX_SHARDS, Pace, Reproducible
from lexiscope.training.loop.weights import initial_weights
from lexiscope.training.losses.negative import Negatives, alias_table, common_words, draw_negatives
from tests.support.kernel_cases import make_text

pytestmark = pytest.mark.slow

KEY = epoch_key(5, 0)
BLOCK = 64
KINDS = list(itertools.product(("skipgram", "cbow"), ("negative", "hierarchical")))


def a_run(architecture: str, loss: str, alpha: float):
    """A text with many shared words, its tables, weights that have been trained a little."""
    ids, counts = make_text(words=120, tokens=8_000)
    config = TrainingConfig(architecture=architecture, loss=loss, vector_size=20, sample=0)
    setup = kernel_setup(config, counts)
    weights = initial_weights(config, len(counts), setup.output_rows)
    rng = np.random.default_rng(3)
    weights.output_vectors[:] = rng.normal(0, 0.1, weights.output_vectors.shape)
    return ids, setup, weights, Pace(alpha, -alpha / 1e6, alpha / 1e3)


@njit
def _touches(text, begin, end, architecture, objective, inputs, outputs, scratch):
    """Counts in how many places (W) and windows (W′) of a shard each row stands."""
    words, places = scratch.words, scratch.places
    count, first, last = gather(text, begin, end, KEY, architecture.size, words, places)
    for at in range(count):
        if words[at] >= 0:
            inputs[words[at]] += 1
    for at in range(first, last):
        if words[at] < 0 or is_alone(words, count, at):
            continue
        targets, signs = scratch.targets, scratch.target_signs
        center = np.int64(words[at])
        length = draw_targets(objective, center, KEY, places[at], np.int64(0), targets, signs)
        for slot in range(length):
            if targets[slot] >= 0:
                outputs[targets[slot]] += 1


def merged(old: np.ndarray, shards: list[np.ndarray], touches: list[np.ndarray], limit: float):
    """All shards' changes added up, weighted down to their mean at most where they are many."""
    changes = np.array(shards, np.float64) - old
    touched = np.maximum(np.sum(np.array(touches) > 0, axis=0), 1)
    weight = np.minimum(1, limit / np.maximum(np.sum(touches, axis=0), 1))
    return (old + changes.sum(axis=0) * np.maximum(weight, 1 / touched)[:, None]).astype(np.float32)


def plain_round(begin: int, shards: int, text, inputs, outputs, setup, pace):
    """W and W′ after a round in which every shard trains a copy of both."""
    results = []
    for start in range(begin, begin + shards * BLOCK, BLOCK):
        copy = initial_weights(TrainingConfig(vector_size=20), len(inputs), len(outputs))
        copy.inputs[:], copy.outputs[:] = inputs, outputs
        scratch = new_scratch(inputs.shape[1], setup.architecture.size, setup.slots)
        span = Span(start, start + BLOCK, KEY, pace.start, pace.slope, pace.end)
        kinds = setup.architecture, setup.tables
        train_span(text, span, copy.inputs, copy.outputs, *kinds, scratch, new_tally())
        touches = np.zeros(len(inputs), np.int64), np.zeros(len(outputs), np.int64)
        _touches(text, start, start + BLOCK, *kinds, *touches, scratch)
        results.append((copy.inputs, copy.outputs, *touches))
    one, other, places, windows = zip(*results, strict=True)
    rate = pace.at(begin)
    limits = [touched / rate for touched in stale_touches(setup.architecture)]
    return merged(inputs, one, places, limits[0]), merged(outputs, other, windows, limits[1])


@pytest.mark.parametrize(("architecture", "loss"), KINDS)
@pytest.mark.parametrize("shards", [2, 4, MAX_SHARDS])
@pytest.mark.parametrize("alpha", [0.001, 0.1])
def test_a_round_trains_every_shard_from_its_start_and_brings_them_together(
    architecture, loss, shards, alpha
):
    ids, setup, weights, pace = a_run(architecture, loss, alpha)
    text, span = Text(ids, setup.keep), 3 * shards * BLOCK
    before = weights.inputs.copy()
    inputs, outputs = before, weights.outputs.copy()
    for begin in range(0, span, shards * BLOCK):
        inputs, outputs = plain_round(begin, shards, text, inputs, outputs, setup, pace)

    schedule = Reproducible(ids, setup, weights, 2, shards, BLOCK)
    outcome = schedule.advance(0, span, KEY, pace)
    schedule.close()

    assert outcome.position == span and outcome.bad is None
    change = np.abs(inputs - before).max()
    assert change > 0
    np.testing.assert_allclose(weights.inputs, inputs, rtol=1e-4, atol=1e-4 * change)
    np.testing.assert_allclose(weights.outputs, outputs, rtol=1e-4, atol=1e-4 * change)


@pytest.mark.parametrize("shards", [4, MAX_SHARDS])
def test_any_number_of_workers_gives_the_same_bits(shards):
    results = set()
    for workers in (1, 2, 3, 8):
        ids, setup, weights, pace = a_run("skipgram", "negative", 0.05)
        schedule = Reproducible(ids, setup, weights, workers, shards, BLOCK)
        schedule.advance(0, len(ids), KEY, pace)
        schedule.close()
        results.add(weights.inputs.tobytes() + weights.outputs.tobytes())
    assert len(results) == 1


# Negatives of a shard

ZIPF = (1e6 / np.arange(1, 2_001)) ** 0.75


@njit
def _drawn(noise, share, windows):
    counts = np.zeros(len(noise.alias), np.int64)
    targets, signs = np.zeros(6, np.int32), np.zeros(6, np.float32)
    for window in range(windows):
        draw_negatives(noise, 0, np.uint64(window * 1_000_003 + share), share, targets, signs)
        for slot in range(1, 6):
            counts[targets[slot]] += 1
    return counts


def test_shards_draw_common_words_all_and_rare_ones_each_its_own():
    common = common_words(ZIPF)
    common += (len(ZIPF) - common) % 4
    noise = Negatives(alias_table(ZIPF), 5, common, 4)
    drawn = np.array([_drawn(noise, share, 100_000) for share in range(4)])
    for share in range(4):
        rare = np.flatnonzero(drawn[share, common:])
        assert (rare % 4 == share).all()
    assert (drawn[:, 1:common] > 0).all()  # 0 is the center
    # Over all shares a rare word is drawn as often as the noise distribution says. (A window's
    # negatives are all different, which takes a little from the most frequent words.)
    rare = drawn.sum(axis=0)[common:]
    expected = rare.sum() * ZIPF[common:] / ZIPF[common:].sum()
    error = (rare - expected) / np.sqrt(expected)
    assert np.square(error).mean() < 1.2 and np.abs(error).max() < 5


def test_all_words_are_common_where_neighbours_are_not_alike():
    assert 0 < common_words(ZIPF) < len(ZIPF)
    assert common_words(ZIPF[::-1].copy()) == len(ZIPF)
    assert common_words(np.append(ZIPF, 0.0)) == len(ZIPF) + 1
