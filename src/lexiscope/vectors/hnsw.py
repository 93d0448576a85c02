"""An index of neighbours that are nearly always the nearest: HNSW, through usearch.

Malkov and Yashunin, Efficient and Robust Approximate Nearest Neighbor Search Using Hierarchical
Navigable Small World Graphs, 2018.

The index is a file beside the model, `NAME.hnsw`, with its facts in `NAME.hnsw.json`; it is opened
as a map. How many of the true neighbours it finds is measured when it is made, on words of the
model itself, and it searches as widely as the recall asked for takes. What it finds is ordered, and
given cosines, by the rows themselves.
"""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import number
from lexiscope.errors import FormatError, MissingExtraError
from lexiscope.files import json_document
from lexiscope.files.atomic import atomic_file
from lexiscope.formats.contract import Matrix
from lexiscope.vectors.exact import Nearest
from lexiscope.vectors.nearest import nearest_of_each
from lexiscope.vectors.search import directions

SUFFIX = ".hnsw"

_CONNECTIVITY = 16
_WIDTH_OF_BUILDING = 128
_WIDTHS = tuple(2**power for power in range(5, 13))
_QUERIES = 200
_NEIGHBOURS = 10
_SPARE = 2  # so many times the neighbours asked for are looked up and ordered by their rows
_ROWS = 16_384
_SAMPLED = 64


@dataclass(frozen=True, kw_only=True)
class IndexFacts:
    """What is known of an index.

    Attributes:
        rows: V of its vectors.
        columns: D.
        checksum: Of some rows, by which it is known to be theirs.
        saved: Of its file: usearch trusts what it maps.
        width: How many candidates a search keeps.
        recall: Share of the 10 nearest words that it finds, measured.
    """

    rows: int
    columns: int
    checksum: int
    saved: int
    width: int
    recall: float

    def __str__(self) -> str:
        return (
            f"HNSW index of {self.rows:,} words: recall {self.recall:.3f} of the {_NEIGHBOURS} "
            f"nearest, measured on {_QUERIES} words, searching {self.width} candidates"
        )


class NeighbourIndex:
    """An index of a matrix' rows.

    Attributes:
        facts: What is known of it.
    """

    def __init__(self, graph: Any, facts: IndexFacts) -> None:
        self._graph = graph
        self.facts = facts

    def nearest(
        self,
        vectors: Matrix,
        norms: NDArray[np.float32],
        query: NDArray[np.float32],
        topn: int,
        excluded: tuple[int, ...],
    ) -> Nearest:
        """Rows that are nearly always the nearest to a query, with their cosines.

        Args:
            vectors: V×D, those that it is of.
            norms: V, theirs.
            query: D, of length 1.
            topn: How many at most.
            excluded: Rows that are no answer.
        """
        found = self._graph.search(query, _SPARE * topn + len(excluded))
        rows = np.asarray(found.keys, dtype=np.int64)
        rows = rows[~np.isin(rows, excluded)]
        cosines = directions(vectors[rows], norms[rows]) @ query
        order = np.lexsort((rows, -cosines))[:topn]
        return Nearest(rows=rows[order], cosines=cosines[order])


