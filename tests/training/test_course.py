"""Which schedule trains which part of a run, and what the division costs in loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lexiscope.corpus import EncodedCorpus, VocabularyOptions, encode_corpus
from lexiscope.training import TrainingConfig, TrainingSession
from lexiscope.training.events import Event, TrainedByFew, TrainedInOrder
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.copies import MAX_SHARDS
from lexiscope.training.loop import schedules
from lexiscope.training.loop.schedules import Course, Hogwild, Reproducible, new_course, shards_of
from lexiscope.training.loop.weights import initial_weights
from lexiscope.training.run import Run, start_run, train_run
from lexiscope.training.threads import fewer_threads
from tests.support.kernel_cases import make_text

TOPICS, WORDS_A_TOPIC = 20, 8
SMALL: dict[str, Any] = {"vector_size": 12, "sample": 0.0, "loss": "negative"}


@pytest.fixture
def early_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of these lengths are trained in rounds, behind an opening that is as much shorter."""
    monkeypatch.setattr(schedules, "OPENING", 2**13)
    monkeypatch.setattr(schedules, "ROUNDS_AN_EPOCH", 64)


@pytest.fixture(scope="module")
def topics() -> Iterator[EncodedCorpus]:
    """160,000 tokens of 160 words, each sentence of one topic."""
    rng = np.random.default_rng(3)
    chosen = rng.integers(0, TOPICS, 20_000).tolist()
    words = rng.integers(0, WORDS_A_TOPIC, (20_000, 8)).tolist()
    sentences = [[f"t{t}w{w}" for w in row] for t, row in zip(chosen, words, strict=True)]
    with encode_corpus(sentences=sentences, vocabulary=VocabularyOptions(min_count=1)) as corpus:
        yield corpus


def trained(corpus: EncodedCorpus, workers: int = 1, **options: Any) -> Run:
    run = start_run(corpus, TrainingConfig(**{**SMALL, **options}))
    train_run(run, corpus, workers=workers)
    return run


# Which schedule


def a_course(tokens: int, name: str = "reproducible", workers: int = 3, **options: Any) -> Course:
    """Of a text of 2,000 words."""
    ids, counts = make_text(words=2_000, tokens=20_000)
    config = TrainingConfig(**{"vector_size": 4, **options})
    setup = kernel_setup(config, counts)
    weights = initial_weights(config, len(counts), setup.output_rows)
    return new_course(name, np.resize(ids, tokens), setup, weights, workers)


def test_a_run_begins_in_the_order_of_the_text_and_goes_on_in_rounds() -> None:
    total = 3_000_000
    course = a_course(total)
    assert isinstance(course.main, Reproducible) and isinstance(course.opening, Hogwild)
    assert len(course.opening._states) == 1, "one thread"
    assert course.until >= schedules.OPENING and course.until % course.main.grain == 0
    assert course.at(0, 0, total) == (course.opening, course.until)
    assert course.at(0, course.until - 1, total) == (course.opening, course.until)
    assert course.at(0, course.until, total) == (course.main, total)
    assert course.at(1, 0, total) == (course.main, total)
    course.close()


def test_an_opening_is_no_longer_than_the_text() -> None:
    course = a_course(300_000)
    assert course.at(0, 0, 300_000) == (course.opening, 300_000)
    assert course.at(1, 0, 300_000) == (course.main, 300_000)
    course.close()


@pytest.mark.parametrize(
    ("tokens", "options"),
    [(250_000, {}), (3_000_000, {"loss": "nce"}), (3_000_000, {"loss": "softmax"})],
)
def test_small_texts_and_losses_that_rounds_do_not_serve_go_in_order(
    tokens: int, options: dict[str, Any]
) -> None:
    course = a_course(tokens, **options)
    assert course.opening is None and isinstance(course.main, Hogwild)
    assert len(course.main._states) == 1
    course.close()


def test_hogwild_has_no_opening() -> None:
    course = a_course(3_000_000, "hogwild")
    assert course.opening is None and isinstance(course.main, Hogwild)
    assert len(course.main._states) == 3
    course.close()


@pytest.mark.parametrize(("loss", "workers", "told"), [("nce", 2, 1), ("nce", 1, 0)])
def test_who_asks_for_workers_is_told_that_one_will_train(
    loss: str, workers: int, told: int
) -> None:
    events: list[Event] = []
    config = TrainingConfig(vector_size=4, loss=loss, epochs=1)
    session = TrainingSession(config, workers=workers, tell=events.append)
    with encode_corpus(sentences=[["a", "b"] * 5] * 9) as corpus:
        session.take(corpus)
        session.begin()
    assert [event for event in events if isinstance(event, TrainedInOrder)] == (
        [TrainedInOrder(f"loss {loss}")] * told
    )


@pytest.mark.parametrize(
    ("tokens", "shards"),
    [
        (0, 4),
        (2**26 - 1, 4),
        (2**26, 8),
        (2**28 - 1, 8),
        (2**28, 16),
        (2**30 - 1, 16),
        (2**30, 32),
        (2**40, 32),
    ],
)
def test_longer_texts_have_more_shards(tokens: int, shards: int) -> None:
    assert shards_of(tokens) == shards <= MAX_SHARDS


@pytest.mark.parametrize(
    ("options", "workers", "tokens", "told"),
    [
        ({}, 4, 10_000_000, None),
        ({}, 16, 10_000_000, TrainedByFew(4, 16)),
        ({}, 16, 100_000_000, TrainedByFew(8, 16)),
        ({}, 16, 300_000_000, None),
        ({}, 16, 10_000, None),
        ({"schedule": "hogwild"}, 16, 10_000_000, None),
        ({"parts": 16}, 16, 10_000_000, None),
        ({"loss": "nce"}, 16, 10_000_000, TrainedInOrder("loss nce")),
        ({"loss": "nce"}, 1, 10_000_000, None),
    ],
)
def test_who_asks_for_more_workers_than_find_work_is_told(
    options: dict[str, Any], workers: int, tokens: int, told: Event | None
) -> None:
    assert fewer_threads(TrainingConfig(**options), workers, tokens) == told


# What it costs


@pytest.mark.slow
@pytest.mark.usefixtures("early_rounds")
@pytest.mark.parametrize("architecture", ["cbow", "skipgram"])
def test_rounds_cost_little_loss_after_one_epoch(topics: EncodedCorpus, architecture: str) -> None:
    """A steep descent, where each change must count: the changes of CBOW's rows above all."""
    options = {"architecture": architecture, "alpha": 0.025, "epochs": 1}
    in_order = trained(topics, schedule="hogwild", **options).totals.epoch_losses[0]
    rounds = trained(topics, **options).totals.epoch_losses[0]
    assert rounds != in_order
    assert abs(rounds - in_order) < 0.04


@pytest.mark.slow
@pytest.mark.usefixtures("early_rounds")
def test_the_bits_are_those_of_any_number_of_workers_from_opening_to_end(
    topics: EncodedCorpus,
) -> None:
    prints = {
        trained(topics, workers, architecture="cbow", epochs=2).fingerprint()
        for workers in (1, 2, 5)
    }
    assert len(prints) == 1
