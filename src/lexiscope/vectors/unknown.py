"""What stands for a word that has no row: steps that a user chooses, one after the other.

Nothing is done unless it was asked for: without steps an unknown word is an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import Any

from lexiscope.checks import choice
from lexiscope.vectors.keys import Key

_DIGITS = re.compile(r"\d")


def _cases(word: str) -> Iterator[str]:
    yield from (word.lower(), word.capitalize(), word.upper(), word.title(), word.casefold())


def _digits(word: str) -> Iterator[str]:
    # word2vec's Google News vectors have one # a digit, GloVe's Twitter vectors <number>.
    if _DIGITS.search(word):
        yield from (_DIGITS.sub("#", word), _DIGITS.sub("0", word))
        if word.strip("0123456789.,-") == "":
            yield "<number>"


def _forms(word: str) -> Iterator[str]:
    for form in ("NFC", "NFKC", "NFD", "NFKD"):
        yield unicodedata.normalize(form, word)
    bare = unicodedata.normalize("NFD", word)
    yield "".join(letter for letter in bare if not unicodedata.combining(letter))
    yield from (word.replace("’", "'"), word.replace("'", "’"), word.replace(" ", "_"))


def _marks(word: str) -> Iterator[str]:
    # SentencePiece's, GPT-2's, CLIP's and BERT's; ConceptNet Numberbatch's English.
    yield from (f"▁{word}", f"Ġ{word}", f"{word}</w>", f"##{word}", f"/c/en/{word}")


STEPS: dict[str, Callable[[str], Iterator[str]]] = {
    "case": _cases,
    "digits": _digits,
    "forms": _forms,
    "marks": _marks,
}
"""Name → other spellings of a word: letter case; # or 0 for digits; Unicode's normal forms, without
accents, with the other apostrophe; as a tokenizer's token or in Numberbatch."""


@dataclass(frozen=True)
class Stand:
    """What stands for a word.

    Attributes:
        word: What was asked for.
        key: The word whose row it gets.
        step: What led to it: "itself", a step's name, or "fallback".
    """

    word: Key
    key: Key
    step: str


@dataclass(frozen=True)
class Chain:
    """The steps for unknown words.

    Steps also take what the ones before them made: with "case" and "digits", "Page7" finds "page#".

    Attributes:
        steps: Names out of `STEPS`, in their order.
        fallback: The word whose row all others get; None for an error.
    """

    steps: tuple[str, ...] = ()
    fallback: Key | None = None

    def __post_init__(self) -> None:
        for step in self.steps:
            choice("a step for unknown words", step, tuple(STEPS))

    def find(self, word: Any, known: Container[Any]) -> Stand | None:
        """What stands for a word; None where nothing does.

        Args:
            word: The word.
            known: The words that have rows.
        """
        if isinstance(word, str):
            spellings = [word]
            for step in self.steps:
                made = [other for spelling in spellings for other in STEPS[step](spelling)]
                for other in made:
                    if other in known:
                        return Stand(word, other, step)
                spellings = list(dict.fromkeys([*spellings, *made]))
        if self.fallback is not None and self.fallback in known:
            return Stand(word, self.fallback, "fallback")
        return None
