"""History of a run: what a view may ask of a recording, the same for both kinds of them.

A recording of every step (`Recording`) and one of a large run, looked at now and then
(`Snapshots`), each have their `History`; a view is written once, over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope import data
from lexiscope.errors import ConfigError
from lexiscope.inspection.chosen_steps import FEW, doubling_steps, reference_steps
from lexiscope.inspection.questions import Question, read_questions
from lexiscope.inspection.snapshots.snapshots import TOPN, Snapshots
from lexiscope.replay.config import Pca
from lexiscope.replay.recording import Recording
from lexiscope.replay.step import weights_of
from lexiscope.vectors.search import unit_rows

Unit = Literal["step", "share"]
Matrix = NDArray[np.floating]
Center = tuple[NDArray[np.float64], NDArray[np.float64]]

SMOOTHED_STEPS = 500


@dataclass(frozen=True)
class Losses:
    """The loss over a run.

    Attributes:
        at: float64 (points,): after how much of the run, in the history's unit.
        losses: float32 or float64 (points,); NaN where there was nothing to learn.
        window: Of so many points a readable curve shows the mean; 1 where each is a mean already.
        chance: The loss of guessing all words alike, ln V; None where the loss is no −log P(word),
            or is not kept step by step.
    """

    at: NDArray[np.float64]
    losses: Matrix
    window: int
    chance: float | None


@dataclass(frozen=True)
class Answer:
    """A question's answer at a snapshot.

    Attributes:
        question: a, b, c, d: a is to b as c is to d.
        predicted: The word nearest to b − a + c, the three left out.
        similarity: Its cosine; NaN where it was not recorded.
        rank: Of the right answer among all words but the three, 1 is best.
    """

    question: Question
    predicted: str
    similarity: float
    rank: int

    @property
    def correct(self) -> bool:
        """Whether the answer is right."""
        return self.rank == 1


class History(Protocol):
    """A recorded run, as its views see it.

    A snapshot is a number, 0 for the start, `last` for the end: of steps done, or in the order of
    the looks at a large run. N words can be looked at, all of a small run, the watched ones of a
    large one; a word's place is its number among them.
    """

    @property
    def unit(self) -> Unit:
        """What snapshots are told in: steps done, or the share of the run."""

    @property
    def pca(self) -> Pca:
        """How its pictures are projected where nothing else is said."""

    @property
    def tokens(self) -> list[str]:
        """The whole vocabulary, V words, row by row."""

    @property
    def words(self) -> list[str]:
        """The words that can be looked at, (N)."""

    @property
    def rows(self) -> NDArray[np.int64]:
        """Their rows in the vocabulary, (N,)."""

    @property
    def counts(self) -> NDArray[np.int64]:
        """Their occurrences, (N,)."""

    @property
    def output_rows(self) -> int:
        """Rows of W′, V unless they are nodes of a tree; 0 where W′ was not kept."""

    @property
    def last(self) -> int:
        """The last snapshot."""

    @property
    def losses(self) -> Losses:
        """The loss over the run."""

    def place(self, word: str) -> int:
        """A word's place.

        Raises:
            UnknownWordError: It is not among those that can be looked at.
        """

    def foremost(self, limit: int) -> list[int]:
        """Places of all words in their order, or of those that matter most, at most `limit`."""

    def few(self) -> list[int]:
        """About ten snapshots from the start to the end, to be seen side by side."""

    def many(self, spans: int) -> list[int]:
        """About so many and ten more, denser at first, to be seen as a movement."""

    def scanned(self) -> list[int]:
        """Snapshots at which to ask for neighbours and answers, among all words."""

    def pooled(self) -> list[int]:
        """The snapshots whose vectors "global_pca" is fitted on together."""

    def at(self, snapshots: Sequence[int] | NDArray[np.integer]) -> list[float]:
        """Snapshots in the history's unit."""

    def inputs(self, snapshot: int) -> Matrix:
        """The words' rows of W, (N, D).

        Raises:
            ConfigError: There is no such snapshot; likewise for all that follow.
        """

    def outputs(self, snapshot: int) -> Matrix:
        """W′: the words' rows, (N, D); or, where its rows are no words', all of them.

        Raises:
            ConfigError: It was not kept.
        """

    def variation(self, snapshots: Sequence[int]) -> Center:
        """Mean (D,) and covariance (D, D), in float64, of the words' rows of W at snapshots."""

    def nearest(
        self, snapshot: int, places: Sequence[int], topn: int
    ) -> list[list[tuple[str, float]]]:
        """The nearest of all words, with their cosines, nearest first, of each of some words.

        Raises:
            ConfigError: `topn` is below 1, or more than was recorded.
        """

    def questions(self) -> list[Question]:
        """Analogies to ask where none are named."""

    def answers(self, snapshot: int, questions: Sequence[Question]) -> list[Answer]:
        """Answers by 3CosAdd among all words; without those that have no direction yet.

        Raises:
            ConfigError: A question was not recorded.
        """


