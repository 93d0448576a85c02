"""Words that are not in a vocabulary, and the spellings that may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import islice

from lexiscope.errors import LexiscopeError
from lexiscope.shown import quoted, shown

# difflib compares some 20,000 words in a tenth of a second; the commonest words come first.
_MOST_COMPARED = 20_000
# difflib's time grows with the product of two lengths; nobody misspells a word of more letters.
_LONGEST_COMPARED = 100


class UnknownWordError(LexiscopeError, KeyError):
    """A word has no vector here.

    Whoever looks up many words and passes over those that are missing pays for no suggestions.

    Args:
        word: What was asked for.
        suggestions: Words that are spelled like it, the closest first; or what finds them once
            somebody wants to see them.
    """

    def __init__(
        self, word: object, suggestions: Iterable[str] | Callable[[], Iterable[str]] = ()
    ) -> None:
        self.word = word
        self._suggestions = suggestions
        named = quoted(word) if isinstance(word, str) else repr(word)
        super().__init__(f"the word {named} is not in the vocabulary")

    @cached_property
    def suggestions(self) -> tuple[str, ...]:
        """Words that are spelled like it, the closest first."""
        given = self._suggestions
        return tuple(given() if callable(given) else given)

    def __str__(self) -> str:
        # KeyError's own shows the repr of its argument, quotes and all.
        message = str(self.args[0])
        if self.suggestions:
            message += f"; close spellings that are: {', '.join(map(shown, self.suggestions))}"
        return message

    def __reduce__(self) -> tuple[type[UnknownWordError], tuple[object, tuple[str, ...]]]:
        return type(self), (self.word, self.suggestions)


def close_spellings(word: object, vocabulary: Iterable[object], most: int = 3) -> list[str]:
    """Words spelled like a given one, among the first 20,000 of the same initial and like length.

    Args:
        word: The word that was not found.
        vocabulary: All words, the commonest first; what is no word is passed over.
        most: How many to give at most.

    Returns:
        The closest first; the same word in other letter case comes before all.
    """
    if not isinstance(word, str) or not 0 < len(word) <= _LONGEST_COMPARED:
        return []
    lowered = word.lower()
    initial = lowered[0]
    # The two lengths of a pair at difflib's 0.75 differ by no more than a factor of 5/3.
    low, high = 0.6 * len(word), len(word) / 0.6
    alike = islice(
        (
            other
            for other in vocabulary
            if isinstance(other, str) and low <= len(other) <= high and other[0].lower() == initial
        ),
        _MOST_COMPARED,
    )
    by_lowered: dict[str, str] = {}
    for other in alike:
        by_lowered.setdefault(other.lower(), other)
    found = difflib.get_close_matches(lowered, by_lowered, n=most, cutoff=0.75)
    return [by_lowered[other] for other in found]
