"""Places of a word's occurrences in a plane, and the share of true neighbours that they keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.one_line import one_line
from lexiscope.progress import Meter, ProgressCallback
from lexiscope.vectors.layout.components import components_of
from lexiscope.vectors.layout.kept import TOPN, nearest_on_map, share_kept
from lexiscope.vectors.layout.landmarks import (
    nearest_landmarks,
    neighbour_layout,
    require_library,
)
from lexiscope.vectors.layout.products import one_thread_a_product
from lexiscope.vectors.layout.word_map import Method
from lexiscope.vectors.search import unit_rows

# Fewer are laid out by their components: t-SNE has no neighbourhoods to keep.
FEWEST_FOR_NEIGHBOURS = TOPN + 1


@one_line
@dataclass(frozen=True, kw_only=True)
class Places:
    """Where occurrences stand.

    Attributes:
        at: float32 (n, 2), across and up.
        method: "neighbors" or "pca".
        kept: The mean share of an occurrence's 10 nearest that are among its 10 nearest in the
            plane, 0 to 1; None of fewer than 12.
    """

    at: NDArray[np.float32]
    method: Method
    kept: float | None


def places_of(
    vectors: NDArray[np.float32], method: Method, progress: ProgressCallback | None = None
) -> Places:
    """Places of a word's occurrences, by their directions: the same every time.

    Args:
        vectors: float32 (n, D), n at least 2.
        method: "pca": the two directions of the largest variance; "neighbors" (extra `map`): laid
            out by openTSNE, so that neighbours stay together; of fewer than 11, by components.
        progress: Is told of the rounds.

    Raises:
        MissingExtraError: openTSNE is not installed.
    """
    if method == "neighbors":
        require_library()
    units = unit_rows(vectors)
    if units.shape[1] < 2:
        units = np.pad(units, ((0, 0), (0, 1)))
    with one_thread_a_product():
        mean, axes = components_of(units)
        at = ((units - mean) @ axes).astype(np.float32)
    if method == "neighbors" and len(units) >= FEWEST_FOR_NEIGHBOURS:
        at = neighbour_layout(units, at, Meter("laying out", None, "rounds", progress))
    else:
        method = "pca"
    return Places(at=at, method=method, kept=_kept(units, at))


def _kept(units: NDArray[np.float32], at: NDArray[np.float32]) -> float | None:
    if len(units) <= TOPN + 1:  # all others are the nearest ones, anywhere
        return None
    true = nearest_landmarks(units, TOPN)
    found = nearest_on_map(at, np.arange(len(at)), TOPN)
    return share_kept(units, units.__getitem__, true, found)
