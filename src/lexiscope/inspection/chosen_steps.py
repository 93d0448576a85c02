"""Steps of a recorded run to look at: doubling ones, and the reference program's."""

from __future__ import annotations

from lexiscope.errors import ConfigError

FEW = 10


def doubling_steps(steps: int, count: int = FEW) -> list[int]:
    """The start, the end, and steps between that double, as most happens early.

    Args:
        steps: Of the run.
        count: How many, at least 2; fewer are given where the run has fewer.

    Returns:
        Increasing numbers from 0, the start, to `steps`.
    """
    if count < 2:
        raise ConfigError(f"count is {count}; expected at least 2 snapshots")
    halvings = [round(steps / 2**i) for i in range(min(count - 1, steps.bit_length()))]
    return sorted({0, *halvings})


def reference_steps(steps: int, dense_steps: int, interval: int) -> list[int]:
    """The start, each of the first steps, every so-many-th, the last."""
    later = range(interval, steps + 1, interval)
    return sorted(
        {*range(min(dense_steps, steps) + 1), *(n for n in later if n > dense_steps), steps}
    )
