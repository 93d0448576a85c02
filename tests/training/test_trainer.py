"""Runs as a whole: the same numbers every time, the true loss, and every way to stop."""

from __future__ import annotations

import math
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from lexiscope.corpus import EncodedCorpus, VocabularyOptions, encode_corpus
from lexiscope.errors import CorpusError
from lexiscope.progress import Progress
from lexiscope.training import DivergedError, Interrupted, TrainingConfig
from lexiscope.training.loop import schedules, trainer
from lexiscope.training.run import Run, start_run, train_run

TOPICS, WORDS_A_TOPIC = 20, 8
SMALL = {"vector_size": 12, "sample": 0.0, "alpha": 0.05}
LOSSES = ["negative", "hierarchical", "softmax", "nce"]
ARCHITECTURES = ["skipgram", "cbow"]
SCHEDULES = ["reproducible", "hogwild"]


def topics(sentences: int, length: int = 8, seed: int = 3) -> list[list[str]]:
    """Sentences whose words are all of one topic."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, TOPICS, sentences)
    words = rng.integers(0, WORDS_A_TOPIC, (sentences, length)).tolist()
    return [[f"t{t}w{w}" for w in row] for t, row in zip(chosen.tolist(), words, strict=True)]


def encoded(sentences: list[list[str]]) -> EncodedCorpus:
    return encode_corpus(sentences=sentences, vocabulary=VocabularyOptions(min_count=1))


@pytest.fixture(scope="module")
def small() -> Iterator[EncodedCorpus]:
    with encoded(topics(2_000)) as corpus:
        yield corpus


@pytest.fixture(scope="module")
def long() -> Iterator[EncodedCorpus]:
    """Longer than a stretch between two reports."""
    with encoded(topics(50_000)) as corpus:
        yield corpus


@pytest.fixture(autouse=True)
def early_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of these lengths are trained in rounds, behind an opening that is as much shorter."""
    monkeypatch.setattr(schedules, "OPENING", 2**13)
    monkeypatch.setattr(schedules, "ROUNDS_AN_EPOCH", 64)


@pytest.fixture
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many reports as there can be."""
    monkeypatch.setattr(trainer, "REPORT_SECONDS", 0.0)


@pytest.fixture
def even_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches as long on a slow machine as on a fast one, so that losses are summed alike."""
    monkeypatch.setattr(trainer, "REPORT_SECONDS", 1e9)


def trained(
    corpus: EncodedCorpus, *, workers: int = 1, progress: Any = None, **options: Any
) -> Run:
    run = start_run(corpus, TrainingConfig(**{**SMALL, **options}))
    train_run(run, corpus, workers=workers, progress=progress)
    return run


def is_finite(run: Run) -> bool:
    return bool(np.isfinite(run.weights.inputs).all() and np.isfinite(run.weights.outputs).all())


# The same numbers every time


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "loss"), [("skipgram", "negative"), ("cbow", "hierarchical")]
)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_showing_progress_changes_neither_loss_nor_vectors(
    long: EncodedCorpus,
    monkeypatch: pytest.MonkeyPatch,
    architecture: str,
    loss: str,
    schedule: str,
) -> None:
    options = {"architecture": architecture, "loss": loss, "epochs": 2, "schedule": schedule}
    silent = trained(long, **options)
    reports: list[Progress] = []
    monkeypatch.setattr(trainer, "REPORT_SECONDS", 0.0)
    shown = trained(long, progress=reports.append, **options)
    assert len([report for report in reports if report.stage == "training"]) > 10
    assert shown.fingerprint() == silent.fingerprint()
    # The same terms, only grouped otherwise.
    assert shown.totals.epoch_losses == pytest.approx(silent.totals.epoch_losses, rel=1e-8)
    assert shown.totals.all_pairs == silent.totals.all_pairs


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.usefixtures("even_stretches")
def test_one_worker_gives_the_same_result_on_every_run(
    small: EncodedCorpus, architecture: str, loss: str, schedule: str
) -> None:
    options = {"architecture": architecture, "loss": loss, "epochs": 2, "sample": 1e-2}
    options["schedule"] = schedule
    one, other = trained(small, **options), trained(small, **options)
    assert one.fingerprint() == other.fingerprint()
    assert one.totals.epoch_losses == other.totals.epoch_losses
    assert trained(small, seed=2, **options).fingerprint() != one.fingerprint()


