"""W and W′ at a few snapshots, for an animation of the raw numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.inspection.views.selection import spread
from lexiscope.replay.recording import Recording


@dataclass(frozen=True)
class MatricesOverTime:
    """The two matrices over the run.

    Attributes:
        snapshots: After so many steps each.
        inputs: W, (snapshots, V, D), or its rows asked for.
        outputs: W′, (snapshots, R, D), likewise.
    """

    snapshots: list[int]
    inputs: NDArray[np.floating]
    outputs: NDArray[np.floating]

    @property
    def largest(self) -> float:
        """The largest absolute number in any of them, for a common colour scale."""
        return float(max(np.abs(self.inputs).max(), np.abs(self.outputs).max()))


def matrices_over_time(
    recording: Recording,
    snapshots: Sequence[int] | None = None,
    rows: Sequence[int] | None = None,
) -> MatricesOverTime:
    """W and W′ at some snapshots.

    Args:
        recording: The run.
        snapshots: When; None for ten, densely at first.
        rows: Which rows of both, those that are in both; None for all.

    Raises:
        ConfigError: A snapshot is not in the run.
    """
    chosen = spread(recording.steps) if snapshots is None else list(snapshots)
    which = slice(None) if rows is None else list(rows)
    inputs, outputs = [], []
    for snapshot in chosen:
        weights = recording.weights(snapshot)
        inputs.append(weights.inputs[which])
        outputs.append(weights.outputs[which])
    return MatricesOverTime(chosen, np.stack(inputs), np.stack(outputs))
