"""The Huffman tree of a model that gensim trained with hierarchical softmax.

Every word has a code, its turns from the root, and as many points, the inner nodes at which it
turns: rows of `syn1`. Up to 3.8 they stand with the word's count, since 4.0 in arrays of arrays.
gensim makes its tree with a heap, which keeps no order among equal counts: of the many trees that
are all Huffman's it has another than ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats.kinds.gensim.objects import Saved
from lexiscope.formats.kinds.gensim.words import row_of, vocabulary_of
from lexiscope.formats.reading.inert import Instance, Items
from lexiscope.formats.reading.inert_arrays import to_array, to_objects

_NAMES = ("code", "point")


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Every word's path from the root.

    Attributes:
        starts: int64 (V + 1), where each word's path begins in the two others.
        nodes: int64, inner nodes, 0 … V − 2.
        codes: int64, 0 or 1 for each turn.
    """

    starts: NDArray[np.int64]
    nodes: NDArray[np.int64]
    codes: NDArray[np.int64]


def paths_of(saved: Saved, words: int) -> Paths | None:
    """The paths of all words; None where a word has none.

    Args:
        saved: The words' object.
        words: V.

    Raises:
        FormatError: A path is not sound.
    """
    pairs: list[tuple[Any, Any] | None] = [None] * words
    for row, pair in _pairs(saved):
        if type(row) is int and 0 <= row < words:
            pairs[row] = pair
    codes: list[NDArray[Any]] = []
    nodes: list[NDArray[Any]] = []
    for both in pairs:
        if both is None or both[0] is None or both[1] is None:
            return None
        code, point = (
            _numbers(saved, value, name) for value, name in zip(both, _NAMES, strict=True)
        )
        if len(code) != len(point):
            raise _error(saved, f"has a path of {len(point)} nodes and {len(code)} turns")
        codes.append(code)
        nodes.append(point)
    sizes = np.array([len(code) for code in codes], np.int64)
    paths = Paths(
        starts=np.concatenate([[0], np.cumsum(sizes)]),
        nodes=np.concatenate(nodes).astype(np.int64),
        codes=np.concatenate(codes).astype(np.int64),
    )
    inside = (paths.nodes >= 0) & (paths.nodes < words - 1) & (paths.codes >> 1 == 0)
    if not bool(inside.all()):
        raise _error(saved, f"has paths that leave the tree of {words:,} words")
    return paths


def _pairs(saved: Saved) -> Iterator[tuple[Any, tuple[Any, Any]]]:
    """Rows, and the code and points of each, as they stand in the file."""
    expandos = saved.get("expandos")
    if isinstance(expandos, Items):
        columns = [to_objects(expandos.get(name)) for name in _NAMES]
        if columns[0] is not None and columns[1] is not None:
            yield from enumerate(zip(columns[0], columns[1], strict=False))
        return
    for _word, value in vocabulary_of(saved) or ():
        if isinstance(value, Instance) and isinstance(value.state, Items):
            yield row_of(value), (value.state.get("code"), value.state.get("point"))


def _numbers(saved: Saved, value: Any, name: str) -> NDArray[Any]:
    if isinstance(value, list):  # of the root, where there is one word
        value = [number for number in value if type(number) is int and 0 <= number < 1 << 40]
        return np.array(value, np.int64)
    found = to_array(value, saved.path, name)
    if found.ndim != 1 or (len(found) and found.dtype.kind not in "iu"):
        raise _error(saved, f"has a {name} of shape {found.shape} and type {found.dtype}")
    return found


def _error(saved: Saved, reason: str) -> FormatError:
    return FormatError(saved.path, "its Huffman tree", f"{reason}; the file is damaged")
