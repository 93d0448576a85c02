"""Negative sampling (Mikolov et al. 2013), with the negatives shared by all words of a window.

As in word2vec.c, the context words are the inputs and the center is what they predict. A window's
inputs are scored against the same K + 1 output rows, the center and K negatives, so that the work
is three small matrix products instead of many dot products.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined, macro
from lexiscope.errors import TrainingError
from lexiscope.training.kernels.common import (
    LOW32,
    NOISE_STREAM,
    at_position,
    below,
    following,
    mix,
)
from lexiscope.training.kernels.dispatch import draws
from lexiscope.training.kernels.draw_tiles import DRAWN_AT_ONCE, draw_at_once
from lexiscope.training.losses.base import LossOptions, LossRule, Tables, sigmoid, slot_seconds
from lexiscope.training.losses.names import TrainedLoss

_FULL = 2**32 - 1
# Share of the negatives from which on a word is common: a few in each round.
COMMON_SHARE = 1 / 1500
# Draws for one slot before it is left empty: only a vocabulary of a few words, or one word with
# nearly all the weight, ever comes near.
RETRIES = 8


class Negatives(NamedTuple):
    """The noise distribution.

    Attributes:
        alias: uint32 (V, 2), Walker's alias table: threshold, and the other word.
        number: Negatives a window, K.
        common: How many words, the most frequent ones, are drawn by all shards of a round: with
            several shares all but a multiple of `shares` (see `in_share`).
        shares: Into how many shares the others are divided, a power of two.
    """

    alias: NDArray[np.uint32]
    number: int
    common: int
    shares: int = 1


class Drawn(NamedTuple):
    """A recorded run's negatives, drawn beforehand.

    Attributes:
        negatives: int32 (steps, K), −1 for an empty slot.
    """

    negatives: NDArray[np.int32]


@macro
def draw_noise(alias, number):
    """A word of the noise distribution from 64 random bits (Walker 1977)."""
    column = below(number, alias.shape[0])
    other = np.int64(alias[column, 1])
    # Both are at hand, so that this becomes a choice of values: as a jump it would be taken at
    # random, and a wrong guess costs more than the whole draw.
    return column if (number & LOW32) < np.uint64(alias[column, 0]) else other


@macro
def in_share(noise, word, share):
    """Puts a word of the wanted share in the place of one that is about as frequent.

    Beyond the common ones, each shard of a round draws words of its own, so that few rows of W′ are
    shared: the vocabulary is in the order of its counts, and of each `shares` words that follow one
    another a shard takes one. Which one changes from round to round, so that in the long run each
    is drawn as often as their mean.
    """
    own = noise.common + ((word - noise.common) & -noise.shares) + share
    return own if word >= noise.common else word


@inlined
def draw_negatives(noise, center, state, share, targets, signs):
    """Writes a center and K negatives, all different; an empty slot has target −1 and sign 0.

    Args:
        share: Whose words to draw beyond the common ones, 0 … shares − 1.
        targets, signs: int32 and float32 (slots); where there are eight at least, all eight may be
            written.

    Returns:
        The number of slots, K + 1.
    """
    slots = np.int64(noise.number + 1)
    if slots > DRAWN_AT_ONCE or targets.shape[0] < DRAWN_AT_ONCE:
        return _draw_one_by_one(noise, center, state, share, targets, signs)
    clash = draw_at_once(
        np.int64(noise.alias.ctypes.data),
        np.int64(noise.alias.shape[0]),
        np.int64(noise.common),
        np.int64(noise.shares),
        np.int64(share),
        np.int64(noise.number),
        np.int64(center),
        state,
        np.int64(targets.ctypes.data),
        np.int64(signs.ctypes.data),
    )
    if clash:
        return _draw_one_by_one(noise, center, state, share, targets, signs)
    return slots


@inlined
def _draw_one_by_one(noise, center, state, share, targets, signs):
    """As `draw_negatives`, with another draw for a slot whose word another slot has."""
    targets[0] = center
    signs[0] = 1.0
    for slot in range(1, noise.number + 1):
        targets[slot] = -1
        signs[slot] = 0.0
        for _ in range(RETRIES):
            state = following(state)
            word = in_share(noise, draw_noise(noise.alias, mix(state)), share)
            clashes = np.int64(0)
            for other in range(slot):
                clashes += targets[other] == word
            if clashes == 0:
                targets[slot] = word
                signs[slot] = -1.0
                break
    return np.int64(noise.number + 1)


@draws(Drawn)
def list_drawn(tables, center, key, position, share, targets, signs):
    """The negatives of the step that `position` is."""
    targets[0] = center
    signs[0] = 1.0
    slots = tables.negatives.shape[1]
    for slot in range(slots):
        word = tables.negatives[position, slot]
        targets[slot + 1] = word
        signs[slot + 1] = -1.0 if word >= 0 else 0.0
    return np.int64(slots + 1)


@draws(Negatives)
def _draw(tables, center, key, position, share, targets, signs):
    state = at_position(key, position) ^ NOISE_STREAM
    return draw_negatives(tables, center, state, share, targets, signs)


def alias_table(weights: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Walker's alias table (Vose 1991) for drawing with given weights in constant time.

    Args:
        weights: (V,), not negative, not all zero.

    Returns:
        (V, 2): column i gives i when a 32-bit random number is below [i, 0], else [i, 1].
    """
    count = len(weights)
    # Python's numbers: NumPy's, one by one, take four times as long.
    scaled = (weights * (count / weights.sum())).tolist()
    threshold = [_FULL] * count
    other = list(range(count))
    small = [i for i in range(count) if scaled[i] < 1.0]
    large = [i for i in range(count) if scaled[i] >= 1.0]
    while small and large:
        low, high = small.pop(), large[-1]
        threshold[low] = min(int(scaled[low] * 2**32), _FULL)
        other[low] = high
        scaled[high] -= 1.0 - scaled[low]
        if scaled[high] < 1.0:
            small.append(large.pop())
    # What is left differs from 1 by rounding only.
    return np.stack([threshold, other], axis=1, dtype=np.uint32, casting="unsafe")


