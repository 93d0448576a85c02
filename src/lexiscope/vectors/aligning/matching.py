"""Finding a token of one vocabulary in another: as it stands, by letter case, by folded digits.

The very same token comes first. Then words are looked for among words and pieces among pieces,
whatever marks either vocabulary has for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from lexiscope.vectors.aligning.keys import Keys
from lexiscope.vectors.aligning.row_names import padding_name
from lexiscope.vectors.aligning.token_ids import Kind, TokenIds, classify
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
    """A key of the vectors that stands for a token.

    Attributes:
        row: Its row.
        source: How it was found.
    """

    row: int
    source: Source


@dataclass(frozen=True)
class Matcher:
    """Finds tokens among the keys of some vectors.

    Attributes:
        vectors: The vectors.
        ids: The tokens.
        casefold: Whether to take another letter case where there is none of the same: the lower
            case if it is there, or else the commonest.
        digits: Whether to take the form with folded digits (`1984` → `####`), where the vectors'
            words have their digits folded.
    """

    vectors: VectorTable
    ids: TokenIds
    casefold: bool
    digits: bool

    def find(self, number: int) -> Match | None:
        """The key that stands for the token of an id; None where none does, or it has none."""
        row = self._keys.same(self.ids, number)
        if row is not None:
            return Match(row, Source.EXACT)
        kind, text = self.ids.kinds[number], self.ids.texts[number]
        if text is None or kind not in (Kind.WORD, Kind.PIECE):
            return None
        row = self._texts(kind).get(text)
        if row is not None:
            return Match(row, Source.EXACT)
        if self.casefold:
            row = self._in_other_case(text, kind)
            if row is not None:
                return Match(row, Source.CASE)
        return self._by_digits(text) if kind is Kind.WORD else None

    def find_padding(self, number: int) -> Match | None:
        """The row that vectors extracted with these ids have beyond them at such a place."""
        is_there = self._keys.in_order == len(self.ids) and number < len(self.vectors)
        if not is_there or self.vectors.index_to_key[number] != padding_name(number):
            return None
        return Match(number, Source.EXACT)

    def explains(self, number: int, key: str, source: Source) -> bool:
        """Whether `key` stands for the token of an id in the way that `source` says."""
        if number >= len(self.ids):
            return source is Source.EXACT and key == padding_name(number)
        if source is Source.EXACT and key == self.ids.raw[number]:
            return True
        names = self._keys.names
        if source is Source.EXACT and names is not None and key == names[number]:
            return True
        kind, text = self.ids.kinds[number], self.ids.texts[number]
        key_kind, key_text = classify(key, self._keys.style)
        if text is None or key_text is None or kind is not key_kind:
            return False
        if source is Source.EXACT:
            return key_text == text
        if source is Source.CASE:
            return key_text.casefold() == text.casefold()
        if source is not Source.DIGITS or self._digit_fold is None:
            return False
        folded = _DIGIT.sub(self._digit_fold, text)
        return key_text == folded or (self.casefold and key_text.casefold() == folded.casefold())

    def _by_digits(self, text: str) -> Match | None:
        fold = self._digit_fold if self.digits and _DIGIT.search(text) else None
        if fold is None:
            return None
        folded = _DIGIT.sub(fold, text)
        row = self._texts(Kind.WORD).get(folded)
        if row is None and self.casefold:
            row = self._in_other_case(folded, Kind.WORD)
        return None if row is None else Match(row, Source.DIGITS)

    def _texts(self, kind: Kind) -> Mapping[str, int]:
        return self._keys.words if kind is Kind.WORD else self._keys.pieces

    def _in_other_case(self, text: str, kind: Kind) -> int | None:
        row = self._texts(kind).get(text.lower())
        return self._by_case[kind].get(text.casefold()) if row is None else row

    @cached_property
    def _keys(self) -> Keys:
        return Keys.of(self.vectors, self.ids, folded_digit=self._digit_fold)

    @cached_property
    def _by_case(self) -> dict[Kind, dict[str, int]]:
        """Of words and of pieces: case-folded text → the row of its commonest spelling."""
        return {kind: self._folded(self._texts(kind)) for kind in (Kind.WORD, Kind.PIECE)}

    def _folded(self, texts: Mapping[str, int]) -> dict[str, int]:
        order: Iterable[tuple[str, int]] = texts.items()
        counts = self.vectors.counts
        if counts is not None:
            order = sorted(order, key=lambda entry: -int(counts[entry[1]]))
        by_case: dict[str, int] = {}
        for text, row in order:
            by_case.setdefault(text.casefold(), row)
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
