"""The two architectures: what is done with each window of a stretch of text, in order.

Skip-gram trains each context word's row on its own; CBOW trains the mean (or sum) of all of them.
Both run for any loss, and both train or only measure. Which is meant is told by the types of the
`architecture` and `tables` arguments, and resolved when Numba compiles, so that nothing is decided
in the loops.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.core.errors import TypingError
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined, kernel, macro, overload
from lexiscope.compiled.llvm import LANES, SLOTS
from lexiscope.training.kernels.architectures import (
    Cbow,
    SkipGram,
    freezes,
    homes_of,
    is_frozen,
    list_homes,
)
from lexiscope.training.kernels.common import (
    below,
    fold_loss,
    following,
    gather,
    mix,
    stream_of,
)
from lexiscope.training.kernels.composing import (
    begin_inputs,
    bring_inputs,
    composes,
    fetch_input,
    fill_hidden,
    leave_inputs,
)
from lexiscope.training.kernels.copies import Copies, Sharing, locate
from lexiscope.training.kernels.dispatch import (
    draw_targets,
    has_part,
    learn_pair,
    measure_pair,
    part_of,
    type_of,
)
from lexiscope.training.kernels.groups import (
    fill_slots,
    finish_slots,
    learn_hidden,
    learn_rows,
    learn_sum,
    leave_slot,
    score,
    set_slot,
    shift_slot,
    update_apart,
    update_group,
    update_in_place,
)
from lexiscope.training.kernels.hot_rows import (
    NO_ROW,
    HotRows,
    count_touches,
    exchange_copies,
    moved_to,
    positions_at_a_time,
    take_copies,
)
from lexiscope.training.kernels.rows import add_to_rows, copy_addresses, prefetch_row

PREFETCH_AHEAD = 4  # words beyond the right edge of the next window


class Planned(NamedTuple):
    """Windows whose targets have been drawn beforehand, to be trained by a shard (see `rounds`).

    Attributes:
        tables: The loss's.
        targets: int32 (entries, slots): rows of W′.
        signs: float32 (entries, slots): 0 for a slot not in use.
        lengths: int32 (entries): slots of each center.
        copies, sharing: `copies.Copies` and `copies.Sharing` of W′.
        shard: Number of the shard.
    """

    tables: Any
    targets: NDArray[np.int32]
    signs: NDArray[np.float32]
    lengths: NDArray[np.int32]
    copies: Copies
    sharing: Sharing
    shard: int


class Marked(NamedTuple):
    """Windows that are trained, while it is noted which rows of W′ they touch.

    Attributes:
        tables: The loss's.
        rows: uint8 (rows of W′): 1 for a row that a window has had.
    """

    tables: Any
    rows: NDArray[np.uint8]


class Measured(NamedTuple):
    """Windows whose loss is only measured: nothing is written to W or W′.

    Attributes:
        tables: The loss's.
    """

    tables: Any


def trains(tables):
    """Whether windows are trained, and not only measured."""
    raise NotImplementedError


@overload(trains)
def _trains(tables):
    training = type_of(tables) is not Measured

    def constant(tables):
        return training

    return constant


def prepare(tables, at, center, key, outputs, half, scratch):
    """Fills the slots for a center word, the entry `at`. Returns the number of slots."""
    raise NotImplementedError


@overload(prepare)
def _prepare(tables, at, center, key, outputs, half, scratch):
    if not has_part("draws", tables):
        part_of("learns", tables)  # an error where there is neither

        def nothing(tables, at, center, key, outputs, half, scratch):
            return np.int64(0)

        return nothing
    if type_of(tables) is Measured:

        def measured(tables, at, center, key, outputs, half, scratch):
            return prepare(tables.tables, at, center, key, outputs, half, scratch)

        return measured
    if type_of(tables) is Planned:

        def planned(tables, at, center, key, outputs, half, scratch):
            chunks = np.int64(scratch.hidden.shape[1] // LANES)
            count = np.int64(tables.lengths[at])
            for slot in range(count):
                row, sign = np.int64(tables.targets[at, slot]), tables.signs[at, slot]
                if sign == 0:
                    leave_slot(scratch, half, slot)
                    continue
                # The copy of a shared row is made by its first update, which writes the changed
                # row there and leaves the old one as it is, for the other shards.
                source, home = locate(row, outputs, tables.copies, tables.sharing, tables.shard)
                prefetch_row(home, chunks)
                set_slot(scratch, half, slot, source, home, sign)
                shift_slot(tables.tables, scratch, half, slot, row)
            return finish_slots(scratch, half, count)

        return planned

    if type_of(tables) is Marked:

        def marked(tables, at, center, key, outputs, half, scratch):
            count = prepare(tables.tables, at, center, key, outputs, half, scratch)
            for slot in range(count):
                if scratch.target_signs[slot] != 0:
                    tables.rows[scratch.targets[slot]] = 1
            return count

        return marked

    if type_of(tables) is HotRows:

        def hot(tables, at, center, key, outputs, half, scratch):
            first, moved = tables.first, moved_to(tables)
            count = _draw(tables.tables, at, center, key, outputs, first, moved, half, scratch)
            count_touches(tables, count, scratch.targets)
            return np.int64(count + count % 2)

        return hot

    def drawn(tables, at, center, key, outputs, half, scratch):
        first, moved = np.int64(NO_ROW), np.int64(0)
        count = _draw(tables, at, center, key, outputs, first, moved, half, scratch)
        return np.int64(count + count % 2)

    return drawn


@inlined
def _draw(tables, at, center, key, outputs, first, moved, half, scratch):
    """Draws a center's rows of W′ into the slots; `first` and `moved` as for `fill_slots`."""
    targets, signs = scratch.targets, scratch.target_signs
    place = scratch.places[at]
    count = draw_targets(tables, center, key, place, np.int64(0), targets, signs)
    fill_slots(outputs, first, moved, half, count, scratch)
    for slot in range(count):
        if signs[slot] != 0:
            shift_slot(tables, scratch, half, slot, np.int64(targets[slot]))
    return count


