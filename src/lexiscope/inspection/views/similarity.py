"""Cosines of all words with all words, semantic groups side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope import data
from lexiscope.one_line import one_line
from lexiscope.replay.recording import Recording
from lexiscope.vectors.search import unit_rows

OTHERS = "others"


@one_line
@dataclass(frozen=True)
class SimilarityMatrix:
    """Cosines between words in the order of their groups.

    Attributes:
        words: In that order.
        groups: (name, number of words), in that order.
        cosines: float64 (V, V), symmetric.
        within: Mean cosine of different words of the same group; None where there is no such pair.
        across: Mean cosine of words of different groups; None likewise. Words in no group do not
            count.
    """

    words: list[str]
    groups: list[tuple[str, int]]
    cosines: NDArray[np.float64]
    within: float | None
    across: float | None


def similarity_matrix(
    recording: Recording,
    snapshot: int | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    rows: Sequence[int] | None = None,
) -> SimilarityMatrix:
    """Cosines between all words at a snapshot.

    Args:
        recording: The run.
        snapshot: After how many steps; None for all.
        groups: Name → words; None for the bundled corpus' groups. Words in none come last, as
            "others"; words that the run does not know are left out.
        rows: Of which words; None for all.

    Raises:
        ConfigError: The snapshot is not in the run.
    """
    inputs = recording.weights(recording.steps if snapshot is None else snapshot).inputs
    which = list(range(len(recording.tokens))) if rows is None else list(rows)
    return similarity_of([recording.tokens[row] for row in which], inputs[which], groups)


def similarity_of(
    words: list[str],
    vectors: NDArray[np.floating],
    groups: Mapping[str, Sequence[str]] | None = None,
) -> SimilarityMatrix:
    """Cosines between the rows of a matrix.

    Args:
        words: Row by row.
        vectors: (words, D).
        groups: As for `similarity_matrix`.
    """
    order, sizes, label = _ordered(words, data.groups() if groups is None else groups)
    units = unit_rows(vectors[order].astype(np.float64))
    cosines = units @ units.T
    grouped = label >= 0
    same = (label[:, None] == label) & grouped & ~np.eye(len(label), dtype=bool)
    other = (label[:, None] != label) & grouped & grouped[:, None]
    return SimilarityMatrix(
        [words[row] for row in order],
        sizes,
        cosines,
        float(cosines[same].mean()) if same.any() else None,
        float(cosines[other].mean()) if other.any() else None,
    )


def _ordered(
    tokens: list[str], groups: Mapping[str, Sequence[str]]
) -> tuple[list[int], list[tuple[str, int]], NDArray[np.int64]]:
    """Rows by group, the groups' sizes, and the number of each row's group (−1 for none)."""
    rows = {word: row for row, word in enumerate(tokens)}
    order: list[int] = []
    sizes: list[tuple[str, int]] = []
    label: list[int] = []
    for number, (name, words) in enumerate(groups.items()):
        members = [rows.pop(word) for word in words if word in rows]
        if members:
            order += members
            sizes.append((name, len(members)))
            label += [number] * len(members)
    if rows:
        order += rows.values()
        sizes.append((OTHERS, len(rows)))
        label += [-1] * len(rows)
    return order, sizes, np.array(label)
