"""Which snapshots of a run a view looks at: snapshot n is the state after n steps, 0 the start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError

SNAPSHOTS = 10


def spread(steps: int, count: int = SNAPSHOTS) -> list[int]:
    """The start, the end, and snapshots between that double, as most happens early.

    Args:
        steps: Of the run.
        count: How many, at least 2; fewer are given where the run has fewer.

    Returns:
        Increasing snapshots from 0 to `steps`.
    """
    if count < 2:
        raise ConfigError(f"count is {count}; expected at least 2 snapshots")
    halvings = [round(steps / 2**i) for i in range(min(count - 1, steps.bit_length()))]
    return sorted({0, *halvings})


def recorded_snapshots(steps: int, dense_steps: int, interval: int) -> list[int]:
    """The reference program's: the start, each of the first steps, every so-many-th, the last."""
    later = range(interval, steps + 1, interval)
    return sorted(
        {*range(min(dense_steps, steps) + 1), *(n for n in later if n > dense_steps), steps}
    )


def unit_rows(matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """The rows scaled to length 1, in float64; a row of zeros stays one."""
    wide = matrix.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
    return wide / np.where(lengths > 0, lengths, 1.0)
