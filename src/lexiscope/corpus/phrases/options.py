"""How phrases are found, and the stages of it: what says which pairs of a text become one word."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice, number, whole
from lexiscope.corpus.input.sentence_files import NO_LIMIT
from lexiscope.corpus.phrases.scoring import SCORERS, Limits, Scoring, phrases_of
from lexiscope.errors import ConfigError
from lexiscope.one_line import one_line

if TYPE_CHECKING:
    from lexiscope.corpus.phrases.counting import PairCounts

NPMI_THRESHOLD = 0.5
"""What is usual where scores are −1 … 1."""

_MOST_PASSES = 10


class Stage(Protocol):
    """What says which pairs of a text are phrases.

    Attributes:
        delimiter: What stands between the words of a phrase.
        connector_words: Words that a phrase may have inside, and neither begins nor ends with.
    """

    @property
    def delimiter(self) -> str: ...
    @property
    def connector_words(self) -> frozenset[str]: ...

    def accepts(self, counts: PairCounts) -> NDArray[np.int64]:
        """The numbers of those pairs of a text that are phrases.

        Args:
            counts: All pairs of the text.
        """


class StagedSentences(ABC):
    """Sentences whose phrases are joined as they are gone through."""

    @abstractmethod
    def as_staged(self) -> tuple[Iterable[Any], Stage] | None:
        """The sentences before, and what says which pairs are phrases; None where only going
        through them tells."""


@one_line
@dataclass(frozen=True, kw_only=True)
class PhraseOptions:
    """How phrases are found in a text that is encoded.

    Attributes:
        passes: How often: 1 finds pairs of words, 2 then pairs of those, 1 … 10.
        min_count: What is taken off a pair's count, or the least count, as the scoring has it.
        threshold: Phrases are the pairs that score above it.
        scoring: "default" (Mikolov et al. 2013), or "npmi" (Bouma 2009), whose scores are −1 … 1.
        connectors: Words that a phrase may have inside, and neither begins nor ends with.
        delimiter: What stands between the words of a phrase.

    Raises:
        ConfigError: A value is out of range.
    """

    passes: int = 1
    min_count: float = 5
    threshold: float = 10.0
    scoring: Scoring = "default"
    connectors: tuple[str, ...] = ()
    delimiter: str = "_"

    def __post_init__(self) -> None:
        object.__setattr__(self, "passes", whole("phrases", self.passes, 1, _MOST_PASSES))
        choice("phrase scoring", self.scoring, tuple(SCORERS))
        number("phrase min_count", self.min_count, 1e-9, float(NO_LIMIT))
        lowest, highest = (-1.0, 1.0) if self.scoring == "npmi" else (1e-9, 1e300)
        number("phrase threshold", self.threshold, lowest, highest)
        if not isinstance(self.delimiter, str) or not self.delimiter:
            raise ConfigError(f"phrase delimiter is {self.delimiter!r}; expected a text")
        if isinstance(self.connectors, str):
            raise ConfigError(
                f"phrase connectors is {self.connectors[:40]!r}; expected a list of words"
            )
        object.__setattr__(self, "connectors", tuple(sorted(self.connectors)))

    def to_json(self) -> dict[str, Any]:
        """The options as plain data that `json.dumps` takes."""
        return {
            "passes": self.passes,
            "min_count": self.min_count,
            "threshold": self.threshold,
            "scoring": self.scoring,
            "connectors": list(self.connectors),
            "delimiter": self.delimiter,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> PhraseOptions:
        """The options from plain data; what is not said takes its default.

        Raises:
            ConfigError: A value is out of range.
            TypeError: An option has a name that is none.
        """
        return cls(**saved)

    def stages(self, tokens: Collection[str] | None = None) -> list[Stage]:
        """A stage for each pass.

        Args:
            tokens: The words of a vocabulary that is given: its phrases are then the only ones.
        """
        if tokens is None:
            return [Learned(self)] * self.passes
        return [Given(self, stretches(tokens, self.delimiter))] * self.passes


@dataclass(frozen=True)
class _Optioned:
    """What the options say of how phrases are written."""

    options: PhraseOptions

    @property
    def delimiter(self) -> str:
        """As the options say."""
        return self.options.delimiter

    @property
    def connector_words(self) -> frozenset[str]:
        """As the options say."""
        return frozenset(self.options.connectors)


@dataclass(frozen=True)
class Learned(_Optioned):
    """Phrases that the text itself shows."""

    def accepts(self, counts: PairCounts) -> NDArray[np.int64]:
        """The pairs that score above the threshold."""
        limits = Limits(
            threshold=self.options.threshold,
            min_count=self.options.min_count,
            len_vocab=counts.size,
            corpus_word_count=counts.tokens,
        )
        return phrases_of(SCORERS[self.options.scoring], counts, limits)[0]


@dataclass(frozen=True)
class Given(_Optioned):
    """Phrases that a vocabulary has, and what they are joined of on the way."""

    phrases: frozenset[str]

    def accepts(self, counts: PairCounts) -> NDArray[np.int64]:
        """The pairs that are written like a phrase."""
        texts = counts.spell(np.arange(counts.keys.size))
        return np.flatnonzero(
            np.fromiter((text in self.phrases for text in texts), np.bool_, len(texts))
        )


def stretches(tokens: Collection[str], delimiter: str) -> frozenset[str]:
    """Phrases, and what two or more of their words in a row are: a phrase of three is joined of one
    of two, which the vocabulary need not have."""
    phrases: set[str] = set()
    for token in tokens:
        parts = token.split(delimiter)
        for begin in range(len(parts) - 1):
            phrases.update(
                delimiter.join(parts[begin:end]) for end in range(begin + 2, len(parts) + 1)
            )
    return frozenset(phrases)