# The loss


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_loss_falls_epoch_by_epoch(small: EncodedCorpus, architecture: str, loss: str) -> None:
    # With large steps a window's later pairs profit from its first: they have the same target.
    options = {"architecture": architecture, "loss": loss, "epochs": 4, "alpha": 0.01}
    losses = trained(small, **options).totals.epoch_losses
    assert len(losses) == 4
    assert all(later < earlier for earlier, later in pairwise(losses))
    # W′ begins at zero: every logit is 0, so that the loss begins at −log of even chances.
    words = TOPICS * WORDS_A_TOPIC
    start = {"negative": 6 * math.log(2), "softmax": math.log(words)}.get(loss, math.inf)
    assert losses[0] < start
    assert losses[-1] < 0.9 * losses[0]


def test_the_first_loss_is_that_of_even_chances(small: EncodedCorpus) -> None:
    run = trained(small, loss="softmax", epochs=1, alpha=1e-9, min_alpha=0)
    assert run.totals.epoch_losses == pytest.approx([math.log(TOPICS * WORDS_A_TOPIC)], rel=1e-6)
    run = trained(small, loss="negative", negative=5, epochs=1, alpha=1e-9, min_alpha=0)
    assert run.totals.epoch_losses == pytest.approx([6 * math.log(2)], rel=1e-6)


@pytest.mark.usefixtures("short_stretches")
def test_the_reports_losses_add_up_to_the_epochs(long: EncodedCorpus) -> None:
    reports: list[Progress] = []
    run = trained(long, epochs=2, progress=reports.append)
    reports = [report for report in reports if report.stage == "training"]
    for epoch, mean in enumerate(run.totals.epoch_losses, start=1):
        last = [report for report in reports if report.values["epoch"] == epoch][-1]
        assert last.values["epoch_loss"] == pytest.approx(mean, rel=1e-9)
    # Stretches in the middle of an epoch are of one length, but for the epoch's end.
    firsts = [report.values["loss"] for report in reports if report.values["epoch"] == 1]
    assert min(firsts) < run.totals.epoch_losses[0] < max(firsts)


# The learning rate


@pytest.mark.slow
@pytest.mark.usefixtures("short_stretches")
def test_alpha_falls_in_a_line_to_min_alpha(long: EncodedCorpus) -> None:
    reports: list[Progress] = []
    trained(long, epochs=3, alpha=0.04, min_alpha=0.01, progress=reports.append)
    reports = [report for report in reports if report.stage == "training"]
    assert len(reports) > 20
    for report in reports:
        expected = 0.04 - 0.03 * report.done / report.total
        assert report.values["alpha"] == pytest.approx(expected, abs=1e-6)
    assert reports[-1].values["alpha"] == pytest.approx(0.01)
    assert reports[-1].done == reports[-1].total


@pytest.mark.parametrize("falling", [True, False])
def test_the_learning_rate_is_the_one_that_words_are_trained_with(falling: bool) -> None:
    sentences = topics(6_000)
    context = ["t1w1", "t1w2", "t1w3"]
    sentences[1_000:1_000] = [["early", *context]] * 30
    sentences += [["late", *context]] * 30
    with encoded(sentences) as corpus:
        fresh = start_run(corpus, TrainingConfig(**SMALL))
        # In the order of the text, so that a burst of one sentence takes one step at a time.
        options = {"epochs": 1, "loss": "hierarchical", "schedule": "hogwild"}
        run = trained(corpus, min_alpha=1e-9 if falling else 0.05, **options)
    moved = np.linalg.norm(run.weights.inputs - fresh.weights.inputs, axis=1)
    early, late = (moved[corpus.vocabulary["early"]], moved[corpus.vocabulary["late"]])
    assert late < 0.1 * early if falling else late > 0.5 * early


# Threads


