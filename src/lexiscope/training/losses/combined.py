"""Negative sampling and hierarchical softmax at once, as gensim trains with `hs=1, negative=5`.

Each window asks the questions of both: its slots hold the center and its negatives, then the nodes
on the center's path. W′ has the rows of both, first V of words (gensim's `syn1neg`), then V − 1 of
inner nodes (`syn1`); the loss is their sum.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.kernels.common import NOISE_STREAM, at_position
from lexiscope.training.kernels.dispatch import draws
from lexiscope.training.losses.base import LossOptions, LossRule, slot_seconds
from lexiscope.training.losses.hierarchical import HierarchicalSoftmax, Tree
from lexiscope.training.losses.names import TrainedLoss
from lexiscope.training.losses.negative import (
    Negatives,
    NegativeSampling,
    divided,
    draw_negatives,
    new_negatives,
)

_NEGATIVE, _TREE = NegativeSampling(), HierarchicalSoftmax()


class NegativesAndTree(NamedTuple):
    """Tables of both.

    Attributes:
        noise: The noise distribution.
        tree: Every word's path.
        words: V: inner node k is row V + k of W′.
    """

    noise: Negatives
    tree: Tree
    words: int


@draws(NegativesAndTree)
def _draw_both(tables, center, key, position, share, targets, signs):
    state = at_position(key, position) ^ NOISE_STREAM
    count = draw_negatives(tables.noise, center, state, share, targets, signs)
    start = tables.tree.starts[center]
    length = tables.tree.starts[center + 1] - start
    for turn in range(length):
        targets[count + turn] = tables.words + tables.tree.nodes[start + turn]
        signs[count + turn] = tables.tree.signs[start + turn]
    return count + length


class NegativeAndHierarchical(LossRule):
    """Negative sampling and hierarchical softmax at once."""

    name: TrainedLoss = "negative+hierarchical"
    title = "negative sampling with hierarchical softmax"
    hot_rows = _TREE.hot_rows
    bytes_a_word = _NEGATIVE.bytes_a_word + _TREE.bytes_a_word
    in_rounds = False  # what both at once lose by them is not measured

    def output_rows(self, words: int) -> int:
        """A row for each word, then one for each inner node."""
        return words + _TREE.output_rows(words)

    def tables(self, counts: NDArray[np.int64], options: LossOptions) -> NegativesAndTree:
        """See `LossRule`."""
        return NegativesAndTree(
            new_negatives(counts, options), _TREE.tables(counts, options), len(counts)
        )

    def slots(self, tables: NegativesAndTree) -> int:
        """See `LossRule`."""
        return _NEGATIVE.slots(tables.noise) + _TREE.slots(tables.tree)

    def slots_foreseen(self, options: LossOptions) -> int:
        """See `LossRule`."""
        return _NEGATIVE.slots_foreseen(options) + _TREE.slots_foreseen(options)

    def row_products(self, tables: NegativesAndTree) -> float:
        """See `LossRule`."""
        return _NEGATIVE.row_products(tables.noise) + _TREE.row_products(tables.tree)

    def in_shards(self, tables: NegativesAndTree, shards: int) -> NegativesAndTree:
        """See `LossRule`."""
        return tables._replace(noise=divided(tables.noise, shards))

    def windows_a_row(
        self, tables: NegativesAndTree, kept: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """See `LossRule`."""
        return np.concatenate(
            [
                _NEGATIVE.windows_a_row(tables.noise, kept),
                _TREE.windows_a_row(tables.tree, kept),
            ]
        )

    def carried(
        self, before: NDArray[np.int64], after: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """See `LossRule`: each part by its own rule."""
        words, word_signs = _NEGATIVE.carried(before, after)
        nodes, node_signs = _TREE.carried(before, after)
        nodes = np.where(nodes < 0, nodes, nodes + len(before))
        return np.concatenate([words, nodes]), np.concatenate([word_signs, node_signs])

    def step_seconds(self, shape: tuple[int, int], numbers: int, options: LossOptions) -> float:
        """See `LossRule`."""
        return slot_seconds(options.negative + 1 + shape[0].bit_length(), shape[1])

    def questions(
        self, tables: NegativesAndTree, step: int, target: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """The target, and the nodes on its path; negatives are drawn elsewhere."""
        nodes, labels = _TREE.questions(tables.tree, step, target)
        rows = np.concatenate([[target], nodes + tables.words]).astype(np.int64)
        return rows, np.concatenate([[1], labels]).astype(np.int8)

    def word_probabilities(self, tables: NegativesAndTree, scores: NDArray[Any]) -> NDArray[Any]:
        """Each word's probability by the tree, whose scores stand behind those of the words."""
        return _TREE.word_probabilities(tables.tree, scores[tables.words :])
