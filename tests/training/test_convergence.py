"""Neighbours that change, and when more epochs no longer pay."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from lexiscope.corpus import VocabularyOptions, encode_corpus
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernels.memory import zeros
from lexiscope.training.loop.state import Observer
from lexiscope.training.run import start_run, train_run
from lexiscope.training.watching import convergence
from lexiscope.training.watching.convergence import (
    EpochRecord,
    NeighbourChurn,
    NeighbourLook,
    frequent_words,
    more_epochs_pay,
    neighbours_line,
    rise_line,
)
from lexiscope.vectors import nearest
from lexiscope.vectors.nearest import nearest_rows, shared_share

pytestmark = pytest.mark.slow

# The nearest rows


def by_sorting(vectors, queries, topn):
    """The same by sorting all cosines, in float64."""
    wide = vectors.astype(np.float64)
    norms = np.linalg.norm(wide, axis=1)
    answers = []
    for query in queries:
        with np.errstate(invalid="ignore", divide="ignore"):
            cosines = wide @ wide[query] / norms / norms[query]
        cosines[query] = -np.inf
        cosines[~np.isfinite(cosines)] = -np.inf
        order = [row for row in np.argsort(-cosines, kind="stable") if np.isfinite(cosines[row])]
        answers.append((order + [-1] * topn)[:topn])
    return np.array(answers, np.int32)


@pytest.mark.parametrize("topn", [1, 10, 300])
@pytest.mark.parametrize("rows", [5, 200])
@pytest.mark.parametrize("blocks", [(256, 4096), (7, 16)])
def test_nearest_rows_are_those_of_sorting(topn, rows, blocks, monkeypatch):
    monkeypatch.setattr(nearest, "_QUERIES", blocks[0])
    monkeypatch.setattr(nearest, "_ROWS", blocks[1])
    rng = np.random.default_rng(rows)
    vectors = zeros(rows, 16)[:, :12]
    vectors[:] = rng.normal(size=(rows, 12))
    vectors[3] = 0
    queries = np.array([4, 0, rows - 1, 3, 1, *range(min(rows, 60))], np.int64)
    np.testing.assert_array_equal(
        nearest_rows(vectors, queries, topn), by_sorting(vectors, queries, topn)
    )


def test_the_lower_row_is_first_among_equals_across_blocks(monkeypatch):
    monkeypatch.setattr(nearest, "_ROWS", 8)
    vectors = np.tile(np.array([[2.0, 0.0]], np.float32), (40, 1))
    np.testing.assert_array_equal(nearest_rows(vectors, np.array([2]), 4), [[0, 1, 3, 4]])


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_row_without_a_direction_has_no_neighbours_and_is_none(bad):
    vectors = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    vectors[6] = bad
    found = nearest_rows(vectors, np.arange(30), 29)
    assert (found[6] == -1).all()
    assert not (found == 6).any()
    assert (np.delete(found, 6, axis=0)[:, -1] == -1).all()
    assert (np.delete(found, 6, axis=0)[:, -2] >= 0).all()


def test_memory_is_bounded():
    vectors = np.random.default_rng(0).normal(size=(20_000, 8)).astype(np.float32)
    tracemalloc.start()
    nearest_rows(vectors, np.arange(2000), 10)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60e6  # all cosines at once would be 160 MB


def test_the_shared_share_of_two_lists():
    one = np.array([[1, 2, 3, 4], [1, 2, 3, 4], [1, -1, -1, -1], [-1] * 4, [5, 6, -1, -1]])
    two = np.array([[4, 3, 2, 1], [1, 9, 8, 7], [-1, -1, -1, -1], [-1] * 4, [6, 7, 8, -1]])
    np.testing.assert_allclose(
        shared_share(one.astype(np.int32), two.astype(np.int32)), [1, 0.25, 0, np.nan, 1 / 3]
    )


# Churn


def test_churn_counts_the_neighbours_that_are_new():
    angles = np.linspace(0, 1, 30)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    churn = NeighbourChurn()

    def update(vectors):
        return churn.update(nearest_rows(vectors, np.array([0, 29]), 4))

    assert update(vectors) is None
    assert update(3 * vectors) == 0
    moved = vectors.copy()
    moved[2] = -1  # one of the four neighbours of row 0 goes away
    assert update(moved) == pytest.approx(1 / 8)
    assert update(moved) == 0
    assert update(vectors) == pytest.approx(1 / 8)


def test_a_look_is_at_the_commonest_words_and_survives_a_dead_one():
    vectors = np.random.default_rng(1).normal(size=(300, 8)).astype(np.float32)
    counts = np.arange(300, 0, -1)
    seen = NeighbourLook(counts, topn=4).take(vectors)
    np.testing.assert_array_equal(seen, nearest_rows(vectors, np.arange(200), 4))
    lonely = NeighbourChurn()
    look = NeighbourLook(np.array([1, 0, 0]))
    for _ in range(2):
        assert lonely.update(look.take(np.zeros((3, 4), np.float32))) is None


@pytest.mark.parametrize(("tokens", "candidates"), [(600, 250), (30_000, 300), (10**9, 400)])
def test_a_look_goes_through_no_more_rows_than_the_text_pays_for(
    monkeypatch, tokens: int, candidates: int
):
    """However large the vocabulary; by the text's length, and never by the clock."""
    for name, value in {"MOST": 400, "FEWEST": 250}.items():
        monkeypatch.setattr(convergence, f"{name}_CANDIDATES", value)
    counts = np.ones(500, np.int64)
    counts[0] = tokens - 499
    looked_at: list[int] = []

    def counted(vectors, queries, topn):
        looked_at.append(len(vectors))
        return nearest_rows(vectors, queries, topn)

    monkeypatch.setattr(convergence, "nearest_rows", counted)
    vectors = np.random.default_rng(0).normal(size=(500, 4)).astype(np.float32)
    NeighbourLook(counts).take(vectors)
    assert looked_at == [candidates]


