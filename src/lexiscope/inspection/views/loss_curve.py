"""The loss of every step, and its mean over the last few hundred."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.replay.recording import Recording

WINDOW = 500


@dataclass(frozen=True)
class LossCurve:
    """The loss over the run.

    Attributes:
        losses: float32 (steps,), step 1 first.
        smoothed: float64 (steps,), the mean over the last `window` steps, over fewer at the start.
        window: See above.
        chance: The loss of guessing all words alike, ln V; None where the loss is no −log P(word).
    """

    losses: NDArray[np.float32]
    smoothed: NDArray[np.float64]
    window: int
    chance: float | None

    @property
    def final(self) -> float:
        """The last smoothed loss."""
        return float(self.smoothed[-1])


def loss_curve(recording: Recording, window: int = WINDOW) -> LossCurve:
    """The loss over the run.

    Args:
        recording: The run.
        window: Steps of a mean.

    Raises:
        ConfigError: The window is below 1.
    """
    if window < 1:
        raise ConfigError(f"window is {window}; expected at least 1 step")
    losses = recording.losses
    sums = np.concatenate([[0.0], np.cumsum(losses, dtype=np.float64)])
    ends = np.arange(1, len(losses) + 1)
    starts = np.maximum(ends - window, 0)
    smoothed = (sums[ends] - sums[starts]) / (ends - starts)
    chance = recording.run.rule.chance(len(recording.tokens))
    return LossCurve(losses, smoothed, window, chance)
