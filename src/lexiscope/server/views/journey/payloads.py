"""The journey: how the model came about."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lexiscope.server.payloads.base import Payload


class LossCurve(Payload):
    """Loss over the run (`GET /api/journey/loss`, binary).

    Arrays:
        at: float64 (points): step, or share of the run for a run recorded at snapshots.
        loss: float32 (points); smoothed: float32 (points).
    """

    unit: Literal["step", "share"]
    window: int
    chance: float | None


class Near(Payload):
    """A neighbour."""

    word: str
    row: int
    cosine: float


class NeighborsAt(Payload):
    """Nearest words at a snapshot: a step number, or a share of the run."""

    snapshot: float
    nearest: list[Near]


class NeighborEvolution(Payload):
    """A word's neighbours over the run (`GET /api/journey/neighbors?word=&topn=`)."""

    word: str
    unit: Literal["step", "share"]
    snapshots: list[NeighborsAt]


class WatchedWords(Payload):
    """Words whose neighbours are there over time (`GET /api/journey/words`; at most 2,000).

    Attributes:
        words: Most frequent first; those of a recording of every step are all words.
        of: How many there are; any of them can be asked for.
    """

    words: list[str]
    of: int


class AnalogyAnswer(Payload):
    """An analogy's answer at a snapshot.

    Attributes:
        similarity: Its cosine; None where it was not recorded.
        rank: Of the right answer, 1 is best; 0 where there was no answer at that snapshot.
    """

    predicted: str
    similarity: float | None
    rank: int
    correct: bool


class AnalogyOverTime(Payload):
    """One question `a is to b as c is to expected`, asked at every snapshot."""

    a: str
    b: str
    c: str
    expected: str
    answers: list[AnalogyAnswer]


class Scorecard(Payload):
    """Analogies over time (`GET /api/journey/analogies`)."""

    unit: Literal["step", "share"]
    snapshots: list[float]
    questions: list[AnalogyOverTime]
    unknown: int


class Convergence(Payload):
    """Cosine to the final position (`GET /api/journey/convergence`, binary).

    For more than 2,000 words, the most frequent ones.

    Arrays:
        cosines: float32 (snapshots, words); counts: float64 (words);
        settled: float64 (words): snapshot from which on the cosine stays above 0.9.
    """

    unit: Literal["step", "share"]
    snapshots: list[float]
    words: list[str]


class MatricesOverTime(Payload):
    """W and W′ through the run (`GET /api/journey/matrices`, binary).

    Arrays:
        inputs: float32 (snapshots, words, D); outputs: float32 (snapshots, words, D), only where W′
            has a row a word.

    Attributes:
        rows: Of the words shown: all, or the most frequent 400 of a larger model.
    """

    unit: Literal["step", "share"]
    snapshots: list[float]
    rows: list[int]


class Trajectories(Payload):
    """Words in two dimensions through the run (`GET /api/journey/trajectories?pca=`, binary).

    Arrays:
        positions: float32 (snapshots, words, 2).
    """

    pca: Literal["final_pca", "global_pca"]
    unit: Literal["step", "share"]
    snapshots: list[float]
    words: list[str]
    groups: list[int] = Field(description="Of each word, its group's number, −1 for none")
    explained: tuple[float, float]
