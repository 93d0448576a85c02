"""The map: how far it is, places, values to colour by, words."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lexiscope.server.payloads.arrays import f32, i8, i32
from lexiscope.server.payloads.base import BinaryPayload, Payload

Layout = Literal["neighbors", "pca"]


class Kept(Payload):
    """How many of a word's 10 nearest words are among its 10 nearest on the map, as shares.

    Attributes:
        everything: Among all words.
        landmarks: Of landmarks, among landmarks.
        placed: Of other words, among landmarks; None where all are landmarks.
        sampled: How many words of a kind it was measured on, at most.
    """

    everything: float
    landmarks: float
    placed: float | None
    sampled: int


class MapState(Payload):
    """How far a map is (`GET /api/map?layout=`), which asking for it begins; never kept.

    Attributes:
        state: `missing` where what makes it is not installed; `error` says what to install.
        stage: What is being done.
        share: Of this stage, 0 to 1, where it is known.
        remaining: Seconds that are left of this stage, where they are known.
        error: Why there is none, in a sentence.
        placed: How many words have a place.
    """

    layout: Layout
    state: Literal["making", "ready", "failed", "missing"]
    stage: str
    share: float | None
    remaining: float | None
    error: str
    placed: int
    kept: Kept | None


class MapPlaces(BinaryPayload):
    """Places of some words, most frequent first (`GET /api/map/places?layout=&first=&count=`).

    Attributes:
        first: The first word's number in the order of frequency.
        placed: How many words have a place.
    """

    arrays: ClassVar = {
        "rows": i32("n", meaning="The words' rows"),
        "places": f32("n", "2", meaning="Across and up"),
    }

    layout: Layout
    first: int
    placed: int


class MapValues(BinaryPayload):
    """A number a word, in the order of the places (`GET /api/map/values`, `/api/map/sides`)."""

    arrays: ClassVar = {"values": f32("n")}

    name: str


class MapClusters(BinaryPayload):
    """Each word's cluster, in the order of the places (`GET /api/map/clusters`).

    Attributes:
        names: Of each cluster, the largest first, its most frequent words.
    """

    arrays: ClassVar = {"clusters": i8("n", meaning="The largest of them is 0")}

    names: list[list[str]]


class MapWords(Payload):
    """Spellings by number in the order of the places (`GET /api/map/words?at=&at=…`)."""

    words: list[str]


class MapNumbers(Payload):
    """Numbers in the order of the places (`GET /api/map/numbers?word=&word=…`).

    Attributes:
        numbers: −1 for a word that is not there, or has no place.
    """

    numbers: list[int]


class ChosenWord(Payload):
    """A word within a part of the map."""

    word: str
    row: int
    count: int | None
    x: float
    y: float


class ChosenWords(Payload):
    """Words within a part of the map, most frequent first (`GET /api/map/inside`).

    Attributes:
        total: How many there are.
        first: The number of the first that is listed.
    """

    total: int
    first: int
    words: list[ChosenWord] = Field(description="At most as many as were asked for")
