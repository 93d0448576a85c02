"""Neighbours over a run: how a word's nearest words change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lexiscope.inspection.history import History
from lexiscope.one_line import one_line


@one_line
@dataclass(frozen=True)
class Neighbors:
    """The nearest words at one snapshot.

    Attributes:
        snapshot: Its number.
        nearest: (word, cosine), nearest first.
    """

    snapshot: int
    nearest: list[tuple[str, float]]


def neighbor_evolution(
    history: History,
    words: Sequence[str] | None = None,
    snapshots: Sequence[int] | None = None,
    topn: int = 5,
) -> dict[str, list[Neighbors]]:
    """The nearest words of some words over the run.

    Args:
        history: The run.
        words: To look around; None for all that can be looked at.
        snapshots: When; None for ten, densely at first, or all that had time to look.
        topn: How many neighbours; of a large run at most 10.

    Returns:
        Word → its neighbours at each snapshot.

    Raises:
        UnknownWordError: A word is not in the vocabulary, or was not watched.
        ConfigError: `topn` is out of range, or a snapshot is not in the run.
    """
    words = history.words if words is None else words
    places = [history.place(word) for word in words]
    evolution: dict[str, list[Neighbors]] = {word: [] for word in words}
    for snapshot in history.scanned() if snapshots is None else snapshots:
        around = history.nearest(snapshot, places, topn)
        for word, nearest in zip(words, around, strict=True):
            evolution[word].append(Neighbors(snapshot, nearest))
    return evolution
