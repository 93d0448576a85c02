"""Occurrences of a word or a phrase in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from unicodedata import normalize

from lexiscope.contextual.text.words import SplitText
from lexiscope.errors import ConfigError, LexiscopeError

_MOST_SHOWN = 30


class WordNotThereError(LexiscopeError, LookupError):
    """A sentence has no such word, or no such occurrence of it.

    Args:
        asked: What was asked for.
        words: The sentence's words.
        reason: What is wrong, in the middle of a sentence.
    """

    def __init__(self, asked: str, words: Sequence[str], reason: str) -> None:
        shown = ", ".join(words[:_MOST_SHOWN])
        more = f" and {len(words) - _MOST_SHOWN} more" if len(words) > _MOST_SHOWN else ""
        has = f"its words are {shown}{more}" if words else "it has no words"
        super().__init__(f"{asked!r} {reason}; {has}")
        self.asked = asked
        self.words = tuple(words)


def find_span(sentence: SplitText, asked: str, occurrence: int | None) -> tuple[int, int]:
    """Where a word or phrase stands in a sentence.

    It may be any text that starts and ends with whole words and whole characters as readers see
    them: several words, a sign, an emoji.

    Args:
        sentence: The sentence.
        asked: The word, spelled as it is there; where it is not, its canonical equivalents count
            (an é of one character for one of two).
        occurrence: Which of several, from 0 (−1 is the last); None where there is only one.

    Returns:
        Its start and end in characters.

    Raises:
        ConfigError: `asked` is empty.
        WordNotThereError: It is not there, or not that often, or several times and `occurrence` is
            None.
    """
    if not isinstance(asked, str) or not asked.strip():
        raise ConfigError(f"word={asked!r}: expected a word or several")
    places = _occurrences(sentence, asked) or _equivalent(sentence, asked)
    if not places:
        raise WordNotThereError(asked, sentence.words, "is not in the sentence")
    if occurrence is None:
        if len(places) > 1:
            raise WordNotThereError(
                asked,
                sentence.words,
                f"is in the sentence {len(places)} times: say which with occurrence=0 to "
                f"{len(places) - 1}",
            )
        return places[0]
    if not -len(places) <= occurrence < len(places):
        raise WordNotThereError(
            asked,
            sentence.words,
            f"is in the sentence {len(places)} times, so there is no occurrence {occurrence} "
            "(the first is 0)",
        )
    return places[occurrence]


def _occurrences(sentence: SplitText, asked: str) -> list[tuple[int, int]]:
    text = sentence.text
    inside = {place for start, stop in sentence.spans for place in range(start + 1, stop)}
    bounds = _character_bounds(text)
    places = []
    at = text.find(asked)
    while at >= 0:
        end = at + len(asked)
        if at not in inside and end not in inside and {at, end} <= bounds:
            places.append((at, end))
            at = text.find(asked, end)
        else:
            at = text.find(asked, at + 1)
    return places


def _equivalent(sentence: SplitText, asked: str) -> list[tuple[int, int]]:
    """Occurrences of what is written otherwise and means the same (Unicode's NFC)."""
    starts = sorted(_character_bounds(sentence.text))
    pieces = [sentence.text[start:stop] for start, stop in pairwise(starts)]
    # Each character of the composed text, and the end, → its place in the text as it is.
    origins: list[int] = []
    for start, piece in zip(starts, pieces, strict=False):
        origins += [start] * len(normalize("NFC", piece))
    origins.append(len(sentence.text))
    composed = "".join(normalize("NFC", piece) for piece in pieces)
    begins = {origin: place for place, origin in reversed(list(enumerate(origins)))}
    if any(start not in begins or stop not in begins for start, stop in sentence.spans):
        return []
    alike = SplitText(
        text=composed,
        words=sentence.words,
        spans=tuple((begins[start], begins[stop]) for start, stop in sentence.spans),
    )
    places = _occurrences(alike, normalize("NFC", asked))
    return [(origins[start], origins[stop]) for start, stop in places]


def _character_bounds(text: str) -> set[int]:
    """Where a character as readers see it (UAX 29) starts: an emoji of several is not cut."""
    import regex

    return {match.start() for match in regex.finditer(r"\X", text)} | {len(text)}