class StepHistory:
    """The `History` of a recording of every step; snapshots are steps done, words all words.

    Args:
        recording: The run.
    """

    unit: Unit = "step"

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.pca: Pca = recording.config.pca
        self.tokens = self.words = recording.tokens
        self.rows: NDArray[np.int64] = np.arange(len(recording.tokens), dtype=np.int64)
        self.counts = recording.run.counts
        self.last = recording.steps

    @property
    def output_rows(self) -> int:
        """Rows of W′."""
        run = self.recording.run
        return len(weights_of(run.layout, run.states[0]).outputs)

    @property
    def losses(self) -> Losses:
        """The loss of every step."""
        chance = self.recording.run.rule.chance(len(self.tokens))
        at = np.arange(1, self.last + 1, dtype=np.float64)
        return Losses(at, self.recording.losses, SMOOTHED_STEPS, chance)

    def place(self, word: str) -> int:
        """A word's place, its row."""
        return self.recording.row(word)

    def foremost(self, limit: int) -> list[int]:
        """All places in their order, or those of the most frequent words, most frequent first."""
        if len(self.words) <= limit:
            return list(range(len(self.words)))
        places: list[int] = np.argsort(-self.counts, kind="stable")[:limit].tolist()
        return places

    def few(self) -> list[int]:
        """Ten snapshots, densely at first."""
        return doubling_steps(self.last)

    def many(self, spans: int) -> list[int]:
        """The ends of so many even spans, and ten that are denser at first."""
        even = np.linspace(0, self.last, spans + 1).round().astype(int).tolist()
        return sorted({*even, *self.few()})

    def scanned(self) -> list[int]:
        """Ten snapshots: at each there is a look at all words."""
        return self.few()

    def pooled(self) -> list[int]:
        """Those of the run's dense_steps and record_interval."""
        config = self.recording.config
        return reference_steps(self.last, config.dense_steps, config.record_interval)

    def at(self, snapshots: Sequence[int] | NDArray[np.integer]) -> list[float]:
        """The steps themselves."""
        return [float(snapshot) for snapshot in snapshots]

    def inputs(self, snapshot: int) -> Matrix:
        """W, (V, D)."""
        return self.recording.weights(snapshot).inputs

    def outputs(self, snapshot: int) -> Matrix:
        """W′, (output_rows, D)."""
        return self.recording.weights(snapshot).outputs

    def variation(self, snapshots: Sequence[int]) -> Center:
        """Mean and covariance of W's rows."""
        dim = self.recording.config.vector_size
        count, total, products = 0, np.zeros(dim), np.zeros((dim, dim))
        for snapshot in snapshots:  # sums, so that thousands of snapshots need no memory
            inputs = self.inputs(snapshot).astype(np.float64)
            count += len(inputs)
            total += inputs.sum(axis=0)
            products += inputs.T @ inputs
        mean = total / count
        covariance = products / count - np.outer(mean, mean)
        return mean, covariance

    def nearest(
        self, snapshot: int, places: Sequence[int], topn: int
    ) -> list[list[tuple[str, float]]]:
        """The nearest words of each place."""
        if topn < 1:
            raise ConfigError(f"topn is {topn}; expected at least 1")
        units = self._units(snapshot)
        evolution = []
        for place in places:
            cosines = units @ units[place]
            cosines[place] = -np.inf
            best = np.argsort(-cosines, kind="stable")[: min(topn, len(units) - 1)]
            evolution.append([(self.tokens[row], float(cosines[row])) for row in best])
        return evolution

    def questions(self) -> list[Question]:
        """The bundled five."""
        return read_questions(data.analogies_path())

    def answers(self, snapshot: int, questions: Sequence[Question]) -> list[Answer]:
        """The answers; every question of known words has one."""
        units = self._units(snapshot)
        return [self._answer(units, question) for question in questions]

    def _units(self, snapshot: int) -> NDArray[np.float64]:
        return unit_rows(self.inputs(snapshot).astype(np.float64))

    def _answer(self, units: NDArray[np.float64], question: Question) -> Answer:
        a, b, c, d = (self.place(word) for word in question)
        wanted = units[b] - units[a] + units[c]
        length = float(np.linalg.norm(wanted))
        cosines = units @ (wanted / length if length > 0 else wanted)
        cosines[[a, b, c]] = -np.inf
        best = int(np.argmax(cosines))
        rank = 1 + int((cosines > cosines[d]).sum())
        return Answer(question, self.tokens[best], float(cosines[best]), rank)


