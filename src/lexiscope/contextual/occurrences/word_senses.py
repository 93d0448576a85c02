"""`word_senses`: a word's occurrences in clusters, with what tells each cluster from the others."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.contextual.occurrences.reader import MOST, Occurrences, OccurrencesFile
from lexiscope.contextual.occurrences.telling import TellingWord, telling_words
from lexiscope.contextual.uses.senses import SenseClusters, sense_clusters
from lexiscope.one_line import one_line

MOST_CLUSTERS = 8


@one_line
@dataclass(frozen=True, kw_only=True)
class Sense:
    """A cluster of occurrences.

    Attributes:
        rows: Numbers of its occurrences, those nearest to its centre first.
        telling: Words that its sentences have more often than the others'.
    """

    rows: NDArray[np.int64]
    telling: list[TellingWord]


@one_line
@dataclass(frozen=True, kw_only=True)
class WordSenses:
    """A word's occurrences in clusters.

    Attributes:
        occurrences: What is clustered (n).
        clusters: The cluster of each, and how well other numbers of clusters stand apart.
        senses: The clusters, the largest first.
        by_silhouette: Whether the number of clusters follows from the silhouettes.
    """

    occurrences: Occurrences
    clusters: SenseClusters
    senses: list[Sense]
    by_silhouette: bool

    @property
    def word(self) -> str:
        """The word."""
        return self.occurrences.word


def word_senses(
    file: OccurrencesFile | str | PathLike[str],
    word: str,
    *,
    clusters: int | None = None,
    most: int = MOST,
) -> WordSenses:
    """The occurrences of a word in clusters.

    Args:
        file: A Parquet file that `lexiscope contextual` has written, open or by its path.
        word: As it is spelled in the text.
        clusters: How many clusters, 1 to 8; by default the number whose mean silhouette is the
            largest, or one where none reaches 0.12.
        most: How many occurrences to take, 2 to 20,000; of more, they are taken evenly.

    Raises:
        UnknownWordError: The word does not occur.
        CorpusError: It occurs once.
        ConfigError: An argument is out of its range.
        FormatError: The file is no such file, or damaged.
        MissingExtraError: pyarrow is not installed.
    """
    if clusters is not None:
        whole("clusters", clusters, 1, MOST_CLUSTERS)
    opened = file if isinstance(file, OccurrencesFile) else OccurrencesFile(file)
    return clustered(opened.of(word, most), clusters)


def clustered(occurrences: Occurrences, clusters: int | None = None) -> WordSenses:
    """Occurrences in clusters; see `word_senses`."""
    found = sense_clusters(occurrences.vectors, MOST_CLUSTERS, count=clusters)
    telling = telling_words(occurrences.texts, found.labels, occurrences.word)
    senses = []
    for cluster, words in enumerate(telling):
        rows = np.flatnonzero(found.labels == cluster)
        order = np.argsort(-found.nearness[rows], kind="stable")
        senses.append(Sense(rows=rows[order], telling=words))
    return WordSenses(
        occurrences=occurrences, clusters=found, senses=senses, by_silhouette=clusters is None
    )
