"""Each loss recorded: its gradients, its probabilities, its files; and noise contrast's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lexiscope.errors import ConfigError
from lexiscope.inspection import RecordConfig, Recording, record_text
from lexiscope.inspection.history import StepHistory
from lexiscope.inspection.views.gradient_check import gradient_check
from lexiscope.inspection.views.loss_curve import loss_curve
from lexiscope.inspection.views.prediction import predict
from lexiscope.inspection.views.two_vectors import two_vectors
from lexiscope.replay.config import RecordedArchitecture
from lexiscope.server.views.quiz.replay_block import replay_block
from lexiscope.training.losses.names import Loss
from lexiscope.training.losses.registry import LOSSES

STEPS = 300


def recorded(loss: Loss, architecture: RecordedArchitecture = "skipgram") -> Recording:
    config = RecordConfig(loss=loss, architecture=architecture, precision="float64", steps=STEPS)
    return record_text(None, config)


@pytest.fixture(scope="module", params=LOSSES)
def recording(request: pytest.FixtureRequest) -> Recording:
    return recorded(request.param)


@pytest.mark.slow
def test_gradients_agree_with_finite_differences(recording: Recording) -> None:
    for number in (1, 57, STEPS):
        assert gradient_check(recording, number, most_rows=8).worst < 1e-7


@pytest.mark.slow
def test_a_steps_loss_is_its_formulas(recording: Recording) -> None:
    step, rule = recording.step(40), recording.run.rule
    rows, labels = rule.questions(recording.run.tables, 39, step.target)
    assert np.array_equal(rows, step.output_rows) and np.array_equal(labels, step.labels)
    loss = rule.loss_of(recording.run.tables, rows, labels, step.logits)
    assert loss == pytest.approx(step.loss, rel=1e-12)
    slope = step.repulsive - step.attractive
    assert slope == pytest.approx((step.probabilities - labels) @ step.before.outputs[rows])


def test_probabilities_of_words_sum_to_1_but_for_negative_sampling(recording: Recording) -> None:
    words = predict(recording, "king", topn=len(recording.tokens))
    total = sum(word.probability for word in words)
    assert len(words) == len(recording.tokens)
    assert (abs(total - 1) < 1e-9) == (recording.config.loss != "negative")
    step = recording.step(40)
    assert step.probability > 0 and 1 <= step.rank <= len(words)
    # Noise contrast's scores stand for logarithms of probabilities; nothing keeps them below 0.
    assert step.probability < 1 or recording.config.loss == "nce"


def test_a_saved_recording_replays(recording: Recording, tmp_path: Path) -> None:
    recording.save(tmp_path / "run")
    opened = Recording.open(tmp_path / "run")
    opened.verify()
    here, there = recording.step(40), opened.step(40)
    assert np.array_equal(here.probabilities, there.probabilities)
    assert there.tree == (not recording.run.rule.words_have_rows)


def test_what_needs_words_in_the_output_matrix_is_refused(recording: Recording) -> None:
    if recording.run.rule.words_have_rows:
        assert len(two_vectors(recording).words) == len(recording.tokens)
    else:
        with pytest.raises(ConfigError, match="inner nodes of a tree"):
            two_vectors(recording)


def test_the_loss_of_guessing_is_told_where_it_is_one(recording: Recording) -> None:
    chance = loss_curve(StepHistory(recording)).chance
    guessing = recording.config.loss in ("softmax", "hierarchical")
    assert chance == (pytest.approx(np.log(len(recording.tokens))) if guessing else None)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["skipgram", "cbow", "next-word"])
def test_noise_contrast_takes_each_words_noise_off_its_score(
    architecture: RecordedArchitecture,
) -> None:
    recording = recorded("nce", architecture)
    run, step = recording.run, recording.step(7)
    weights = run.counts**run.config.ns_exponent
    noise = np.log(run.config.negative * weights / weights.sum())
    assert step.shifts == pytest.approx(noise[step.output_rows])
    sigma = 1 / (1 + np.exp(-(step.logits - noise[step.output_rows])))
    assert step.probabilities == pytest.approx(sigma)
    _, arrays = replay_block(recording)
    assert arrays["shifts"] == pytest.approx(noise, rel=1e-6)
    assert arrays["shifts"].dtype == np.float32
    assert arrays["negatives"].shape == (STEPS, run.config.negative)
