"""Finding a word of one vocabulary in another: as it stands, by letter case, by folded digits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from lexiscope.vectors.table import VectorTable

_DIGIT = re.compile(r"\d")
_SEVERAL_DIGITS = re.compile(r"\d{2,}")
# What stands for every digit where digits were folded: "#" in word2vec's GoogleNews file, "0" in
# several corpora of tagged text.
_FOLDED = re.compile(r"##+|00+")


class Source(StrEnum):
    """Where the row of an id comes from."""

    EXACT = "exact"
    CASE = "case-folded"
    DIGITS = "digit-folded"
    SUBWORD = "subword mean"
    ZEROS = "zeros"
    RANDOM = "random"
    MEAN = "mean"
    SPECIAL = "special"
    HOLE = "hole"
    PADDED = "padded"


FOUND = frozenset({Source.EXACT, Source.CASE, Source.DIGITS})


@dataclass(frozen=True)
class Match:
    """A word of the vectors that stands for a token.

    Attributes:
        row: Its row.
        source: How it was found.
    """

    row: int
    source: Source


@dataclass(frozen=True)
class Matcher:
    """Finds words among those of some vectors.

    Attributes:
        vectors: The vectors.
        casefold: Whether to take another letter case where there is none of the same: the lower
            case if it is there, or else the commonest.
        digits: Whether to take the form with folded digits (`1984` → `####`), where the vectors'
            words have their digits folded.
    """

    vectors: VectorTable
    casefold: bool
    digits: bool

    def find(self, token: str) -> Match | None:
        """The word that stands for a token, or None."""
        row = self.vectors.key_to_index.get(token)
        if row is not None:
            return Match(row, Source.EXACT)
        if self.casefold:
            row = self._in_other_case(token)
            if row is not None:
                return Match(row, Source.CASE)
        fold = self._digit_fold if self.digits and _DIGIT.search(token) else None
        if fold is None:
            return None
        folded = _DIGIT.sub(fold, token)
        row = self.vectors.key_to_index.get(folded)
        if row is None and self.casefold:
            row = self._in_other_case(folded)
        return None if row is None else Match(row, Source.DIGITS)

    def explains(self, token: str, word: str, source: Source) -> bool:
        """Whether `word` stands for `token` in the way that `source` says."""
        if source is Source.EXACT:
            return word == token
        if source is Source.CASE:
            return word.casefold() == token.casefold()
        if source is not Source.DIGITS or self._digit_fold is None:
            return False
        folded = _DIGIT.sub(self._digit_fold, token)
        return word == folded or (self.casefold and word.casefold() == folded.casefold())

    def _in_other_case(self, token: str) -> int | None:
        row = self.vectors.key_to_index.get(token.lower())
        return self._by_case.get(token.casefold()) if row is None else row

    @cached_property
    def _by_case(self) -> dict[str, int]:
        """Case-folded word → the row of its commonest spelling."""
        words = self.vectors.index_to_key
        order: Iterable[int] = range(len(words))
        if self.vectors.counts is not None:
            order = (-self.vectors.counts).argsort(kind="stable").tolist()
        by_case: dict[str, int] = {}
        for row in order:
            by_case.setdefault(words[row].casefold(), row)
        return by_case

    @cached_property
    def _digit_fold(self) -> str | None:
        """What stands for a digit, or None where the words have digits of their own.

        A vocabulary with `####` in it need not have folded digits; one without a single number of
        two digits or more has.
        """
        signs: set[str] = set()
        for word in self.vectors.index_to_key:
            if _FOLDED.fullmatch(word):
                signs.add(word[0])
            elif _SEVERAL_DIGITS.fullmatch(word):
                return None
        return min(signs, default=None)
