"""Words of sentences, and where in the text each stands."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.options import WordKind
from lexiscope.contextual.ragged import Ragged
from lexiscope.corpus.tokenizers import WORD_PATTERN
from lexiscope.errors import CorpusError

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class SpannedText:
    """A sentence with the places of its words, as a segmenter gives them.

    For languages that are written without spaces, whose words would lose their neighbours if they
    were given as a list (which is joined by spaces).

    Attributes:
        text: The sentence.
        spans: Start and end of each word in it, in characters, in order; what stands between words
            belongs to none.
    """

    text: str
    spans: Sequence[tuple[int, int]]


Sentence = str | Iterable[str] | SpannedText


@dataclass(frozen=True, kw_only=True)
class SplitText:
    """A sentence and its words.

    Attributes:
        text: The sentence.
        words: Its words.
        spans: A start and an end in `text` for each word.
        places: The words' numbers in the sentence, where some were left out.
    """

    text: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    places: Sequence[int] = ()

    def __post_init__(self) -> None:
        if not self.places:
            object.__setattr__(self, "places", range(len(self.words)))

    @property
    def key(self) -> tuple[object, ...]:
        """The same for sentences that get the same vectors."""
        return (self.text, self.spans)

    def only(self, words: frozenset[str]) -> SplitText:
        """The sentence with those of its words that are among `words`."""
        kept = [place for place, word in enumerate(self.words) if word in words]
        if len(kept) == len(self.words):
            return self
        return SplitText(
            text=self.text,
            words=tuple(self.words[place] for place in kept),
            spans=tuple(self.spans[place] for place in kept),
            places=tuple(kept),
        )


@dataclass(frozen=True, kw_only=True)
class Words:
    """The N words of S sentences, one sentence behind the other.

    Attributes:
        texts: The sentences (S).
        spellings: The words (N).
        spans: Start and end of each in its sentence, in characters (N × 2).
        places: The number of each in its sentence, words that were left out counted (N).
        sentences: Which words each sentence has.
    """

    texts: tuple[str, ...]
    spellings: tuple[str, ...]
    spans: Ints
    places: Ints
    sentences: Ragged

    @classmethod
    def of(cls, texts: Sequence[SplitText]) -> Words:
        """The words of some sentences."""
        spans = [span for text in texts for span in text.spans]
        sentences = Ragged.of_counts(word_counts(texts))
        places = chain.from_iterable(text.places for text in texts)
        return cls(
            texts=tuple(text.text for text in texts),
            spellings=tuple(word for text in texts for word in text.words),
            spans=np.array(spans, dtype=np.int64).reshape(-1, 2),
            places=np.fromiter(places, np.int64, sentences.size),
            sentences=sentences,
        )

    def take(self, numbers: Ints) -> Words:
        """The words of some sentences, in the order given."""
        rows = self.sentences.rows(numbers)
        return Words(
            texts=tuple(self.texts[number] for number in numbers.tolist()),
            spellings=tuple(self.spellings[row] for row in rows.tolist()),
            spans=self.spans[rows],
            places=self.places[rows],
            sentences=self.sentences.take(numbers),
        )

    def at(self, number: int) -> Words:
        """The words of one sentence; the arrays are views."""
        rows = self.sentences[number]
        return Words(
            texts=self.texts[number : number + 1],
            spellings=self.spellings[rows],
            spans=self.spans[rows],
            places=self.places[rows],
            sentences=self.sentences.between(number, number + 1),
        )


class Splitter:
    """Finds the words of sentences.

    Args:
        kind: What a word of a string is.
    """

    def __init__(self, kind: WordKind) -> None:
        import regex

        # A space is here whatever `str.split` takes for one.
        self._find = regex.compile(WORD_PATTERN if kind == "words" else r"\S+").finditer

    def split(self, sentence: Sentence, index: int) -> SplitText:
        """The words of one sentence.

        Args:
            sentence: A string; or its words: these are joined by spaces, and their boundaries are
                kept whatever is in them; or a string with the places of its words.
            index: Its number, for messages.

        Raises:
            CorpusError: It is none of these, or holds a lone surrogate, or a place is not in it.
        """
        if isinstance(sentence, SpannedText):
            return _spanned(sentence, index)
        if isinstance(sentence, str):
            check_unicode(sentence, index)
            matches = list(self._find(sentence))
            return SplitText(
                text=sentence,
                words=tuple(match[0] for match in matches),
                spans=tuple(match.span() for match in matches),
            )
        words = _listed(sentence, index)
        text = " ".join(words)
        check_unicode(text, index)
        spans, start = [], 0
        for word in words:
            spans.append((start, start + len(word)))
            start += len(word) + 1
        return SplitText(text=text, words=words, spans=tuple(spans))

    def split_all(self, sentences: Iterable[Sentence]) -> list[SplitText]:
        """The words of many sentences.

        Raises:
            CorpusError: `sentences` is one string, or one of them is no sentence.
        """
        if isinstance(sentences, str | bytes) or not isinstance(sentences, Iterable):
            raise CorpusError(
                f"sentences is one {type(sentences).__name__} ({sentences!r:.40}): expected "
                "several, each a string or a list of words; for one give [sentence]"
            )
        return [self.split(sentence, index) for index, sentence in enumerate(sentences)]


def check_unicode(text: str, index: int) -> None:
    """Refuses what is no text.

    Raises:
        CorpusError: There is a lone surrogate in it.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise CorpusError(
            f"sentence {index} holds a lone surrogate at character {error.start}: expected text; "
            "decode the file it came from as UTF-8"
        ) from error


