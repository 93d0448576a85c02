"""Words of sentences, and where in the text each stands."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.options import WordKind
from lexiscope.contextual.ragged import Ragged
from lexiscope.contextual.text.characters import JoinedTexts
from lexiscope.contextual.text.word_runs import word_runs
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
    """

    text: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @property
    def key(self) -> tuple[object, ...]:
        """The same for sentences that get the same vectors."""
        return (self.text, self.spans)


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
        counts = np.fromiter((len(text.words) for text in texts), np.int64, len(texts))
        sentences = Ragged.of_counts(counts)
        return cls(
            texts=tuple(text.text for text in texts),
            spellings=tuple(word for text in texts for word in text.words),
            spans=np.array(spans, dtype=np.int64).reshape(-1, 2),
            places=_numbered(sentences),
            sentences=sentences,
        )

    @classmethod
    def found(cls, texts: Sequence[str], kind: WordKind) -> Words:
        """The words of some strings.

        Raises:
            UnicodeEncodeError: There is a lone surrogate in one.
        """
        together = JoinedTexts.of(texts)
        runs, spellings = word_runs(together, kind)
        owner = np.searchsorted(together.texts.starts, runs[:, 0], side="right") - 1
        sentences = Ragged.of_counts(np.bincount(owner, minlength=len(texts)))
        return cls(
            texts=tuple(texts),
            spellings=tuple(spellings),
            spans=runs - together.texts.starts[owner][:, None],
            places=_numbered(sentences),
            sentences=sentences,
        )

    @classmethod
    def joined(cls, parts: Sequence[Words]) -> Words:
        """The sentences of several, one behind the other; at least one."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            texts=tuple(chain.from_iterable(part.texts for part in parts)),
            spellings=tuple(chain.from_iterable(part.spellings for part in parts)),
            spans=np.concatenate([part.spans for part in parts]),
            places=np.concatenate([part.places for part in parts]),
            sentences=Ragged.joined([part.sentences for part in parts]),
        )

    def take(self, numbers: Ints) -> Words:
        """The words of some sentences, in the order given."""
        rows = self.sentences.rows(numbers)
        return Words(
            texts=tuple([self.texts[number] for number in numbers.tolist()]),
            spellings=tuple([self.spellings[row] for row in rows.tolist()]),
            spans=self.spans[rows],
            places=self.places[rows],
            sentences=self.sentences.take(numbers),
        )

    def only(self, words: frozenset[str]) -> Words:
        """Those of the words that are among `words`; the sentences stay."""
        spelled = self.spellings
        kept = np.fromiter((word in words for word in spelled), np.bool_, len(spelled))
        counts = np.bincount(self.sentences.owner()[kept], minlength=len(self.sentences))
        return Words(
            texts=self.texts,
            spellings=tuple(word for word in spelled if word in words),
            spans=self.spans[kept],
            places=self.places[kept],
            sentences=Ragged.of_counts(counts),
        )

    def at(self, number: int) -> Words:
        """The words of one sentence; the arrays are views."""
        return self.between(number, number + 1)

    def between(self, first: int, last: int) -> Words:
        """The words of the sentences `first` up to `last`; the arrays are views."""
        rows = slice(int(self.sentences.offsets[first]), int(self.sentences.offsets[last]))
        return Words(
            texts=self.texts[first:last],
            spellings=self.spellings[rows],
            spans=self.spans[rows],
            places=self.places[rows],
            sentences=self.sentences.between(first, last),
        )


def _numbered(sentences: Ragged) -> Ints:
    """The number of each row in its group."""
    return sentences.ranges(np.zeros(len(sentences), np.int64))


@dataclass(frozen=True, kw_only=True)
class Given:
    """S sentences as they were given, equal ones held once.

    Attributes:
        words: The D distinct sentences, in the order in which each first stands.
        numbers: Which of these each of the S is (S).
    """

    words: Words
    numbers: Ints

    @cached_property
    def firsts(self) -> Ints:
        """Where each distinct sentence first stands (D)."""
        # Each number's first place is where the numbers reach a new height.
        heights = np.maximum.accumulate(self.numbers)
        return np.flatnonzero(np.diff(heights, prepend=-1))

    @property
    def has_repeats(self) -> bool:
        """Whether a sentence was given twice."""
        return len(self.words.texts) < len(self.numbers)

    def in_order(self) -> Words:
        """The words of all S sentences."""
        return self.words.take(self.numbers) if self.has_repeats else self.words

    def only(self, words: frozenset[str]) -> Given:
        """Those of the words that are among `words`; the sentences stay."""
        return Given(words=self.words.only(words), numbers=self.numbers)

    def merged(self) -> Given:
        """Sentences held once that have the same text and words at the same places in it.

        The numbers of these words may differ, where others were left out.
        """
        words, layout = self.words, self.words.sentences
        if len(set(words.texts)) == len(words.texts):
            return self
        twins: dict[object, int] = {}
        numbers = np.empty(len(layout), np.int64)
        for number, text in enumerate(words.texts):
            key = (text, words.spans[layout[number]].tobytes())
            numbers[number] = twins.setdefault(key, len(twins))
        kept = np.flatnonzero(np.diff(np.maximum.accumulate(numbers), prepend=-1))
        return Given(words=words.take(kept), numbers=numbers[self.numbers])


class Splitter:
    """Finds the words of sentences.

    Args:
        kind: What a word of a string is.
    """

    def __init__(self, kind: WordKind) -> None:
        self._kind: WordKind = kind

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
        if not isinstance(sentence, str):
            return _listed(sentence, index)
        check_unicode(sentence, index)
        words = Words.found([sentence], self._kind)
        spans = tuple([(start, stop) for start, stop in words.spans.tolist()])
        return SplitText(text=sentence, words=words.spellings, spans=spans)

    def read(self, sentences: Iterable[Sentence]) -> Given:
        """The words of many sentences, equal ones once.

        Raises:
            CorpusError: `sentences` is one string, or one of them is no sentence.
        """
        if isinstance(sentences, str | bytes) or not isinstance(sentences, Iterable):
            raise CorpusError(
                f"sentences is one {type(sentences).__name__} ({sentences!r:.40}): expected "
                "several, each a string or a list of words; for one give [sentence]"
            )
        keys: dict[object, int] = {}
        distinct: list[str | SplitText] = []
        numbers: list[int] = []
        for index, sentence in enumerate(sentences):
            text = sentence if isinstance(sentence, str) else self.split(sentence, index)
            number = keys.setdefault(text.key if isinstance(text, SplitText) else text, len(keys))
            if number == len(distinct):
                distinct.append(text)
            numbers.append(number)
        words = self._words(distinct, numbers)
        return Given(words=words, numbers=np.array(numbers, np.int64)).merged()

    def _words(self, distinct: list[str | SplitText], numbers: list[int]) -> Words:
        """The words of distinct sentences, those of strings found all at once."""
        strings = [text for text in distinct if isinstance(text, str)]
        others = [text for text in distinct if isinstance(text, SplitText)]
        try:
            found = Words.found(strings, self._kind)
        except UnicodeEncodeError:
            for number, text in enumerate(distinct):
                if isinstance(text, str):
                    check_unicode(text, numbers.index(number))
            raise
        if not others:
            return found
        is_string = np.fromiter((isinstance(text, str) for text in distinct), np.bool_)
        places = np.concatenate([np.flatnonzero(is_string), np.flatnonzero(~is_string)])
        return Words.joined([found, Words.of(others)]).take(np.argsort(places))


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


def _listed(sentence: Any, index: int) -> SplitText:
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
    text = " ".join(words)
    check_unicode(text, index)
    spans, start = [], 0
    for word in words:
        spans.append((start, start + len(word)))
        start += len(word) + 1
    return SplitText(text=text, words=words, spans=tuple(spans))
