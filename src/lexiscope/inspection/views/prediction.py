"""What a recorded model says comes next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lexiscope.errors import ConfigError
from lexiscope.replay.recording import Recording
from lexiscope.replay.step import sigmoid, tree_probabilities


@dataclass(frozen=True)
class Prediction:
    """A word that may come next (or stand beside).

    Attributes:
        word: The word.
        probability: By the model's softmax; after hierarchical softmax, of its path; after negative
            sampling, σ of the score: how likely the pair is a true one, which sums to no 1.
    """

    word: str
    probability: float


def predict(
    recording: Recording, word: str, topn: int = 5, snapshot: int | None = None
) -> list[Prediction]:
    """The most probable words after (for skip-gram and CBOW: beside) a word.

    Args:
        recording: The run.
        word: The word before.
        topn: How many, at most.
        snapshot: After how many steps of the run; None for all.

    Raises:
        UnknownWordError: The word is not in the vocabulary.
        ConfigError: `topn` or `snapshot` is out of range.
    """
    if topn < 1:
        raise ConfigError(f"topn is {topn}; expected at least 1")
    row = recording.row(word)
    last = recording.steps if snapshot is None else snapshot
    weights = recording.weights(last)
    scores = weights.outputs @ weights.inputs[row]
    if recording.config.loss == "hierarchical":
        from lexiscope.training.objectives import huffman_tree

        probabilities = tree_probabilities(huffman_tree(recording.run.counts), scores)
    elif recording.config.loss == "negative":
        probabilities = sigmoid(scores)
    else:
        if weights.bias is not None:
            scores = scores + weights.bias
        exponentials = np.exp(scores - scores.max())
        probabilities = exponentials / exponentials.sum()
    best = np.argsort(-probabilities, kind="stable")[:topn]
    return [Prediction(recording.tokens[i], float(probabilities[i])) for i in best]
