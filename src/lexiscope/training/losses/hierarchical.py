"""Hierarchical softmax over a Huffman tree (Morin and Bengio 2005; Mikolov et al. 2013).

A word's probability is the product of the turns on its path from the root; each inner node has an
output row, so W′ has V − 1 rows. A path's nodes stand in the slots: sign +1 for a turn with code 0,
−1 for code 1, as in word2vec.c.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.kernels.dispatch import draws
from lexiscope.training.losses.base import LossOptions, LossRule, slot_seconds

# A path's length where nobody has counted the words yet.
_USUAL_PATH = 20


class Tree(NamedTuple):
    """Every word's path.

    Attributes:
        starts: int64 (V + 1), where each word's path begins in the two others.
        nodes: int32, inner nodes from the root down: rows of W′.
        signs: float32, +1 or −1 for each turn.
    """

    starts: NDArray[np.int64]
    nodes: NDArray[np.int32]
    signs: NDArray[np.float32]


@draws(Tree)
def _list_path(tables, center, key, position, share, targets, signs):
    start = tables.starts[center]
    length = tables.starts[center + 1] - start
    for turn in range(length):
        targets[turn] = tables.nodes[start + turn]
        signs[turn] = tables.signs[start + turn]
    return length


def huffman_tree(counts: NDArray[np.int64]) -> Tree:
    """Each word's path in the Huffman tree of the counts, from the root down.

    Inner node k is row k of W′. Ties go to the node made first, so the tree is the same everywhere.
    """
    size = len(counts)
    if size == 1:
        return Tree(np.zeros(2, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    parents, turns = _merged(counts)
    return Tree(*_paths(parents, turns, size))


def _merged(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Each node's parent and side, 1 for the heavier; the root's parent is itself.

    The lightest two nodes are merged again and again. Sums come about in order of their size, so
    that the lightest node is the first of the words that are left or the first of the sums (van
    Leeuwen 1976); of two that weigh the same a word is before a sum.
    """
    size = len(counts)
    order = np.argsort(counts, kind="stable")
    words: list[int] = counts[order].tolist()
    sums: list[int] = []
    words.append(int(counts.sum()) + 1)  # beyond the last, heavier than all
    word = merged = 0
    lighter, heavier = array("q"), array("q")  # numbers themselves: a list would hold objects
    for _ in range(size - 1):
        total = 0
        for chosen in (lighter, heavier):
            if merged >= len(sums) or words[word] <= sums[merged]:
                total += words[word]
                chosen.append(word)
                word += 1
            else:
                total += sums[merged]
                chosen.append(size + merged)
                merged += 1
        sums.append(total)
    nodes = np.concatenate([order, np.arange(size, 2 * size - 1)])  # of the places chosen
    parents, turns = np.full(2 * size - 1, 2 * size - 2), np.zeros(2 * size - 1, np.int8)
    for turn, chosen in enumerate((lighter, heavier)):
        below = nodes[np.frombuffer(chosen, np.int64)]
        parents[below] = np.arange(size, 2 * size - 1)
        turns[below] = turn
    return parents, turns


