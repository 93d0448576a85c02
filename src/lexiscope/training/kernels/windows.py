"""The two architectures: what is done with each window of a stretch of text, in order.

Skip-gram trains each context word's row on its own; CBOW trains the mean (or sum) of all of them.
Both run for any objective; which one is meant is told by the type of the `objective` argument, and
resolved when Numba compiles, so that nothing is decided inside the loops.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import types

from lexiscope.training.kernels.common import (
    BLOCK,
    add,
    below,
    clear,
    fold_loss,
    following,
    gather,
    mix,
    reach,
    scale,
    stream_of,
)
from lexiscope.training.kernels.compiled import chosen_by_type, entry, part, snippet
from lexiscope.training.kernels.groups import learn_hidden, learn_rows
from lexiscope.training.kernels.hierarchical import Tree, prepare_path
from lexiscope.training.kernels.negative import Negatives, prepare_negatives
from lexiscope.training.kernels.softmax import Softmax, softmax_step
from lexiscope.training.kernels.tiles import LANES, prefetch_row

PREFETCH_AHEAD = 4  # words beyond the right edge of the next window


class SkipGram(NamedTuple):
    """Each context word predicts the center.

    Attributes:
        size: Words to either side, at most.
        shrink: Whether each window's width is drawn from 1 … size.
    """

    size: int
    shrink: bool


class Cbow(NamedTuple):
    """All context words together predict the center.

    Attributes:
        size, shrink: As in `SkipGram`.
        mean: Whether the hidden vector is the mean of the rows, or their sum.
        exact: With the mean, whether each row takes its true gradient, 1/C of the hidden vector's;
            otherwise the hidden vector's whole, as in word2vec.c.
    """

    size: int
    shrink: bool
    mean: bool
    exact: bool


def _is(argument: Any, kind: type) -> bool:
    return (
        isinstance(argument, types.BaseNamedTuple)
        and getattr(argument, "instance_class", None) is kind
    )


def prepare(objective, center, state, outputs, half, scratch):
    """Fills the slots for a center word. Returns the number of groups."""
    raise NotImplementedError


@chosen_by_type(prepare)
def _prepare(objective, center, state, outputs, half, scratch):
    if _is(objective, Negatives):

        def negative(objective, center, state, outputs, half, scratch):
            return prepare_negatives(objective, center, state, outputs, half, scratch)

        return negative
    if _is(objective, Tree):

        def tree(objective, center, state, outputs, half, scratch):
            return prepare_path(objective, center, outputs, half, scratch)

        return tree

    def nothing(objective, center, state, outputs, half, scratch):
        return np.int64(0)

    return nothing


def train_rows(objective, center, inputs, outputs, size, half, groups, alpha, scratch, tally):
    """Trains the rows in scratch.members on a center. Returns whether the loss is finite."""
    raise NotImplementedError


@chosen_by_type(train_rows)
def _train_rows(objective, center, inputs, outputs, size, half, groups, alpha, scratch, tally):
    if _is(objective, Softmax):

        def exact(objective, center, inputs, outputs, size, half, groups, alpha, scratch, tally):
            change = scratch.changes[0]
            for i in range(size):
                row = inputs[scratch.members[i]]
                loss = softmax_step(row, outputs, center, alpha, objective.scores, change)
                add(row, change)
                tally.loss[0] += loss
            return np.isfinite(tally.loss[0])

        return exact

    def grouped(objective, center, inputs, outputs, size, half, groups, alpha, scratch, tally):
        return learn_rows(inputs, size, half, groups, alpha, scratch, tally)

    return grouped


def train_hidden(objective, center, outputs, half, groups, alpha, scratch, tally):
    """Trains scratch.hidden to predict a center; its change is left in scratch.changes[0]."""
    raise NotImplementedError


@chosen_by_type(train_hidden)
def _train_hidden(objective, center, outputs, half, groups, alpha, scratch, tally):
    if _is(objective, Softmax):

        def exact(objective, center, outputs, half, groups, alpha, scratch, tally):
            change = scratch.changes[0]
            loss = softmax_step(scratch.hidden[0], outputs, center, alpha, objective.scores, change)
            tally.loss[0] += loss
            return np.isfinite(tally.loss[0])

        return exact

    def grouped(objective, center, outputs, half, groups, alpha, scratch, tally):
        return learn_hidden(half, groups, alpha, scratch, tally)

    return grouped


@snippet
def _next_center(words, at, last):
    while at < last and words[at] < 0:
        at += 1
    return at


@snippet
def _members(words, count, center, architecture, state, members):
    """Lists a window's context words. Returns how many."""
    width = np.int64(architecture.size)
    if architecture.shrink:
        width = 1 + below(mix(state), width)
    left, right = reach(words, count, center, width)
    size = 0
    for at in range(left, right + 1):
        if at != center:
            members[size] = words[at]
            size += 1
    return size


