"""Reproducible threads: rounds of logical shards that give the same bits for any number of workers.

A round is `shards` blocks of text. In it every shard sees the weights as they stood at its start,
and the round ends by bringing all shards' changes together, row by row, in the shards' order. Which
thread works on which shard therefore makes no difference.

Three steps, with a barrier between them:

1. Plan. Each shard gathers its words, draws its windows' targets, and marks the rows of W and W′
   that it will touch.
2. Train. A row that only one shard has marked is trained in place: nobody else looks at it in this
   round. For a row marked by several, each of them makes a copy and trains that. Rare words are
   most of the vocabulary and hardly ever shared, so that few rows are copied.
3. Merge. Each thread takes the shared rows whose number leaves its own index as remainder, and
   adds the copies' differences from the old row.

Steps 3 and 1 of the next round need no barrier between them: merging looks at no marks, and a
shard's marks are its own to wipe and to set.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined, kernel
from lexiscope.compiled.llvm import LANES, SLOT_STRIDE, SLOTS
from lexiscope.compiled.sync import barrier, fetch_add, load_shared
from lexiscope.training.kernels.architectures import Cbow, SkipGram, is_frozen
from lexiscope.training.kernels.common import below, fold_loss, gather, mix
from lexiscope.training.kernels.copies import (
    Copies,
    Sharing,
    find_shared,
    locate,
    mark,
    merge,
    new_copies,
    new_sharing,
    wipe,
)
from lexiscope.training.kernels.dispatch import draw_targets
from lexiscope.training.kernels.memory import aligned
from lexiscope.training.kernels.rows import copy_row, fetch_row
from lexiscope.training.kernels.windows import (
    Planned,
    is_alone,
    next_center,
    train_gathered,
)

# Touches of a row of W and of W′, times the learning rate, whose changes in a round are only added
# up. A window of skip-gram changes a row of W′ once for each of its context words, and a row of W
# goes all of its step by itself. With CBOW's mean a window changes a row of W′ once, and a row of W
# is one part in many of the hidden vector: what others do to it is felt that much less.
STALE_TOUCHES = {"skipgram": (0.2, 1.0), "mean": (5.0, 5.0), "sum": (0.2, 1.0)}

# Words whose rows are fetched before they are looked at.
FETCH_AHEAD = 8

# Places in Rounds.control, each on a cache line of its own.
STOP, ARRIVED, TICKETS, AGREED, LINE = 0, 8, 16, 24, 8


class Rounds(NamedTuple):
    """What the threads of a run share.

    Attributes:
        shards: Number of shards, at most MAX_SHARDS.
        block: Positions of a shard.
        control: int64: STOP (set by Python to end after the round), ARRIVED (barrier), TICKETS
            (shards handed out), AGREED (whether to stop, the same for all threads).
        words, places: (shards, length): what each shard has gathered.
        bounds: int64 (shards, 3): count, first, last of that.
        targets: int32 (shards, length, slots): rows of W′ of each center, −1 for an empty slot.
        signs: float32 (shards, length, slots).
        lengths: int32 (shards, length).
        bad: int64 (shards): −1, or where the loss was found not to be finite.
        stale: float64 (2): the touches of `stale_touches`.
        inputs, outputs: `copies.Copies` of W and of W′.
    """

    shards: int
    block: int
    control: NDArray[np.int64]
    words: NDArray[np.int32]
    places: NDArray[np.int64]
    bounds: NDArray[np.int64]
    targets: NDArray[np.int32]
    signs: NDArray[np.float32]
    lengths: NDArray[np.int32]
    bad: NDArray[np.int64]
    stale: NDArray[np.float64]
    inputs: Copies
    outputs: Copies


class View(NamedTuple):
    """What a thread of a run has for itself.

    Attributes:
        inputs, outputs: `copies.Sharing` of W and of W′.
        addresses: int64 (shards), for one row's copies.
    """

    inputs: Sharing
    outputs: Sharing
    addresses: NDArray[np.int64]


def stale_touches(architecture: SkipGram | Cbow) -> tuple[float, float]:
    """Touches of a row of W and of W′, times the learning rate, that may be added up unweighted."""
    if isinstance(architecture, SkipGram):
        return STALE_TOUCHES["skipgram"]
    return STALE_TOUCHES["mean" if architecture.mean else "sum"]


def new_rounds(
    rows: tuple[int, int],
    padded: int,
    architecture: SkipGram | Cbow,
    outputs: int,
    shards: int,
    block: int,
) -> Rounds:
    """Shared tables.

    Args:
        rows: Rows of W and of W′.
        padded: Their length in floats.
        architecture: With the words to either side of a window.
        outputs: Targets of a window at most.
        shards, block: See `Rounds`.
    """
    slots = -(-outputs // SLOTS) * SLOT_STRIDE  # eight are drawn at once
    length = block + 2 * architecture.size + 2
    return Rounds(
        shards,
        block,
        aligned(4 * LINE, np.int64),
        aligned((shards, length), np.int32),
        aligned((shards, length), np.int64),
        aligned((shards, 3), np.int64),
        aligned((shards, length, slots), np.int32),
        aligned((shards, length, slots)),
        aligned((shards, length), np.int32),
        np.full(shards, -1, np.int64),
        np.array(stale_touches(architecture)),
        new_copies(rows[0], padded, shards, length),
        new_copies(rows[1], padded, shards, length * outputs),
    )


def new_view(rounds: Rounds) -> View:
    """Tables of one thread."""
    return View(
        new_sharing(rounds.inputs), new_sharing(rounds.outputs), aligned(rounds.shards, np.int64)
    )


@inlined
def _plan(text, span, begin, architecture, tables, rounds, shard):
    """Gathers a shard's words, draws its targets and marks its rows."""
    wipe(rounds.inputs, shard)
    wipe(rounds.outputs, shard)
    words, places = rounds.words[shard], rounds.places[shard]
    end = min(begin + rounds.block, span.end)
    stride = rounds.shards * rounds.block
    count, first, last = np.int64(0), np.int64(0), np.int64(0)
    if begin < end:
        count, first, last = gather(text, begin, end, span.key, architecture.size, words, places)
    rounds.bounds[shard, 0] = count
    rounds.bounds[shard, 1] = first
    rounds.bounds[shard, 2] = last
    for at in range(count):
        if words[at] >= 0 and not is_frozen(architecture, words[at]):
            mark(rounds.inputs, np.int64(words[at]), shard)
    # Another share for each shard, and another one in each round.
    share = (
        shard + below(mix(span.key + np.uint64(begin // stride)), rounds.shards)
    ) % rounds.shards
    at = next_center(words, first, last)
    while at < last:
        targets, signs = rounds.targets[shard, at], rounds.signs[shard, at]
        center = np.int64(words[at])
        length = np.int64(0)
        if not is_alone(words, count, at):
            length = draw_targets(tables, center, span.key, places[at], share, targets, signs)
        rounds.lengths[shard, at] = length
        for slot in range(length):
            if targets[slot] >= 0:
                mark(rounds.outputs, np.int64(targets[slot]), shard)
        at = next_center(words, at + 1, last)


@inlined
def _locate_inputs(architecture, rounds, view, shard, inputs, scratch):
    """Hands a shard's words to the thread's buffers, with the addresses of their rows."""
    row_bytes = np.int64(inputs.shape[1] * 4)
    base = np.int64(inputs.ctypes.data)
    words, places = rounds.words[shard], rounds.places[shard]
    chunks = np.int64(inputs.shape[1] // LANES)
    count = rounds.bounds[shard, 0]
    for at in range(count):
        if at + FETCH_AHEAD < count:
            fetch_row(base + np.int64(max(words[at + FETCH_AHEAD], 0)) * row_bytes, chunks)
        word = np.int64(words[at])
        scratch.words[at] = word
        scratch.places[at] = places[at]
        if word < 0:
            continue
        if is_frozen(architecture, word):  # nobody changes it, so that nobody needs a copy
            scratch.located[at] = base + word * row_bytes
        else:
            source, home = locate(word, inputs, rounds.inputs, view.inputs, shard)
            if source != home:
                copy_row(home, source, chunks)
            scratch.located[at] = home


@inlined
def _train(span, begin, inputs, outputs, architecture, tables, rounds, view, shard, scratch, tally):
    """Trains a shard's windows, on copies where rows are shared."""
    _locate_inputs(architecture, rounds, view, shard, inputs, scratch)
    rate = max(span.alpha_end, span.alpha + span.slope * begin)
    planned = Planned(
        tables,
        rounds.targets[shard],
        rounds.signs[shard],
        rounds.lengths[shard],
        rounds.outputs,
        view.outputs,
        shard,
    )
    rounds.bad[shard] = train_gathered(
        rounds.bounds[shard, 0],
        rounds.bounds[shard, 1],
        rounds.bounds[shard, 2],
        span.key,
        np.float32(rate),
        inputs,
        outputs,
        architecture,
        planned,
        scratch,
        tally,
    )


@kernel
def run_rounds(
    thread,
    threads,
    text,
    span,
    inputs,
    outputs,
    architecture,
    tables,
    rounds,
    view,
    scratch,
    tallies,
):
    """One thread's part in the rounds of a span; all threads must call it with the same arguments.

    Args:
        thread, threads: Which of how many.
        text: `common.Text`.
        span: `common.Span`; begin is where a round begins.
        inputs, outputs: W and W′, as in `windows.train_span`.
        architecture, tables: Likewise; of a loss with slots, and for as many shards.
        rounds: `Rounds`, shared; its control all zeros.
        view: This thread's `View`.
        scratch: This thread's `groups.Scratch`.
        tallies: A tuple with a `common.Tally` for each shard.

    Returns:
        The position reached.
    """
    control = np.int64(rounds.control.ctypes.data)
    arrived, tickets = control + 8 * ARRIVED, control + 8 * TICKETS
    stride = np.int64(rounds.shards * rounds.block)
    generation = np.int64(0)
    position = np.int64(span.begin)
    handed = np.int64(0)
    for shard in range(thread, rounds.shards, threads):
        _plan(
            text,
            span,
            position + shard * rounds.block,
            architecture,
            tables,
            rounds,
            shard,
        )
    while position < span.end:
        generation = barrier(arrived, threads, generation)
        find_shared(rounds.inputs, view.inputs)
        find_shared(rounds.outputs, view.outputs)
        while True:
            shard = fetch_add(tickets, np.int64(1)) - handed
            if shard >= rounds.shards:
                break
            _train(
                span,
                position + shard * rounds.block,
                inputs,
                outputs,
                architecture,
                tables,
                rounds,
                view,
                shard,
                scratch,
                tallies[shard],
            )
        # Every thread draws one ticket too many.
        handed += rounds.shards + threads
        if thread == 0:
            rounds.control[AGREED] = load_shared(control + 8 * STOP)
        generation = barrier(arrived, threads, generation)
        rate = max(span.alpha_end, span.alpha + span.slope * position)
        rate = max(rate, 1e-9)
        limits = rounds.stale[0] / rate, rounds.stale[1] / rate
        merge(inputs, rounds.inputs, view.inputs, thread, threads, limits[0], view.addresses)
        merge(outputs, rounds.outputs, view.outputs, thread, threads, limits[1], view.addresses)
        position = min(position + stride, np.int64(span.end))
        stopping = rounds.control[AGREED] != 0
        for shard in range(rounds.shards):
            stopping = stopping or rounds.bad[shard] >= 0
        if stopping:
            break
        if position < span.end:
            for shard in range(thread, rounds.shards, threads):
                begin = position + shard * rounds.block
                _plan(text, span, begin, architecture, tables, rounds, shard)
    if thread == 0:
        for shard in range(rounds.shards):
            if not fold_loss(tallies[shard]) and rounds.bad[shard] < 0:
                rounds.bad[shard] = position - 1
    return position
