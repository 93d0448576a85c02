"""The two architectures: what is done with each window of a stretch of text, in order.

Skip-gram trains each context word's row on its own; CBOW trains the mean (or sum) of all of them.
Both run for any objective. Which one is meant is told by the types of the `architecture` and
`objective` arguments, and resolved when Numba compiles, so that nothing is decided in the loops.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined, kernel, macro, overload
from lexiscope.compiled.llvm import LANES
from lexiscope.training.kernels.common import (
    BLOCK,
    NOISE_STREAM,
    at_position,
    below,
    fold_loss,
    following,
    gather,
    mix,
    reach,
    stream_of,
)
from lexiscope.training.kernels.copies import Copies, Sharing, locate
from lexiscope.training.kernels.groups import (
    finish_slots,
    learn_hidden,
    learn_rows,
    leave_slot,
    set_slot,
    update_apart,
    update_group,
    update_in_place,
)
from lexiscope.training.kernels.hierarchical import list_path
from lexiscope.training.kernels.negative import Negatives, draw_negatives
from lexiscope.training.kernels.rows import add_to_rows, prefetch_row, sum_rows
from lexiscope.training.kernels.softmax import Softmax, softmax_step

PREFETCH_AHEAD = 4  # words beyond the right edge of the next window


class SkipGram(NamedTuple):
    """Each context word predicts the center.

    Attributes:
        size: Words to either side, at most.
        shrink: Whether each window's width is drawn from 1 … size.
        frozen: uint8 (V,), 1 for a word whose row of W is read but never changed; None for none.
            Its type chooses the kernel, so that a run without frozen words does not look.
    """

    size: int
    shrink: bool
    frozen: NDArray[np.uint8] | None = None


class Cbow(NamedTuple):
    """All context words together predict the center.

    Attributes:
        size, shrink: As in `SkipGram`.
        mean: Whether the hidden vector is the mean of the rows, or their sum.
        exact: With the mean, whether each row takes its true gradient, 1/C of the hidden vector's;
            otherwise the hidden vector's whole, as in word2vec.c.
        frozen: As in `SkipGram`.
    """

    size: int
    shrink: bool
    mean: bool
    exact: bool
    frozen: NDArray[np.uint8] | None = None


def _is(argument: Any, kind: type) -> bool:
    return (
        isinstance(argument, types.BaseNamedTuple)
        and getattr(argument, "instance_class", None) is kind
    )


def is_frozen(architecture, word):
    """Whether a word's row of W must stay as it is."""
    raise NotImplementedError


@overload(is_frozen)
def _is_frozen(architecture, word):
    if _freezes(architecture):

        def looked_up(architecture, word):
            return architecture.frozen[word] != 0

        return looked_up

    def never(architecture, word):
        return False

    return never


def homes_of(architecture, scratch):
    """The address of the list of places to which the changes of a window's input rows go."""
    raise NotImplementedError


@overload(homes_of)
def _homes_of(architecture, scratch):
    if _freezes(architecture):

        def apart(architecture, scratch):
            return np.int64(scratch.homes.ctypes.data)

        return apart

    def the_rows(architecture, scratch):
        return np.int64(scratch.rows.ctypes.data)

    return the_rows


def _freezes(architecture: Any) -> bool:
    return isinstance(architecture[architecture.fields.index("frozen")], types.Array)


class Planned(NamedTuple):
    """Windows whose targets have been drawn beforehand, to be trained by a shard (see `rounds`).

    Attributes:
        targets: int32 (entries, slots): rows of W′.
        signs: float32 (entries, slots): 0 for a slot not in use.
        lengths: int32 (entries): slots of each center.
        copies, sharing: `copies.Copies` and `copies.Sharing` of W′.
        shard: Number of the shard.
    """

    targets: NDArray[np.int32]
    signs: NDArray[np.float32]
    lengths: NDArray[np.int32]
    copies: Copies
    sharing: Sharing
    shard: int


def draw_targets(objective, center, key, position, share, targets, signs):
    """Writes a center's rows of W′ and their signs. Returns how many there are."""
    raise NotImplementedError


@overload(draw_targets)
def _draw_targets(objective, center, key, position, share, targets, signs):
    if _is(objective, Negatives):

        def negative(objective, center, key, position, share, targets, signs):
            state = at_position(key, position) ^ NOISE_STREAM
            return draw_negatives(objective, center, state, share, targets, signs)

        return negative

    def tree(objective, center, key, position, share, targets, signs):
        return list_path(objective, center, targets, signs)

    return tree