@pytest.mark.slow
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.usefixtures("even_stretches")
def test_several_workers_train_every_window_once(
    long: EncodedCorpus, architecture: str, schedule: str
) -> None:
    options = {"architecture": architecture, "schedule": schedule, "epochs": 1, "sample": 1e-2}
    runs = [trained(long, workers=workers, **options) for workers in (1, 2, 5)]
    alone = runs[0].totals
    for run in runs[1:]:
        assert run.totals.all_pairs == alone.all_pairs
        assert run.totals.centers == alone.centers
        assert run.totals.epoch_losses == pytest.approx(alone.epoch_losses, rel=0.1)
        assert run.share == 1.0
        if schedule == "reproducible":
            assert run.fingerprint() == runs[0].fingerprint()
            assert run.totals.epoch_losses == alone.epoch_losses
    assert alone.pairs == 0, "the last epoch is closed"


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_schedules_train_the_same_windows(long: EncodedCorpus, architecture: str) -> None:
    options = {"architecture": architecture, "epochs": 2, "sample": 1e-2}
    one, other = (trained(long, workers=2, schedule=name, **options).totals for name in SCHEDULES)
    assert one.all_pairs == other.all_pairs
    assert one.centers == other.centers
    assert one.epoch_losses[-1] == pytest.approx(other.epoch_losses[-1], rel=0.1)


@pytest.mark.slow
def test_without_subsampling_every_token_is_a_center(long: EncodedCorpus) -> None:
    run = trained(long, workers=2, epochs=2, window=2, shrink_windows=False, architecture="cbow")
    assert run.totals.centers == run.totals.all_pairs == 2 * 50_000 * 8
    run = trained(long, workers=2, epochs=1, window=2, shrink_windows=False)
    assert run.totals.all_pairs == 50_000 * (2 * 7 + 2 * 6)


