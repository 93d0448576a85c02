"""Convergence of words: how soon each one's vector points where it will point in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.inspection.history import History
from lexiscope.one_line import one_line
from lexiscope.vectors.search import unit_rows

SETTLED = 0.9
_SPANS = 50


@one_line
@dataclass(frozen=True)
class Convergence:
    """The words' way to their final direction.

    Attributes:
        snapshots: Their numbers.
        cosines: float64 (snapshots, words): of each word's row of W and its final one.
        counts: int64 (words,), the words' occurrences.
        settled: int64 (words,): the snapshot from which on the cosine stays at 0.9 or more.
    """

    snapshots: list[int]
    cosines: NDArray[np.float64]
    counts: NDArray[np.int64]
    settled: NDArray[np.int64]


def convergence(
    history: History,
    snapshots: Sequence[int] | None = None,
    places: Sequence[int] | None = None,
) -> Convergence:
    """Each word's cosine to its final position, over the run.

    Args:
        history: The run.
        snapshots: When; None for fifty, evenly spaced, and ten that are denser at first, or all
            that a large run has. The last must be the end for `settled` to mean anything.
        places: Of which words; None for all that can be looked at.

    Raises:
        ConfigError: A snapshot is not in the run.
    """
    if snapshots is None:
        snapshots = history.many(_SPANS)
    chosen = np.arange(len(history.words)) if places is None else np.asarray(places, np.int64)

    def directions(snapshot: int) -> NDArray[np.float64]:
        return unit_rows(history.inputs(snapshot)[chosen].astype(np.float64))

    final = directions(history.last)
    cosines = np.empty((len(snapshots), len(chosen)))
    for number, snapshot in enumerate(snapshots):  # one at a time: sixty may be gigabytes
        np.einsum("vd,vd->v", directions(snapshot), final, out=cosines[number])
    late = np.minimum.accumulate(cosines[::-1], axis=0)[::-1] >= SETTLED
    first = np.where(late.any(axis=0), late.argmax(axis=0), len(snapshots) - 1)
    settled = np.asarray(snapshots, np.int64)[first]
    return Convergence(list(snapshots), cosines, history.counts[chosen], settled)
