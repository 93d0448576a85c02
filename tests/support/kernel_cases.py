"""A small text and the two ways of training on it: the kernel and its twin."""

from __future__ import annotations

import itertools

import numpy as np

from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.common import Span, Text, epoch_key, new_tally
from lexiscope.training.kernels.groups import new_scratch
from lexiscope.training.kernels.windows import train_span
from lexiscope.training.loop.weights import initial_weights
from lexiscope.training.losses.registry import LOSSES
from tests.support import twins

PAIRS = [(a, x) for a in ("skipgram", "cbow") for x in LOSSES]


def make_text(words=40, tokens=600, seed=0):
    """Random sentences of 1 to 15 words, Zipf-like, over a small vocabulary."""
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, words + 1)
    ids = []
    while len(ids) < tokens:
        length = int(rng.integers(1, 16))
        ids += [*list(rng.choice(words, size=length, p=weights / weights.sum())), -1]
    ids = np.array(ids, np.int32)
    counts = np.bincount(ids[ids >= 0], minlength=words).astype(np.int64)
    return ids, np.maximum(counts, 1)


def make_case(config: TrainingConfig, words=40, tokens=600, seed=0, frozen=None):
    """(ids, setup, weights) with W′ away from zero, so that all gradients are at work."""
    ids, counts = make_text(words, tokens, seed)
    setup = kernel_setup(config, counts, frozen)
    weights = initial_weights(config, words, setup.output_rows)
    rng = np.random.default_rng(seed + 1)
    weights.input_vectors[:] = rng.normal(0, 0.4, weights.input_vectors.shape)
    weights.output_vectors[:] = rng.normal(0, 0.4, weights.output_vectors.shape)
    return ids, setup, weights


def make_twin(config: TrainingConfig, ids, setup, weights) -> twins.Twin:
    twin = twins.Twin(
        ids=ids,
        keep=setup.keep,
        inputs=weights.input_vectors.astype(np.float64),
        outputs=weights.output_vectors.astype(np.float64),
        window=config.window,
        shrink=config.shrink_windows,
        architecture=config.architecture,
        loss=config.loss,
        mean=config.cbow_mean,
        exact=config.cbow_update == "exact",
        negative=config.negative,
    )
    if setup.architecture.frozen is not None:
        twin.frozen = frozenset(np.flatnonzero(setup.architecture.frozen).tolist())
    if config.loss in ("negative", "nce"):
        twin.alias = setup.tables.alias
    if config.loss == "nce":
        twin.shifts = setup.tables.shifts.astype(np.float64)
    if config.loss == "hierarchical":
        starts, nodes, signs = setup.tables
        twin.paths = [
            (nodes[a:b], signs[a:b].astype(np.float64)) for a, b in itertools.pairwise(starts)
        ]
    return twin


def run_kernel(config, ids, setup, weights, span=None, epoch=0, alpha=None):
    """Trains a span (default: all) at a constant learning rate. Returns the tally."""
    begin, end = (0, len(ids)) if span is None else span
    rate = config.alpha if alpha is None else alpha
    tally = new_tally()
    scratch = new_scratch(
        weights.rows.shape[1], config.window, setup.slots, most_rows=setup.most_rows
    )
    bad = train_span(
        Text(ids, setup.keep),
        Span(begin, end, epoch_key(config.seed, epoch), rate, 0.0, 0.0),
        weights.trained,
        weights.outputs,
        setup.architecture,
        setup.tables,
        scratch,
        tally,
    )
    return tally, int(bad)
