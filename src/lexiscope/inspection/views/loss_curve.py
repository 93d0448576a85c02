"""Loss over a run, its mean over the last few hundred steps, and steps to look at first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.inspection.history import History
from lexiscope.one_line import one_line
from lexiscope.replay.recording import Recording


@one_line
@dataclass(frozen=True)
class LossCurve:
    """The loss over the run.

    Attributes:
        at: float64 (points,): after how much of the run; a point is a step, or a span between two
            snapshots.
        losses: float32 or float64 (points,); NaN for a span that had nothing to learn.
        smoothed: float64 (points,), the mean over the last `window` points, over fewer at the
            start.
        window: See above.
        chance: The loss of guessing all words alike, ln V; None where the loss is no −log P(word).
    """

    at: NDArray[np.float64]
    losses: NDArray[np.floating]
    smoothed: NDArray[np.float64]
    window: int
    chance: float | None

    @property
    def final(self) -> float:
        """The last smoothed loss."""
        return float(self.smoothed[-1])


def loss_curve(history: History, window: int | None = None) -> LossCurve:
    """The loss over the run.

    Args:
        history: The run.
        window: Points of a mean; None for 500 steps, or a span.

    Raises:
        ConfigError: The window is below 1.
    """
    kept = history.losses
    window = kept.window if window is None else window
    if window < 1:
        raise ConfigError(f"window is {window}; expected at least 1 step")
    smoothed = kept.losses.astype(np.float64) if window == 1 else _means(kept.losses, window)
    return LossCurve(kept.at, kept.losses, smoothed, window, kept.chance)


def _means(losses: NDArray[np.floating], window: int) -> NDArray[np.float64]:
    """Of the last `window` losses each; a NaN does not count."""
    there = np.isfinite(losses)
    sums = np.concatenate([[0.0], np.cumsum(np.where(there, losses, 0), dtype=np.float64)])
    counts = np.concatenate([[0], np.cumsum(there)])
    ends = np.arange(1, len(losses) + 1)
    starts = np.maximum(ends - window, 0)
    with np.errstate(invalid="ignore"):
        means: NDArray[np.float64] = (sums[ends] - sums[starts]) / (counts[ends] - counts[starts])
    return means


def bookmarks(recording: Recording) -> dict[str, int]:
    """Three steps of the example whose loss fell most, so that they can be compared.

    Returns:
        "early", "middle" and "late" → the step's number. Where no example came a second time, the
        first step, the middle one and the last.
    """
    order, steps = recording.run.order, recording.steps
    seen, first = np.unique(order, return_index=True)
    _, from_behind = np.unique(order[::-1], return_index=True)
    last = steps - 1 - from_behind
    fallen = np.where(last > first, recording.losses[first] - recording.losses[last], -np.inf)
    best = int(np.argmax(fallen))
    if last[best] == first[best]:
        return {"early": 1, "middle": max(1, steps // 2), "late": steps}
    when = np.flatnonzero(order == seen[best])
    middle = when[np.argmin(np.abs(when - steps / 2))]
    return {"early": int(first[best]) + 1, "middle": int(middle) + 1, "late": int(last[best]) + 1}
