"""W and W′ at a few snapshots, for an animation of the raw numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.inspection.history import History
from lexiscope.one_line import one_line


@one_line
@dataclass(frozen=True)
class MatricesOverTime:
    """The two matrices over the run.

    Attributes:
        snapshots: Their numbers.
        inputs: W, (snapshots, N, D), or its rows asked for.
        outputs: W′, (snapshots, R, D), likewise; None where it was not kept.
    """

    snapshots: list[int]
    inputs: NDArray[np.floating]
    outputs: NDArray[np.floating] | None


def matrices_over_time(
    history: History,
    snapshots: Sequence[int] | None = None,
    places: Sequence[int] | None = None,
) -> MatricesOverTime:
    """W and W′ at some snapshots.

    Args:
        history: The run.
        snapshots: When; None for ten, densely at first.
        places: Of which words, rows that are in both; None for all.

    Raises:
        ConfigError: A snapshot is not in the run.
    """
    chosen = history.few() if snapshots is None else list(snapshots)
    which = slice(None) if places is None else list(places)
    inputs, outputs = [], []
    for snapshot in chosen:
        inputs.append(history.inputs(snapshot)[which])
        if history.output_rows:
            outputs.append(history.outputs(snapshot)[which])
    return MatricesOverTime(chosen, np.stack(inputs), np.stack(outputs) if outputs else None)