def train_window(
    architecture, objective, center, inputs, outputs, size, half, groups, alpha, scratch, tally
):
    """Trains one window, its context in scratch.members. Returns whether the loss is finite."""
    raise NotImplementedError


@chosen_by_type(train_window)
def _train_window(
    architecture, objective, center, inputs, outputs, size, half, groups, alpha, scratch, tally
):
    if _is(architecture, SkipGram):

        def skipgram(
            architecture,
            objective,
            center,
            inputs,
            outputs,
            size,
            half,
            groups,
            alpha,
            scratch,
            tally,
        ):
            tally.pairs[0] += size
            return train_rows(
                objective, center, inputs, outputs, size, half, groups, alpha, scratch, tally
            )

        return skipgram

    def cbow(
        architecture, objective, center, inputs, outputs, size, half, groups, alpha, scratch, tally
    ):
        hidden = scratch.hidden[0]
        clear(hidden)
        for i in range(size):
            add(hidden, inputs[scratch.members[i]])
        share = inputs.dtype.type(1.0 / size)
        if architecture.mean:
            scale(hidden, share)
        tally.pairs[0] += 1
        finite = train_hidden(objective, center, outputs, half, groups, alpha, scratch, tally)
        change = scratch.changes[0]
        if architecture.mean and architecture.exact:
            scale(change, share)
        for i in range(size):
            add(inputs[scratch.members[i]], change)
        return finite

    return cbow


@part
def _block(text, span, begin, inputs, outputs, architecture, objective, scratch, tally):
    """Trains the windows whose centers lie in one block. Returns −1 or a bad position."""
    row_bytes = np.int64(inputs.shape[1] * inputs.itemsize)
    base = np.int64(inputs.ctypes.data)
    chunks = np.int64(inputs.shape[1] // LANES)
    words, places, key = scratch.words, scratch.places, span.key
    end = min(begin + BLOCK, span.end)
    alpha = inputs.dtype.type(max(span.alpha_end, span.alpha + span.slope * (begin - span.begin)))
    count, first, last = gather(text, begin, end, key, architecture.size, words, places)
    center = _next_center(words, first, last)
    half = 0
    state = following(stream_of(key, places[center]))
    groups = np.int64(0)
    upcoming = first
    warming = True
    while center < last:
        # One window ahead, so that its output rows are on their way while this one is worked on.
        ahead_groups = np.int64(0)
        ahead_state = state
        upcoming = center if warming else _next_center(words, center + 1, last)
        if upcoming < last:
            ahead_state = following(stream_of(key, places[upcoming]))
            word = np.int64(words[upcoming])
            ahead_groups = prepare(objective, word, ahead_state, outputs, 1 - half, scratch)
            entering = upcoming + architecture.size + PREFETCH_AHEAD
            if entering < count and words[entering] >= 0:
                prefetch_row(base + np.int64(words[entering]) * row_bytes, chunks)
        if not warming:
            size = _members(words, count, center, architecture, state, scratch.members)
            if size > 0:
                tally.pairs[1] += 1
                finite = train_window(
                    architecture,
                    objective,
                    np.int64(words[center]),
                    inputs,
                    outputs,
                    size,
                    half,
                    groups,
                    alpha,
                    scratch,
                    tally,
                )
                if not finite:
                    return places[center]
        warming = False
        center, state, groups, half = upcoming, ahead_state, ahead_groups, 1 - half
    return np.int64(-1)


@entry
def train_span(text, span, inputs, outputs, architecture, objective, scratch, tally):
    """Trains every window whose center lies in a span, in order.

    Args:
        text: `common.Text`.
        span: `common.Span`.
        inputs: W, (V, D): rows 64-byte aligned, D a multiple of 16, zero beyond the dimension;
            float32, or for the exact softmax also float64.
        outputs: W′, (V or V − 1, D), likewise.
        architecture: `SkipGram` or `Cbow`.
        objective: `Negatives`, `Tree` or `Softmax`.
        scratch: `groups.Scratch`, this worker's own.
        tally: `common.Tally`, added to.

    Returns:
        −1, or the position of the window at which the loss was found not to be finite.
    """
    for begin in range(span.begin, span.end, BLOCK):
        bad = _block(text, span, begin, inputs, outputs, architecture, objective, scratch, tally)
        if bad >= 0:
            return bad
    if not fold_loss(tally):
        return np.int64(span.end - 1)
    return np.int64(-1)
