"""Telling words of a cluster: those that its sentences have more often than the others'.

Dunning, Accurate Methods for the Statistics of Surprise and Coincidence, 1993: the log-likelihood
ratio G² of the two shares of sentences that have a word, here and elsewhere, against one share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.text.words import Words

Wide = NDArray[np.float64]

MOST = 8
"""Words that are told of a cluster, at most."""
LEAST_RATIO = 10.83
"""A G² that is as large by chance for one word in a thousand, where there is no difference."""
# A word of one sentence tells of that sentence.
_LEAST_SENTENCES = 3


@dataclass(frozen=True, kw_only=True)
class TellingWord:
    """A word that a cluster's sentences have more often than the others.

    Attributes:
        word: In small letters.
        inside: How many of the cluster's sentences have it.
        elsewhere: How many of all other sentences.
        ratio: G².
    """

    word: str
    inside: int
    elsewhere: int
    ratio: float


def telling_words(
    texts: Sequence[str], labels: NDArray[np.int64], left_out: str
) -> list[list[TellingWord]]:
    """The telling words of each cluster, those of the largest G² first.

    A word counts once in a sentence. Of one cluster there is nothing to tell: no sentence is
    elsewhere.

    Args:
        texts: The sentences (n).
        labels: The cluster of each (n).
        left_out: The word whose occurrences these are.
    """
    sizes = np.bincount(labels)
    if len(sizes) == 1:
        return [[]]
    counts, spelled = _counts(texts, labels, len(sizes), left_out.casefold())
    every = counts.sum(axis=0)
    told = []
    for here, size in zip(counts, sizes.tolist(), strict=True):
        ratios = _ratios(here, every - here, size, len(texts) - size)
        ratios[here < _LEAST_SENTENCES] = 0
        order = np.argsort(-ratios, kind="stable")[:MOST]
        told.append(
            [
                TellingWord(
                    word=spelled[word],
                    inside=int(here[word]),
                    elsewhere=int(every[word] - here[word]),
                    ratio=float(ratios[word]),
                )
                for word in order.tolist()
                if ratios[word] >= LEAST_RATIO
            ]
        )
    return told


def _ratios(here: Wide, there: Wide, size: int, rest: int) -> Wide:
    """G² of each word, 0 of one that is not more frequent here.

    Args:
        here, there: Sentences that have it, of the cluster and of the others.
        size, rest: Sentences of either.
    """
    share = (here + there) / (size + rest)
    total = np.zeros(len(here))
    for found, of in ((here, size), (there, rest)):
        for seen, expected in ((found, share * of), (of - found, (1 - share) * of)):
            # What is not seen adds nothing; where it is, something was expected.
            total += seen * np.log(np.where(seen > 0, seen / np.where(seen > 0, expected, 1), 1))
    return np.where(here * rest > there * size, 2 * total, 0.0)


def _counts(
    texts: Sequence[str], labels: NDArray[np.int64], clusters: int, left_out: str
) -> tuple[Wide, list[str]]:
    """In how many sentences of each cluster each word is (clusters × words), and the words."""
    words = Words.found(texts, "words")
    numbers: dict[str, int] = {}
    folded = (word.casefold() for word in words.spellings)
    at = np.fromiter(
        (numbers.setdefault(word, len(numbers)) for word in folded),
        np.int64,
        len(words.spellings),
    )
    pairs = np.unique(np.stack([words.sentences.owner(), at], axis=1), axis=0)
    pairs = pairs[pairs[:, 1] != numbers.get(left_out, -1)]
    counts = np.zeros((clusters, len(numbers)))
    np.add.at(counts, (labels[pairs[:, 0]], pairs[:, 1]), 1)
    return counts, list(numbers)
