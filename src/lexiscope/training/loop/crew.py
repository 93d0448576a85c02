"""Crew of a schedule: how many of its threads train, while others may be using the cores.

Threads that wait for one another are as slow as the one that has no core just now: beside a busy
neighbour, or where a container may use fewer cores than it sees, two took twice to four times as
long as one. Where the result does not depend on how many they are, fewer may train until the cores
are free again. A stretch of text is a trial of one number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

# Of a stretch's time, what each thread has a core for while nobody else wants one.
PRESENT = 0.9
# What another number of threads must gain to be kept.
GAIN = 1.05
# Seconds of a stretch that says anything.
SHORTEST = 0.05
# Stretches between two trials: doubled after each one in vain.
FEWEST_BETWEEN, MOST_BETWEEN = 2, 32


@dataclass
class Crew:
    """The number of threads, chosen stretch by stretch.

    Attributes:
        most: Threads there are, at least 1.
    """

    most: int
    _kept: int = field(init=False)
    _rate: float = field(init=False, default=0.0)
    _tried: int | None = field(init=False, default=None)
    _between: int = field(init=False, default=FEWEST_BETWEEN)
    _waited: int = field(init=False, default=FEWEST_BETWEEN)

    def __post_init__(self) -> None:
        self._kept = self.most

    @property
    def size(self) -> int:
        """Threads of the next stretch, 1 … most."""
        return self._kept if self._tried is None else self._tried

    def note(self, positions: int, seconds: float, on_core: Sequence[float]) -> None:
        """Notes how a stretch went.

        Args:
            positions: Of the text, trained.
            seconds: Of the clock.
            on_core: Seconds that each of its threads had a core.
        """
        if self.most == 1 or seconds < SHORTEST or positions == 0:
            return
        rate = positions / seconds
        if self._tried is not None:
            self._judge(rate)
            return
        self._rate = rate
        self._waited += 1
        if self._waited < self._between:
            return
        if self._kept > 1 and min(on_core) < PRESENT * seconds:
            self._tried = self._kept // 2
        elif self._kept < self.most:
            self._tried = min(2 * self._kept, self.most)

    def _judge(self, rate: float) -> None:
        tried, self._tried, self._waited = self._tried, None, 0
        if tried is not None and rate > GAIN * self._rate:
            self._kept, self._between = tried, FEWEST_BETWEEN
        else:
            self._between = min(2 * self._between, MOST_BETWEEN)
