"""Runs of word characters: the words of many texts in one pass over their code points."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.options import WordKind
from lexiscope.contextual.text.characters import CodePoints, CodePointTable, JoinedTexts

Ints = NDArray[np.int64]

# What a character may be to a word: one may start with it, it goes on with it, or it joins two
# runs to one word where it stands alone between them.
_STARTS, _CONTINUES, _JOINS = 1, 2, 3
_JOINERS = "'’\u200c\u200d"


def word_runs(texts: JoinedTexts, kind: WordKind) -> tuple[Ints, list[str]]:
    """The words of some texts, in order.

    They are what matches `lexiscope.corpus.tokenizers.WORD_PATTERN` again and again, or runs of
    what is no space. No word reaches over a text's end, as a newline is in none.

    Returns:
        Start and end of each in the texts' characters (n × 2); and their spellings.
    """
    classes = _table(kind).of(texts.characters)
    inside = (classes == _STARTS) | (classes == _CONTINUES)
    if kind == "words":
        _leave_out_leading(classes, inside)
        joins = classes[1:-1] == _JOINS
        inside[1:-1] |= joins & inside[:-2] & (classes[2:] == _STARTS)
    edges = np.flatnonzero(np.diff(inside.view(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return edges, _spelled(texts.characters, inside, edges[:, 1])


def _spelled(characters: CodePoints, inside: NDArray[np.bool_], stops: Ints) -> list[str]:
    """The words, all of them taken out and divided at once."""
    ended = characters.copy()
    ended[stops] = ord("\n")
    kept = inside.copy()
    kept[stops] = True
    return ended[kept].tobytes().decode("utf-32-le").split("\n")[:-1]


def _leave_out_leading(classes: CodePoints, inside: NDArray[np.bool_]) -> None:
    """Takes out of the runs what no word starts with, up to where one does."""
    before = np.append(False, inside[:-1])
    if not ((classes == _CONTINUES) & ~before).any():
        return
    place = np.arange(len(classes))
    start = np.maximum.accumulate(np.where(classes == _STARTS, place, -1))
    gap = np.maximum.accumulate(np.where(inside, -1, place))
    inside &= start > gap


@cache
def _table(kind: WordKind) -> CodePointTable:
    import regex

    if kind == "whitespace":
        # A space is here whatever `str.split` takes for one.
        filled = regex.compile(r"\S").match
        return CodePointTable(lambda char: _STARTS if filled(char) else 0)
    starts, continues = regex.compile(r"[\p{L}\p{Nd}]").match, regex.compile(r"\p{M}").match

    def number(char: str) -> int:
        if starts(char):
            return _STARTS
        if continues(char):
            return _CONTINUES
        return _JOINS if char in _JOINERS else 0

    return CodePointTable(number)
