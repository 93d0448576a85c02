"""A word's occurrences in a corpus: clusters, sentences, places."""

from __future__ import annotations

from typing import ClassVar

from lexiscope.server.payloads.arrays import f32, i32
from lexiscope.server.payloads.base import BinaryPayload, Payload
from lexiscope.server.views.map.payloads import Layout


class OccurrencesFacts(Payload):
    """The table of words that is open (`GET /api/senses`).

    Attributes:
        model: What its vectors were made with; "" where it does not say.
        rows: Words in sentences.
        words: Different ones that have a vector.
        most: Occurrences of a word that are shown, at most.
        start: A word to begin with.
    """

    model: str
    rows: int
    words: int
    most: int
    start: str


class OccurrenceText(Payload):
    """An occurrence in its sentence, which is cut where it is long.

    Attributes:
        sentence: The sentence's number in the corpus, from 0.
        place: The word's number in it, from 0.
        before, word, after: The sentence in three parts.
    """

    sentence: int
    place: int
    before: str
    word: str
    after: str


class TellingWord(Payload):
    """A word that a cluster's sentences have more often than the others.

    Attributes:
        word: In small letters.
        inside, elsewhere: How many sentences have it, of the cluster and of the others.
        ratio: The log-likelihood ratio G² (Dunning 1993).
    """

    word: str
    inside: int
    elsewhere: int
    ratio: float


class SenseCluster(Payload):
    """A cluster of occurrences.

    Attributes:
        size: How many it has.
        telling: Words that tell it from the others.
    """

    size: int
    telling: list[TellingWord]


class Silhouette(Payload):
    """How well a number of clusters stands apart, −1 to 1."""

    clusters: int
    value: float


class WordSenses(BinaryPayload):
    """A word's occurrences in clusters (`GET /api/senses/word?word=&clusters=`, binary).

    Attributes:
        word: The word.
        total: Occurrences in the corpus.
        occurrences: Those that were taken, evenly, in the corpus' order.
        clusters: The largest first.
        silhouettes: The mean silhouette of each number of clusters that was tried.
        least: The silhouette below which occurrences are one cluster.
        by_silhouette: Whether the number of clusters follows from them.
    """

    arrays: ClassVar = {
        "labels": i32("occurrences", meaning="The cluster of each occurrence, from 0"),
        "order": i32(
            "occurrences",
            meaning="Numbers of the occurrences, cluster by cluster, nearest to its centre first",
        ),
    }

    word: str
    total: int
    occurrences: list[OccurrenceText]
    clusters: list[SenseCluster]
    silhouettes: list[Silhouette]
    least: float
    by_silhouette: bool


class OccurrencePlaces(BinaryPayload):
    """Where a word's occurrences stand (`GET /api/senses/places?word=&layout=`, binary).

    Attributes:
        word: The word.
        layout: "pca" also where there are too few occurrences for the other.
        kept: The mean share of an occurrence's 10 nearest that are among the 10 nearest here; None
            of fewer than 12.
    """

    arrays: ClassVar = {"places": f32("occurrences", "2", meaning="Across and up")}

    word: str
    layout: Layout
    kept: float | None
