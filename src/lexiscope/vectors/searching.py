"""How a table's rows are searched: exactly, or by an index kept beside the model."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors.exact import RowSearch
from lexiscope.vectors.hnsw import SUFFIX, IndexFacts, NeighbourIndex, open_or_build
from lexiscope.vectors.means import Means

_RECALL = 0.95


@dataclass(frozen=True)
class Question:
    """What is asked: the mean of some words and vectors.

    Attributes:
        query: float32 (D,), of length 1, or zeros where it has no direction.
        rows: Those of the words that are asked with.
    """

    query: NDArray[np.float32]
    rows: tuple[int, ...]


class Searching(Means):
    """A table whose rows are searched."""

    # Where the vectors were read from, which is where an index is kept.
    _source: Path | None = None
    _graph: NeighbourIndex | None = None
    _graph_of: NDArray[np.float32] | None = None

    def build_index(
        self, path: str | PathLike[str] | None = None, recall: float = _RECALL
    ) -> IndexFacts:
        """Makes the index that `index="hnsw"` asks, or opens the one that is kept beside the model.

        Args:
            path: Where it is kept; None for beside the file that the vectors were read from
                (`NAME.hnsw`), or for memory only where they were read from none.
            recall: Share of the 10 nearest that it is to find at least, if it can.

        Returns:
            What was measured of it; as a text, a line for people.

        Raises:
            MissingExtraError: usearch is not installed: extra `ann`.
            OSError: It cannot be written.
        """
        place = None if path is None else Path(path)
        if place is None and self._source is not None:
            place = self._source.with_name(self._source.name + SUFFIX)
        norms = self.norms
        self._graph = open_or_build(self._matrix, norms, place, recall)
        self._graph_of = norms
        return self._graph.facts

    def _indexed(self, question: Question, topn: int) -> list[tuple[Any, float]]:
        """The answer of the index, which is of the rows as they are now."""
        if self._graph is None or self._graph_of is not self.norms:
            self.build_index()
        if self._graph is None or not question.query.any():
            return []
        nearest = self._graph.nearest(self._matrix, self.norms, question.query, topn, question.rows)
        return self._named(nearest.rows, nearest.cosines)

    def _named(self, rows: NDArray[Any], values: NDArray[np.float32]) -> list[tuple[Any, float]]:
        keys = self._keys
        return [
            (keys[row], value) for row, value in zip(rows.tolist(), values.tolist(), strict=False)
        ]

    def _row_search(self) -> RowSearch:
        """The search of the rows as they are now."""
        norms = self.norms
        if self._search is None or not self._search.is_of(self._matrix, norms):
            self._search = RowSearch(self._matrix, norms)
        return self._search

    _search: RowSearch | None = None
