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

from lexiscope.training.losses.names import FEWEST_NEGATIVES, Loss

Tables = tuple[Any, ...]
"""A NamedTuple of the loss's own, whose type chooses the kernel parts."""


class LossOptions(Protocol):
    """What a loss reads of a run's options."""

    @property
    def vector_size(self) -> int:
        """Dimensions of a vector."""

    @property
    def negative(self) -> int:
        """Negatives of an example."""

    @property
    def ns_exponent(self) -> float:
        """They are drawn in proportion to count ** ns_exponent."""


class LossRule(ABC):
    """One loss.

    Attributes:
        name: As in config.json.
        title: As in a sentence.
        words_have_rows: Whether row i of W′ belongs to word i.
        in_rounds: Whether the rounds of the reproducible schedule serve it. They do not where an
            example touches all of W′, which every shard would have to copy: then one thread goes
            through the text in its order.
        bytes_a_word: Of the tables, while they are made; measured.
    """

    name: ClassVar[Loss]
    title: ClassVar[str]
    words_have_rows: ClassVar[bool] = True
    in_rounds: ClassVar[bool] = True
    bytes_a_word: ClassVar[int]

    @property
    def fewest_negatives(self) -> int:
        """The least number of negatives that the option `negative` may ask for."""
        return FEWEST_NEGATIVES[self.name]

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
