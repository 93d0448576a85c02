"""Held-out sentences and the loss on them."""

from __future__ import annotations

import numpy as np
import pytest

from lexiscope.corpus import VocabularyOptions, encode_corpus
from lexiscope.errors import ConfigError
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.loop.state import Observer
from lexiscope.training.loop.weights import Weights
from lexiscope.training.run import start_run, train_run
from lexiscope.training.watching import held_out as validation
from lexiscope.training.watching.held_out import HeldOutLoss, split_sentences
from tests.support.kernel_cases import PAIRS, make_case, make_text, make_twin


def sentences(ids):
    """The sentences of an encoded text, as tuples."""
    ends = np.flatnonzero(ids == -1)
    assert len(ids) == 0 or ends[-1] == len(ids) - 1
    return [tuple(part[part >= 0].tolist()) for part in np.split(ids, ends + 1)[:-1]]


def numbered(count, seed=0):
    """Sentences that each begin with their own number, of 1 to 9 words."""
    rng = np.random.default_rng(seed)
    parts = [[number, *[0] * int(rng.integers(0, 9)), -1] for number in range(count)]
    return np.array([word for part in parts for word in part], np.int32)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(validation, "_BLOCK", 37)


@pytest.mark.parametrize("fraction", [0.03, 0.5, 0.98])
def test_whole_sentences_are_divided_and_none_is_lost(fraction, tmp_path):
    ids = numbered(4000)
    held_out, training = split_sentences(ids, fraction, 1, tmp_path)
    first, second = sentences(held_out), sentences(training)
    assert sorted(first + second) == sorted(sentences(ids))
    assert not {part[0] for part in first} & {part[0] for part in second}
    for side in (first, second):
        assert side == sorted(side)  # in the order of the text
    assert len(first) == pytest.approx(4000 * fraction, abs=4 * np.sqrt(4000 * 0.25))
    assert held_out.dtype == training.dtype == np.int32
    assert not held_out.flags.writeable
    assert list(tmp_path.iterdir()) == []


def test_the_choice_is_the_seeds_and_nothing_elses(tmp_path, monkeypatch):
    ids = numbered(500)
    one = split_sentences(ids, 0.2, 1, tmp_path)
    monkeypatch.setattr(validation, "_BLOCK", 37)  # blocks end within sentences
    for again, before in zip(split_sentences(ids, 0.2, 1, None), one, strict=True):
        np.testing.assert_array_equal(again, before)
    other = split_sentences(ids, 0.2, 2, None)
    assert {s[0] for s in sentences(other[0])} != {s[0] for s in sentences(one[0])}
    # What comes after a sentence does not change its side.
    shorter = split_sentences(ids[: int(np.flatnonzero(ids == -1)[249]) + 1], 0.2, 1, None)
    assert sentences(shorter[0]) == [s for s in sentences(one[0]) if s[0] < 250]


def test_a_block_may_end_with_a_sentence(small_blocks):
    ids = np.array(([5] * 36 + [-1]) * 40, np.int32)
    held_out, training = split_sentences(ids, 0.5, 3, None)
    assert len(sentences(held_out)) + len(sentences(training)) == 40
    assert {len(part) for part in sentences(held_out)} == {36}


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 1.5, float("nan"), True])
def test_a_share_out_of_range_is_refused(fraction):
    with pytest.raises(ConfigError, match=r"expected a share of the sentences between 0 and 1"):
        split_sentences(numbered(10), fraction, 1, None)


@pytest.mark.parametrize(("fraction", "what"), [(1e-9, "measure"), (1 - 1e-9, "train")])
def test_a_share_that_leaves_nothing_is_refused(fraction, what):
    with pytest.raises(ConfigError, match=f"of 10 sentences leaves none to {what} on"):
        split_sentences(numbered(10), fraction, 1, None)


def make_loss(config, tokens=600):
    ids, setup, weights = make_case(config, tokens=tokens)
    ids.flags.writeable = False
    return ids, setup, weights, HeldOutLoss(ids, config, setup, weights)


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "loss"), PAIRS)
def test_the_loss_is_the_twins_and_the_weights_stay(architecture, loss):
    config = TrainingConfig(
        architecture=architecture, loss=loss, vector_size=20, window=3, sample=0.1
    )
    ids, setup, weights, held_out = make_loss(config)
    weights.inputs[3, 4:9] = -0.0
    weights.outputs[2, :] = -0.0
    weights.inputs[5, 0] = np.float32(1e-44)  # subnormal
    before = [matrix.view(np.uint32).copy() for matrix in (weights.inputs, weights.outputs)]
    found = held_out.measure()
    for matrix, bits in zip((weights.inputs, weights.outputs), before, strict=True):
        np.testing.assert_array_equal(matrix.view(np.uint32), bits)
    twin = make_twin(config, ids, setup, weights)
    twin.run(int(epoch_key(0, -1)), lambda _position: 0.0)
    assert found == pytest.approx(twin.total_loss / twin.pairs, rel=1e-4)
    assert held_out.measure() == found


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "loss"), PAIRS)
def test_matrices_that_may_only_be_read_suffice(architecture, loss, tmp_path):
    config = TrainingConfig(architecture=architecture, loss=loss, vector_size=16, window=3)
    ids, setup, weights, held_out = make_loss(config)
    mapped = []
    for name in ("inputs", "outputs"):
        np.save(tmp_path / f"{name}.npy", getattr(weights, name))
        mapped.append(np.load(tmp_path / f"{name}.npy", mmap_mode="r"))
        assert mapped[-1].ctypes.data % 64 == 0
    still = Weights(*mapped, weights.dimension)
    assert HeldOutLoss(ids, config, setup, still).measure() == held_out.measure()