def _spanned(sentence: SpannedText, index: int) -> SplitText:
    text = sentence.text
    if not isinstance(text, str):
        raise CorpusError(
            f"sentence {index} is of type {type(text).__name__} ({text!r:.40}): expected a string "
            "with its spans"
        )
    check_unicode(text, index)
    spans, end = [], 0
    for place, span in enumerate(sentence.spans):
        start, stop = _bounds(span, place, index)
        if not end <= start < stop <= len(text):
            raise CorpusError(
                f"sentence {index} has span {place} from {start} to {stop}: expected places in its "
                f"{len(text)} characters, each starting where the one before ends ({end}) or behind"
            )
        spans.append((start, stop))
        end = stop
    words = tuple(text[start:stop] for start, stop in spans)
    return SplitText(text=text, words=words, spans=tuple(spans))


def _bounds(span: Any, place: int, index: int) -> tuple[int, int]:
    try:
        start, stop = map(operator.index, span)
    except (TypeError, ValueError) as error:
        raise CorpusError(
            f"sentence {index} has span {place} {span!r:.40}: expected a start and an end in "
            "characters"
        ) from error
    return start, stop


def _listed(sentence: Any, index: int) -> tuple[str, ...]:
    if isinstance(sentence, bytes | bytearray | Mapping) or not isinstance(sentence, Iterable):
        raise CorpusError(
            f"sentence {index} is of type {type(sentence).__name__} ({sentence!r:.40}): expected a "
            "string or a list of words"
        )
    words = tuple(sentence)
    for place, word in enumerate(words):
        if not isinstance(word, str):
            raise CorpusError(
                f"sentence {index} holds {word!r:.40} at place {place}, of type "
                f"{type(word).__name__}: expected only strings"
            )
    return words


def word_counts(texts: Sequence[SplitText]) -> Ints:
    """How many words each sentence has (S)."""
    return np.fromiter((len(text.words) for text in texts), np.int64, len(texts))


def unique(texts: Sequence[SplitText]) -> tuple[list[SplitText], Ints]:
    """The distinct ones of some sentences, and for each sentence the number of its twin there."""
    numbers: dict[tuple[object, ...], int] = {}
    distinct: list[SplitText] = []
    twins = np.empty(len(texts), np.int64)
    for place, text in enumerate(texts):
        number = numbers.setdefault(text.key, len(distinct))
        if number == len(distinct):
            distinct.append(text)
        twins[place] = number
    return distinct, twins
