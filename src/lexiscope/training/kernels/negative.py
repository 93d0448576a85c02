"""Negative sampling (Mikolov et al. 2013), with the negatives shared by all words of a window.

As in word2vec.c, the context words are the inputs and the center is what they predict. A window's
inputs are scored against the same K + 1 output rows, the center and K negatives, so that the work
is three small matrix products instead of many dot products.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined, macro
from lexiscope.training.kernels.common import (
    LOW32,
    below,
    following,
    mix,
)

# Draws for one slot before it is left empty: only a vocabulary of a few words, or one word with
# nearly all the weight, ever comes near.
RETRIES = 8


class Negatives(NamedTuple):
    """The noise distribution.

    Attributes:
        alias: uint32 (V, 2), Walker's alias table: threshold, and the other word.
        number: Negatives a window, K.
        common: How many words, the most frequent ones, are drawn by all: all of them, or all but a
            multiple of `shares` (see `in_share`).
        shares: Into how many shares the others are divided, a power of two.
    """

    alias: NDArray[np.uint32]
    number: int
    common: int
    shares: int = 1


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

    Returns:
        The number of slots, K + 1.
    """
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
