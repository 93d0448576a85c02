"""Random numbers by position, the gathering of a block's words and the loss, for all kernels.

Every random decision about a token (is it kept, how wide is its window, which negatives) is a
function of the seed, the epoch and the token's position in the encoded corpus, never of who comes
by and when. So a window is the same whatever the number of threads, the size of the blocks, or
whether the run was stopped and resumed.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined, macro
from lexiscope.training.kernels.memory import aligned

SENTENCE_END = -1
# Tokens whose windows are worked off between two gatherings: the buffers stay in the first-level
# cache, and the context re-read at both ends is a few in a thousand.
BLOCK = 4096

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX1 = np.uint64(0xBF58476D1CE4E5B9)
MIX2 = np.uint64(0x94D049BB133111EB)
_SHIFT27 = np.uint64(27)
_SHIFT30 = np.uint64(30)
_SHIFT31 = np.uint64(31)
_SHIFT32 = np.uint64(32)
LOW32 = np.uint64(0xFFFFFFFF)
_STREAM = np.uint64(0xD1B54A32D192ED03)
NOISE_STREAM = np.uint64(0x8BB84B93962EACC9)


class Text(NamedTuple):
    """The corpus as the kernels see it.

    Attributes:
        ids: int32 (T,), words of the vocabulary, SENTENCE_END after each sentence.
        keep: uint32 (V,), a word stays where a 32-bit random number is not above its entry.
    """

    ids: NDArray[np.int32]
    keep: NDArray[np.uint32]


class Span(NamedTuple):
    """A stretch of the corpus to work off, and the learning rate along it.

    Attributes:
        begin, end: Positions; windows whose center lies in begin ≤ position < end.
        key: Random key of the seed and the epoch.
        alpha: Learning rate at position 0, wherever the span begins: so that a position's rate
            has the same bits however a run is cut into spans.
        slope: Its change a position.
        alpha_end: Its least value.
    """

    begin: int
    end: int
    key: np.uint64
    alpha: float
    slope: float
    alpha_end: float


class Tally(NamedTuple):
    """What a kernel counts, in place.

    Attributes:
        loss: float64 (1,), sum over pairs.
        pairs: int64 (2,): pairs of input and target word; words trained as centers.
        factors: float32 (32,), 64-byte aligned: the vectors of `tiles.score_tile`.
        pending: int64 (1,): tiles since the factors were folded into the loss.
    """

    loss: NDArray[np.float64]
    pairs: NDArray[np.int64]
    factors: NDArray[np.float32]
    pending: NDArray[np.int64]


def new_tally() -> Tally:
    """A tally at zero, on cache lines that no other thread writes to."""
    lines = aligned(48, np.int64)
    factors = lines[:16].view(np.float32)
    factors[:16] = 1.0
    return Tally(lines[16:17].view(np.float64), lines[24:26], factors, lines[32:33])


@macro
def mix(x):
    """SplitMix64's finalizer (Steele, Lea and Flood 2014): a bijection that looks random."""
    x = (x ^ (x >> _SHIFT30)) * MIX1
    x = (x ^ (x >> _SHIFT27)) * MIX2
    return x ^ (x >> _SHIFT31)


def epoch_key(seed: int, epoch: int) -> np.uint64:
    """The key of all random decisions in an epoch."""
    key = random_bits(np.uint64(seed), 1, 2)
    return np.uint64(random_bits(key[0], epoch + 1, epoch + 2)[0])


def random_bits(key: np.uint64, first: int, stop: int) -> NDArray[np.uint64]:
    """64 random bits for each number first … stop − 1, uint64 (stop − first,), outside kernels."""
    x = key + np.arange(first, stop, dtype=np.uint64) * GOLDEN
    mixed: NDArray[np.uint64] = cast(Any, mix).py_func(x)
    return mixed


@macro
def at_position(key, position):
    """The random state of a token."""
    return mix(key + np.uint64(position) * GOLDEN)


@macro
def is_kept(key, position, threshold):
    """Whether subsampling keeps the token at a position."""
    return (at_position(key, position) >> _SHIFT32) <= np.uint64(threshold)


@macro
def stream_of(key, position):
    """The start of the stream for a center's window and negatives."""
    return at_position(key, position) ^ _STREAM


@macro
def following(state):
    """The next state of a stream; its random number is `mix(state)`."""
    return state + GOLDEN


@macro
def below(number, bound):
    """A number in 0 … bound − 1 from the high half of 64 random bits."""
    return np.int64(((number >> _SHIFT32) * np.uint64(bound)) >> _SHIFT32)


@inlined
def gather(text, begin, end, key, window, words, places):
    """Collects the kept words of a block with the context that its windows reach.

    Args:
        words: int32, at least end − begin + 2·window + 2 long; SENTENCE_END stays in as a wall.
        places: int64, as long: position of each.

    Returns:
        (count, first, last): entries used, and the range of entries that lie in the block.
    """
    ids, keep = text.ids, text.keep
    count = 0
    position = begin - 1
    while position >= 0 and count < window:
        word = ids[position]
        if word < 0:
            break
        if is_kept(key, position, keep[word]):
            words[count] = word
            places[count] = position
            count += 1
        position -= 1
    for i in range(count // 2):
        j = count - 1 - i
        words[i], words[j] = words[j], words[i]
        places[i], places[j] = places[j], places[i]
    first = count
    for position in range(begin, end):
        # Written in any case and counted only if kept: whether to jump could not be guessed.
        word = ids[position]
        words[count] = word
        places[count] = position
        wall = word < 0
        count += wall | is_kept(key, position, keep[max(word, 0)])
    last = count
    if count == first or words[count - 1] >= 0:
        position = end
        total = ids.shape[0]
        while position < total and count - last < window:
            word = ids[position]
            if word < 0:
                break
            if is_kept(key, position, keep[word]):
                words[count] = word
                places[count] = position
                count += 1
            position += 1
    return count, first, last


@inlined
def fold_loss(tally):
    """Moves the tiles' loss into the float64 sum. Returns whether it is finite."""
    loss = 0.0
    for lane in range(16):
        loss += np.log(np.float64(tally.factors[lane])) + np.float64(tally.factors[16 + lane])
        tally.factors[lane] = 1.0
        tally.factors[16 + lane] = 0.0
    tally.loss[0] += loss
    tally.pending[0] = 0
    return np.isfinite(loss)
