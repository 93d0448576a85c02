"""Words that are not in a vocabulary, and the spellings that may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

from lexiscope.errors import LexiscopeError
from lexiscope.shown import quoted, shown

# difflib compares some 20,000 words in a tenth of a second; the commonest words come first.
_MOST_COMPARED = 20_000
# difflib's time grows with the product of two lengths; nobody misspells a word of more letters.
_LONGEST_COMPARED = 100


class UnknownWordError(LexiscopeError, KeyError):
    """A word has no vector here.

    Args:
        word: What was asked for.
        suggestions: Words that are spelled like it, the closest first.
    """

    def __init__(self, word: str, suggestions: Iterable[str] = ()) -> None:
        self.word = word
        self.suggestions = tuple(suggestions)
        message = f"the word {quoted(word)} is not in the vocabulary"
        if self.suggestions:
            message += f"; close spellings that are: {', '.join(map(shown, self.suggestions))}"
        super().__init__(message)

    def __str__(self) -> str:
        # KeyError's own shows the repr of its argument, quotes and all.
        return str(self.args[0])

    def __reduce__(self) -> tuple[type[UnknownWordError], tuple[str, tuple[str, ...]]]:
        return type(self), (self.word, self.suggestions)


def close_spellings(word: str, vocabulary: Iterable[str], most: int = 3) -> list[str]:
    """Words spelled like a given one, among the first 20,000 of the same initial and like length.

    Args:
        word: The word that was not found.
        vocabulary: All words, the commonest first.
        most: How many to give at most.

    Returns:
        The closest first; the same word in other letter case comes before all.
    """
    if not 0 < len(word) <= _LONGEST_COMPARED:
        return []
    lowered = word.lower()
    initial = lowered[0]
    # The two lengths of a pair at difflib's 0.75 differ by no more than a factor of 5/3.
    low, high = 0.6 * len(word), len(word) / 0.6
    alike = islice(
        (
            other
            for other in vocabulary
            if other and low <= len(other) <= high and other[0].lower() == initial
        ),
        _MOST_COMPARED,
    )
    by_lowered: dict[str, str] = {}
    for other in alike:
        by_lowered.setdefault(other.lower(), other)
    found = difflib.get_close_matches(lowered, by_lowered, n=most, cutoff=0.75)
    return [by_lowered[other] for other in found]