def test_the_answer_depends_on_the_weights_and_on_nothing_else():
    config = TrainingConfig(vector_size=16, window=3, sample=0)
    _ids, _setup, weights, held_out = make_loss(config)
    first = held_out.measure()
    weights.inputs[:] *= 2
    assert held_out.measure() != first
    weights.inputs[:] /= 2
    assert held_out.measure() == first
    other = TrainingConfig(vector_size=16, window=3, sample=0, seed=77)
    ids, counts = make_text()
    assert HeldOutLoss(ids, other, kernel_setup(other, counts), weights).measure() == first


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_give_nan_and_stay(value):
    config = TrainingConfig(vector_size=16, window=3, sample=0)
    _ids, _setup, weights, held_out = make_loss(config)
    weights.outputs[7, 3] = value
    before = weights.inputs.copy()
    assert np.isnan(held_out.measure())
    np.testing.assert_array_equal(weights.inputs, before)


def test_a_text_without_a_pair_gives_nan():
    config = TrainingConfig(vector_size=16)
    _ids, setup, weights = make_case(config)
    for ids in ([], [1, -1, 2, -1], [-1, -1]):
        held_out = HeldOutLoss(np.array(ids, np.int32), config, setup, weights)
        assert np.isnan(held_out.measure())
    assert held_out.tokens == 0


def test_of_a_long_text_evenly_spaced_sentences_are_taken(monkeypatch, small_blocks):
    monkeypatch.setattr(validation, "MAX_TOKENS", 300)
    ids = np.array([word for number in range(1000) for word in (number, 0, 0, -1)], np.int32)
    sample = validation._sample(ids, 300)
    chosen = np.array([part[0] for part in sentences(sample)])
    assert len(sample) == 300
    assert np.diff(chosen).min() >= 13
    assert np.diff(chosen).max() <= 14
    np.testing.assert_array_equal(validation._sample(ids, 5000), ids)
    one_long = np.zeros(1000, np.int32)
    assert len(validation._sample(one_long, 300)) == 300


def test_much_work_a_token_means_fewer_tokens():
    def tokens(loss="negative", **options):
        config = TrainingConfig(loss=loss, **options)
        counts = np.full(5000, 10)
        return validation._affordable_tokens(config, kernel_setup(config, counts))

    assert tokens() == tokens("hierarchical") == validation.MAX_TOKENS
    assert tokens(window=2000) < validation.MAX_TOKENS
    assert 1 <= tokens("softmax") < 1000
    assert tokens("softmax", architecture="cbow") > tokens("softmax")


def test_a_run_lowers_the_held_out_loss_and_is_not_changed_by_it():
    rng = np.random.default_rng(0)
    topics = [[f"w{topic}{i}" for i in range(10)] for topic in range(4)]
    lines = [" ".join(rng.choice(topics[i % 4], 8)) for i in range(1500)]
    config = TrainingConfig(vector_size=16, epochs=3, alpha=0.1, sample=0)

    class Watch(Observer):
        def __init__(self, held_out):
            self.losses = []
            self.held_out = held_out

        def on_train_begin(self, state):
            self.losses.append(self.held_out.measure())
            assert state.epoch == 0

        def on_epoch_end(self, state):
            self.losses.append(self.held_out.measure())
            assert state.epoch == len(self.losses) - 1

    options = VocabularyOptions(min_count=1)
    with encode_corpus(sentences=lines, vocabulary=options) as corpus:
        held_out, ids = split_sentences(corpus.ids, 0.1, 1, None)
        setup = kernel_setup(config, corpus.vocabulary.counts)
        alone, watched = start_run(corpus, config), start_run(corpus, config)
        watch = Watch(HeldOutLoss(held_out, config, setup, watched.weights))
        train_run(alone, corpus, workers=1, ids=ids)
        train_run(watched, corpus, workers=1, ids=ids, observers=[watch])
    # W′ is zero at first; now and then a negative is left out.
    assert 5 * np.log(2) < watch.losses[0] <= 6.001 * np.log(2)
    assert watch.losses == sorted(watch.losses, reverse=True)
    assert watch.losses[-1] < 0.9 * watch.losses[0]
    assert watched.fingerprint() == alone.fingerprint()
