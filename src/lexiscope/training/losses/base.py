"""Loss rules: what a loss must say of itself, so that nobody else has to know which one it is.

A loss is one file of this folder. It holds its rule, its tables (a NamedTuple of what its kernels
look up), its kernel parts, registered by the tables' type (see `kernels.dispatch`), and the papers
that it comes from.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.losses.names import FEWEST_OF_TRAINED, TrainedLoss

Tables = tuple[Any, ...]
"""A NamedTuple of the loss's own, whose type chooses the kernel parts."""


class LossOptions(Protocol):
    """What a loss reads of a run's options."""

    @property
    def negative(self) -> int:
        """Negatives of an example."""

    @property
    def ns_exponent(self) -> float:
        """They are drawn in proportion to count ** ns_exponent."""


def slot_seconds(slots: int, vector_size: int) -> float:
    """About how long a recorded step takes for so many rows of W′: a common machine's figures."""
    return slots * (1e-8 + vector_size * 1.6e-9)


class LossRule(ABC):
    """One loss.

    Attributes:
        name: As in config.json.
        title: As in a sentence.
        words_have_rows: Whether row i of W′ belongs to word i.
        touches_all: Whether every example touches all of W′.
        in_rounds: Whether the rounds of the reproducible schedule serve the loss; where they do
            not, one thread goes through the text in its order.
        hot_rows: How many of the last rows of W′ stand in so many windows that threads which write
            to shared weights have copies of them (see `kernels.hot_rows`).
        bytes_a_word: Of the tables, while they are made; measured.
    """

    name: TrainedLoss
    title: ClassVar[str]
    words_have_rows: ClassVar[bool] = True
    touches_all: ClassVar[bool] = False
    in_rounds: ClassVar[bool] = True
    hot_rows: ClassVar[int] = 0
    bytes_a_word: ClassVar[int]

    @property
    def fewest_negatives(self) -> int:
        """The least number of negatives that the option `negative` may ask for."""
        return FEWEST_OF_TRAINED[self.name]

    @property
    def draws_negatives(self) -> bool:
        """Whether negatives are drawn at random."""
        return self.fewest_negatives > 0

    def output_rows(self, words: int) -> int:
        """Rows of W′ for a vocabulary."""
        return words

    def check(self, words: int, vector_size: int) -> None:  # noqa: B027  (most refuse nothing)
        """Refuses a vocabulary that the loss cannot serve.

        Raises:
            ConfigError: It is such a one.
        """

    @abstractmethod
    def tables(self, counts: NDArray[np.int64], options: LossOptions) -> Tables:
        """What the kernels look up.

        Args:
            counts: int64 (V,), of the vocabulary, V ≥ 1.
            options: Of the run.
        """

    @abstractmethod
    def slots(self, tables: Any) -> int:
        """Rows of W′ that one window touches at most; 0 where it is all of them."""

    @abstractmethod
    def slots_foreseen(self, options: LossOptions) -> int:
        """About as many as `slots`, before there are any tables."""

    @abstractmethod
    def row_products(self, tables: Any) -> float:
        """How many rows of W′ a pair is multiplied with, in the time that a slot's row takes."""

    def for_worker(self, tables: Any) -> Tables:
        """The tables for one thread: the same, with buffers of its own where there are any."""
        own: Tables = tables
        return own

    def worker_bytes(self, words: int) -> int:
        """Bytes of those buffers."""
        return 0

    def in_shards(self, tables: Any, shards: int) -> Tables:
        """The tables for rounds of so many shards (a power of two)."""
        divided: Tables = tables
        return divided

    def windows_a_row(self, tables: Any, kept: NDArray[np.float64]) -> NDArray[np.float64]:
        """In how many windows of a text each row of W′ stands, on average.

        Args:
            tables: The loss's.
            kept: float64 (V,), how often each word is a center.
        """
        return np.full(self.output_rows(len(kept)), kept.sum())

    def carried(
        self, before: NDArray[np.int64], after: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Where the rows of W′ come from when a vocabulary takes in words behind its own.

        Args:
            before: int64 (V,), counts of the vocabulary that W′ was trained with.
            after: int64 (V + new,), counts of all words.

        Returns:
            For each row afterwards, int64: the row before that asks the same question, or −1 where
            there is none; and float32: what that row is multiplied with, 1, or −1 where yes and no
            have changed places.
        """
        rows, kept = self.output_rows(len(after)), self.output_rows(len(before))
        sources = np.arange(rows, dtype=np.int64)
        sources[kept:] = -1
        return sources, np.ones(rows, np.float32)

    # One recorded example, one by one: `tables` are those of `step_tables`.

    def step_tables(
        self,
        counts: NDArray[np.int64],
        options: LossOptions,
        negatives: NDArray[np.int32] | None,
    ) -> Tables:
        """What a recorded run looks up; a part that `draws` takes the step for the position.

        Args:
            counts, options: As for `tables`.
            negatives: int32 (steps, K), drawn beforehand; −1 for none. None where none are drawn.
        """
        return self.tables(counts, options)

    def step_slots(self, tables: Any) -> int:
        """Rows of W′ that a step touches at most; 0 where it is all of them."""
        return self.slots(tables)

    @abstractmethod
    def step_seconds(self, shape: tuple[int, int], numbers: int, options: LossOptions) -> float:
        """About how long a step takes.

        Args:
            shape: Of W, (V, D).
            numbers: Of W and W′ as a recording keeps them.
            options: Of the run.
        """

    @abstractmethod
    def questions(
        self, tables: Any, step: int, target: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """The rows of W′ that a step (counted from 0) touches, and the labels: 1 for yes."""

    def shifts(self, tables: Any, rows: NDArray[np.int64]) -> NDArray[Any] | None:
        """What is taken off the scores of some rows before σ; None where nothing is."""
        return None

    def probabilities(
        self, tables: Any, rows: NDArray[np.int64], scores: NDArray[Any]
    ) -> NDArray[Any]:
        """The answers to the questions, from the scores of their rows: what 1 or 0 should be."""
        return sigmoid(scores)

    def loss_of(
        self,
        tables: Any,
        rows: NDArray[np.int64],
        labels: NDArray[np.int8],
        scores: NDArray[np.float64],
    ) -> float:
        """The loss of one example from the scores of its rows, by the formula."""
        shifts = self.shifts(tables, rows)
        signs = 2.0 * labels - 1.0
        judged = scores if shifts is None else scores - shifts
        return float(np.logaddexp(0, -signs * judged).sum())

    def forces(
        self, probabilities: NDArray[Any], labels: NDArray[Any], rows: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """What pulls the hidden vector and what pushes it: ∂L/∂h = the second − the first.

        Args:
            probabilities: Of the questions.
            labels: 1 or 0, of the same precision.
            rows: (R, D), rows of W′.
        """
        return (labels * (1 - probabilities)) @ rows, ((1 - labels) * probabilities) @ rows

    @abstractmethod
    def word_probabilities(self, tables: Any, scores: NDArray[Any]) -> NDArray[Any]:
        """What the model says of each word, (V,), from the scores of all rows of W′."""

    def word_ranks(self, tables: Any, scores: NDArray[Any]) -> NDArray[Any]:
        """Numbers (V,) by which words are ranked, the most probable one's the largest."""
        return scores

    def target_probability(
        self, tables: Any, target: int, scores: NDArray[Any], probabilities: NDArray[Any]
    ) -> float:
        """The target's probability, from all scores and from the answers to the questions."""
        return float(self.word_probabilities(tables, scores)[target])

    def chance(self, words: int) -> float | None:
        """The loss of guessing all words alike, where the loss is −log P(word)."""
        return None

    def replay_arrays(self, tables: Any) -> dict[str, NDArray[Any]]:
        """What a page needs of the tables to do a step again, by name; float32 and int32."""
        return {}


def sigmoid(values: NDArray[Any]) -> NDArray[Any]:
    """1 / (1 + exp(−x)), without overflow."""
    small = np.exp(-np.abs(values))
    result: NDArray[Any] = np.where(values >= 0, 1 / (1 + small), small / (1 + small))
    return result.astype(values.dtype)


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """exp(x) / Σ exp(x), without overflow."""
    exponentials = np.exp(scores - scores.max())
    result: NDArray[Any] = exponentials / exponentials.sum()
    return result