def prepare(objective, at, center, key, outputs, half, scratch):
    """Fills the slots for a center word, the entry `at`. Returns the number of slots."""
    raise NotImplementedError


@overload(prepare)
def _prepare(objective, at, center, key, outputs, half, scratch):
    if _is(objective, Softmax):

        def nothing(objective, at, center, key, outputs, half, scratch):
            return np.int64(0)

        return nothing
    if _is(objective, Planned):

        def planned(objective, at, center, key, outputs, half, scratch):
            chunks = np.int64(scratch.hidden.shape[1] // LANES)
            count = np.int64(objective.lengths[at])
            for slot in range(count):
                row, sign = np.int64(objective.targets[at, slot]), objective.signs[at, slot]
                if sign == 0:
                    leave_slot(scratch, half, slot)
                    continue
                # The copy of a shared row is made by its first update, which writes the changed
                # row there and leaves the old one as it is, for the other shards.
                source, home = locate(
                    row, outputs, objective.copies, objective.sharing, objective.shard
                )
                prefetch_row(home, chunks)
                set_slot(scratch, half, slot, source, home, sign)
            return finish_slots(scratch, half, count)

        return planned

    def drawn(objective, at, center, key, outputs, half, scratch):
        chunks = np.int64(scratch.hidden.shape[1] // LANES)
        row_bytes = np.int64(outputs.shape[1] * 4)
        base = np.int64(outputs.ctypes.data)
        targets, signs = scratch.targets, scratch.target_signs
        place = scratch.places[at]
        count = draw_targets(objective, center, key, place, np.int64(0), targets, signs)
        for slot in range(count):
            if signs[slot] == 0:
                leave_slot(scratch, half, slot)
                continue
            address = base + np.int64(targets[slot]) * row_bytes
            prefetch_row(address, chunks)
            set_slot(scratch, half, slot, address, address, signs[slot])
        return finish_slots(scratch, half, count)

    return drawn


@overload(update_group)
def _update_group(objective, half, begin, width, size, sums, chunks, scratch):
    if _is(objective, Planned):

        def apart(objective, half, begin, width, size, sums, chunks, scratch):
            update_apart(half, begin, width, size, sums, chunks, scratch)

        return apart

    def in_place(objective, half, begin, width, size, sums, chunks, scratch):
        update_in_place(half, begin, width, size, sums, chunks, scratch)

    return in_place


def train_window(
    architecture, objective, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    """Trains one window, its context in scratch.members and scratch.rows.

    Returns:
        Whether the loss is finite, as far as it has been looked at.
    """
    raise NotImplementedError


@overload(train_window)
def _train_window(
    architecture, objective, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    if _is(objective, Softmax):
        return _softmax_skipgram if _is(architecture, SkipGram) else _softmax_cbow
    return _grouped_skipgram if _is(architecture, SkipGram) else _grouped_cbow


def _grouped_skipgram(
    architecture, objective, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += size
    homes = homes_of(architecture, scratch)
    return learn_rows(objective, size, half, slots, alpha, homes, scratch, tally)


def _grouped_cbow(
    architecture, objective, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += 1
    chunks = np.int64(scratch.hidden.shape[1] // LANES)
    rows = np.int64(scratch.rows.ctypes.data)
    share = np.float32(1.0 / size) if architecture.mean else np.float32(1.0)
    sum_rows(np.int64(scratch.hidden.ctypes.data), rows, size, share, chunks)
    finite = learn_hidden(objective, half, slots, alpha, scratch, tally)
    back = share if architecture.exact else np.float32(1.0)
    change = np.int64(scratch.changes.ctypes.data)
    add_to_rows(homes_of(architecture, scratch), size, change, back, chunks)
    return finite


def _softmax_skipgram(
    architecture, objective, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += size
    change = scratch.changes[0]
    for i in range(size):
        row = inputs[scratch.members[i]]
        tally.loss[0] += softmax_step(row, outputs, center, alpha, objective.scores, change)
        if is_frozen(architecture, scratch.members[i]):
            continue
        for d in range(change.shape[0]):
            row[d] += change[d]
    return np.isfinite(tally.loss[0])


def _softmax_cbow(
    architecture, objective, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += 1
    hidden, change = scratch.hidden[0], scratch.changes[0]
    share = inputs.dtype.type(1.0 / size) if architecture.mean else inputs.dtype.type(1.0)
    for d in range(hidden.shape[0]):
        total = inputs.dtype.type(0.0)
        for i in range(size):
            total += inputs[scratch.members[i], d]
        hidden[d] = share * total
    tally.loss[0] += softmax_step(hidden, outputs, center, alpha, objective.scores, change)
    back = share if architecture.exact else inputs.dtype.type(1.0)
    for i in range(size):
        if is_frozen(architecture, scratch.members[i]):
            continue
        for d in range(hidden.shape[0]):
            inputs[scratch.members[i], d] += back * change[d]
    return np.isfinite(tally.loss[0])


@macro
def next_center(words, at, last):
    """The first entry from `at` on that is a word, or `last`."""
    while at < last and words[at] < 0:
        at += 1
    return at


@macro
def is_alone(words, count, center):
    """Whether a center has no other word beside it in its sentence, and so no window."""
    before = center > 0 and words[center - 1] >= 0
    return not before and not (center + 1 < count and words[center + 1] >= 0)


def _list_homes(architecture, size, scratch):
    """Lists where the changes of a window's input rows go, if not to the rows themselves."""
    raise NotImplementedError


@overload(_list_homes)
def _list_homes_by_type(architecture, size, scratch):
    if _freezes(architecture):

        def apart(architecture, size, scratch):
            waste = np.int64(scratch.waste.ctypes.data)
            for i in range(size):
                frozen = architecture.frozen[scratch.members[i]] != 0
                scratch.homes[i] = waste if frozen else scratch.rows[i]

        return apart

    def nothing(architecture, size, scratch):
        pass

    return nothing


@macro
def _list_context(words, count, center, architecture, state, scratch):
    """Lists a window's context words: row numbers and addresses. Returns how many."""
    width = np.int64(architecture.size)
    if architecture.shrink:
        width = 1 + below(mix(state), width)
    left, right = reach(words, count, center, width)
    size = np.int64(0)
    for at in range(left, right + 1):
        if at != center:
            scratch.members[size] = words[at]
            scratch.rows[size] = scratch.located[at]
            size += 1
    _list_homes(architecture, size, scratch)
    return size


@inlined
def train_gathered(
    count, first, last, key, alpha, inputs, outputs, architecture, objective, scratch, tally
):
    """Trains the windows of the centers first … last − 1 among the gathered words.

    Args:
        count: Entries of scratch.words, scratch.places and scratch.located in use.

    Returns:
        −1, or the position of the window at which the loss was found not to be finite.
    """
    chunks = np.int64(scratch.hidden.shape[1] // LANES)
    words, places = scratch.words, scratch.places
    center = next_center(words, first, last)
    if center == last:
        return np.int64(-1)
    half = np.int64(0)
    state = following(stream_of(key, places[center]))
    slots = prepare(objective, center, np.int64(words[center]), key, outputs, half, scratch)
    while center < last:
        # One window ahead, so that its output rows are on their way while this one is worked on.
        upcoming = next_center(words, center + 1, last)
        next_state, next_slots = state, slots
        if upcoming < last:
            next_state = following(stream_of(key, places[upcoming]))
            word = np.int64(words[upcoming])
            next_slots = prepare(objective, upcoming, word, key, outputs, 1 - half, scratch)
            entering = upcoming + architecture.size + PREFETCH_AHEAD
            if entering < count and words[entering] >= 0:
                prefetch_row(scratch.located[entering], chunks)
        size = _list_context(words, count, center, architecture, state, scratch)
        if size > 0:
            tally.pairs[1] += 1
            word = np.int64(words[center])
            finite = train_window(
                architecture,
                objective,
                word,
                inputs,
                outputs,
                size,
                half,
                slots,
                alpha,
                scratch,
                tally,
            )
            if not finite:
                return places[center]
        center, state, slots, half = upcoming, next_state, next_slots, 1 - half
    return np.int64(-1)


@kernel
def train_span(text, span, inputs, outputs, architecture, objective, scratch, tally):
    """Trains every window whose center lies in a span, in order, on the weights themselves.

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
    row_bytes = np.int64(inputs.shape[1] * inputs.itemsize)
    base = np.int64(inputs.ctypes.data)
    for begin in range(span.begin, span.end, BLOCK):
        end = min(begin + BLOCK, span.end)
        rate = max(span.alpha_end, span.alpha + span.slope * begin)
        alpha = inputs.dtype.type(rate)
        count, first, last = gather(
            text, begin, end, span.key, architecture.size, scratch.words, scratch.places
        )
        for at in range(count):
            scratch.located[at] = base + np.int64(scratch.words[at]) * row_bytes
        bad = train_gathered(
            count,
            first,
            last,
            span.key,
            alpha,
            inputs,
            outputs,
            architecture,
            objective,
            scratch,
            tally,
        )
        if bad >= 0:
            return bad
    if not fold_loss(tally):
        return np.int64(span.end - 1)
    return np.int64(-1)
