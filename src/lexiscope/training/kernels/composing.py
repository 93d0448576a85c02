"""Inputs made of several rows of W: a word's own and those of its character n-grams.

As in fastText (Bojanowski et al. 2017) a word's vector is the mean of these rows, and each of them
takes the whole of the vector's change. The mean then moves by just that change, so that a word's
vector can be made once, trained as if it were a row of W, and its change be handed to the rows
afterwards. A vector is made when its word comes into reach of the window, shared by all places of
the word that are in reach, and handed back when the last of them has gone by: for each place the
rows are read once and written once, where fastText does so for each pair.

What is left between two words in reach that have n-grams in common: neither sees the other's
changes before it is handed back, at most two windows' widths later.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined, kernel, overload
from lexiscope.compiled.llvm import LANES
from lexiscope.training.kernels.dispatch import member, type_of
from lexiscope.training.kernels.memory import aligned
from lexiscope.training.kernels.rows import (
    add_to_rows,
    copy_row,
    prefetch_row,
    sum_rows,
    sum_rows_weighted,
)

FREE = -1


class Ngrams(NamedTuple):
    """The rows of W that each word's vector is the mean of.

    Attributes:
        starts: int64 (V + 1), where each word's rows begin in `rows`; each has one at least.
        rows: int32, rows of W: a word's own first, then those of its n-grams, some perhaps twice.
    """

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]


class Composed(NamedTuple):
    """A worker's vectors of the words in reach of a window.

    Attributes:
        vectors: float32 (places, D): as they are trained.
        began: float32 (places, D): as they were made.
        words: int32 (places): whose they are, FREE for nobody's.
        uses: int32 (places): how often each word is in reach.
        entered: int32 (length of `Scratch.words`): the place of each entry in reach.
        reach: int64 (2): entries from here to there, exclusively, are in reach.
        addresses: int64 (rows of a word at most): where a word's rows are.
        weights: float32 (members of a window): how many rows each is made of.
    """

    vectors: NDArray[np.float32]
    began: NDArray[np.float32]
    words: NDArray[np.int32]
    uses: NDArray[np.int32]
    entered: NDArray[np.int32]
    reach: NDArray[np.int64]
    addresses: NDArray[np.int64]
    weights: NDArray[np.float32]


def new_composed(padded: int, window: int, length: int, most_rows: int) -> Composed:
    """Buffers for windows of `window` words to either side; none where no word has several rows.

    Args:
        padded: Floats of a row.
        window: Words to either side.
        length: Of the worker's list of gathered words.
        most_rows: Rows of a word at most; 0 where words are rows of W themselves.
    """
    places = 2 * window + 1 if most_rows else 0
    return Composed(
        vectors=aligned((places, padded)),
        began=aligned((places, padded)),
        words=aligned(places, np.int32),
        uses=aligned(places, np.int32),
        entered=aligned(length if most_rows else 0, np.int32),
        reach=aligned(2, np.int64),
        addresses=aligned(most_rows, np.int64),
        weights=aligned(places + 1, np.float32),
    )


def composes(architecture: Any) -> bool:
    """Whether an architecture's words are made of several rows, given its Numba type."""
    return type_of(member(architecture, "ngrams")) is Ngrams


@inlined
def _list_rows(ngrams, word, base, row_bytes, addresses):
    """Lists where a word's rows are. Returns how many."""
    begin = ngrams.starts[word]
    count = ngrams.starts[word + 1] - begin
    for at in range(count):
        addresses[at] = base + np.int64(ngrams.rows[begin + at]) * row_bytes
    return count


