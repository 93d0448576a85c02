"""Allowance: what watching may cost a run, one purse for all that looks at it.

A look at the weights costs by their size, and a run of few tokens and many words may not have the
time for it. So whoever looks asks first. Each kind of look has its part of `SHARE` of the time in
training, is charged what it took, and has to wait until that is earned again: however many words
there are, and however slow the machine or the disk, all looks together stay within the share.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Literal

SHARE = 0.01
"""Of the time in training: what all looks together may take, and as much again for a page."""

WRITTEN_A_SECOND = 200e6
"""Bytes: what is written costs no less than on a slow disk, though the system only takes note."""

Kind = Literal["norms", "copy", "neighbours", "recording", "page"]

PARTS: dict[Kind, float] = {
    "norms": 0.25,
    "copy": 0.2,
    "neighbours": 0.15,
    "recording": 0.4,
    # Somebody asked for it, and is there: it comes on top of what the others have together.
    "page": 1.0,
}
"""What part of the share each kind of look has."""


class Allowance:
    """Time that a run has earned for looks at it.

    Args:
        clock: Seconds; for tests.

    Attributes:
        trained: Seconds in training so far.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.trained = 0.0
        self._looks: dict[Kind, Look] = {}

    def earn(self, seconds: float) -> None:
        """Counts time in training."""
        self.trained += seconds

    def look(self, kind: Kind) -> Look:
        """The account of a kind of look."""
        return self._looks.setdefault(kind, Look(self, PARTS[kind]))

    @property
    def spent(self) -> float:
        """Seconds that all looks took."""
        return sum(look.seconds for look in self._looks.values())

    @property
    def written(self) -> int:
        """Bytes that all looks wrote."""
        return sum(look.written for look in self._looks.values())


class Look:
    """The account of one kind of look; a context manager around each, which takes its time.

    Args:
        allowance: What it draws on.
        part: Its part of the share.

    Attributes:
        count: Looks so far.
        seconds: What they took.
        written: Bytes that they wrote.
        cost: What the last one was charged.
    """

    def __init__(self, allowance: Allowance, part: float) -> None:
        self._allowance = allowance
        self._part = part
        self._charged = 0.0
        self._last_at = 0.0
        self._began = 0.0
        self._written = 0
        self.count = 0
        self.seconds = 0.0
        self.written = 0
        self.cost = 0.0

    @property
    def room(self) -> float:
        """Seconds that have been earned and not been used; below 0 after a look on credit."""
        return SHARE * self._part * self._allowance.trained - self._charged

    @property
    def waited(self) -> float:
        """Seconds in training since the last look."""
        return self._allowance.trained - self._last_at

    def due(self, cost: float, every: float = 0.0) -> bool:
        """Whether there is time for a look.

        Args:
            cost: What it will be charged, as far as is known: the last one's cost, or a guess.
            every: Seconds in training that are to lie between two looks at least.
        """
        return (not self.count or self.waited >= every) and cost <= self.room

    def writes(self, size: int) -> None:
        """Counts bytes that the look under way writes."""
        self._written += size

    def __enter__(self) -> Look:
        self._began = self._allowance.clock()
        self._written = 0
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        seconds = self._allowance.clock() - self._began
        self.cost = max(seconds, self._written / WRITTEN_A_SECOND)
        self.count += 1
        self.seconds += seconds
        self.written += self._written
        self._charged += self.cost
        self._last_at = self._allowance.trained