def drawn_shares(alias: NDArray[np.uint32]) -> NDArray[np.float64]:
    """How probable each word is as a negative, float64 (V,), by its alias table."""
    own = alias[:, 0].astype(np.float64) / _FULL
    others = np.bincount(alias[:, 1], weights=1 - own, minlength=len(alias))
    shares: NDArray[np.float64] = (own + others) / len(alias)
    return shares


def windows_of_words(noise: Any, kept: NDArray[np.float64]) -> NDArray[np.float64]:
    """In how many windows each word stands, as the center or as a negative."""
    windows: NDArray[np.float64] = kept + noise.number * kept.sum() * drawn_shares(noise.alias)
    return windows


def noise_weights(counts: NDArray[np.int64], exponent: float) -> NDArray[np.float64]:
    """counts ** exponent, and 0 for words that do not occur."""
    occurs = counts > 0
    weights = np.zeros(len(counts))
    weights[occurs] = counts[occurs].astype(np.float64) ** exponent
    return weights


def common_words(weights: NDArray[np.float64]) -> int:
    """How many words are so frequent as negatives that every shard of a round draws them.

    All of them where the vocabulary is not in the order of its counts, or has words that must never
    be drawn: `in_share` takes words that follow one another for equally frequent.

    Args:
        weights: (V,), of the noise distribution.
    """
    if weights[-1] == 0 or np.any(np.diff(weights) > 0):
        return len(weights)
    return int(np.count_nonzero(weights > COMMON_SHARE * weights.sum()))


def new_negatives(counts: NDArray[np.int64], options: LossOptions) -> Negatives:
    """The noise distribution of a vocabulary's counts."""
    weights = noise_weights(counts, options.ns_exponent)
    return Negatives(alias_table(weights), options.negative, common_words(weights))


def divided(noise: Any, shards: int) -> Any:
    """The noise distribution with its rarer words divided among the shards of a round."""
    words = len(noise.alias)
    shared_out = (words - noise.common) // shards * shards
    return noise._replace(common=words - shared_out, shares=shards)


class NegativeSampling(LossRule):
    """Negative sampling."""

    name: TrainedLoss = "negative"
    title = "negative sampling"
    bytes_a_word = 70

    def tables(self, counts: NDArray[np.int64], options: LossOptions) -> Tables:
        """See `LossRule`."""
        return new_negatives(counts, options)

    def slots(self, tables: Any) -> int:
        """See `LossRule`."""
        return int(tables.number + 1)

    def slots_foreseen(self, options: LossOptions) -> int:
        """See `LossRule`."""
        return options.negative + 1

    def row_products(self, tables: Any) -> float:
        """See `LossRule`."""
        return float(self.slots(tables))

    def in_shards(self, tables: Any, shards: int) -> Tables:
        """See `LossRule`."""
        shared: Tables = divided(tables, shards)
        return shared

    def windows_a_row(self, tables: Any, kept: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `LossRule`."""
        return windows_of_words(tables, kept)

    def step_tables(
        self,
        counts: NDArray[np.int64],
        options: LossOptions,
        negatives: NDArray[np.int32] | None,
    ) -> Tables:
        """See `LossRule`."""
        return Drawn(drawn_beforehand(negatives))

    def step_slots(self, tables: Any) -> int:
        """See `LossRule`."""
        return int(tables.negatives.shape[1]) + 1

    def step_seconds(self, shape: tuple[int, int], numbers: int, options: LossOptions) -> float:
        """See `LossRule`."""
        return slot_seconds(options.negative + 1, shape[1])

    def questions(
        self, tables: Any, step: int, target: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """The target and its negatives: is this a true pair?"""
        negatives = tables.negatives[step]
        rows = np.array([target, *negatives[negatives >= 0].tolist()], np.int64)
        labels = np.zeros(len(rows), np.int8)
        labels[0] = 1
        return rows, labels

    def word_probabilities(self, tables: Any, scores: NDArray[Any]) -> NDArray[Any]:
        """How likely each word's pair is a true one: these sum to no 1."""
        return sigmoid(scores)

    def target_probability(
        self, tables: Any, target: int, scores: NDArray[Any], probabilities: NDArray[Any]
    ) -> float:
        """See `LossRule`."""
        return float(probabilities[0])


def drawn_beforehand(negatives: NDArray[np.int32] | None) -> NDArray[np.int32]:
    """A recorded run's negatives, which it must have.

    Raises:
        TrainingError: There are none.
    """
    if negatives is None:
        raise TrainingError("the recording has no negatives; expected some for every step")
    return negatives
