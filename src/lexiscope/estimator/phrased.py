"""Sentences with their phrases joined: one by one, or all of a corpus as they are gone through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from lexiscope.corpus.phrases.options import StagedSentences

_NEVER = float("-inf")


class PhrasedSentences(StagedSentences):
    """Sentences whose phrases are joined as they are gone through, any number of times.

    Args:
        obj: What joins them.
        corpus: The sentences; a generator can be gone through once.
    """

    def __init__(self, obj: Any, corpus: Iterable[Iterable[str]]) -> None:
        self.obj = obj
        self.corpus = corpus

    def __len__(self) -> int:
        return len(self.corpus)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[list[str]]:
        for sentence in self.corpus:
            yield self.obj[sentence]

    def __getitem__(self, docno: Any) -> list[str]:
        """The sentence at a place, of sentences that have places.

        Raises:
            RuntimeError: They have none.
        """
        if not hasattr(self.corpus, "__getitem__"):
            kind = type(self.corpus).__name__
            raise RuntimeError(f"sentences of type {kind} have no places; go through them")
        joined: list[str] = self.obj[self.corpus[docno]]
        return joined

    def as_staged(self) -> tuple[Iterable[Any], Any] | None:
        """What is joined, and by what, where the text can be joined as a whole."""
        obj, can_repeat = self.obj, iter(self.corpus) is not self.corpus
        if not can_repeat or not obj.delimiter or not obj.is_plain():
            return None
        if type(self).__iter__ is not PhrasedSentences.__iter__:
            return None
        return self.corpus, obj


def joined_sentence(
    sentence: list[str],
    scores: Mapping[str, float],
    threshold: float,
    connectors: frozenset[str],
    delimiter: str,
) -> list[str]:
    """A sentence with its phrases joined, by their scores; see `analyze_sentence`."""
    score_of = scores.get
    out: list[str] = []
    start: str | None = None
    between: list[str] = []
    for word in sentence:
        if word in connectors:
            if start:
                between.append(word)
            else:
                out.append(word)
            continue
        if start:
            phrase = (
                delimiter.join((start, *between, word)) if between else start + delimiter + word
            )
            if score_of(phrase, _NEVER) > threshold:
                out.append(phrase)
                start = None
                if between:
                    between = []
                continue
            out.append(start)
            if between:
                out += between
                between = []
        start = word
    if start:
        out.append(start)
        out += between
    return out


def is_single(sentences: Any) -> tuple[bool, Any]:
    """Whether it is one sentence, and the same again: a generator has lost its first item."""
    items = iter(sentences)
    for first in items:
        again = chain([first], items)
        if isinstance(first, str):
            return True, again
        return False, again if items is sentences else sentences
    return True, sentences
