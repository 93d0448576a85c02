"""W and W′ at a few moments, for an animation of the raw numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.inspection.views.selection import spread
from lexiscope.replay.recording import Recording


@dataclass(frozen=True)
class Snapshots:
    """The two matrices over the run.

    Attributes:
        moments: After so many steps each.
        inputs: W, (moments, V, D), or its rows asked for.
        outputs: W′, (moments, R, D), likewise.
    """

    moments: list[int]
    inputs: NDArray[np.floating]
    outputs: NDArray[np.floating]

    @property
    def largest(self) -> float:
        """The largest absolute number in any of them, for a common colour scale."""
        return float(max(np.abs(self.inputs).max(), np.abs(self.outputs).max()))


def snapshots(
    recording: Recording,
    moments: Sequence[int] | None = None,
    rows: Sequence[int] | None = None,
) -> Snapshots:
    """W and W′ at some moments.

    Args:
        recording: The run.
        moments: When; None for ten, densely at first.
        rows: Which rows of both, those that are in both; None for all.

    Raises:
        ConfigError: A moment is not in the run.
    """
    chosen = spread(recording.steps) if moments is None else list(moments)
    which = slice(None) if rows is None else list(rows)
    inputs, outputs = [], []
    for moment in chosen:
        weights = recording.weights(moment)
        inputs.append(weights.inputs[which])
        outputs.append(weights.outputs[which])
    return Snapshots(chosen, np.stack(inputs), np.stack(outputs))
