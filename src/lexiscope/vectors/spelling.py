"""Words that are not in a vocabulary, and the spellings that may have been meant.

A key may be the word with something around it: a tokenizer's mark (`▁king`, `king</w>`), a prefix
of its place or language (`/c/en/coffee_pot`, `en:duck`), its part of speech or sense (`duck|NOUN`,
`duck_NN`, `duck%1:05:00::`). Such keys come before those that are spelled a little otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import islice

import numpy as np

from lexiscope.errors import LexiscopeError
from lexiscope.shown import quoted, shown
from lexiscope.vectors.edits import edit_distances

# Some hundredths of a second; the commonest words come first.
_MOST_COMPARED = 100_000
# To look whether a word is a part of a key takes a hundredth of that.
_MOST_LOOKED_THROUGH = 2_000_000
# The time grows with the product of two lengths; nobody misspells a word of more letters.
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


# What may stand before a word in a key, and behind it.
_BEFORE = re.compile(r"|##|[▁Ġ]|.*[/:#<>]|[A-Z]+_", re.DOTALL)
_BEHIND = re.compile(r"|</w>|@@|[|#:%/].*|_[A-Z]+\$?|\.[a-z](?:\.\d+)?|>", re.DOTALL)


def keys_around(word: str, vocabulary: Iterable[object], most: int = 3) -> list[str]:
    """Keys that are a given word with a mark, a prefix or a part of speech around it.

    Letter case, and spaces for low lines, are passed over where the word itself is in no key.

    Args:
        word: The word that was not found.
        vocabulary: All keys, the commonest first; what is no word is passed over, and so is what
            comes after the first two million.
        most: How many to give at most.
    """
    if not 0 < len(word) <= _LONGEST_COMPARED:
        return []
    keys = [key for key in islice(vocabulary, _MOST_LOOKED_THROUGH) if isinstance(key, str)]
    joined = word.replace(" ", "_")
    for form in dict.fromkeys((word, joined, joined.lower(), joined.capitalize(), joined.title())):
        found = [key for key in keys if form in key and _is_around(form, key)]
        if found:
            # The least around it first: `/c/en/duck` before `/c/en/duck/n`.
            return sorted(found, key=len)[:most]
    return []


def _is_around(word: str, key: str) -> bool:
    before, _word, behind = key.rpartition(word)
    if _BEFORE.fullmatch(before) is not None and _BEHIND.fullmatch(behind) is not None:
        return True
    before, _word, behind = key.partition(word)
    return _BEFORE.fullmatch(before) is not None and _BEHIND.fullmatch(behind) is not None


def close_spellings(word: object, vocabulary: Iterable[object], most: int = 3) -> list[str]:
    """Keys that are a given word with something around it; then those of the least edit distance.

    Letter case is passed over. One letter may differ in a word of up to four, two in one of up to
    eight, three in longer ones.

    Args:
        word: The word that was not found.
        vocabulary: All words, the commonest first; what is no word is passed over, and so is what
            comes after the first 100,000.
        most: How many to give at most.

    Returns:
        The closest first, the commoner first among equals.
    """
    if not isinstance(word, str) or not 0 < len(word) <= _LONGEST_COMPARED:
        return []
    vocabulary = list(islice(vocabulary, _MOST_LOOKED_THROUGH))
    around = keys_around(word, vocabulary, most)
    lowered = word.lower()
    allowed = 1 + (len(word) > 4) + (len(word) > 8)
    by_lowered: dict[str, str] = {}
    for other in islice(vocabulary, _MOST_COMPARED):
        if isinstance(other, str) and abs(len(other) - len(word)) <= allowed:
            by_lowered.setdefault(other.lower(), other)
    distances = edit_distances(lowered, list(by_lowered))
    order = np.argsort(distances, kind="stable")[:most]
    words = list(by_lowered.values())
    close = [words[place] for place in order.tolist() if distances[place] <= allowed]
    return list(dict.fromkeys([*around, *close]))[:most]
