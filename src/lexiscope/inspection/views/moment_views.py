"""Views of a large run's recording; those of small runs with the same names show every step.

A snapshot is its number, 0 for the first; `Snapshots.shares` says where in the run it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.inspection.snapshots.snapshots import QUANTILES, TOPN, Snapshots
from lexiscope.inspection.views.convergence import SETTLED, Convergence
from lexiscope.inspection.views.neighbors import Neighbors
from lexiscope.inspection.views.projection import Trajectories, principal_axes
from lexiscope.inspection.views.scorecard import Answer, Score, Scorecard
from lexiscope.inspection.views.selection import unit_rows
from lexiscope.replay.config import Pca


@dataclass(frozen=True)
class SnapshotLosses:
    """The loss over the run.

    Attributes:
        shares: float64 (M − 1,), the end of each span between two snapshots, as share of the run.
        losses: float64 (M − 1,), mean loss a pair over the span.
        alphas: float64 (M − 1,), learning rate at its end.
    """

    shares: NDArray[np.float64]
    losses: NDArray[np.float64]
    alphas: NDArray[np.float64]


@dataclass(frozen=True)
class Spreads:
    """How lengths and movements of the rows are spread over the vocabulary.

    Attributes:
        shares: float64 (M,).
        quantiles: Which.
        inputs, outputs: float32 (M, Q), lengths of the rows of W and of W′.
        movement: float32 (M, Q), how far rows of W came since the snapshot before.
        sampled: Of so many rows, evenly spaced, movement was measured.
    """

    shares: NDArray[np.float64]
    quantiles: tuple[float, ...]
    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]
    movement: NDArray[np.float32]
    sampled: int


def loss_curve(snapshots: Snapshots) -> SnapshotLosses:
    """The loss between each two snapshots."""
    return SnapshotLosses(snapshots.shares[1:], snapshots.losses[1:], snapshots.alphas[1:])


def norms(snapshots: Snapshots) -> Spreads:
    """Lengths and movement of all rows, in quantiles."""
    return Spreads(
        snapshots.shares,
        QUANTILES,
        snapshots.input_norms,
        snapshots.output_norms,
        snapshots.movement,
        snapshots.sampled,
    )


def neighbor_evolution(
    snapshots: Snapshots, words: Sequence[str] | None = None, topn: int = 5
) -> dict[str, list[Neighbors]]:
    """The nearest words of watched words, at each snapshot that had time to look.

    Args:
        snapshots: The recording.
        words: Which; None for all that were watched.
        topn: How many, 1 … 10.

    Raises:
        UnknownWordError: A word was not watched.
        ConfigError: So many neighbours were not kept.
    """
    if not 1 <= topn <= TOPN:
        raise ConfigError(f"topn is {topn}; expected 1 … {TOPN}, as many as were recorded")
    when = np.flatnonzero(snapshots.scanned).tolist()
    found: dict[str, list[Neighbors]] = {}
    for word in snapshots.words if words is None else words:
        place = snapshots.place(word)
        found[word] = [
            Neighbors(
                snapshot,
                [
                    (snapshots.tokens[row], float(cosine))
                    for row, cosine in zip(
                        snapshots.neighbors[snapshot, place, :topn],
                        snapshots.cosines[snapshot, place, :topn],
                        strict=True,
                    )
                    if row >= 0
                ],
            )
            for snapshot in when
        ]
    return found


def scorecard(snapshots: Snapshots) -> Scorecard:
    """The watched analogies, at each snapshot that had time to ask.

    Questions that have no answer yet (vectors of zeros) are left out of their snapshot. The cosine
    of an answer is that of the words' vectors only where both are watched, so it is not given
    (NaN).
    """
    asked = [tuple(snapshots.tokens[row] for row in question) for question in snapshots.questions]
    scores = []
    for snapshot in np.flatnonzero(snapshots.scanned).tolist():
        answers = [
            Answer((a, b, c, d), snapshots.tokens[answer], float("nan"), int(rank))
            for (a, b, c, d), answer, rank in zip(
                asked, snapshots.answers[snapshot], snapshots.ranks[snapshot], strict=True
            )
            if rank > 0 and answer >= 0
        ]
        scores.append(Score(snapshot, answers))
    return Scorecard(scores, [])


def trajectories(snapshots: Snapshots, method: Pca = "final_pca") -> Trajectories:
    """The ways of the watched words across a picture.

    Args:
        snapshots: The recording.
        method: "final_pca": on the axes of their final vectors; "global_pca": of all snapshots.

    Raises:
        ConfigError: No such method.
    """
    if method not in ("final_pca", "global_pca"):
        raise ConfigError(f"pca is {method!r}; expected final_pca or global_pca")
    wide = snapshots.inputs.astype(np.float64)
    fitted = wide[-1] if method == "final_pca" else wide.reshape(-1, wide.shape[-1])
    centered = fitted - fitted.mean(axis=0)
    axes = principal_axes(fitted.mean(axis=0), centered.T @ centered / len(fitted))
    numbers = list(range(len(snapshots)))
    return Trajectories(snapshots.words, numbers, axes.project(wide), axes)


def convergence(snapshots: Snapshots) -> Convergence:
    """Each watched word's cosine to where it was last, and its occurrences."""
    units = unit_rows(snapshots.inputs)
    cosines = np.einsum("mnd,nd->mn", units, units[-1])
    late = np.minimum.accumulate(cosines[::-1], axis=0)[::-1] >= SETTLED
    last = len(snapshots) - 1
    settled = np.where(late.any(axis=0), late.argmax(axis=0), last).astype(np.int64)
    return Convergence(
        list(range(len(snapshots))), cosines, snapshots.counts[snapshots.rows], settled
    )