# Odd texts and vocabularies


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["negative", "hierarchical", "nce"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_burst_of_one_sentence_does_no_harm(schedule: str, loss: str) -> None:
    """As boilerplate does in real text: hardly any of it in all, and nothing else in one place."""
    sentences = topics(20_000)
    sentences[10_000:10_000] = [["all", "rights", "reserved", "by", "this", "press"]] * 300
    with encoded(sentences) as corpus:
        run = trained(corpus, loss=loss, schedule=schedule, alpha=0.025, epochs=3, workers=2)
    losses = run.totals.epoch_losses
    assert all(later < earlier for earlier, later in pairwise(losses))
    assert np.linalg.norm(run.weights.inputs, axis=1).max() < 20


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_vocabulary_of_one_word(architecture: str, loss: str) -> None:
    with encoded([["so"] * 6] * 50) as corpus:
        run = trained(corpus, architecture=architecture, loss=loss, epochs=3)
    losses = run.totals.epoch_losses
    assert is_finite(run)
    if loss in ("negative", "nce"):
        # There is nothing else to draw: log σ of the only pair, which rises toward 0. With nce the
        # log of 5 is taken off the score, as all words of the noise would be that word.
        assert math.log(2 if loss == "negative" else 6) > losses[0] > losses[1] > losses[2] > 0
    else:
        assert losses == [0.0] * 3, "the only word is certain"


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_empty_slots_change_nothing(architecture: str, loss: str) -> None:
    # Two words: at most one negative is not the center itself, so most of 20 slots stay empty.
    with encoded([["one", "two"] * 4] * 50) as corpus:
        many = trained(corpus, architecture=architecture, loss=loss, negative=20, epochs=3)
        again = trained(corpus, architecture=architecture, loss=loss, negative=31, epochs=3)
    assert is_finite(many)
    assert not many.weights.inputs[:, 12:].any()
    assert not many.weights.outputs[:, 12:].any()
    if loss == "negative":
        assert many.totals.epoch_losses[0] < 2 * math.log(2)
    if loss != "nce":  # Its scores hold the count of negatives that was asked for.
        assert many.fingerprint() == again.fingerprint(), "one negative is all that there is"


def test_a_text_without_neighbours_is_refused() -> None:
    with (
        encoded([["one"], ["two"]] * 20) as corpus,
        pytest.raises(CorpusError, match="no two neighbouring words"),
    ):
        trained(corpus, epochs=1)


def test_subsampling_may_leave_no_pair() -> None:
    with encoded([["one", "two"]]) as corpus:
        run = trained(corpus, sample=1e-12, epochs=2)
    assert run.totals.all_pairs == 0
    assert len(run.totals.epoch_losses) == 2
    assert all(math.isnan(loss) for loss in run.totals.epoch_losses)


# Ways to stop


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_run_that_explodes_says_where_and_puts_the_last_good_state_back(
    small: EncodedCorpus, schedule: str
) -> None:
    options = {**SMALL, "architecture": "cbow", "cbow_mean": False, "alpha": 50}
    run = start_run(small, TrainingConfig(**options, schedule=schedule))
    with pytest.raises(DivergedError) as caught:
        train_run(run, small, workers=1)
    message = str(caught.value)
    found = re.fullmatch(
        r"training diverged in epoch (\d+) at step ([\d,]+) \(word '(\w+)'\): (.*); "
        r"alpha is 50: try 12.5, or cbow_mean; (.*)",
        message,
    )
    assert found is not None, message
    assert found[3] in run.vocabulary
    assert 0 <= int(found[2].replace(",", "")) < 5 * len(small.ids)
    assert "no longer a finite number" in found[4] or "norm has grown" in found[4]
    assert caught.value.kept is not None and "kept" in found[5]
    assert is_finite(run)
    assert run.share == caught.value.kept


@pytest.mark.slow
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.usefixtures("short_stretches")
@pytest.mark.parametrize("value", [float("nan"), 1e6])
def test_damage_in_mid_run_gives_the_state_before_it(
    long: EncodedCorpus, value: float, schedule: str
) -> None:
    run = start_run(long, TrainingConfig(**SMALL, schedule=schedule, epochs=20))
    fresh = run.fingerprint()
    row = run.vocabulary["t5w2"]

    def damage(report: Progress) -> None:
        if report.values.get("epoch") == 3:
            run.weights.inputs[row, 4] = value

    with pytest.raises(DivergedError) as caught:
        train_run(run, long, workers=2, progress=damage)
    assert "in epoch 3" in str(caught.value)
    if value == 1e6:
        assert "word 't5w2'" in str(caught.value)
        assert "a vector's norm has grown to " in str(caught.value)
    assert 0 < caught.value.kept < 3 / 20
    assert f"the state at {caught.value.kept:.0%} of the run is kept" in str(caught.value)
    assert is_finite(run)
    assert np.abs(run.weights.inputs).max() < 100
    assert run.share == caught.value.kept
    assert run.fingerprint() != fresh


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_ctrl_c_leaves_whole_weights_and_says_how_far_they_are(
    long: EncodedCorpus, schedule: str
) -> None:
    run = start_run(long, TrainingConfig(**SMALL, schedule=schedule, epochs=1_000))
    before = run.weights.inputs.copy()

    def press() -> None:
        """Once training is under way, however long compiling takes."""
        while np.array_equal(run.weights.inputs, before):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(Interrupted) as caught:
        train_run(run, long, workers=2)
    presser.join()
    assert 0 < run.share < 1
    assert caught.value.share == run.share
    assert is_finite(run)
    # All that lies before that place has been trained, and nothing beyond it.
    epochs, place = divmod(round(run.share * 1_000 * len(long.ids)), len(long.ids))
    words = long.ids >= 0
    assert run.totals.centers == epochs * words.sum() + words[:place].sum()
    # Stopped at the very end of an epoch it may not have been closed.
    assert epochs - len(run.totals.epoch_losses) in ((0, 1) if place == 0 else (0,))


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.usefixtures("short_stretches")
def test_ctrl_c_between_two_stretches(long: EncodedCorpus, schedule: str) -> None:
    run = start_run(long, TrainingConfig(**SMALL, schedule=schedule, epochs=50))

    def press(report: Progress) -> None:
        if report.values.get("epoch") == 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        train_run(run, long, workers=2, progress=press)
    assert isinstance(caught.value, Interrupted)
    assert 1 / 50 < caught.value.share == run.share < 2 / 50
    assert is_finite(run)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_callback_that_fails_ends_the_threads(small: EncodedCorpus, schedule: str) -> None:
    def fail(report: Progress) -> None:
        raise RuntimeError("no more room on the screen")

    with pytest.raises(RuntimeError, match="no more room"):
        trained(small, workers=3, progress=fail, schedule=schedule)
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("lexiscope-train")]
