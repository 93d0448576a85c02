"""The compiled kernels of phrases: pairs of words counted, and pairs of words joined.

A text is int32, the ids of its words with −1 at the end of each sentence. A *pair* is what may
become a phrase: a word, any number of connector words behind it ("bank of the"), and the next word
that is no connector. So its key has two halves of 32 bits: what it begins with, and its last word.
It begins with a word's id, or with the number of a *node*, whose top bit is set: nodes stand for a
word with connectors behind it, each for the one before it (a word or a node) and one connector
more.

**The tables** are open-addressing, probed linearly, of 16-byte slots, four to a cache line: a key
plus one (0 where the slot is free) and a value. Candidates are gathered in batches, hashed and
prefetched, then probed, so that the misses of a batch overlap. A kernel that may run out of room
says so before it starts a batch, and its caller makes room and calls it again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined, kernel
from lexiscope.compiled.intrinsics import fold_product, prefetch

BATCH = 512
"""Most pairs in a batch, and most nodes that a batch may make."""

SLOT_BYTES = 16

NODE = 1 << 31
"""The bit of a pair's first half that says it is a node."""

DONE, NEEDS_ROOM, FULL = 0, 1, 2
"""What `count_pairs` answers: the text is used up, a table must grow, or it has too many keys."""

POSITION, START, PAIRS, NODES, TOKENS, WORDS = 0, 1, 2, 3, 4, 5
COUNT_STATE_SIZE = 6

NO_START = -1
_DEAD = -2  # the connectors behind a start that no pair has

_SEED = np.uint64(0x9E3779B97F4A7C15)
_MIXED = np.uint64(0xD6E8FEB86659FD93)
_ONE = np.uint64(1)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@inlined
def _home(key, mask):
    """The slot that a key is looked for first."""
    return np.int64(fold_product(key ^ _SEED, _MIXED) & np.uint64(mask))


@inlined
def _key(start, word):
    return (np.uint64(start) << _HALF) | np.uint64(word)


@inlined
def _find(slots, key):
    """The slot of a key, or the free one where it belongs."""
    mask = slots.shape[0] - 1
    place = _home(key, mask)
    while slots[place, 0] != 0 and slots[place, 0] != key + _ONE:
        place = (place + 1) & mask
    return place


@inlined
def _node(start, word, slots, keys, state):
    """The node of a start with one connector more; made where it is new."""
    key = _key(start, word)
    place = _find(slots, key)
    if slots[place, 0] == 0:
        slots[place, 0] = key + _ONE
        slots[place, 1] = np.uint64(state[3])
        keys[state[3]] = key
        state[3] += 1
    return np.int64(slots[place, 1]) | NODE


