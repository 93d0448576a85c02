"""How a word's nearest neighbours change during the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lexiscope.errors import ConfigError
from lexiscope.inspection.views.selection import spread, unit_rows
from lexiscope.replay.recording import Recording


@dataclass(frozen=True)
class Neighbors:
    """The nearest words at one snapshot.

    Attributes:
        snapshot: After so many steps.
        nearest: (word, cosine), nearest first.
    """

    snapshot: int
    nearest: list[tuple[str, float]]


def neighbor_evolution(
    recording: Recording,
    words: Sequence[str],
    snapshots: Sequence[int] | None = None,
    topn: int = 5,
) -> dict[str, list[Neighbors]]:
    """The nearest words of some words over the run.

    Args:
        recording: The run.
        words: To look around.
        snapshots: When; None for ten, densely at first.
        topn: How many neighbours.

    Returns:
        Word → its neighbours at each snapshot.

    Raises:
        UnknownWordError: A word is not in the vocabulary.
        ConfigError: `topn` is below 1, or a snapshot is not in the run.
    """
    if topn < 1:
        raise ConfigError(f"topn is {topn}; expected at least 1")
    rows = {word: recording.row(word) for word in words}
    found: dict[str, list[Neighbors]] = {word: [] for word in words}
    for snapshot in spread(recording.steps) if snapshots is None else snapshots:
        units = unit_rows(recording.weights(snapshot).inputs)
        for word, row in rows.items():
            cosines = units @ units[row]
            cosines[row] = -np.inf
            best = np.argsort(-cosines, kind="stable")[: min(topn, len(units) - 1)]
            nearest = [(recording.tokens[i], float(cosines[i])) for i in best]
            found[word].append(Neighbors(snapshot, nearest))
    return found