def test_frequent_words_are_those_of_the_largest_counts():
    counts = np.array([0, 5, 9, 5, 0, 1], np.int64)
    assert frequent_words(counts).tolist() == [2, 1, 3, 5]
    assert frequent_words(counts, 2).tolist() == [2, 1]


# The line


def history(*records):
    return [
        EpochRecord(loss=loss, held_out=held_out, churn=churn) for loss, held_out, churn in records
    ]


def of_held_out(*losses):
    return history(*((2.0, loss, 0.5) for loss in losses))


@pytest.mark.parametrize(
    "losses",
    [
        [],
        [3.0],
        [3.0, 2.9],
        [3.0, 2.99, 2.98],
        [3.0, 2.9, 2.9],  # 1.7 % an epoch over the last two
        [3.0, float("nan"), 3.0],
        [3.0, None, 3.0],
    ],
)
def test_no_line_while_the_held_out_loss_falls(losses):
    assert more_epochs_pay(of_held_out(*losses)) is None


def test_the_line_when_the_held_out_loss_hardly_falls():
    assert more_epochs_pay(of_held_out(3.0, 2.8, 2.798, 2.795)) == (
        "more epochs no longer pay: by epoch 4 the held-out loss fell by 0.09% an epoch "
        "(2.8000 → 2.7950), less than 0.2%"
    )


def test_the_line_when_the_held_out_loss_rises():
    line = (
        "more epochs no longer pay: by epoch 4 the held-out loss rose by 1.07% an epoch "
        "(2.8000 → 2.8600); it was lowest after epoch 2, 2.8000"
    )
    losses = [3.0, 2.8, 2.85, 2.86]
    assert "epoch 4" not in (more_epochs_pay(of_held_out(*losses[:3])) or "")
    assert more_epochs_pay(of_held_out(*losses)) == line
    # At its end the learning rate falls to nothing, and the loss falls once more.
    assert more_epochs_pay(of_held_out(*losses, 2.6)) == line
    assert more_epochs_pay(of_held_out(2.0, 2.5)) is not None


