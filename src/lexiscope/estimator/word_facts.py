"""What gensim keeps of each word besides its count, made when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.losses.hierarchical import huffman_tree
from lexiscope.training.run import Run
from lexiscope.training.subsampling import keep_thresholds

_OF_TREE = ("code", "point")
_SAMPLE = "sample_int"


class WordFacts(dict[str, NDArray[Any]]):
    """Facts about words by name, arrays with an entry a row.

    Beside those that somebody told: after hierarchical softmax `code` (uint8, the turns on a word's
    path from the root) and `point` (uint32, the inner nodes on it, rows of `syn1`), and
    `sample_int` (uint32, the threshold below which a random number keeps an occurrence). These are
    made at their first use, and are not among what is listed or saved.

    Args:
        run: What they are made from.
        told: Those that are known.
    """

    def __init__(self, run: Run, told: Mapping[str, NDArray[Any]]) -> None:
        super().__init__(told)
        self._made: dict[str, NDArray[Any]] = {}
        self._counts, self._config = run.vocabulary.counts, run.config

    def get(self, name: str, default: Any = None) -> Any:
        """A fact's array, or the default."""
        try:
            return self[name]
        except KeyError:
            return default

    def __missing__(self, name: str) -> NDArray[Any]:
        if name not in self._made:
            has_tree = self._config.loss in ("hierarchical", "negative+hierarchical")
            if name in _OF_TREE and has_tree:
                self._made |= _paths(self._counts)
            elif name == _SAMPLE:
                self._made[name] = keep_thresholds(self._counts, self._config.sample)
            else:
                raise KeyError(name)
        return self._made[name]

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


def _paths(counts: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """`code` and `point` of every word."""
    tree = huffman_tree(counts)
    facts = {name: np.empty(len(counts), dtype=object) for name in _OF_TREE}
    bounds = tree.starts.tolist()
    codes, points = (tree.signs < 0).astype(np.uint8), tree.nodes.astype(np.uint32)
    for row, (start, end) in enumerate(pairwise(bounds)):
        facts["code"][row], facts["point"][row] = codes[start:end], points[start:end]
    return facts
