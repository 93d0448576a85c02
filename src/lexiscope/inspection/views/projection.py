"""The vectors in two dimensions: principal axes, one set for the whole run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.inspection.views.selection import recorded_snapshots, spread
from lexiscope.replay.config import Pca
from lexiscope.replay.recording import Recording


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


@dataclass(frozen=True)
class Trajectories:
    """Where words were, over the run.

    Attributes:
        words: The words.
        snapshots: After so many steps each.
        positions: float64 (snapshots, words, 2).
        axes: What they were projected on.
    """

    words: list[str]
    snapshots: list[int]
    positions: NDArray[np.float64]
    axes: Axes


def fit_axes(
    recording: Recording, method: Pca | None = None, snapshots: Sequence[int] | None = None
) -> Axes:
    """The two axes of greatest variance.

    Args:
        recording: The run.
        method: "final_pca": of the final vectors; "global_pca": of all snapshots together; None
            for what the run was recorded with.
        snapshots: The snapshots of "global_pca"; None for those of the run's dense_steps and
            record_interval.

    Raises:
        ConfigError: No such method.
    """
    chosen = recording.config.pca if method is None else method
    if chosen not in ("final_pca", "global_pca"):
        raise ConfigError(f"pca is {chosen!r}; expected final_pca or global_pca")
    config = recording.config
    if chosen == "final_pca":
        snapshots = [recording.steps]
    elif snapshots is None:
        snapshots = recorded_snapshots(recording.steps, config.dense_steps, config.record_interval)
    dim = int(config.vector_size or 0)
    count, total, products = 0, np.zeros(dim), np.zeros((dim, dim))
    for snapshot in snapshots:  # sums, so that thousands of snapshots need no memory
        inputs = recording.weights(snapshot).inputs.astype(np.float64)
        count += len(inputs)
        total += inputs.sum(axis=0)
        products += inputs.T @ inputs
    mean = total / count
    covariance = products / count - np.outer(mean, mean)
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
    recording: Recording, axes: Axes, snapshots: Sequence[int]
) -> Iterator[NDArray[np.float64]]:
    """All words' positions, (V, 2), at each snapshot."""
    for snapshot in snapshots:
        yield axes.project(recording.weights(snapshot).inputs)


def trajectories(
    recording: Recording,
    words: Sequence[str] | None = None,
    snapshots: Sequence[int] | None = None,
    method: Pca | None = None,
) -> Trajectories:
    """The ways of words across the picture.

    Args:
        recording: The run.
        words: Which; None for all.
        snapshots: When; None for sixty, evenly spaced, and ten that are denser at first.
        method: As in `fit_axes`.

    Raises:
        UnknownWordError: A word is not in the vocabulary.
        ConfigError: A snapshot is not in the run.
    """
    chosen = recording.tokens if words is None else list(words)
    rows = [recording.row(word) for word in chosen]
    if snapshots is None:
        even = np.linspace(0, recording.steps, 61).round().astype(int).tolist()
        snapshots = sorted({*even, *spread(recording.steps)})
    axes = fit_axes(recording, method)
    found = np.stack([place[rows] for place in positions(recording, axes, snapshots)])
    return Trajectories(chosen, list(snapshots), found, axes)