def test_without_a_held_out_loss_both_signs_are_needed():
    settled = [(2.0, None, 0.3), (1.995, None, 0.2), (1.99, None, 0.04)]
    assert more_epochs_pay(history(*settled)) == (
        "more epochs no longer pay: by epoch 3 the training loss fell by 0.25% an epoch "
        "(2.0000 → 1.9900), and 4.0% of the neighbours of frequent words changed (bounds: 0.5% "
        "and 5%)"
    )
    assert more_epochs_pay(history(*settled[:2], (1.99, None, 0.05))) is None
    assert more_epochs_pay(history(*settled[:2], (1.99, None, None))) is None
    assert more_epochs_pay(history(*settled[:2], (1.9, None, 0.01))) is None
    assert more_epochs_pay(history(*settled[:2], (float("nan"), None, 0.01))) is None
    # A held-out loss that still falls overrules both.
    held = [(2.0, 3.0, 0.3), (1.995, 2.9, 0.2), (1.99, 2.8, 0.01)]
    assert more_epochs_pay(history(*held)) is None


def test_what_neighbours_did_in_the_last_epoch_is_told_with_its_bound():
    assert neighbours_line([]) is None and neighbours_line(history((2.0, None, None))) is None
    moving = neighbours_line(history((2.0, None, 0.01), (1.9, None, 0.123)))
    assert moving is not None and "12.3% of the 10 nearest" in moving and "epoch 2" in moving
    assert "have not settled" in moving
    still = neighbours_line(history((2.0, None, 0.9), (1.9, None, 0.04)))
    assert "they have settled" in (still or "")
    assert neighbours_line(history((2.0, None, 0.9))) is None


def test_a_training_loss_that_ends_higher_is_held_against_the_held_out_loss():
    falling = [(2.5, 2.8, 0.1), (2.36, 2.7, 0.1)]
    assert rise_line(history(*falling)) is None
    assert rise_line(history(*falling, (2.364, 2.6, 0.1))) is None
    better = rise_line(history(*falling, (2.38, 2.6, 0.1))) or ""
    assert "in epoch 2 (2.3600 → 2.3800), but the held-out loss fell (2.7000 → 2.6000)" in better
    worse = rise_line(history(*falling, (2.38, 2.75, 0.1))) or ""
    assert "did not fall (2.7000 → 2.7500): more epochs did not help" in worse
    unknown = rise_line(history((2.3, None, 0.1), (2.4, None, 0.1))) or ""
    assert "--validation 0.02" in unknown and "better" not in unknown
    assert rise_line(history((float("nan"), None, None), (2.4, None, None))) is None
    # Of a small text the losses go up and down by what is drawn.
    drawn = [(2.0 + 0.05 * (epoch % 2), None, 0.0) for epoch in range(20)]
    assert rise_line(history(*drawn)) is None
    assert rise_line(history(*drawn, (2.3, None, 0.0))) is not None


# A real run


def test_a_run_that_goes_on_too_long_is_told_so():
    rng = np.random.default_rng(0)
    # Eleven words a topic: once the topics stand apart, a word's ten neighbours are the other ten.
    topics = [[f"w{topic}x{i}" for i in range(11)] for topic in range(5)]
    lines = [" ".join(rng.choice(topics[i % 5], 8)) for i in range(1000)]
    config = TrainingConfig(vector_size=12, epochs=25, sample=0)
    records: list[EpochRecord] = []

    class Watch(Observer):
        def on_train_begin(self, state):
            self.look = NeighbourLook(corpus.vocabulary.counts)
            self.churn = NeighbourChurn()
            assert self.churn.update(self.look.take(state.weights.input_vectors)) is None

        def on_epoch_end(self, state):
            records.append(
                EpochRecord(
                    loss=state.totals.epoch_losses[-1],
                    churn=self.churn.update(self.look.take(state.weights.input_vectors)),
                )
            )

    with encode_corpus(sentences=lines, vocabulary=VocabularyOptions(min_count=1)) as corpus:
        train_run(start_run(corpus, config), corpus, workers=1, observers=[Watch()])
    assert records[0].churn > 0.5 > records[-1].churn
    assert more_epochs_pay(records[:2]) is None
    line = more_epochs_pay(records)
    assert line is not None and "the training loss" in line, [r.churn for r in records]
