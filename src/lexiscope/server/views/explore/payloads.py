"""Explore: words, neighbours, arithmetic."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lexiscope.server.payloads.arrays import f32, f64
from lexiscope.server.payloads.base import BinaryPayload, Payload
from lexiscope.server.views.journey.payloads import Near


class FoundWord(Payload):
    """A word found as the user types."""

    word: str
    row: int
    count: int | None


class FoundWords(Payload):
    """Words that begin with, then words that contain, a text (`GET /api/words?search=&limit=`).

    The word itself comes first; then each kind by frequency. Letter case does not matter.
    """

    search: str
    words: list[FoundWord]
    near: list[FoundWord] = Field(
        default=[], description="Where none is found: words that are spelled alike"
    )


Space = Literal["input", "output", "input-output", "output-input"]


class Neighbors(Payload):
    """Nearest words (`GET /api/explore/neighbors?word=&space=&topn=`).

    Attributes:
        space: `input`: W[word] among W; `output`: W′[word] among W′; `input-output`: W[word] among
            W′ (words expected beside it); `output-input`: W′[word] among W.
    """

    word: str
    row: int
    space: Space
    nearest: list[Near]


class AnalogyTerm(Payload):
    """One term of the arithmetic."""

    word: str
    row: int
    sign: Literal[1, -1]
    vector: list[float] = Field(description="Unit vector")


class Analogy(Payload):
    """`GET /api/explore/analogy?positive=&positive=&negative=&topn=`.

    Attributes:
        terms: Those with sign 1 first, in the order asked.
        sum: Of the unit vectors times their signs; its neighbours are `nearest`.
    """

    terms: list[AnalogyTerm]
    sum: list[float]
    nearest: list[Near]


class SimilarityList(Payload):
    """Cosines among chosen words (`GET /api/explore/similarity?word=&word=…`)."""

    words: list[str]
    unknown: list[str]
    cosines: list[list[float]]


class WordComparison(Payload):
    """Two words side by side (`GET /api/explore/compare?a=&b=`)."""

    a: str
    b: str
    cosine: float
    euclidean: float
    norms: tuple[float, float]
    counts: tuple[int, int] | None
    a_vector: list[float]
    b_vector: list[float]
    shared: list[str] = Field(description="Words among the nearest 50 of both")


class Norms(BinaryPayload):
    """Norms against frequency (`GET /api/explore/norms`, binary); a spread sample of words."""

    arrays: ClassVar = {
        "norms": f32("n"),
        "counts": f64("n", meaning="Or each word's row where there are no counts"),
    }

    words: list[str]
    of: int
    has_counts: bool