def open_or_build(
    vectors: Matrix, norms: NDArray[np.float32], path: Path | None, recall: float
) -> NeighbourIndex:
    """The index of a matrix: the one at a path if it is of these rows, else a new one, kept there.

    Args:
        vectors: V×D.
        norms: V, from `row_norms`.
        path: Where it is kept; None for memory only.
        recall: How many of the true neighbours it is to find at least, 0.5 to 1, if it can.

    Raises:
        MissingExtraError: usearch is not installed: extra `ann`.
        OSError: The index cannot be written.
    """
    number("recall", recall, 0.5, 1)
    checksum = _checksum(vectors)
    if path is not None:
        kept = _kept(path, vectors.shape, checksum)
        if kept is not None and kept.recall >= recall:
            graph = _new_graph(vectors.shape[1])
            graph.view(str(path))
            graph.expansion_search = kept.width
            return NeighbourIndex(graph, kept)
    graph = _new_graph(vectors.shape[1])
    for start in range(0, len(vectors), _ROWS):
        lengths = norms[start : start + _ROWS]
        rows = np.flatnonzero(lengths > 0)
        if len(rows):
            block = vectors[start : start + _ROWS]
            graph.add(rows + start, directions(block[rows], lengths[rows]))
    width, found = _measured(graph, vectors, norms, recall)
    saved = b"" if path is None else bytes(graph.save())
    facts = IndexFacts(
        rows=vectors.shape[0],
        columns=vectors.shape[1],
        checksum=checksum,
        saved=zlib.crc32(saved),
        width=width,
        recall=found,
    )
    if path is not None:
        with atomic_file(path) as stream:
            stream.write(saved)
        with atomic_file(_facts_path(path)) as stream:
            stream.write(json_document.render(asdict(facts), _facts_path(path).name))
    return NeighbourIndex(graph, facts)


def _new_graph(columns: int) -> Any:
    try:
        from usearch.index import Index
    except ImportError as error:
        raise MissingExtraError('index="hnsw"', "ann") from error
    return Index(
        ndim=columns,
        metric="ip",
        dtype="f16",
        connectivity=_CONNECTIVITY,
        expansion_add=_WIDTH_OF_BUILDING,
    )


def _measured(
    graph: Any, vectors: Matrix, norms: NDArray[np.float32], wanted: float
) -> tuple[int, float]:
    """The least width that finds as much as is wanted, or the largest; and what it finds."""
    rows = np.flatnonzero(norms > 0)
    if not len(rows):
        return _WIDTHS[0], 1.0
    rows = rows[np.linspace(0, len(rows) - 1, min(_QUERIES, len(rows))).astype(np.int64)]
    queries = directions(vectors[rows], norms[rows])
    own = [(row,) for row in rows.tolist()]
    topn = min(_NEIGHBOURS, len(vectors) - 1)
    if topn < 1:
        return _WIDTHS[0], 1.0
    truth = nearest_of_each(vectors, norms, queries, topn, own, 0, len(vectors))
    recall = 0.0
    for width in _WIDTHS:
        graph.expansion_search = width
        index = NeighbourIndex(
            graph, IndexFacts(rows=0, columns=0, checksum=0, saved=0, width=width, recall=0)
        )
        hits = total = 0
        for query, row, values in zip(queries, own, truth.values, strict=True):
            near = index.nearest(vectors, norms, query, topn, row)
            least = values[np.isfinite(values)]
            # By value: of twins any are right.
            hits += int((near.cosines >= least[-1] - 1e-5).sum()) if len(least) else 0
            total += len(least)
        recall = min(1.0, hits / total) if total else 1.0
        if recall >= wanted:
            return width, recall
    return _WIDTHS[-1], recall


def _kept(path: Path, shape: tuple[int, ...], checksum: int) -> IndexFacts | None:
    """The facts of the index at a path, if it is of such rows."""
    if not path.is_file() or not _facts_path(path).is_file():
        return None
    try:
        document = json_document.read(_facts_path(path))
        names = ("rows", "columns", "checksum", "saved", "width")
        rows, columns, of_rows, saved, width = (document[name].whole() for name in names)
        recall = document["recall"].number()
    except (OSError, FormatError):
        return None  # it is made anew
    if (rows, columns, of_rows) != (*shape, checksum) or _file_checksum(path) != saved:
        return None
    return IndexFacts(
        rows=rows, columns=columns, checksum=of_rows, saved=saved, width=width, recall=recall
    )


def _file_checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 24):
            checksum = zlib.crc32(block, checksum)
    return checksum


def _facts_path(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _checksum(vectors: Matrix) -> int:
    places = np.linspace(0, max(0, len(vectors) - 1), min(_SAMPLED, len(vectors))).astype(np.int64)
    return zlib.crc32(np.ascontiguousarray(vectors[places], np.float32).tobytes())
