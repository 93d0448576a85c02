"""Senses of a word: clusters of the directions of its occurrences' vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.one_line import one_line
from lexiscope.vectors.layout.products import one_thread_a_product
from lexiscope.vectors.search import unit_rows

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]

# Clusters that are no further apart than this are one sense (mean silhouette, −1 to 1).
LEAST_SILHOUETTE = 0.12
_SMALLEST_SENSE = 2
_STARTS = 4
_ROUNDS = 50


@one_line
@dataclass(frozen=True, kw_only=True)
class SenseClusters:
    """Clusters of a word's occurrences.

    Attributes:
        labels: The cluster of each occurrence (n), 0 for the largest.
        nearness: The cosine of each with its cluster's centre, where directions are centred (n).
        silhouettes: The mean silhouette by the number of clusters, of those numbers that were
            tried and of which no cluster has one occurrence alone.
    """

    labels: Labels
    nearness: Floats
    silhouettes: Mapping[int, float]

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return int(self.labels.max(initial=0)) + 1

    @property
    def silhouette(self) -> float | None:
        """The mean silhouette of these clusters; None of one."""
        return self.silhouettes.get(self.count)


def senses_of(vectors: Floats, most: int) -> Labels:
    """The sense of each occurrence, by `sense_clusters`.

    Args:
        vectors: A word's occurrences (n × D).
        most: The most senses.

    Returns:
        A number each (n), 0 for the most frequent sense.
    """
    return sense_clusters(vectors, most).labels


def sense_clusters(vectors: Floats, most: int, *, count: int | None = None) -> SenseClusters:
    """Clusters of a word's occurrences, as many as stand apart best, or as many as are wanted.

    Directions are centred and clustered by spherical k-means (Dhillon and Modha 2001), for 2 senses
    up to `most`; the number whose mean silhouette (Rousseeuw 1987, by cosine distance) is largest
    is taken, if it is large enough at all, and no sense has one occurrence alone.

    Args:
        vectors: A word's occurrences (n × D).
        most: The most senses.
        count: Take so many, whatever the silhouette; fewer where there are fewer different
            vectors.
    """
    unit = unit_rows(vectors)
    # Contextual vectors share a common direction that would hide how they differ.
    centred = unit_rows(unit - unit.mean(axis=0))
    silhouettes: dict[int, float] = {}
    best, score = np.zeros(len(vectors), np.int64), LEAST_SILHOUETTE
    with one_thread_a_product():
        for tried in range(2, min(most, len(vectors) // _SMALLEST_SENSE) + 1):
            labels = _clustered(centred, tried)
            if np.bincount(labels, minlength=tried).min() < _SMALLEST_SENSE:
                continue
            silhouettes[tried] = _silhouette(unit, labels)
            if count is None and silhouettes[tried] > score:
                best, score = labels, silhouettes[tried]
        if count is not None and count > 1:
            best = _clustered(centred, min(count, len(vectors)))
            best = np.unique(best, return_inverse=True)[1]
            if best.any():
                silhouettes[int(best.max()) + 1] = _silhouette(unit, best)
    sizes = np.bincount(best)
    centres = unit_rows(_memberships(best, len(sizes)).T @ centred)
    return SenseClusters(
        labels=np.argsort(np.argsort(-sizes, kind="stable"))[best],
        nearness=np.einsum("nd,nd->n", centred, centres[best]),
        silhouettes=dict(sorted(silhouettes.items())),
    )


def _clustered(unit: Floats, count: int) -> Labels:
    """The best of some runs of k-means, by the cosines to the centres."""
    random = np.random.default_rng(0)
    best, score = np.zeros(len(unit), np.int64), -np.inf
    for _ in range(_STARTS):
        centres = _spread_out(unit, count, random)
        labels = np.zeros(len(unit), np.int64)
        for _ in range(_ROUNDS):
            before, labels = labels, np.argmax(unit @ centres.T, axis=1)
            centres = unit_rows(_memberships(labels, count).T @ unit)
            if np.array_equal(before, labels):
                break
        cosines = float(np.einsum("nd,nd->", unit, centres[labels]))
        if cosines > score:
            best, score = labels, cosines
    return best


def _spread_out(unit: Floats, count: int, random: np.random.Generator) -> Floats:
    """Centres to start from, far from each other (k-means++, Arthur and Vassilvitskii 2007)."""
    chosen = [int(random.integers(len(unit)))]
    while len(chosen) < count:
        distance = 1 - (unit @ unit[chosen].T).max(axis=1)
        weights = np.maximum(distance.astype(np.float64), 0)
        total = weights.sum()
        if total == 0:
            chosen.append(int(random.integers(len(unit))))
        else:
            chosen.append(int(random.choice(len(unit), p=weights / total)))
    return unit[chosen]


def _silhouette(unit: Floats, labels: Labels) -> float:
    """The mean silhouette, by cosine distance."""
    clusters = _memberships(labels, int(labels.max()) + 1)
    sizes = clusters.sum(axis=0)
    # The sum of cosines with a cluster's rows is the product with their sum.
    summed = sizes - unit @ (clusters.T @ unit).T
    rows = np.arange(len(unit))
    # Of its own cluster a row has itself too, at no distance but what rounding leaves.
    own = np.maximum(summed[rows, labels], 0) / np.maximum(sizes[labels] - 1, 1)
    others = summed / np.maximum(sizes, 1)
    others[rows, labels] = np.inf
    nearest = others.min(axis=1)
    silhouettes = (nearest - own) / np.maximum(np.maximum(nearest, own), 1e-12)
    silhouettes[sizes[labels] == 1] = 0  # Rousseeuw's, of a row that is alone
    return float(np.mean(silhouettes))


def _memberships(labels: Labels, count: int) -> Floats:
    """1 where a row is in a cluster, else 0 (n × count)."""
    return np.eye(count, dtype=np.float32)[labels]