@inlined
def _enter(ngrams, inputs, at, scratch):
    """Makes the vector of an entry's word, unless another entry in reach has it."""
    composed, word = scratch.composed, scratch.words[at]
    place, free = np.int64(FREE), np.int64(FREE)
    for other in range(composed.words.shape[0]):
        if composed.words[other] == word:
            place = np.int64(other)
        elif composed.words[other] == FREE:
            free = np.int64(other)
    vectors = np.int64(composed.vectors.ctypes.data)
    row_bytes = np.int64(composed.vectors.shape[1] * 4)
    if place == FREE:
        place = free
        chunks = np.int64(composed.vectors.shape[1] // LANES)
        addresses = np.int64(composed.addresses.ctypes.data)
        base = np.int64(inputs.ctypes.data)
        count = _list_rows(ngrams, word, base, row_bytes, composed.addresses)
        vector = vectors + place * row_bytes
        sum_rows(vector, addresses, count, np.float32(1.0 / count), chunks)
        copy_row(np.int64(composed.began.ctypes.data) + place * row_bytes, vector, chunks)
        composed.words[place] = word
        composed.uses[place] = 0
    composed.uses[place] += 1
    composed.entered[at] = place
    scratch.located[at] = vectors + place * row_bytes


@inlined
def _hand_back(ngrams, inputs, place, scratch):
    """Adds a vector's change to its rows."""
    composed = scratch.composed
    row_bytes = np.int64(composed.vectors.shape[1] * 4)
    for d in range(composed.vectors.shape[1]):
        composed.began[place, d] = composed.vectors[place, d] - composed.began[place, d]
    word = composed.words[place]
    base = np.int64(inputs.ctypes.data)
    count = _list_rows(ngrams, word, base, row_bytes, composed.addresses)
    add_to_rows(
        np.int64(composed.addresses.ctypes.data),
        count,
        np.int64(composed.began.ctypes.data) + place * row_bytes,
        np.float32(1.0),
        np.int64(composed.vectors.shape[1] // LANES),
    )


@inlined
def _leave(ngrams, inputs, trains, before, scratch):
    """Hands back the vectors of the entries in reach before a given one."""
    composed = scratch.composed
    left, right = composed.reach[0], composed.reach[1]
    while left < min(before, right):
        if scratch.words[left] >= 0:
            place = np.int64(composed.entered[left])
            composed.uses[place] -= 1
            if composed.uses[place] == 0:
                if trains:
                    _hand_back(ngrams, inputs, place, scratch)
                composed.words[place] = FREE
        left += 1
    composed.reach[0] = left


def begin_inputs(architecture, center, scratch):
    """Before the first center of a block: nothing is in reach."""
    raise NotImplementedError


@overload(begin_inputs)
def _begin_inputs(architecture, center, scratch):
    if not composes(architecture):

        def nothing(architecture, center, scratch):
            pass

        return nothing

    def begin(architecture, center, scratch):
        first = max(np.int64(0), center - architecture.size)
        scratch.composed.words[:] = FREE
        scratch.composed.reach[:] = first

    return begin


def bring_inputs(architecture, trains, inputs, count, center, scratch):
    """Sees to it that all words in reach of a center have their vectors, in scratch.located.

    Args:
        architecture: `architectures.SkipGram` or `architectures.Cbow`.
        trains: Whether the vectors' changes are to be handed back.
        inputs: W.
        count: Entries of scratch.words in use.
        center: The entry of the window's center; never one before an earlier one.
        scratch: `groups.Scratch`.
    """
    raise NotImplementedError


@overload(bring_inputs)
def _bring_inputs(architecture, trains, inputs, count, center, scratch):
    if not composes(architecture):

        def nothing(architecture, trains, inputs, count, center, scratch):
            pass

        return nothing

    def bring(architecture, trains, inputs, count, center, scratch):
        reach = scratch.composed.reach
        first = center - architecture.size
        _leave(architecture.ngrams, inputs, trains, first, scratch)
        if reach[0] < first:  # nothing was in reach; in between there are only ends of sentences
            reach[0] = first
            reach[1] = first
        last = min(center + architecture.size + 1, count)
        for at in range(reach[1], last):
            if scratch.words[at] >= 0:
                _enter(architecture.ngrams, inputs, at, scratch)
        reach[1] = max(reach[1], last)

    return bring


def leave_inputs(architecture, trains, inputs, scratch):
    """After the last center of a block: all changes are handed back."""
    raise NotImplementedError


@overload(leave_inputs)
def _leave_inputs(architecture, trains, inputs, scratch):
    if not composes(architecture):

        def nothing(architecture, trains, inputs, scratch):
            pass

        return nothing

    def leave(architecture, trains, inputs, scratch):
        everything = scratch.composed.reach[1]
        _leave(architecture.ngrams, inputs, trains, everything, scratch)

    return leave


def fetch_input(architecture, inputs, at, scratch):
    """Asks for the rows of an entry that will come into reach, a word."""
    raise NotImplementedError


@overload(fetch_input)
def _fetch_input(architecture, inputs, at, scratch):
    if not composes(architecture):

        def its_row(architecture, inputs, at, scratch):
            prefetch_row(scratch.located[at], np.int64(scratch.hidden.shape[1] // LANES))

        return its_row

    def all_rows(architecture, inputs, at, scratch):
        chunks = np.int64(scratch.hidden.shape[1] // LANES)
        row_bytes = np.int64(inputs.shape[1] * 4)
        base = np.int64(inputs.ctypes.data)
        ngrams, word = architecture.ngrams, scratch.words[at]
        for row in range(ngrams.starts[word], ngrams.starts[word + 1]):
            prefetch_row(base + np.int64(ngrams.rows[row]) * row_bytes, chunks)

    return all_rows


def fill_hidden(architecture, size, scratch):
    """CBOW's hidden vector from the rows listed in scratch.rows, to scratch.hidden.

    Where words are made of several rows, it is the mean of all words' rows, as in fastText: a word
    counts as many times as it has rows.

    Returns:
        The share of the hidden vector's change that each word is to take.
    """
    raise NotImplementedError


@overload(fill_hidden)
def _fill_hidden(architecture, size, scratch):
    if not composes(architecture):

        def of_rows(architecture, size, scratch):
            chunks = np.int64(scratch.hidden.shape[1] // LANES)
            rows = np.int64(scratch.rows.ctypes.data)
            share = np.float32(1.0 / size) if architecture.mean else np.float32(1.0)
            sum_rows(np.int64(scratch.hidden.ctypes.data), rows, size, share, chunks)
            return share if architecture.exact else np.float32(1.0)

        return of_rows

    def of_all_rows(architecture, size, scratch):
        chunks = np.int64(scratch.hidden.shape[1] // LANES)
        starts, weights = architecture.ngrams.starts, scratch.composed.weights
        total = np.int64(0)
        for i in range(size):
            word = scratch.members[i]
            count = starts[word + 1] - starts[word]
            weights[i] = np.float32(count)
            total += count
        share = np.float32(1.0 / total)
        sum_rows_weighted(
            np.int64(scratch.hidden.ctypes.data),
            np.int64(scratch.rows.ctypes.data),
            np.int64(weights.ctypes.data),
            size,
            share if architecture.mean else np.float32(1.0),
            chunks,
        )
        # As in gensim a sum's change is divided, or it would overshoot by as much as it has rows.
        whole = architecture.mean and not architecture.exact
        return np.float32(1.0) if whole else share

    return of_all_rows


@kernel
def compose_words(ngrams, inputs, first, words):
    """Makes the vectors of words that follow one another.

    Args:
        ngrams: `Ngrams`.
        inputs: W, (V + n-grams, D): rows 64-byte aligned, D a multiple of 16.
        first: The first word.
        words: float32 (n, D), likewise aligned; written.
    """
    for place in range(words.shape[0]):
        begin, end = ngrams.starts[first + place], ngrams.starts[first + place + 1]
        for d in range(words.shape[1]):
            words[place, d] = 0
        for at in range(begin, end):
            row = ngrams.rows[at]
            for d in range(words.shape[1]):
                words[place, d] += inputs[row, d]
        share = np.float32(1.0 / (end - begin))
        for d in range(words.shape[1]):
            words[place, d] *= share
