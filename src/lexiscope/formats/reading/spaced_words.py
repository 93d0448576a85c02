"""Words with spaces that may be something else than words: `alpha alpha 0.1 0.2`, `0 alpha 0.1`.

Text formats have no mark of where a word ends, so that such a row may be of the word `alpha alpha`,
as of "bora bora" in vectors of phrases, or of `alpha`, doubled by whoever wrote or mended the file.
In a file of phrases others have spaces too; where none has, nobody can tell. Where all words have a
whole number before or behind them, that is the rows' numbers, or counts, as of a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lexiscope.formats.reading.text_values import Place
from lexiscope.shown import quoted

FEWEST = 3
"""Rows below which numbers beside words say nothing."""
_NUMBER_BEFORE = re.compile(r"(\d{1,18}) +\S", re.ASCII)
_NUMBER_BEHIND = re.compile(r"\S.* \d{1,18}", re.ASCII | re.DOTALL)


def half_of(word: str) -> str | None:
    """What a word is twice, with a space between; None of other words and of signs (`. .`)."""
    middle = len(word) // 2
    half = word[:middle]
    is_doubled = word[middle : middle + 1] == " " and half == word[middle + 1 :]
    return half if is_doubled and any(map(str.isalnum, half)) else None


def numbers_beside(words: Sequence[str], row: int = 0) -> str | None:
    """Where each of some words has a whole number: "before" or "behind" it; None where not all do.

    Args:
        words: n, of rows one behind the other.
        row: The first one's number, from 0, which may be what stands before it.
    """
    if " " not in "".join(words):
        return None
    if all(map(_NUMBER_BEHIND.fullmatch, words)):
        return "behind"
    found = [_NUMBER_BEFORE.match(word) for word in words]
    numbers = [-1 if one is None else int(one[1]) for one in found]
    counted = (list(range(row + at, row + at + len(words))) for at in (0, 1))
    return "before" if numbers in counted else None


class SpacedWords:
    """What is seen of words with spaces while a file is read."""

    def __init__(self) -> None:
        self._first: tuple[int, str] | None = None
        self._others = False
        self._rows = 0
        self._numbers: set[str | None] = set()

    def add(self, words: Sequence[str], row: int) -> None:
        """Looks at the words of some rows.

        Args:
            words: n.
            row: The first one's number, from 0.
        """
        if " " not in "".join(words):
            self._numbers.add(None)
            return
        self._rows += len(words)
        if None not in self._numbers:
            self._numbers.add(numbers_beside(words, row))
        if self._others:
            return
        for number, word in enumerate(words, row):
            if " " not in word.strip(" "):
                continue
            half = half_of(word)
            if half is None:
                self._others = self._others or any(map(str.isalnum, word))
            elif self._first is None:
                self._first = number, half

    def check(self, place: Place) -> None:
        """Refuses what may be something else than words, once all rows were gone through.

        Raises:
            FormatError: All words have a number before or behind them; or one is doubled where no
                other has a space.
        """
        where = next(iter(self._numbers), None) if len(self._numbers) == 1 else None
        if self._rows >= FEWEST and where is not None:
            raise place.error(
                0,
                f"has a whole number {where} its word, as all rows have: their numbers or counts, "
                "no part of words; leave that column out, or save the table as .csv",
            )
        if self._first is None or self._others:
            return
        row, half = self._first
        raise place.error(
            row,
            f"begins with {quoted(half)} twice: its word is that, doubled by mistake, or one with "
            "a space in it, as no other word has; write it once, or with _ for the space",
        )
