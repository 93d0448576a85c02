"""The comparison of two models: figures, words by shift, a word, words of one model, arrows."""

from __future__ import annotations

from typing import ClassVar, Literal

from lexiscope.server.payloads.arrays import f32, f64, i32
from lexiscope.server.payloads.base import BinaryPayload, Payload
from lexiscope.server.views.map.payloads import Layout


class ComparedModel(Payload):
    """One of the two models.

    Attributes:
        name: What it is called; unlike the other's.
        words: V.
        vector_size: D.
        alone: Words that the other has not.
    """

    name: str
    words: int
    vector_size: int
    alone: int


class ShiftTest(Payload):
    """A permutation test of every word's shift, by dividing the runs of both models anew.

    Attributes:
        divisions: How many were looked at.
        all: Whether they are all there are.
        least: The smallest p that so many can give.
    """

    divisions: int
    all: bool
    least: float


class ModelScore(Payload):
    """What one model has in one file of judgements.

    Attributes:
        value: Spearman's ρ, or the share of right answers; None where nothing was asked.
        low, high: What 95 % of resamples lie between.
        used, total: Pairs or questions whose words are known, and all.
    """

    value: float | None
    low: float | None
    high: float | None
    used: int
    total: int


class ComparedScores(Payload):
    """Both models in one file of judgements."""

    name: str
    kind: Literal["pairs", "analogies"]
    a: ModelScore
    b: ModelScore


class ComparedFacts(Payload):
    """The comparison as a whole (`GET /api/compare`).

    Attributes:
        words: Common words that were compared.
        without_direction: Common words left out, whose row is zero or not finite.
        mean_shift: Of all words: 1 − the cosine of a word's two vectors after alignment.
        neighbours_shared: The mean share of a word's `topn` nearest words that are the same in
            both, over `sampled` words.
        lengths_correlation: Spearman's ρ of the vectors' lengths.
        centred: Whether the means were taken away before.
        test: None where there is one run of each.
        scores: None but where files of judgements were given.
    """

    a: ComparedModel
    b: ComparedModel
    words: int
    without_direction: int
    mean_shift: float
    neighbours_shared: float
    sampled: int
    topn: int
    lengths_correlation: float
    centred: bool
    test: ShiftTest | None
    scores: list[ComparedScores]


class ComparedWords(BinaryPayload):
    """Common words, those that are frequent in both first (`GET /api/compare/words?first=`).

    Attributes:
        first: The first word's number.
        total: How many there are.
        words: Their spellings.
    """

    arrays: ClassVar = {
        "rows": i32("n", meaning="Their rows in the first model"),
        "shifts": f32("n", meaning="1 − cosine after alignment"),
        "expected": f32("n", meaning="What words about as frequent shift"),
        "excess": f32("n", meaning="Usual spreads above that"),
        "lengths": f32("n", "2", meaning="Of the vectors in either model"),
        "p": f64("n", meaning="Of the permutation test").only("where runs were tested"),
    }

    first: int
    total: int
    words: list[str]


class NearInOne(Payload):
    """A neighbour in one of the models.

    Attributes:
        both: Whether it is a neighbour in the other as well.
    """

    word: str
    cosine: float
    both: bool


class ComparedWord(Payload):
    """A word's nearest common words in either model (`GET /api/compare/word?word=`)."""

    word: str
    a: list[NearInOne]
    b: list[NearInOne]


class AloneWords(Payload):
    """Words that one model has and the other has not (`GET /api/compare/alone?side=`).

    Attributes:
        total: How many there are.
        first: The number of the first that is listed, in the order of the model's rows.
    """

    total: int
    first: int
    words: list[str]


class ShiftArrows(BinaryPayload):
    """Ways on the first model's map (`GET /api/compare/arrows?layout=&at=&at=…`)."""

    arrays: ClassVar = {
        "starts": f32("n", "2", meaning="Where the words stand; NaN for one without a place"),
        "ends": f32("n", "2", meaning="Among which words they stand in the second model"),
    }

    layout: Layout