@kernel
def count_pairs(
    text: NDArray[np.int32],
    origin: int,
    most: int,
    is_connector: NDArray[np.uint8],
    counts: NDArray[np.int64],
    firsts: NDArray[np.int64],
    slots: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    key_firsts: NDArray[np.int64],
    node_slots: NDArray[np.uint64],
    node_keys: NDArray[np.uint64],
    batch: NDArray[np.uint64],
    places: NDArray[np.int64],
    state: NDArray[np.int64],
) -> int:
    """Count the words of a text that are no connectors, and its pairs.

    Args:
        text: Ids, −1 at the end of each sentence.
        origin: What to add to a place in `text` to get the place that is recorded.
        most: Distinct words and pairs, beyond which it stops at the next end of a sentence.
        is_connector: By word, 1 for a connector.
        counts, firsts: By word, how often it was seen and where first.
        slots: The pairs' table: keys, and the pairs' counts.
        keys, key_firsts: The pairs by number: their keys, and where they were first seen.
        node_slots: The nodes' table: keys, and the nodes' numbers.
        node_keys: The nodes by number.
        batch, places: Scratch, `BATCH` and twice `BATCH` long.
        state: `COUNT_STATE_SIZE` integers that last from call to call (`POSITION`, `START`, …).

    Returns:
        `DONE`, `NEEDS_ROOM` or `FULL`; unless it is `DONE`, `state[POSITION]` is where to go on.
    """
    mask = slots.shape[0] - 1
    table = np.int64(slots.ctypes.data)
    position, start = state[0], state[1]
    size = text.shape[0]
    answer = 0
    while position < size:
        if state[2] + BATCH > keys.shape[0] or state[3] + BATCH > node_keys.shape[0]:
            answer = 1
            break
        gathered, nodes, first = 0, state[3], position
        ended = False
        while position < size and gathered < BATCH and state[3] - nodes < BATCH and not ended:
            word = np.int64(text[position])
            if word < 0:
                start = np.int64(-1)
                ended = state[2] + gathered + state[5] > most
            elif is_connector[word] != 0:
                state[4] += 1
                if start >= 0:
                    start = _node(start, word, node_slots, node_keys, state)
            else:
                state[4] += 1
                if counts[word] == 0:
                    firsts[word] = origin + position
                    state[5] += 1
                counts[word] += 1
                if start >= 0:
                    key = _key(start, word)
                    place = _home(key, mask)
                    prefetch(table + place * SLOT_BYTES)
                    batch[gathered] = key
                    places[gathered] = place
                    places[BATCH + gathered] = position - first
                    gathered += 1
                start = word
            position += 1
        for k in range(gathered):
            key, place = batch[k], places[k]
            while slots[place, 0] != 0 and slots[place, 0] != key + _ONE:
                place = (place + 1) & mask
            if slots[place, 0] == 0:
                number = state[2]
                slots[place, 0] = key + _ONE
                keys[number] = key
                key_firsts[number] = origin + first + places[BATCH + k]
                state[2] += 1
            slots[place, 1] += _ONE
        if ended and state[2] + state[5] > most:
            answer = 2
            break
    state[0], state[1] = position, start
    return answer


@kernel
def put_keys(
    keys: NDArray[np.uint64], values: NDArray[np.uint64], slots: NDArray[np.uint64]
) -> None:
    """Put keys with their values into a table that has room; values of equal keys add up."""
    for k in range(keys.shape[0]):
        place = _find(slots, keys[k])
        slots[place, 0] = keys[k] + _ONE
        slots[place, 1] += values[k]


@kernel
def take_values(
    keys: NDArray[np.uint64], slots: NDArray[np.uint64], values: NDArray[np.uint64]
) -> None:
    """The values of keys in a table; 0 for those that are not in it."""
    for k in range(keys.shape[0]):
        place = _find(slots, keys[k])
        values[k] = slots[place, 1] if slots[place, 0] != 0 else np.uint64(0)


@kernel
def trace_nodes(
    node_keys: NDArray[np.uint64],
    flags: NDArray[np.uint8],
    roots: NDArray[np.int64],
    node_flags: NDArray[np.uint8],
) -> None:
    """For each node the word that it begins with, and whether any of its words has a flag."""
    for node in range(node_keys.shape[0]):
        before = np.int64(node_keys[node] >> _HALF)
        word = np.int64(node_keys[node] & _LOW)
        if before >= NODE:
            roots[node] = roots[before - NODE]
            node_flags[node] = node_flags[before - NODE] | flags[word]
        else:
            roots[node] = before
            node_flags[node] = flags[before] | flags[word]


@kernel
def hash_pairs(
    keys: NDArray[np.uint64],
    node_keys: NDArray[np.uint64],
    word_hashes: NDArray[np.uint64],
    word_powers: NDArray[np.uint64],
    joint: NDArray[np.uint64],
    node_hashes: NDArray[np.uint64],
    hashes: NDArray[np.uint64],
) -> None:
    """The hashes of pairs as the texts that they are when they are joined.

    A text's hash is a polynomial of its bytes, modulo 2⁶⁴, so that of texts in a row it follows
    from theirs.

    Args:
        keys, node_keys: The pairs, and the nodes that they begin with.
        word_hashes, word_powers: By word, its hash, and the base to the power of its length.
        joint: The same two of the delimiter.
        node_hashes: Takes those of the nodes.
        hashes: Takes those of the pairs.
    """
    for node in range(node_keys.shape[0]):
        before = np.int64(node_keys[node] >> _HALF)
        word = np.int64(node_keys[node] & _LOW)
        head = node_hashes[before - NODE] if before >= NODE else word_hashes[before]
        node_hashes[node] = (head * joint[1] + joint[0]) * word_powers[word] + word_hashes[word]
    for k in range(keys.shape[0]):
        before = np.int64(keys[k] >> _HALF)
        word = np.int64(keys[k] & _LOW)
        head = node_hashes[before - NODE] if before >= NODE else word_hashes[before]
        hashes[k] = (head * joint[1] + joint[0]) * word_powers[word] + word_hashes[word]


