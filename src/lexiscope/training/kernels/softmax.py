"""Exact softmax over the whole vocabulary: the textbook's model, for small vocabularies.

One step is one example: plain SGD on −log softmax(W′ v)[target]. Works in the arrays' own
precision.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import inlined


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
