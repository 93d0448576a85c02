"""Outlook of a run: its rate, and the time that it has left, with all that takes time in it."""

from __future__ import annotations

import time
from collections.abc import Callable


class Outlook:
    """Measures how words go by on the wall clock: training, looks at it and checkpoints alike.

    A stretch counts for as much as it came late in the run: the first ones are slower, since they
    touch all memory for the first time, and a machine that grew busy stays so for a while. What is
    done at the ends of epochs is counted by itself, since it does not come with the words.

    Args:
        clock: Seconds; for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._since = 0.0
        self._done = 0
        self._words = 0.0
        self._seconds = 0.0
        self._elapsed = 0.0
        self._ends = 0
        self._end_seconds = 0.0

    @property
    def word_seconds(self) -> float:
        """Seconds a word takes; 0 where nothing is known yet."""
        return self._seconds / self._words if self._words else 0.0

    @property
    def waited(self) -> float:
        """Seconds since the last report."""
        return self._clock() - self._since

    def begin(self, done: int) -> None:
        """Starts the clock, with so many words done before."""
        self._since, self._done = self._clock(), done

    def report(self, done: int) -> float:
        """Counts what was done since the last report.

        Returns:
            Words a second over that stretch.
        """
        now = self._clock()
        words, seconds = done - self._done, now - self._since
        self._since, self._done = now, done
        self._elapsed += seconds
        kept = 1 - seconds / self._elapsed if self._elapsed > 0 else 0.0
        self._words = self._words * kept + words
        self._seconds = self._seconds * kept + seconds
        return words / seconds if seconds > 0 else 0.0

    def end_epoch(self, began: float) -> None:
        """Counts what was done at an epoch's end since this time of the clock."""
        spent = self._clock() - began
        self._ends += 1
        self._end_seconds += spent
        self._since += spent

    def leave_out(self, began: float) -> None:
        """Counts nothing of the time since this time of the clock: the run was held."""
        self._since += self._clock() - began

    def now(self) -> float:
        """The clock's time."""
        return self._clock()

    def remaining(self, words: int, epochs: int, *, epoch_end: float, end: float) -> float | None:
        """Seconds that are left; None where no word has been done yet.

        Args:
            words: Words to come.
            epochs: Ends of epochs to come.
            epoch_end: What such an end is thought to take, until one was measured.
            end: What comes after the last one.
        """
        if not self._words and words:
            return None
        if self._ends:
            epoch_end = self._end_seconds / self._ends
        return words * self.word_seconds + epochs * epoch_end + end
