"""Projection of vectors on two principal axes, one pair for the whole run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.inspection.history import History
from lexiscope.one_line import one_line
from lexiscope.replay.config import Pca

_SPANS = 60


@one_line
@dataclass(frozen=True)
class Axes:
    """Principal axes.

    Attributes:
        mean: float64 (D,), taken off first.
        axes: float64 (2, D), of length 1; the largest element of each is positive, so that a
            picture never flips. With one dimension the second is zero.
        explained: Share of the variance along each axis, of what the axes were fitted on.
    """

    mean: NDArray[np.float64]
    axes: NDArray[np.float64]
    explained: tuple[float, float]

    def project(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Positions, (…, 2), of vectors (…, D)."""
        positions: NDArray[np.float64] = (vectors.astype(np.float64) - self.mean) @ self.axes.T
        return positions


@one_line
@dataclass(frozen=True)
class Trajectories:
    """Where words were, over the run.

    Attributes:
        words: The words.
        snapshots: Their numbers.
        positions: float64 (snapshots, words, 2).
        axes: What they were projected on.
    """

    words: list[str]
    snapshots: list[int]
    positions: NDArray[np.float64]
    axes: Axes


def fit_axes(
    history: History, method: Pca | None = None, snapshots: Sequence[int] | None = None
) -> Axes:
    """The two axes of greatest variance.

    Args:
        history: The run.
        method: "final_pca": of the final vectors; "global_pca": of all snapshots together; None
            for what the run was recorded with.
        snapshots: The snapshots of "global_pca"; None for those of the run's dense_steps and
            record_interval, or all that a large run has.

    Raises:
        ConfigError: No such method.
    """
    chosen = history.pca if method is None else method
    if chosen not in ("final_pca", "global_pca"):
        raise ConfigError(f"pca is {chosen!r}; expected final_pca or global_pca")
    if chosen == "final_pca":
        snapshots = [history.last]
    elif snapshots is None:
        snapshots = history.pooled()
    mean, covariance = history.variation(snapshots)
    return principal_axes(mean, covariance)


def principal_axes(mean: NDArray[np.float64], covariance: NDArray[np.float64]) -> Axes:
    """The two axes of greatest variance, from a mean (D,) and a covariance (D, D)."""
    values, vectors = np.linalg.eigh(covariance)
    axes = np.zeros((2, len(mean)))
    shares = [0.0, 0.0]
    whole = float(np.maximum(values, 0).sum())
    for i in range(min(2, len(mean))):
        axis = vectors[:, -1 - i]
        axes[i] = axis * np.sign(axis[np.argmax(np.abs(axis))])
        shares[i] = max(float(values[-1 - i]), 0.0) / whole if whole > 0 else 0.0
    return Axes(mean, axes, (shares[0], shares[1]))


def positions(
    history: History, axes: Axes, snapshots: Sequence[int]
) -> Iterator[NDArray[np.float64]]:
    """The positions of all words that can be looked at, (N, 2), at each snapshot."""
    for snapshot in snapshots:
        yield axes.project(history.inputs(snapshot))


def trajectories(
    history: History,
    places: Sequence[int] | None = None,
    snapshots: Sequence[int] | None = None,
    method: Pca | None = None,
) -> Trajectories:
    """The ways of words across the picture.

    Args:
        history: The run.
        places: Of which words; None for all that can be looked at.
        snapshots: When; None for sixty, evenly spaced, and ten that are denser at first, or all
            that a large run has.
        method: As in `fit_axes`.

    Raises:
        ConfigError: A snapshot is not in the run, or no such method.
    """
    chosen = list(range(len(history.words))) if places is None else list(places)
    if snapshots is None:
        snapshots = history.many(_SPANS)
    axes = fit_axes(history, method)
    ways = np.stack([everywhere[chosen] for everywhere in positions(history, axes, snapshots)])
    return Trajectories([history.words[place] for place in chosen], list(snapshots), ways, axes)
