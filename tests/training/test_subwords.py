"""Subwords (Bojanowski et al. 2017): words made of their own row and their n-grams', trained."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from lexiscope.errors import ConfigError
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.loop.weights import initial_weights
from lexiscope.training.ngrams import ngram_index
from tests.support import twins
from tests.support.fasttext_bytes import fnv1a, ngrams
from tests.support.kernel_cases import make_text, make_twin, run_kernel
from tests.support.subword_twin import SubwordTwin

LETTERS = "abcdenaïve日"


def some_words(count: int) -> list[str]:
    """Distinct words that have many n-grams in common."""
    rng = np.random.default_rng(3)
    words: dict[str, None] = {"</s>": None}
    while len(words) < count:
        words["".join(rng.choice(list(LETTERS), size=int(rng.integers(1, 9))))] = None
    return list(words)


def make_case(config: TrainingConfig, words=40, tokens=600):
    """(ids, setup, weights) with W and W′ away from zero, so that all gradients are at work."""
    ids, counts = make_text(words, tokens)
    assert config.subwords is not None
    index = ngram_index(some_words(words), config.subwords, config.buckets)
    setup = kernel_setup(config, counts, ngrams=index)
    weights = initial_weights(config, words, setup.output_rows, index)
    rng = np.random.default_rng(1)
    rows = weights.trained[:, : config.vector_size]
    rows[:] = rng.normal(0, 1.5, rows.shape)
    weights.output_vectors[:] = rng.normal(0, 0.4, weights.output_vectors.shape)
    return ids, setup, weights


def make_subword_twin(config, ids, setup, weights) -> SubwordTwin:
    starts, rows = setup.architecture.ngrams
    return SubwordTwin(
        **vars(make_twin(config, ids, setup, weights)),
        rows=weights.rows[:, : config.vector_size].astype(np.float64),
        parts=[rows[a:b] for a, b in itertools.pairwise(starts)],
    )


# What words are made of


@pytest.mark.parametrize(("lengths", "buckets"), [((3, 6), 2_000_000), ((2, 4), 20), ((1, 1), 7)])
def test_words_are_made_of_fasttexts_buckets(lengths, buckets) -> None:
    words = some_words(50)
    index = ngram_index(words, lengths, buckets)
    for row, word in enumerate(words):
        found = index.table.rows[index.table.starts[row] : index.table.starts[row + 1]]
        expected = [] if word == "</s>" else ngrams(word, *lengths)
        assert found[0] == row
        assert index.used[found[1:] - len(words)].tolist() == [
            fnv1a(ngram.encode()) % buckets for ngram in expected
        ]
    assert np.all(np.diff(index.used) > 0)
    assert set(index.table.rows.tolist()) == set(range(index.rows)), "a row belongs to nobody"


def test_buckets_that_are_kept_have_rows_beside_those_in_use() -> None:
    alone = ngram_index(["walk"], (3, 4), 1000)
    kept = np.array([0, 999], np.int32)
    assert ngram_index(["walk"], (3, 4), 1000, kept).used.tolist() == [0, *alone.used, 999]


# Kernels


def check_against_twin(config: TrainingConfig, **case) -> None:
    ids, setup, weights = make_case(config, **case)
    twin = make_subword_twin(config, ids, setup, weights)
    before = weights.rows.copy()
    tally, bad = run_kernel(config, ids, setup, weights)
    twin.run(twins.epoch_key(config.seed, 0), lambda _: config.alpha)
    assert bad == -1
    assert tally.pairs[0] == twin.pairs > 0
    assert tally.loss[0] == pytest.approx(twin.total_loss, rel=2e-6)
    size = config.vector_size
    np.testing.assert_allclose(weights.rows[:, :size], twin.rows, rtol=0, atol=1e-5)
    np.testing.assert_allclose(weights.output_vectors, twin.outputs, rtol=0, atol=1e-5)
    moved = np.abs(weights.rows - before).max(axis=1)
    assert np.count_nonzero(moved > 1e-4) > 40, "nothing was trained"
    assert not weights.rows[:, size:].any(), "the padding was written to"


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize(
    "loss",
    [
        "negative",
        pytest.param("hierarchical", marks=pytest.mark.slow),
        pytest.param("nce", marks=pytest.mark.slow),
    ],
)
def test_a_kernel_equals_its_numpy_twin(architecture, loss) -> None:
    check_against_twin(
        TrainingConfig(
            architecture=architecture,
            loss=loss,
            vector_size=20,
            sample=1e-2,
            window=4,
            subwords=(2, 4),
            buckets=300,
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize("window", [1, 2, 10])
@pytest.mark.parametrize("negative", [2, 9])
def test_any_window_and_number_of_negatives(window, negative) -> None:
    options = {"vector_size": 24, "sample": 0, "subwords": (3, 6)}
    check_against_twin(TrainingConfig(window=window, negative=negative, **options), words=60)


@pytest.mark.slow
@pytest.mark.parametrize(("mean", "update"), [(True, "exact"), (False, "classic")])
def test_ways_of_cbow(mean, update) -> None:
    check_against_twin(
        TrainingConfig(
            architecture="cbow",
            cbow_mean=mean,
            cbow_update=update,
            vector_size=20,
            subwords=(3, 5),
            alpha=0.01,
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["negative", pytest.param("hierarchical", marks=pytest.mark.slow)])
def test_a_windows_step_is_the_gradient_of_autograd(architecture, loss) -> None:
    """Each row takes the gradient of the mean that it is part of, as in fastText; exact CBOW, whose
    hidden vector is the mean of all rows, its own."""
    config = TrainingConfig(
        architecture=architecture,
        loss=loss,
        vector_size=19,
        window=3,
        shrink_windows=False,
        sample=0,
        cbow_update="exact",
        subwords=(2, 4),
        buckets=300,
    )
    _, setup, weights = make_case(config)
    context, center, position = [3, 11, 7, 2, 30, 5], 17, 3
    ids = np.array([*context[:3], center, *context[3:], -1], np.int32)
    twin = make_subword_twin(config, ids, setup, weights)
    rows = torch.tensor(twin.rows, requires_grad=True)
    outputs = torch.tensor(twin.outputs, requires_grad=True)
    parts = [torch.tensor(twin.parts[word]) for word in context]
    vectors = [rows[part].mean(0) for part in parts]
    hidden = torch.stack(vectors)
    hidden.retain_grad()
    scored = rows[torch.cat(parts)].mean(0)[None] if architecture == "cbow" else hidden
    places, signs = twin.targets(center, (int(epoch_key(config.seed, 0)), position))
    scores = scored @ outputs[torch.tensor(places)].T
    value = -torch.nn.functional.logsigmoid(torch.tensor(signs) * scores).sum()
    value.backward()
    if architecture == "cbow":
        expected = rows.grad
    else:
        expected = torch.zeros_like(rows)
        for part, gradient in zip(parts, hidden.grad, strict=True):
            expected.index_add_(0, part, gradient.repeat(len(part), 1))

    before = weights.rows[:, :19].astype(np.float64)
    before_out = weights.output_vectors.astype(np.float64)
    tally, _ = run_kernel(config, ids, setup, weights, span=(position, position + 1), alpha=0.5)
    assert tally.pairs[1] == 1
    assert tally.loss[0] == pytest.approx(value.item(), rel=1e-6)
    assert expected.abs().max() > 0.01
    moved = (before - weights.rows[:, :19]) / 0.5
    np.testing.assert_allclose(moved, expected.numpy(), rtol=0, atol=3e-6)
    moved = (before_out - weights.output_vectors) / 0.5
    np.testing.assert_allclose(moved, outputs.grad.numpy(), rtol=0, atol=3e-6)


def test_vectors_of_words_are_the_means_of_their_rows_whenever_they_are_asked_for() -> None:
    config = TrainingConfig(vector_size=20, subwords=(2, 4), buckets=300)
    ids, setup, weights = make_case(config)
    for _ in range(2):
        starts, rows = setup.architecture.ngrams
        expected = [weights.rows[rows[a:b]].mean(axis=0) for a, b in itertools.pairwise(starts)]
        np.testing.assert_allclose(weights.inputs, expected, rtol=0, atol=1e-6)
        run_kernel(config, ids, setup, weights)


@pytest.mark.parametrize("bad", ["3-6", 3, (3,), (0, 6), (6, 3), (3, 101), (3.0, 6)])
def test_lengths_that_are_none(bad) -> None:
    with pytest.raises(ConfigError, match="n-gram"):
        TrainingConfig(subwords=bad)


def test_options_that_do_not_go_together() -> None:
    with pytest.raises(ConfigError, match="softmax does not train subwords"):
        TrainingConfig(subwords=(3, 6), loss="softmax")


def test_options_of_words_alone_are_written_as_before() -> None:
    assert not {"subwords", "buckets"} & set(TrainingConfig().to_json())
    config = TrainingConfig(subwords=[3, 6], buckets=7)  # type: ignore[arg-type]
    assert config.to_json()["subwords"] == [3, 6]
    assert TrainingConfig.from_json(config.to_json()) == config
