"""Views of a large run's recording; those of small runs with the same names show every step.

A moment is its number, 0 for the first; `Moments.shares` says where in the run it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.inspection.snapshots.snapshots import QUANTILES, TOPN, Moments
from lexiscope.inspection.views.convergence import SETTLED, Convergence
from lexiscope.inspection.views.neighbors import Neighbors
from lexiscope.inspection.views.projection import Trajectories, principal_axes
from lexiscope.inspection.views.scorecard import Answer, Score, Scorecard
from lexiscope.inspection.views.selection import unit_rows
from lexiscope.replay.config import Pca


@dataclass(frozen=True)
class MomentLosses:
    """The loss over the run.

    Attributes:
        shares: float64 (M − 1,), the end of each span between two moments, as share of the run.
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
        movement: float32 (M, Q), how far rows of W came since the moment before.
        sampled: Of so many rows, evenly spaced, movement was measured.
    """

    shares: NDArray[np.float64]
    quantiles: tuple[float, ...]
    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]
    movement: NDArray[np.float32]
    sampled: int


def loss_curve(moments: Moments) -> MomentLosses:
    """The loss between each two moments."""
    return MomentLosses(moments.shares[1:], moments.losses[1:], moments.alphas[1:])


def norms(moments: Moments) -> Spreads:
    """Lengths and movement of all rows, in quantiles."""
    return Spreads(
        moments.shares,
        QUANTILES,
        moments.input_norms,
        moments.output_norms,
        moments.movement,
        moments.sampled,
    )


def neighbor_evolution(
    moments: Moments, words: Sequence[str] | None = None, topn: int = 5
) -> dict[str, list[Neighbors]]:
    """The nearest words of watched words, at each moment that had time to look.

    Args:
        moments: The recording.
        words: Which; None for all that were watched.
        topn: How many, 1 … 10.

    Raises:
        UnknownWordError: A word was not watched.
        ConfigError: So many neighbours were not kept.
    """
    if not 1 <= topn <= TOPN:
        raise ConfigError(f"topn is {topn}; expected 1 … {TOPN}, as many as were recorded")
    when = np.flatnonzero(moments.scanned).tolist()
    found: dict[str, list[Neighbors]] = {}
    for word in moments.words if words is None else words:
        place = moments.place(word)
        found[word] = [
            Neighbors(
                moment,
                [
                    (moments.tokens[row], float(cosine))
                    for row, cosine in zip(
                        moments.neighbors[moment, place, :topn],
                        moments.cosines[moment, place, :topn],
                        strict=True,
                    )
                    if row >= 0
                ],
            )
            for moment in when
        ]
    return found


def scorecard(moments: Moments) -> Scorecard:
    """The watched analogies, at each moment that had time to ask.

    Questions that have no answer yet (vectors of zeros) are left out of their moment. The cosine of
    an answer is that of the words' vectors only where both are watched, so it is not given (NaN).
    """
    asked = [tuple(moments.tokens[row] for row in question) for question in moments.questions]
    scores = []
    for moment in np.flatnonzero(moments.scanned).tolist():
        answers = [
            Answer((a, b, c, d), moments.tokens[answer], float("nan"), int(rank))
            for (a, b, c, d), answer, rank in zip(
                asked, moments.answers[moment], moments.ranks[moment], strict=True
            )
            if rank > 0 and answer >= 0
        ]
        scores.append(Score(moment, answers))
    return Scorecard(scores, [])


def trajectories(moments: Moments, method: Pca = "final_pca") -> Trajectories:
    """The ways of the watched words across a picture.

    Args:
        moments: The recording.
        method: "final_pca": on the axes of their final vectors; "global_pca": of all moments.

    Raises:
        ConfigError: No such method.
    """
    if method not in ("final_pca", "global_pca"):
        raise ConfigError(f"pca is {method!r}; expected final_pca or global_pca")
    wide = moments.inputs.astype(np.float64)
    fitted = wide[-1] if method == "final_pca" else wide.reshape(-1, wide.shape[-1])
    centered = fitted - fitted.mean(axis=0)
    axes = principal_axes(fitted.mean(axis=0), centered.T @ centered / len(fitted))
    numbers = list(range(len(moments)))
    return Trajectories(moments.words, numbers, axes.project(wide), axes)


def convergence(moments: Moments) -> Convergence:
    """Each watched word's cosine to where it was last, and its occurrences."""
    units = unit_rows(moments.inputs)
    cosines = np.einsum("mnd,nd->mn", units, units[-1])
    late = np.minimum.accumulate(cosines[::-1], axis=0)[::-1] >= SETTLED
    last = len(moments) - 1
    settled = np.where(late.any(axis=0), late.argmax(axis=0), last).astype(np.int64)
    return Convergence(list(range(len(moments))), cosines, moments.counts[moments.rows], settled)
