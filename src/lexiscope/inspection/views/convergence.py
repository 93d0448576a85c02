"""How soon each word's vector points where it will point in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.inspection.views.selection import spread, unit_rows
from lexiscope.replay.recording import Recording

SETTLED = 0.9


@dataclass(frozen=True)
class Convergence:
    """The words' way to their final direction.

    Attributes:
        snapshots: After so many steps each.
        cosines: float64 (snapshots, words): of each word's row of W and its final one.
        counts: int64 (words,), the words' occurrences.
        settled: int64 (words,): the snapshot from which on the cosine stays at 0.9 or more.
    """

    snapshots: list[int]
    cosines: NDArray[np.float64]
    counts: NDArray[np.int64]
    settled: NDArray[np.int64]


def convergence(
    recording: Recording,
    snapshots: Sequence[int] | None = None,
    rows: Sequence[int] | None = None,
) -> Convergence:
    """Each word's cosine to its final position, over the run.

    Args:
        recording: The run.
        snapshots: When; None for fifty, evenly spaced, and ten that are denser at first. The last
            must be the end for `settled` to mean anything.
        rows: Of which words; None for all.

    Raises:
        ConfigError: A snapshot is not in the run.
    """
    if snapshots is None:
        even = np.linspace(0, recording.steps, 51).round().astype(int).tolist()
        snapshots = sorted({*even, *spread(recording.steps)})
    which = np.arange(len(recording.tokens)) if rows is None else np.asarray(rows, np.int64)
    final = unit_rows(recording.weights(recording.steps).inputs[which])
    cosines = np.empty((len(snapshots), len(which)))
    for place, snapshot in enumerate(snapshots):  # one at a time: sixty matrices may be gigabytes
        units = unit_rows(recording.weights(snapshot).inputs[which])
        np.einsum("vd,vd->v", units, final, out=cosines[place])
    late = np.minimum.accumulate(cosines[::-1], axis=0)[::-1] >= SETTLED
    first = np.where(late.any(axis=0), late.argmax(axis=0), len(snapshots) - 1)
    settled = np.asarray(snapshots, np.int64)[first]
    return Convergence(list(snapshots), cosines, recording.run.counts[which], settled)