def _paths(
    parents: NDArray[np.int64], turns: NDArray[np.int8], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """All words' paths, as `Tree` has them."""
    root = 2 * size - 2
    lengths, climbing = np.zeros(size, np.int64), np.arange(size)
    while (moving := climbing != root).any():
        lengths += moving
        climbing = parents[climbing]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    nodes = np.zeros(starts[-1], np.int32)
    signs = np.zeros(starts[-1], np.float32)
    climbing, places = np.arange(size), starts[1:] - 1
    while len(climbing):  # again, from the leaves up; a path goes down
        nodes[places] = parents[climbing] - size
        signs[places] = np.where(turns[climbing] == 1, -1.0, 1.0)
        climbing, places = parents[climbing], places - 1
        moving = climbing != root
        climbing, places = climbing[moving], places[moving]
    return starts, nodes, signs


def _sides(counts: NDArray[np.int64], known: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Each inner node with what stands for the words below its two sides.

    Args:
        counts: int64 (V,).
        known: How many words, the first ones, are told apart; the others stand for nothing, 0.
    """
    size = len(counts)
    if size == 1:
        return
    parents, turns = _merged(counts)
    rng = np.random.default_rng(0)  # sums of random numbers differ where sets of words do
    names = [*rng.integers(1, 2**62, known).tolist(), *[0] * (2 * size - 1 - known)]
    sides = [[0, 0] for _ in range(size - 1)]
    for node, (parent, turn) in enumerate(zip(parents.tolist(), turns.tolist(), strict=True)):
        if parent != node:  # the root has none; all others come before their parent
            names[parent] += names[node]
            sides[parent - size][turn] = names[node]
    for node, (light, heavy) in enumerate(sides):
        yield node, (light, heavy)


def rows_in_tree(
    counts: NDArray[np.int64],
    starts: NDArray[np.int64],
    nodes: NDArray[np.int64],
    turns: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which rows of W′ of another tree over the same words ask the questions of ours.

    A row can be taken over where its node parts the same two sets of words.

    Args:
        counts: int64 (V,), V ≥ 2.
        starts: int64 (V + 1), where each word's path in the other tree begins in the two others.
        nodes: int64, the other's inner nodes, 0 … V − 2.
        turns: int64, 0 or 1 for each.

    Returns:
        As `LossRule.carried`: for each of our rows the other's row or −1, and what it is multiplied
        with.
    """
    sides = np.zeros((len(counts) - 1, 2), np.uint64)
    names = np.random.default_rng(0).integers(1, 2**62, len(counts)).astype(np.uint64)
    np.add.at(sides, (nodes, turns), np.repeat(names, np.diff(starts)))
    rows = {sides: row for row, sides in enumerate(map(tuple, sides.tolist()))}
    tree = huffman_tree(counts)
    ours = np.zeros_like(sides)
    mine = np.repeat(names, np.diff(tree.starts))
    np.add.at(ours, (tree.nodes, (tree.signs < 0).astype(np.int64)), mine)
    return _matched(list(map(tuple, ours.tolist())), rows)


def _matched(
    sides: list[tuple[int, ...]], rows: dict[tuple[int, ...], int]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The rows of nodes by what stands for the words below their sides; see `rows_in_tree`."""
    sources = np.full(len(sides), -1, np.int64)
    signs = np.ones(len(sides), np.float32)
    for node, (light, heavy) in enumerate(sides):
        if (light, heavy) in rows:
            sources[node] = rows[light, heavy]
        elif (heavy, light) in rows:
            sources[node], signs[node] = rows[heavy, light], -1.0
    return sources, signs


class HierarchicalSoftmax(LossRule):
    """Hierarchical softmax."""

    name = "hierarchical"
    title = "hierarchical softmax"
    words_have_rows = False
    hot_rows = 256  # the nodes made last, next to the root: half of a path, as a rule
    bytes_a_word = 300

    def output_rows(self, words: int) -> int:
        """One for each inner node of the tree."""
        return max(words - 1, 1)

    def tables(self, counts: NDArray[np.int64], options: LossOptions) -> Tree:
        """See `LossRule`."""
        return huffman_tree(counts)

    def slots(self, tables: Tree) -> int:
        """See `LossRule`."""
        return max(int(np.diff(tables.starts).max()), 1)

    def slots_foreseen(self, options: LossOptions) -> int:
        """See `LossRule`."""
        return _USUAL_PATH

    def row_products(self, tables: Tree) -> float:
        """See `LossRule`."""
        return max(float(np.mean(np.diff(tables.starts))), 1.0)

    def windows_a_row(self, tables: Tree, kept: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `LossRule`: a node stands in the windows of all words below it."""
        below = np.repeat(kept, np.diff(tables.starts))
        windows: NDArray[np.float64] = np.bincount(
            tables.nodes, weights=below, minlength=self.output_rows(len(kept))
        ).astype(np.float64)
        return windows

    def carried(
        self, before: NDArray[np.int64], after: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """See `LossRule`: a node keeps its row where it parts the same sets of earlier words."""
        rows = {sides: row for row, sides in _sides(before, len(before)) if 0 not in sides}
        sources = np.full(self.output_rows(len(after)), -1, np.int64)
        signs = np.ones(len(sources), np.float32)
        for node, (light, heavy) in _sides(after, len(before)):
            if (light, heavy) in rows:
                sources[node] = rows[light, heavy]
            elif (heavy, light) in rows:
                sources[node], signs[node] = rows[heavy, light], -1.0
        return sources, signs

    def step_seconds(self, shape: tuple[int, int], numbers: int, options: LossOptions) -> float:
        """See `LossRule`."""
        return slot_seconds(shape[0].bit_length() + 1, shape[1])

    def questions(
        self, tables: Tree, step: int, target: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """The inner nodes on the target's path: is this the way?"""
        path = slice(int(tables.starts[target]), int(tables.starts[target + 1]))
        return tables.nodes[path].astype(np.int64), (tables.signs[path] > 0).astype(np.int8)

    def word_probabilities(self, tables: Tree, scores: NDArray[Any]) -> NDArray[Any]:
        """P(word) of every word from the inner nodes' scores (V − 1,); they sum to 1."""
        if not len(tables.nodes):
            return np.ones(len(tables.starts) - 1, scores.dtype)
        turns = -np.logaddexp(0, -tables.signs.astype(scores.dtype) * scores[tables.nodes])
        probabilities: NDArray[Any] = np.exp(np.add.reduceat(turns, tables.starts[:-1]))
        return probabilities

    def word_ranks(self, tables: Tree, scores: NDArray[Any]) -> NDArray[Any]:
        """By probability: no score is a word's."""
        return self.word_probabilities(tables, scores)

    def chance(self, words: int) -> float | None:
        """See `LossRule`."""
        return log(words)

    def replay_arrays(self, tables: Tree) -> dict[str, NDArray[Any]]:
        """See `LossRule`."""
        return {
            "tree_starts": tables.starts.astype(np.int32),
            "tree_nodes": tables.nodes,
            "tree_signs": tables.signs,
        }
