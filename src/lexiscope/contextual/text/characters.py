"""Characters of many texts at once: the texts as one array of code points, and tables of these."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.ragged import Ragged

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
CodePoints = NDArray[np.uint32]

_CODE_POINTS = 0x110000


class CodePointTable:
    """A number for each code point, computed when one is first met.

    Args:
        number: That of a character, 0 to 2³² − 1.
    """

    def __init__(self, number: Callable[[str], int]) -> None:
        self._number = number
        self._known = np.zeros(_CODE_POINTS, np.bool_)
        self._numbers = np.zeros(_CODE_POINTS, np.uint32)

    def of(self, characters: CodePoints) -> CodePoints:
        """The number of each character."""
        unknown = characters[~self._known[characters]]
        if len(unknown):
            for code in np.unique(unknown).tolist():
                self._numbers[code] = self._number(chr(code))
                # Told last: another thread takes only numbers that are there.
                self._known[code] = True
        numbers: CodePoints = self._numbers[characters]
        return numbers


def _folded(char: str) -> int:
    """A character in lower case, where that is all that taking it apart would show."""
    lower = char.lower()
    if len(lower) != 1 or char == "Σ":  # whose lower case depends on its neighbours
        return ord(char)
    apart = unicodedata.normalize("NFKD", char).lower()
    return ord(lower if apart == unicodedata.normalize("NFKD", lower).lower() else char)


_SPACES = CodePointTable(str.isspace)
FOLDED = CodePointTable(_folded)


@dataclass(frozen=True)
class JoinedTexts:
    """S texts one behind the other, a newline behind each.

    Attributes:
        joined: All of them.
        characters: Their code points, newlines included (C).
        texts: Which of these each text has, its newline included.
    """

    joined: str
    characters: CodePoints = field(repr=False)
    texts: Ragged

    @classmethod
    def of(cls, texts: Sequence[str]) -> JoinedTexts:
        """Joins some texts.

        Raises:
            UnicodeEncodeError: There is a lone surrogate in one.
        """
        joined = "\n".join(texts) + "\n" if texts else ""
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        characters = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
        return cls(joined, characters, Ragged.of_counts(lengths + 1))

    @property
    def lengths(self) -> Ints:
        """The characters of each text (S)."""
        return self.texts.counts - 1

    def without_spaces(self, spans: Ints, bases: Ints) -> Ints:
        """Spans whose starts and ends are moved over spaces; empty where there is nothing else.

        Args:
            spans: Start and end in a text, inside it (n × 2).
            bases: Where in `characters` that text starts (n).
        """
        filled = _SPACES.of(self.characters) == 0
        count = len(filled)
        place = np.arange(count + 1)
        # The next character from each place on that is no space, and the end of the one before it.
        following = np.append(np.where(filled, place[:-1], count), count)
        following = np.minimum.accumulate(following[::-1])[::-1]
        before = np.maximum.accumulate(np.append(0, np.where(filled, place[1:], 0)))
        first, last = spans[:, 0] + bases, spans[:, 1] + bases
        stop = np.maximum(np.minimum(before[last], last), first)
        start = np.minimum(following[first], stop)
        return np.stack([start - bases, stop - bases], axis=1)
