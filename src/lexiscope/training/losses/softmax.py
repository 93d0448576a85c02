"""Exact softmax over the whole vocabulary: the textbook's model, for small vocabularies.

One step is one example: plain SGD on −log softmax(W′ v)[target]. Works in the arrays' own
precision.
"""

from __future__ import annotations

from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined
from lexiscope.errors import ConfigError
from lexiscope.training.kernels.dispatch import learns, measures
from lexiscope.training.losses.base import LossOptions, LossRule, softmax

# Every pair goes through all of W′ twice. Beyond this many bytes it leaves the cache and a pair
# takes milliseconds.
SOFTMAX_BYTES = 64 * 2**20
# How much longer a row of W′ takes than one in a slot: the loops here are not tiled.
_SLOWER = 10


class Softmax(NamedTuple):
    """Buffers of the exact softmax.

    Attributes:
        scores: (V,), logits, then probabilities.
    """

    scores: NDArray[np.floating]


@inlined
def probabilities(hidden, outputs, scores):
    """Writes softmax(outputs · hidden) to scores; the largest logit is taken off first.

    Returns:
        (largest logit, sum of exponentials): log P(w) = logit_w − largest − log(sum).
    """
    largest = -np.inf
    for word in range(outputs.shape[0]):
        score = scores.dtype.type(0.0)
        for d in range(outputs.shape[1]):
            score += outputs[word, d] * hidden[d]
        scores[word] = score
        largest = max(largest, score)
    total = 0.0
    for word in range(outputs.shape[0]):
        scores[word] = np.exp(scores[word] - scores.dtype.type(largest))
        total += scores[word]
    inverse = scores.dtype.type(1.0 / total)
    for word in range(outputs.shape[0]):
        scores[word] *= inverse
    return largest, total


@inlined
def softmax_step(hidden, outputs, target, alpha, scores, change):
    """One SGD step on W′, and the step that the hidden vector should take.

    Args:
        hidden: (D,).
        outputs: (V, D), updated in place.
        target: The word that should have been predicted.
        alpha: Learning rate.
        scores: (V,), left holding the probabilities before the step.
        change: (D,), left holding −alpha · ∂loss/∂hidden.

    Returns:
        The loss, −log P(target), in float64.
    """
    logit = np.float64(0.0)
    for d in range(outputs.shape[1]):
        logit += np.float64(outputs[target, d]) * np.float64(hidden[d])
    largest, total = probabilities(hidden, outputs, scores)
    for d in range(change.shape[0]):
        change[d] = 0
    rate = scores.dtype.type(alpha)
    for word in range(outputs.shape[0]):
        g = -rate * scores[word]
        if word == target:
            g += rate
        for d in range(outputs.shape[1]):
            change[d] += g * outputs[word, d]
            outputs[word, d] += g * hidden[d]
    return np.log(total) + largest - logit


@inlined
def softmax_loss(hidden, outputs, target, scores):
    """The loss of `softmax_step`, nothing updated but `scores`."""
    logit = np.float64(0.0)
    for d in range(outputs.shape[1]):
        logit += np.float64(outputs[target, d]) * np.float64(hidden[d])
    largest, total = probabilities(hidden, outputs, scores)
    return np.log(total) + largest - logit


@learns(Softmax)
def _learn(tables, hidden, outputs, target, alpha, change):
    return softmax_step(hidden, outputs, target, alpha, tables.scores, change)


@measures(Softmax)
def _measure(tables, hidden, outputs, target):
    return softmax_loss(hidden, outputs, target, tables.scores)


class FullSoftmax(LossRule):
    """The exact softmax."""

    name = "softmax"
    title = "the exact softmax"
    touches_all = True
    in_rounds = False  # each shard would have to copy W′
    bytes_a_word = 30

    def check(self, words: int, vector_size: int) -> None:
        """Refuses an output matrix that does not stay in the cache."""
        needed = words * vector_size * 4
        if needed > SOFTMAX_BYTES:
            raise ConfigError(
                f"the exact softmax goes through all of W′ for each pair: {words:,} words × "
                f"{vector_size} dimensions are {needed / 2**20:,.0f} MB, above its bound of "
                f"{SOFTMAX_BYTES / 2**20:.0f} MB; use negative sampling or hierarchical softmax, "
                f"or a smaller vocabulary (min_count, max_final_vocab)"
            )

    def tables(self, counts: NDArray[np.int64], options: LossOptions) -> Softmax:
        """See `LossRule`."""
        return Softmax(np.zeros(len(counts), np.float32))

    def slots(self, tables: Softmax) -> int:
        """See `LossRule`."""
        return 0

    def slots_foreseen(self, options: LossOptions) -> int:
        """See `LossRule`."""
        return 0

    def row_products(self, tables: Softmax) -> float:
        """See `LossRule`."""
        return float(_SLOWER * len(tables.scores))

    def for_worker(self, tables: Softmax) -> Softmax:
        """See `LossRule`."""
        return Softmax(np.zeros_like(tables.scores))

    def worker_bytes(self, words: int) -> int:
        """See `LossRule`."""
        return 4 * words

    def step_seconds(self, shape: tuple[int, int], numbers: int, options: LossOptions) -> float:
        """See `LossRule`."""
        return numbers * 3e-10

    def questions(
        self, tables: Softmax, step: int, target: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """All words, of which one is right."""
        labels = np.zeros(len(tables.scores), np.int8)
        labels[target] = 1
        return np.arange(len(labels)), labels

    def probabilities(
        self, tables: Softmax, rows: NDArray[np.int64], scores: NDArray[Any]
    ) -> NDArray[Any]:
        """See `LossRule`."""
        return softmax(scores)

    def loss_of(
        self,
        tables: Softmax,
        rows: NDArray[np.int64],
        labels: NDArray[np.int8],
        scores: NDArray[np.float64],
    ) -> float:
        """See `LossRule`."""
        largest, target = scores.max(), int(np.argmax(labels))
        return float(largest + np.log(np.exp(scores - largest).sum()) - scores[target])

    def forces(
        self, probabilities: NDArray[Any], labels: NDArray[Any], rows: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """The target's row pulls, and the mean of all rows by their probabilities pushes."""
        return labels @ rows, probabilities @ rows

    def word_probabilities(self, tables: Softmax, scores: NDArray[Any]) -> NDArray[Any]:
        """See `LossRule`."""
        return softmax(scores)

    def chance(self, words: int) -> float | None:
        """See `LossRule`."""
        return log(words)
