"""The layout of landmarks: t-SNE of a map's most frequent words, through openTSNE.

van der Maaten and Hinton, Visualizing Data using t-SNE, 2008; van der Maaten, Accelerating t-SNE
using Tree-Based Algorithms, 2014; Poličar, Stražar and Zupan, openTSNE, 2024. UMAP and PaCMAP kept
fewer of a word's neighbours (`benchmarks/README.md`).

Nothing here is drawn by chance: the places begin at the principal components, and one thread moves
them, so that the same rows give the same bits.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import MissingExtraError
from lexiscope.progress import Meter
from lexiscope.vectors.layout.products import (
    new_lists,
    new_scratch,
    one_thread_a_product,
    take_cosines,
    without_own,
)

_FEATURE = "a map of neighbours"
_PERPLEXITY = 30
_NEIGHBOURS = 3 * _PERPLEXITY
# Of openTSNE's 250 and 500 rounds these keep 97 hundredths of the neighbours that all of them do.
_EARLY, _ROUNDS = 100, 150
_TOLD_EVERY = 5
_ANGLE = 0.8


def require_library() -> None:
    """Makes sure that the library is there.

    Raises:
        MissingExtraError: It is not installed.
    """
    if find_spec("openTSNE") is None:
        raise MissingExtraError(_FEATURE, "map")


def nearest_landmarks(
    units: NDArray[np.float32], topn: int, *, asked: NDArray[np.float32] | None = None
) -> NDArray[np.int64]:
    """The landmarks nearest to each landmark, itself left out: int64 (L, topn).

    Args:
        units: float32 (L, D), of length 1, L above topn.
        topn: How many.
        asked: float32 (Q, D), rows that are no landmarks, to ask with instead.
    """
    values, rows = new_lists(
        len(units if asked is None else asked), topn + 1 if asked is None else topn
    )
    with one_thread_a_product():
        take_cosines(units if asked is None else asked, units, 0, new_scratch(), values, rows)
    if asked is not None:
        return rows
    return without_own(rows, np.arange(len(units)), topn)


def neighbour_layout(
    units: NDArray[np.float32], start: NDArray[np.float32], meter: Meter
) -> NDArray[np.float32]:
    """Places of landmarks that keep their neighbours: float32 (L, 2).

    Args:
        units: float32 (L, D), of length 1; L is 4 at least.
        start: float32 (L, 2), where they begin: principal components.
        meter: Is told of the rounds.

    Raises:
        MissingExtraError: openTSNE is not installed.
    """
    library = _library()
    count = min(_NEIGHBOURS, len(units) - 1)
    near = nearest_landmarks(units, count)
    distances = np.empty(near.shape)
    with one_thread_a_product():
        for row, others in enumerate(near):
            distances[row] = 2 - 2 * (units[others] @ units[row]).astype(np.float64)
    np.sqrt(np.maximum(distances, 0, out=distances), out=distances)
    affinities = library.affinity.PerplexityBasedNN(
        knn_index=library.nearest_neighbors.PrecomputedNeighbors(near, distances),
        perplexity=min(_PERPLEXITY, max(1.0, count / 3)),
        n_jobs=1,
    )
    spread = float(start[:, 0].std()) or 1.0
    places = library.TSNEEmbedding(
        start.astype(np.float64) * (1e-4 / spread),
        affinities,
        negative_gradient_method="bh",
        theta=_ANGLE,
        n_jobs=1,
    )
    done = 0
    meter.total = _EARLY + _ROUNDS
    meter.skip(0)  # what it took to get here tells nothing of the rounds

    def tell(_round: int, _error: float, _places: Any) -> bool:
        nonlocal done
        done += _TOLD_EVERY
        meter.update(min(done, _EARLY + _ROUNDS))
        return False

    told: dict[str, Any] = {"callbacks": tell, "callbacks_every_iters": _TOLD_EVERY}
    places = places.optimize(_EARLY, exaggeration=12, momentum=0.5, **told)
    places = places.optimize(_ROUNDS, momentum=0.8, **told)
    meter.finish(_EARLY + _ROUNDS)
    return np.asarray(places, dtype=np.float32)


def _library() -> Any:
    try:
        import openTSNE
        import openTSNE.affinity
        import openTSNE.nearest_neighbors
    except ImportError as error:
        raise MissingExtraError(_FEATURE, "map") from error
    return openTSNE
