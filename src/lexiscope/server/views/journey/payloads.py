"""The journey: how the model came about."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lexiscope.server.payloads.arrays import f32, f64
from lexiscope.server.payloads.base import BinaryPayload, Payload


class LossCurve(BinaryPayload):
    """Loss over the run (`GET /api/journey/loss`, binary)."""

    arrays: ClassVar = {
        "at": f64("points", meaning="Step, or share of the run for a run recorded at snapshots"),
        "loss": f32("points"),
        "smoothed": f32("points"),
    }

    unit: Literal["step", "share"]
    window: int
    chance: float | None
    final: float | None = Field(
        description="The loss as the command that trained printed it: the mean of the last steps "
        "(`record`), or of the last epoch (`train`); None where that is not known"
    )


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


class Convergence(BinaryPayload):
    """Cosine to the final position (`GET /api/journey/convergence`, binary).

    For more than 2,000 words, the most frequent ones.

    """

    arrays: ClassVar = {
        "cosines": f32("snapshots", "words"),
        "counts": f64("words"),
        "settled": f64("words", meaning="Snapshot from which on the cosine stays above 0.9"),
    }

    unit: Literal["step", "share"]
    snapshots: list[float]
    words: list[str]


class MatricesOverTime(BinaryPayload):
    """W and W′ through the run (`GET /api/journey/matrices`, binary).

    Attributes:
        rows: Of the words shown: all, or the most frequent 400 of a larger model.
    """

    arrays: ClassVar = {
        "inputs": f32("snapshots", "words", "dim"),
        "outputs": f32("snapshots", "words", "dim").only("only where W′ has a row a word"),
    }

    unit: Literal["step", "share"]
    snapshots: list[float]
    rows: list[int]


class Trajectories(BinaryPayload):
    """Words in two dimensions through the run (`GET /api/journey/trajectories?pca=`, binary)."""

    arrays: ClassVar = {
        "positions": f32("snapshots", "words", "2"),
    }

    pca: Literal["final_pca", "global_pca"]
    unit: Literal["step", "share"]
    snapshots: list[float]
    words: list[str]
    groups: list[int] = Field(description="Of each word, its group's number, −1 for none")
    explained: tuple[float, float]
