"""Senses of a word: clusters of the directions of its occurrences' vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors.search import unit_rows

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]

# Clusters that are no further apart than this are one sense (mean silhouette, −1 to 1).
_LEAST_SILHOUETTE = 0.12
_SMALLEST_SENSE = 2
_STARTS = 4
_ROUNDS = 50


def senses_of(vectors: Floats, most: int) -> Labels:
    """The sense of each occurrence.

    Directions are centred and clustered by spherical k-means (Dhillon and Modha 2001), for 2 senses
    up to `most`; the number whose mean silhouette (Rousseeuw 1987, by cosine distance) is largest
    is taken, if it is large enough at all, and no sense has one occurrence alone.

    Args:
        vectors: A word's occurrences (n × D).
        most: The most senses.

    Returns:
        A number each (n), 0 for the most frequent sense.
    """
    one_sense = np.zeros(len(vectors), np.int64)
    unit = unit_rows(vectors)
    # Contextual vectors share a common direction that would hide how they differ.
    centred = unit_rows(unit - unit.mean(axis=0))
    best, score = one_sense, _LEAST_SILHOUETTE
    for count in range(2, min(most, len(vectors) // _SMALLEST_SENSE) + 1):
        labels = _clustered(centred, count)
        if np.bincount(labels, minlength=count).min() < _SMALLEST_SENSE:
            continue
        silhouette = _silhouette(unit, labels)
        if silhouette > score:
            best, score = labels, silhouette
    order = np.argsort(-np.bincount(best), kind="stable")
    return np.argsort(order)[best]


def _clustered(unit: Floats, count: int) -> Labels:
    """The best of some runs of k-means, by the cosines to the centres."""
    random = np.random.default_rng(0)
    best, score = np.zeros(len(unit), np.int64), -np.inf
    for _ in range(_STARTS):
        centres = _spread_out(unit, count, random)
        labels = np.zeros(len(unit), np.int64)
        for _ in range(_ROUNDS):
            before, labels = labels, np.argmax(unit @ centres.T, axis=1)
            sums = np.zeros_like(centres)
            np.add.at(sums, labels, unit)
            centres = unit_rows(sums)
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
    clusters = np.eye(int(labels.max()) + 1, dtype=np.float32)[labels]
    sizes = clusters.sum(axis=0)
    summed = (1 - unit @ unit.T) @ clusters
    own = summed[np.arange(len(unit)), labels] / np.maximum(sizes[labels] - 1, 1)
    others = summed / np.maximum(sizes, 1)
    others[np.arange(len(unit)), labels] = np.inf
    nearest = others.min(axis=1)
    return float(np.mean((nearest - own) / np.maximum(np.maximum(nearest, own), 1e-12)))