class SnapshotHistory:
    """The `History` of a large run's snapshots; words are those that were watched.

    Args:
        snapshots: What was seen of it.
    """

    unit: Unit = "share"
    pca: Pca = "final_pca"

    def __init__(self, snapshots: Snapshots) -> None:
        self.snapshots = snapshots
        self.tokens, self.words = snapshots.tokens, snapshots.words
        self.rows: NDArray[np.int64] = snapshots.rows.astype(np.int64)
        self.counts = snapshots.counts[self.rows]
        self.output_rows = 0 if snapshots.outputs is None else len(snapshots.tokens)
        self.last = len(snapshots) - 1

    @property
    def losses(self) -> Losses:
        """The mean loss a pair between each two snapshots, told at the later one."""
        return Losses(self.snapshots.shares[1:], self.snapshots.losses[1:], 1, None)

    def place(self, word: str) -> int:
        """A watched word's place among them."""
        return self.snapshots.place(word)

    def foremost(self, limit: int) -> list[int]:
        """The first places: words are watched in the order of their weight, named ones first."""
        return list(range(min(len(self.words), limit)))

    def few(self) -> list[int]:
        """Ten snapshots, even in number and so dense at first."""
        even = np.linspace(0, self.last, min(FEW, self.last + 1))
        snapshots: list[int] = np.unique(even.round().astype(int)).tolist()
        return snapshots

    def many(self, spans: int) -> list[int]:
        """All snapshots: there are at most sixty."""
        del spans
        return self.pooled()

    def scanned(self) -> list[int]:
        """Snapshots that had time to look at all words."""
        snapshots: list[int] = np.flatnonzero(self.snapshots.scanned).tolist()
        return snapshots

    def pooled(self) -> list[int]:
        """All snapshots."""
        return list(range(self.last + 1))

    def at(self, snapshots: Sequence[int] | NDArray[np.integer]) -> list[float]:
        """Shares of the run."""
        return [float(self.snapshots.shares[snapshot]) for snapshot in snapshots]

    def inputs(self, snapshot: int) -> Matrix:
        """The watched words' rows of W."""
        return self._seen(self.snapshots.inputs, snapshot)

    def outputs(self, snapshot: int) -> Matrix:
        """The watched words' rows of W′."""
        if self.snapshots.outputs is None:
            raise ConfigError("W′ was not recorded: after hierarchical softmax no row is a word's")
        return self._seen(self.snapshots.outputs, snapshot)

    def variation(self, snapshots: Sequence[int]) -> Center:
        """Mean and covariance of the watched words' rows."""
        vectors = np.concatenate([self.inputs(snapshot) for snapshot in snapshots])
        mean = vectors.astype(np.float64).mean(axis=0)
        centered = vectors.astype(np.float64) - mean
        return mean, centered.T @ centered / len(vectors)

    def nearest(
        self, snapshot: int, places: Sequence[int], topn: int
    ) -> list[list[tuple[str, float]]]:
        """The nearest words of each place; none where there was no time to look."""
        if not 1 <= topn <= TOPN:
            raise ConfigError(f"topn is {topn}; expected 1 … {TOPN}, as many as were recorded")
        rows = self._seen(self.snapshots.neighbors, snapshot)
        cosines = self._seen(self.snapshots.cosines, snapshot)
        return [
            [
                (self.tokens[row], float(cosine))
                for row, cosine in zip(rows[place, :topn], cosines[place, :topn], strict=True)
                if row >= 0
            ]
            for place in places
        ]

    def questions(self) -> list[Question]:
        """Those that were asked during the training."""
        words = [[self.tokens[row] for row in rows] for rows in self.snapshots.questions]
        return [(a, b, c, d) for a, b, c, d in words]

    def answers(self, snapshot: int, questions: Sequence[Question]) -> list[Answer]:
        """The recorded answers; their cosines were not recorded."""
        asked = {question: number for number, question in enumerate(self.questions())}
        ranks = self._seen(self.snapshots.ranks, snapshot)
        predicted = self._seen(self.snapshots.answers, snapshot)
        answers = []
        for question in questions:
            if question not in asked:
                raise ConfigError(
                    f"{' '.join(question)!r} was not asked during the training; expected one of "
                    f"the {len(asked)} recorded questions"
                )
            rank, row = int(ranks[asked[question]]), int(predicted[asked[question]])
            if rank > 0 and row >= 0:
                answers.append(Answer(question, self.tokens[row], float("nan"), rank))
        return answers

    def _seen(self, array: NDArray[Any], snapshot: int) -> NDArray[Any]:
        if not 0 <= snapshot <= self.last:
            raise ConfigError(f"snapshot {snapshot} is not there; the run has 0 … {self.last}")
        seen: NDArray[Any] = array[snapshot]
        return seen
