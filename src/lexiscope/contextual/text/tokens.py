"""Tokens of sentences, in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.ragged import Ragged

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """The T tokens of S sentences, one sentence behind the other.

    Attributes:
        ids: The tokens' ids (T).
        spans: Start and end of each in its sentence, in characters, without spaces around it; an
            empty span where it stands for no text (T × 2).
        inner: For each sentence, where its own tokens start and end among all (S × 2): before stand
            those that the tokenizer added in front, such as [CLS], behind those added at the end.
        sentences: Which tokens each sentence has.
    """

    ids: Ints
    spans: Ints
    inner: Ints
    sentences: Ragged

    @classmethod
    def joined(cls, parts: Sequence[Tokens]) -> Tokens:
        """The tokens of several, one behind the other; at least one."""
        befores = Ragged.of_counts(np.array([len(part) for part in parts], np.int64)).starts
        pairs = zip(parts, befores.tolist(), strict=True)
        return cls(
            ids=np.concatenate([part.ids for part in parts]),
            spans=np.concatenate([part.spans for part in parts]),
            inner=np.concatenate([part.inner + before for part, before in pairs]),
            sentences=Ragged.joined([part.sentences for part in parts]),
        )

    def __len__(self) -> int:
        """T."""
        return len(self.ids)

    @cached_property
    def special(self) -> NDArray[np.bool_]:
        """Which tokens the tokenizer added by itself (T)."""
        starts, ends = np.repeat(self.inner, self.sentences.counts, axis=0).T
        place = np.arange(len(self))
        special: NDArray[np.bool_] = (place < starts) | (place >= ends)
        return special

    def take(self, numbers: Ints) -> Tokens:
        """The tokens of some sentences, in the order given."""
        rows = self.sentences.rows(numbers)
        sentences = self.sentences.take(numbers)
        moved = sentences.starts - self.sentences.starts[numbers]
        return Tokens(
            ids=self.ids[rows],
            spans=self.spans[rows],
            inner=self.inner[numbers] + moved[:, None],
            sentences=sentences,
        )

    def at(self, number: int) -> Tokens:
        """The tokens of one sentence; ids and spans are views."""
        rows = self.sentences[number]
        return Tokens(
            ids=self.ids[rows],
            spans=self.spans[rows],
            inner=self.inner[number : number + 1] - rows.start,
            sentences=self.sentences.between(number, number + 1),
        )
