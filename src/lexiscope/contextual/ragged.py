"""Ragged array: groups of rows of different sizes, one group behind the other.

The rows lie flat in arrays of their own; a `Ragged` says only where each group starts and ends in
them. One such layout may serve many arrays (ids, spans and vectors of the same tokens).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Ragged:
    """The layout of G groups in R rows.

    Attributes:
        offsets: Group g has the rows `offsets[g]` to `offsets[g + 1]` (G + 1, from 0 to R, never
            falling). A group may be empty.
    """

    offsets: Ints

    @classmethod
    def of_counts(cls, counts: Ints) -> Ragged:
        """The layout of groups of these sizes (G)."""
        offsets = np.zeros(len(counts) + 1, np.int64)
        np.cumsum(counts, out=offsets[1:])
        return cls(offsets)

    @classmethod
    def joined(cls, parts: Sequence[Ragged]) -> Ragged:
        """The groups of several layouts, whose rows lie one behind the other; at least one."""
        return cls.of_counts(np.concatenate([part.counts for part in parts]))

    def __len__(self) -> int:
        """G."""
        return len(self.offsets) - 1

    def __getitem__(self, group: int) -> slice:
        """The rows of one group; −1 is the last.

        Raises:
            IndexError: There is no such group.
        """
        number = range(len(self))[group]
        return slice(int(self.offsets[number]), int(self.offsets[number + 1]))

    @property
    def size(self) -> int:
        """R."""
        return int(self.offsets[-1])

    @property
    def starts(self) -> Ints:
        """The first row of each group (G); of an empty one the row that would be its first."""
        return self.offsets[:-1]

    @property
    def counts(self) -> Ints:
        """How many rows each group has (G)."""
        return np.diff(self.offsets)

    def owner(self) -> Ints:
        """The group of each row (R)."""
        return np.repeat(np.arange(len(self)), self.counts)

    def ranges(self, starts: Ints) -> Ints:
        """For each group as many numbers, from its start upwards, as it has rows (R).

        Args:
            starts: A number a group (G); that of an empty one does not count.
        """
        return np.repeat(starts - self.starts, self.counts) + np.arange(self.size)

    def take(self, groups: Ints) -> Ragged:
        """The layout of some groups of this one, in the order given; one may be there twice."""
        return Ragged.of_counts(self.counts[groups])

    def rows(self, groups: Ints) -> Ints:
        """The rows of some groups, one behind the other as `take` lays them out."""
        return self.take(groups).ranges(self.starts[groups])

    def between(self, first: int, last: int) -> Ragged:
        """The layout of the groups `first` up to `last`, by themselves."""
        return Ragged(self.offsets[first : last + 1] - self.offsets[first])