@overload(update_group)
def _update_group(tables, half, begin, width, size, sums, chunks, scratch):
    if type_of(tables) is Planned:

        def apart(tables, half, begin, width, size, sums, chunks, scratch):
            update_apart(half, begin, width, size, sums, chunks, scratch)

        return apart

    def in_place(tables, half, begin, width, size, sums, chunks, scratch):
        update_in_place(half, begin, width, size, sums, chunks, scratch)

    return in_place


def train_window(
    architecture, tables, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    """Trains one window, or measures its loss, its context in scratch.members and scratch.rows.

    Returns:
        Whether the loss is finite, as far as it has been looked at.
    """
    raise NotImplementedError


@overload(train_window)
def _train_window(
    architecture, tables, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    kind, measured = type_of(architecture), type_of(tables) is Measured
    if kind is Cbow and not measured and _is_fused(architecture, tables):
        return _fused_cbow
    window = _WINDOWS.get((kind, has_part("draws", tables), measured))
    if window is None:
        raise TypingError(f"{architecture} is no architecture; expected SkipGram or Cbow")
    return window


def _grouped_skipgram(
    architecture, tables, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += size
    homes = homes_of(architecture, scratch)
    return learn_rows(tables, size, half, slots, alpha, homes, scratch, tally)


def _grouped_cbow(
    architecture, tables, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += 1
    chunks = np.int64(scratch.hidden.shape[1] // LANES)
    back = fill_hidden(architecture, size, scratch)
    finite = learn_hidden(tables, half, slots, alpha, scratch, tally)
    change = np.int64(scratch.changes.ctypes.data)
    add_to_rows(homes_of(architecture, scratch), size, change, back, chunks)
    return finite


def _is_fused(architecture: Any, tables: Any) -> bool:
    """Whether rows can be summed while they are scored: words are rows, scores are as they come."""
    return (
        has_part("draws", tables) and not has_part("shifts", tables) and not composes(architecture)
    )


def _fused_cbow(
    architecture, tables, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += 1
    homes = homes_of(architecture, scratch)
    if 0 < slots <= SLOTS:  # the only word of a vocabulary has no turns on its path
        share = np.float32(1.0 / size) if architecture.mean else np.float32(1.0)
        back = share if architecture.exact else np.float32(1.0)
        return learn_sum(size, share, back, half, slots, alpha, homes, scratch, tally)
    chunks = np.int64(scratch.hidden.shape[1] // LANES)
    back = fill_hidden(architecture, size, scratch)
    finite = learn_hidden(tables, half, slots, alpha, scratch, tally)
    add_to_rows(homes, size, np.int64(scratch.changes.ctypes.data), back, chunks)
    return finite


def _whole_skipgram(
    architecture, tables, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += size
    change = scratch.changes[0]
    for i in range(size):
        row = inputs[scratch.members[i]]
        tally.loss[0] += learn_pair(tables, row, outputs, center, alpha, change)
        if is_frozen(architecture, scratch.members[i]):
            continue
        for d in range(change.shape[0]):
            row[d] += change[d]
    return np.isfinite(tally.loss[0])


@inlined
def _fill_hidden(inputs, members, size, share, hidden):
    for d in range(hidden.shape[0]):
        total = inputs.dtype.type(0.0)
        for i in range(size):
            total += inputs[members[i], d]
        hidden[d] = share * total


def _whole_cbow(
    architecture, tables, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += 1
    hidden, change = scratch.hidden[0], scratch.changes[0]
    share = inputs.dtype.type(1.0 / size) if architecture.mean else inputs.dtype.type(1.0)
    _fill_hidden(inputs, scratch.members, size, share, hidden)
    tally.loss[0] += learn_pair(tables, hidden, outputs, center, alpha, change)
    back = share if architecture.exact else inputs.dtype.type(1.0)
    for i in range(size):
        if is_frozen(architecture, scratch.members[i]):
            continue
        for d in range(hidden.shape[0]):
            inputs[scratch.members[i], d] += back * change[d]
    return np.isfinite(tally.loss[0])


def _grouped_skipgram_measured(
    architecture, tables, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += size
    chunks = np.int64(scratch.hidden.shape[1] // LANES)
    return score(tables, size, half, slots, chunks, alpha, scratch, tally)


def _grouped_cbow_measured(
    architecture, tables, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += 1
    chunks = np.int64(scratch.hidden.shape[1] // LANES)
    fill_hidden(architecture, size, scratch)
    scratch.rows[0] = np.int64(scratch.hidden.ctypes.data)
    return score(tables, np.int64(1), half, slots, chunks, alpha, scratch, tally)


def _whole_skipgram_measured(
    architecture, tables, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += size
    for i in range(size):
        tally.loss[0] += measure_pair(tables.tables, inputs[scratch.members[i]], outputs, center)
    return np.isfinite(tally.loss[0])


def _whole_cbow_measured(
    architecture, tables, center, inputs, outputs, size, half, slots, alpha, scratch, tally
):
    tally.pairs[0] += 1
    hidden = scratch.hidden[0]
    share = inputs.dtype.type(1.0 / size) if architecture.mean else inputs.dtype.type(1.0)
    _fill_hidden(inputs, scratch.members, size, share, hidden)
    tally.loss[0] += measure_pair(tables.tables, hidden, outputs, center)
    return np.isfinite(tally.loss[0])


# By the architecture, whether the loss has slots, and whether it is only measured.
_WINDOWS: dict[tuple[type | None, bool, bool], Any] = {
    (SkipGram, True, False): _grouped_skipgram,
    (SkipGram, True, True): _grouped_skipgram_measured,
    (SkipGram, False, False): _whole_skipgram,
    (SkipGram, False, True): _whole_skipgram_measured,
    (Cbow, True, False): _grouped_cbow,
    (Cbow, True, True): _grouped_cbow_measured,
    (Cbow, False, False): _whole_cbow,
    (Cbow, False, True): _whole_cbow_measured,
}


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


@macro
def _sentence_end(words, count, at):
    """The first entry from `at` on that is no word, or `count`."""
    while at < count and words[at] >= 0:
        at += 1
    return at


@macro
def _sentence_begin(words, at):
    """The first word of the sentence that the word at `at` stands in, as far as it was gathered."""
    while at > 0 and words[at - 1] >= 0:
        at -= 1
    return at


def list_members(architecture, tables, words, left, center, right, scratch):
    """Lists a window's row numbers, where not only their addresses are asked for."""
    raise NotImplementedError


@overload(list_members)
def _list_members(architecture, tables, words, left, center, right, scratch):
    if has_part("draws", tables) and not (freezes(architecture) or composes(architecture)):

        def nothing(architecture, tables, words, left, center, right, scratch):
            pass

        return nothing

    def listed(architecture, tables, words, left, center, right, scratch):
        size = np.int64(0)
        for at in range(left, right):
            if at != center:
                scratch.members[size] = words[at]
                size += 1

    return listed


@inlined
def _list_context(words, begin, end, center, architecture, tables, state, scratch):
    """Lists the context words of a window in the sentence from `begin` to before `end`.

    Returns:
        How many there are; their addresses stand in scratch.rows.
    """
    width = np.int64(architecture.size)
    if architecture.shrink:
        width = 1 + below(mix(state), width)
    left, right = max(begin, center - width), min(end, center + width + 1)
    located, rows = np.int64(scratch.located.ctypes.data), np.int64(scratch.rows.ctypes.data)
    before = center - left
    copy_addresses(rows, located + 8 * left, before)
    copy_addresses(rows + 8 * before, located + 8 * (center + 1), right - center - 1)
    list_members(architecture, tables, words, left, center, right, scratch)
    size = right - left - 1
    list_homes(architecture, size, scratch)
    return size


@inlined
def train_gathered(
    count, first, last, key, alpha, inputs, outputs, architecture, tables, scratch, tally
):
    """Trains, or measures, the windows of the centers first … last − 1 among the gathered words.

    Args:
        count: Entries of scratch.words, scratch.places and scratch.located in use.

    Returns:
        −1, or the position of the window at which the loss was found not to be finite.
    """
    words, places = scratch.words, scratch.places
    center = next_center(words, first, last)
    if center == last:
        return np.int64(-1)
    half = np.int64(0)
    begin_inputs(architecture, center, scratch)
    state = following(stream_of(key, places[center]))
    slots = prepare(tables, center, np.int64(words[center]), key, outputs, half, scratch)
    begin, end = _sentence_begin(words, center), _sentence_end(words, count, center)
    while center < last:
        # One window ahead, so that its output rows are on their way while this one is worked on.
        upcoming = next_center(words, center + 1, last)
        next_state, next_slots = state, slots
        if upcoming < last:
            next_state = following(stream_of(key, places[upcoming]))
            word = np.int64(words[upcoming])
            next_slots = prepare(tables, upcoming, word, key, outputs, 1 - half, scratch)
            entering = upcoming + architecture.size + PREFETCH_AHEAD
            if entering < count and words[entering] >= 0:
                fetch_input(architecture, inputs, entering, scratch)
        bring_inputs(architecture, trains(tables), inputs, count, center, scratch)
        if center > end:
            begin, end = center, _sentence_end(words, count, center)
        size = _list_context(words, begin, end, center, architecture, tables, state, scratch)
        if size > 0:
            tally.pairs[1] += 1
            word = np.int64(words[center])
            finite = train_window(
                architecture,
                tables,
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
    leave_inputs(architecture, trains(tables), inputs, scratch)
    return np.int64(-1)


@inlined
def _work_off(text, span, inputs, outputs, architecture, tables, scratch, tally):
    row_bytes = np.int64(inputs.shape[1] * inputs.itemsize)
    base = np.int64(inputs.ctypes.data)
    block = positions_at_a_time(tables)
    take_copies(tables, outputs)
    for begin in range(span.begin, span.end, block):
        end = min(begin + block, span.end)
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
            tables,
            scratch,
            tally,
        )
        exchange_copies(tables, outputs, rate)
        if bad >= 0:
            return bad
    if not fold_loss(tally):
        return np.int64(span.end - 1)
    return np.int64(-1)


@kernel
def train_span(text, span, inputs, outputs, architecture, tables, scratch, tally):
    """Trains every window whose center lies in a span, in order, on the weights themselves.

    Args:
        text: `common.Text`.
        span: `common.Span`.
        inputs: W, (V, D): rows 64-byte aligned, D a multiple of 16, zero beyond the dimension;
            float32, or for a loss without slots also float64.
        outputs: W′, (V or V − 1, D), likewise.
        architecture: `SkipGram` or `Cbow`.
        tables: The loss's, with buffers of this worker's own.
        scratch: `groups.Scratch`, this worker's own.
        tally: `common.Tally`, added to.

    Returns:
        −1, or the position of the window at which the loss was found not to be finite.
    """
    return _work_off(text, span, inputs, outputs, architecture, tables, scratch, tally)


@kernel
def train_marked(text, span, inputs, outputs, architecture, tables, marks, scratch, tally):
    """Trains the windows of a span as `train_span` does, and notes the rows that it may change.

    Args:
        text, span, inputs, outputs, architecture, tables, scratch, tally: As for `train_span`; of
            a loss with slots, and without subwords.
        marks: (uint8 (V,), uint8 (rows of W′)), set to 1 for the rows of W and of W′ that some
            window may have changed.

    Returns:
        As `train_span`.
    """
    ids = text.ids
    first, last = np.int64(span.begin), np.int64(span.end)
    while first > 0 and ids[first - 1] >= 0:
        first -= 1
    while last < ids.shape[0] and ids[last] >= 0:
        last += 1
    for position in range(first, last):
        if ids[position] >= 0:
            marks[0][ids[position]] = 1
    noted = Marked(tables, marks[1])
    return _work_off(text, span, inputs, outputs, architecture, noted, scratch, tally)


@kernel
def measure_span(text, span, inputs, outputs, architecture, tables, scratch, tally):
    """The loss of the same windows with the weights as they stand; the matrices are only read.

    Args:
        All: As for `train_span`; the span's learning rates play no part.

    Returns:
        Likewise.
    """
    return _work_off(text, span, inputs, outputs, architecture, Measured(tables), scratch, tally)