@kernel
def join_pairs(
    text: NDArray[np.int32],
    is_connector: NDArray[np.uint8],
    slots: NDArray[np.uint64],
    node_slots: NDArray[np.uint64],
    out: NDArray[np.int32],
) -> int:
    """Write a text with its phrases joined, each as early in its sentence as it can be.

    Args:
        text: Ids, −1 at the end of each sentence; it begins with a sentence.
        is_connector: By word, 1 for a connector.
        slots: The phrases' table: the keys of their pairs, and their ids.
        node_slots: The nodes' table.
        out: Takes the ids; as long as `text`.

    Returns:
        How many were written.
    """
    written = 0
    start, begin = np.int64(NO_START), 0
    for position in range(text.shape[0]):
        word = np.int64(text[position])
        if word >= 0 and is_connector[word] != 0:
            if start == NO_START:
                out[written] = np.int32(word)
                written += 1
            elif start >= 0:
                place = _find(node_slots, _key(start, word))
                if node_slots[place, 0] == 0:
                    start = np.int64(_DEAD)
                else:
                    start = np.int64(node_slots[place, 1]) | NODE
            continue
        if word >= 0 and start >= 0:
            place = _find(slots, _key(start, word))
            if slots[place, 0] != 0:
                out[written] = np.int32(slots[place, 1])
                written += 1
                start = np.int64(NO_START)
                continue
        if start != NO_START:
            for before in range(begin, position):
                out[written] = text[before]
                written += 1
        start, begin = word, position
        if word < 0:
            out[written] = np.int32(-1)
            written += 1
            start = np.int64(NO_START)
    if start != NO_START:
        for before in range(begin, text.shape[0]):
            out[written] = text[before]
            written += 1
    return written


@kernel
def tally(
    text: NDArray[np.int32],
    origin: int,
    counts: NDArray[np.int64],
    firsts: NDArray[np.int64],
) -> None:
    """Add a text's words to their counts; `firsts` is where each was first seen."""
    for position in range(text.shape[0]):
        word = np.int64(text[position])
        if word >= 0:
            if counts[word] == 0:
                firsts[word] = origin + position
            counts[word] += 1


def _numbers(size: int, kind: Any = np.int64) -> NDArray[Any]:
    return np.zeros(size, kind)


def compile_kernels() -> None:
    """Compile every kernel of this module, or load it from Numba's cache."""
    text = np.array([0, 1, 0, -1], np.int32)
    flags = np.array([0, 1], np.uint8)
    slots, node_slots = np.zeros((4, 2), np.uint64), np.zeros((4, 2), np.uint64)
    keys, batch = _numbers(2 * BATCH, np.uint64), _numbers(BATCH, np.uint64)
    state = _numbers(COUNT_STATE_SIZE)
    state[START] = NO_START
    count_pairs(
        text, 0, 10, flags, _numbers(2), _numbers(2), slots, keys, _numbers(2 * BATCH),
        node_slots, keys.copy(), batch, _numbers(2 * BATCH), state,
    )  # fmt: skip
    put_keys(keys[:1], keys[:1].copy(), slots)
    take_values(keys[:1], slots, keys[:1].copy())
    join_pairs(text, flags, slots, node_slots, text.copy())
    trace_nodes(keys[:1], flags, _numbers(1), flags.copy())
    hash_pairs(keys[:1], keys[:1], keys, keys, keys, keys.copy(), keys.copy())
    tally(text, 0, _numbers(2), _numbers(2))
