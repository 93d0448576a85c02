"""The tables that a run's kernels work from, against their definitions."""

from __future__ import annotations

import heapq
import subprocess
import sys
from itertools import pairwise
from typing import NamedTuple, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.errors import TypingError

from lexiscope.errors import ConfigError
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.common import Span, Text, epoch_key, new_tally
from lexiscope.training.kernels.groups import new_scratch
from lexiscope.training.kernels.windows import train_span
from lexiscope.training.loop.weights import initial_weights
from lexiscope.training.losses.hierarchical import Tree, huffman_tree
from lexiscope.training.losses.names import FEWEST_NEGATIVES, FEWEST_OF_TRAINED, Loss
from lexiscope.training.losses.nce import log_noise
from lexiscope.training.losses.negative import alias_table, noise_weights
from lexiscope.training.losses.registry import LOSSES, TRAINED, rule_of
from lexiscope.training.losses.softmax import SOFTMAX_BYTES
from lexiscope.training.subsampling import keep_thresholds

counts_lists = st.lists(st.integers(1, 10**9), min_size=1, max_size=60)
ZIPF = np.array([1_000_000 // rank for rank in range(1, 400)], np.int64)


# Subsampling


def test_subsampling_follows_word2vecs_formula() -> None:
    counts = np.array([900_000, 90_000, 9_000, 999, 1], np.int64)
    share = counts / counts.sum()
    keep = keep_thresholds(counts, 1e-3) / 2**32
    expected = np.sqrt(1e-3 / share) + 1e-3 / share
    assert keep == pytest.approx(np.minimum(expected, 1), abs=2**-31)
    assert keep[0] < 0.04 < keep[1] < keep[2] < 1
    assert keep[3] == pytest.approx(1)


def test_no_subsampling_keeps_every_token() -> None:
    assert (keep_thresholds(ZIPF, 0.0) == 2**32 - 1).all()


def test_words_that_never_occur_are_kept() -> None:
    assert keep_thresholds(np.array([0, 10**6], np.int64), 1e-3)[0] == 2**32 - 1
    assert (keep_thresholds(np.zeros(3, np.int64), 1e-3) == 2**32 - 1).all()


# The noise table


def probabilities(table: np.ndarray) -> np.ndarray:
    """What a table draws: each column in turn, its own word or else the other one."""
    size = len(table)
    share = table[:, 0] / 2**32
    drawn = share.copy()
    np.add.at(drawn, table[:, 1], 1 - share)
    return drawn / size


@settings(max_examples=60)
@given(counts_lists)
def test_the_alias_table_draws_exactly_by_weight(counts: list[int]) -> None:
    weights = np.array(counts, np.float64)
    table = alias_table(weights)
    assert table.shape == (len(counts), 2) and table.dtype == np.uint32
    assert probabilities(table) == pytest.approx(weights / weights.sum(), abs=1e-9)


@pytest.mark.parametrize("exponent", [0.75, 0.0, 1.0, -0.5])
def test_noise_is_drawn_by_a_power_of_the_count(exponent: float) -> None:
    weights = ZIPF.astype(float) ** exponent
    drawn = probabilities(alias_table(noise_weights(ZIPF, exponent)))
    assert drawn == pytest.approx(weights / weights.sum(), abs=1e-9)


@pytest.mark.parametrize("exponent", [0.75, 0.0, -1.0])
def test_a_word_that_never_occurs_is_never_drawn(exponent: float) -> None:
    counts = np.array([0, 5, 0, 70, 1, 0], np.int64)
    drawn = probabilities(alias_table(noise_weights(counts, exponent)))
    assert (drawn[counts == 0] == 0).all()
    assert drawn.sum() == pytest.approx(1)


def test_the_shift_is_the_log_of_a_words_noise() -> None:
    counts = np.array([70, 5, 1, 0], np.int64)
    noise = counts**0.75 / (counts**0.75).sum()
    shifts = log_noise(counts, TrainingConfig(loss="nce", negative=8))
    assert shifts[:3] == pytest.approx(np.log(8 * noise[:3]), abs=1e-6)
    # What is never noise is the text's beyond doubt, and still a number.
    assert -90 < shifts[3] < -80


def test_noise_contrastive_estimation_finds_the_words_probabilities() -> None:
    """At the loss's least point the scores are the log-probabilities, and sum to 1 as such."""
    words = np.array([0.5, 0.3, 0.15, 0.05])
    counts = np.array([40, 30, 20, 10], np.int64)
    options = TrainingConfig(loss="nce", negative=6)
    noise = noise_weights(counts, options.ns_exponent)
    noise /= noise.sum()
    shifts = log_noise(counts, options).astype(np.float64)
    scores = np.zeros(4)
    for _ in range(20_000):
        # Expected counts of a word as the text's and as one of K of the noise.
        truth = 1 / (1 + np.exp(-(scores - shifts)))
        scores += 0.5 * (words * (1 - truth) - options.negative * noise * truth)
    assert np.exp(scores) == pytest.approx(words, rel=1e-4)


# The tree


def codes(tree: Tree) -> list[tuple[float, ...]]:
    return [tuple(tree.signs[a:b]) for a, b in pairwise(tree.starts)]


def least_total(counts: list[int]) -> int:
    """Huffman's bound on the sum of count × length: the sum of all merged counts."""
    heap = list(counts)
    heapq.heapify(heap)
    total = 0
    while len(heap) > 1:
        merged = heapq.heappop(heap) + heapq.heappop(heap)
        total += merged
        heapq.heappush(heap, merged)
    return total


@settings(max_examples=80)
@given(counts_lists)
def test_the_tree_has_huffmans_least_length_and_is_prefix_free(counts: list[int]) -> None:
    tree = huffman_tree(np.array(counts, np.int64))
    found = codes(tree)
    assert sum(n * len(code) for n, code in zip(counts, found, strict=True)) == least_total(counts)
    assert all(len(set(code)) <= 2 and set(code) <= {1.0, -1.0} for code in found)
    # In order, a prefix stands right before what it is a prefix of.
    in_order = sorted(found)
    for one, other in pairwise(in_order):
        assert other[: len(one)] != one
    # No code can be left over: Kraft's sum is 1.
    assert sum(2.0 ** -len(code) for code in found) == 1.0


@settings(max_examples=60)
@given(st.lists(st.integers(0, 50), min_size=2, max_size=40))
def test_paths_meet_at_the_nodes_that_their_codes_share(counts: list[int]) -> None:
    tree = huffman_tree(np.array(counts, np.int64))
    node_of: dict[tuple[float, ...], int] = {}
    for word, code in enumerate(codes(tree)):
        path = tree.nodes[tree.starts[word] : tree.starts[word + 1]]
        for depth, node in enumerate(path):
            assert node_of.setdefault(code[:depth], int(node)) == node
    assert sorted(node_of.values()) == list(range(len(counts) - 1))
    assert node_of[()] == len(counts) - 2, "the root is the node made last"


def test_the_tree_is_the_same_each_time() -> None:
    counts = np.array([3] * 17 + [1] * 5 + [8], np.int64)
    one, other = huffman_tree(counts), huffman_tree(counts.copy())
    for part, same in zip(one, other, strict=True):
        assert (part == same).all()


def test_a_known_tree() -> None:
    # 4 and 5 merge first (3), then 3 with it (6), 2 and 1 (9): golden, so that saved models stay
    # readable.
    tree = huffman_tree(np.array([5, 4, 3, 2, 1], np.int64))
    assert codes(tree) == [
        (-1.0, -1.0),
        (-1.0, 1.0),
        (1.0, 1.0),
        (1.0, -1.0, -1.0),
        (1.0, -1.0, 1.0),
    ]
    assert tree.nodes.tolist() == [3, 2, 3, 2, 3, 1, 3, 1, 0, 3, 1, 0]


def test_one_word_has_an_empty_path() -> None:
    tree = huffman_tree(np.array([7], np.int64))
    assert tree.starts.tolist() == [0, 0]
    assert tree.nodes.size == tree.signs.size == 0


# The registry


def test_the_names_of_a_configuration_are_those_of_the_losses() -> None:
    assert get_args(Loss) == tuple(FEWEST_NEGATIVES) == tuple(LOSSES)
    assert all(rule_of(name) is rule and rule.name == name for name, rule in TRAINED.items())
    assert tuple(FEWEST_OF_TRAINED) == tuple(TRAINED)


def test_an_unknown_loss_is_an_error() -> None:
    expected = "expected one of " + ", ".join(LOSSES)
    with pytest.raises(ConfigError, match=expected):
        rule_of("hinge")
    with pytest.raises(ConfigError, match=expected):
        TrainingConfig(loss="hinge")  # type: ignore[arg-type]


@pytest.mark.slow
def test_tables_of_no_loss_do_not_compile() -> None:
    class Strange(NamedTuple):
        number: int

    setup = kernel_setup(TrainingConfig(vector_size=16, window=2), ZIPF)
    weights = initial_weights(TrainingConfig(vector_size=16), len(ZIPF), len(ZIPF))
    with pytest.raises(TypingError, match="no tables of a loss"):
        train_span(
            Text(np.zeros(3, np.int32), setup.keep),
            Span(0, 3, epoch_key(1, 0), 0.1, 0.0, 0.1),
            weights.inputs,
            weights.outputs,
            setup.architecture,
            Strange(3),
            new_scratch(16, 2, 6),
            new_tally(),
        )


def test_a_configuration_is_checked_without_numba() -> None:
    program = "import sys, lexiscope.training.config; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


# The setup


@pytest.mark.parametrize(
    ("loss", "rows", "slots"),
    [("negative", 399, 6), ("hierarchical", 398, 11), ("softmax", 399, 0), ("nce", 399, 6)],
)
def test_the_setup_of_each_loss(loss: str, rows: int, slots: int) -> None:
    setup = kernel_setup(TrainingConfig(loss=loss), ZIPF)
    assert setup.output_rows == rows
    assert setup.keep.shape == (399,)
    if loss == "hierarchical":
        slots = max(map(len, codes(setup.tables)))
    assert setup.slots == slots


@pytest.mark.parametrize("loss", LOSSES)
def test_the_setup_of_a_single_word(loss: str) -> None:
    setup = kernel_setup(TrainingConfig(loss=loss), np.array([9], np.int64))
    assert setup.output_rows == 1
    assert setup.keep.shape == (1,)


def test_the_architecture_takes_its_options_along() -> None:
    config = TrainingConfig(
        architecture="cbow", window=7, shrink_windows=False, cbow_mean=False, cbow_update="exact"
    )
    assert kernel_setup(config, ZIPF).architecture == (7, False, False, True, None, None)
    skipgram = kernel_setup(TrainingConfig(window=3), ZIPF).architecture
    assert skipgram == (3, True, None, None)


def test_an_exact_softmax_that_is_too_large_is_refused() -> None:
    most = SOFTMAX_BYTES // (4 * 100)
    check = LOSSES["softmax"].check
    check(most, 100)
    with pytest.raises(ConfigError) as caught:
        check(most + 1, 100)
    message = str(caught.value)
    for part in (f"{most + 1:,} words × 100 dimensions", "64 MB", "negative", "min_count"):
        assert part in message
    assert "\n" not in message
    with pytest.raises(ConfigError, match="exact softmax"):
        kernel_setup(TrainingConfig(loss="softmax", vector_size=50_000), ZIPF)
