"""Vocabularies: which words a model has, and their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice, whole
from lexiscope.errors import ConfigError, CorpusError, UnknownTextError
from lexiscope.one_line import one_line

Order = Literal["frequency", "alphabetical"]

OUTSIDE = -2
"""The id, in `VocabularyChoice.ids`, of a word that is not in the vocabulary."""


@one_line
@dataclass(frozen=True, kw_only=True)
class VocabularyOptions:
    """What makes a word part of the vocabulary.

    Attributes:
        min_count: Least occurrences; 0 and 1 keep every word.
        max_final_vocab: Most words in all, those of `keep` and `specials` included. As in gensim it
            raises the effective `min_count` until the vocabulary fits, so that words of one count
            stay or go together and the vocabulary may come out smaller.
        keep: Words kept whatever their count, even 0.
        specials: Words at ids 0, 1, … in this order, whatever their count, even 0.
        order: Of all other words: "frequency", the commonest first and, of words that are equally
            common, the one that the text shows first; or "alphabetical", by code point.

    Raises:
        ConfigError: A value is out of range, or a word is empty or named twice.
    """

    min_count: int = 5
    max_final_vocab: int | None = None
    keep: tuple[str, ...] = ()
    specials: tuple[str, ...] = ()
    order: Order = "frequency"

    def __post_init__(self) -> None:
        whole("min_count", self.min_count, 0)
        choice("order", self.order, get_args(Order))
        for name in ("keep", "specials"):
            words = getattr(self, name)
            if isinstance(words, str):
                raise ConfigError(f"{name} is the string {words[:40]!r}: expected a list of words")
            words = tuple(words)
            if not all(isinstance(word, str) and word for word in words):
                raise ConfigError(f"{name} holds something that is no word: {words!r:.80}")
            object.__setattr__(self, name, words)
        if len(set(self.specials)) < len(self.specials):
            twice = next(word for word in self.specials if self.specials.count(word) > 1)
            raise ConfigError(f"specials names {twice!r} twice: one token has one id")
        if self.max_final_vocab is not None:
            whole("max_final_vocab", self.max_final_vocab, 1)
            fixed = len(set(self.keep) | set(self.specials))
            if fixed > self.max_final_vocab:
                raise ConfigError(
                    f"keep and specials are {fixed:,} words, more than max_final_vocab "
                    f"{self.max_final_vocab:,}: raise it or shorten them"
                )

    def to_json(self) -> dict[str, Any]:
        """The options as plain data that `json.dumps` takes."""
        most = self.max_final_vocab
        return asdict(self) | {
            "min_count": int(self.min_count),
            "max_final_vocab": None if most is None else int(most),
            "keep": list(self.keep),
            "specials": list(self.specials),
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> VocabularyOptions:
        """The options from plain data; what is not said takes its default.

        Raises:
            ConfigError: A value is out of range.
            TypeError: An option has a name that is none, or a list of words is no list.
        """
        lists = {name: tuple(saved[name]) for name in ("keep", "specials") if _is_list(saved, name)}
        return cls(**{**saved, **lists})


def _is_list(saved: Mapping[str, Any], name: str) -> bool:
    """Whether a list of words is there to be made a tuple; a str is left to be refused."""
    return name in saved and not isinstance(saved[name], str)


class Vocabulary:
    """Words, their counts and their ids. Not to be changed.

    Args:
        tokens: The words; a word's place is its id.
        counts: Their counts, shape (V,).

    Attributes:
        tokens: The words by id.
        counts: Read-only int64 of shape (V,).
        index: The id of each word.

    Raises:
        ConfigError: A word stands twice, or there are not as many counts as words.
    """

    __slots__ = ("counts", "index", "tokens")

    tokens: list[str]
    counts: NDArray[np.int64]
    index: dict[str, int]

    def __init__(self, tokens: Sequence[str], counts: Sequence[int] | NDArray[np.int64]) -> None:
        self.tokens = list(tokens)
        self.counts = np.array(counts, np.int64).reshape(-1)
        self.counts.flags.writeable = False
        self.index = {token: number for number, token in enumerate(self.tokens)}
        if self.counts.size != len(self.tokens):
            raise ConfigError(f"{len(self.tokens):,} words but {self.counts.size:,} counts")
        if len(self.index) < len(self.tokens):
            twice = next(t for number, t in enumerate(self.tokens) if self.index[t] != number)
            raise ConfigError(f"the vocabulary names {twice!r} twice: one word has one id")

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __getitem__(self, word: str) -> int:
        """The id of a word.

        Raises:
            KeyError: The word is not in the vocabulary.
        """
        return self.index[word]

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} words, {int(self.counts.sum()):,} occurrences)"


class DistinctWords(Protocol):
    """The distinct words of a text in the order in which it first shows them, with their counts."""

    counts: NDArray[np.int64]

    def take(self, numbers: NDArray[np.int64]) -> list[str]:
        """The words with these numbers."""

    def find(self, words: frozenset[str]) -> dict[str, int]:
        """The numbers of those of some words that the text has."""


@dataclass(frozen=True, kw_only=True)
class VocabularyChoice:
    """A vocabulary, and what became of each word of the text.

    Attributes:
        vocabulary: The words chosen.
        ids: For each distinct word of the text its id, or `OUTSIDE`; int32.
        effective_min_count: The least count that let a word in by its count; None where the words
            were given.
    """

    vocabulary: Vocabulary
    ids: NDArray[np.int32]
    effective_min_count: int | None


class VocabularyRule(Protocol):
    """Whoever chooses a vocabulary by other means than `VocabularyOptions`."""

    def choose(self, words: DistinctWords, excluded: NDArray[np.bool_]) -> VocabularyChoice:
        """Chooses the vocabulary of a text.

        Args:
            words: The text's distinct words.
            excluded: Which of them are stop words.

        Raises:
            CorpusError: No word of the text is chosen.
        """


def choose_vocabulary(
    words: DistinctWords, excluded: NDArray[np.bool_], options: VocabularyOptions
) -> VocabularyChoice:
    """Choose and order the vocabulary of a text.

    Args:
        words: The text's distinct words.
        excluded: Which of them are stop words, never chosen by count.
        options: What to choose.

    Raises:
        CorpusError: No word of the text is chosen.
    """
    counts = words.counts
    fixed = words.find(frozenset(options.keep) | frozenset(options.specials))
    by_count = ~excluded
    by_count[list(fixed.values())] = False
    threshold = _effective_min_count(counts[by_count], options)
    chosen = np.flatnonzero(by_count & (counts >= threshold))
    special = set(options.specials)
    kept = [word for word in dict.fromkeys(options.keep) if word not in special]
    found_kept = sorted(fixed[word] for word in kept if word in fixed)
    numbers = np.sort(np.concatenate([chosen, np.array(found_kept, np.int64)]))
    if options.order == "frequency":
        numbers = numbers[np.argsort(-counts[numbers], kind="stable")]
    unseen = [word for word in kept if word not in fixed]
    tokens = words.take(numbers)
    places: list[int] = [*numbers.tolist(), *([-1] * len(unseen))]
    tokens += unseen
    if options.order == "alphabetical":
        order = sorted(range(len(tokens)), key=tokens.__getitem__)
        tokens, places = [tokens[at] for at in order], [places[at] for at in order]
    tokens = [*options.specials, *tokens]
    places = [*(fixed.get(word, -1) for word in options.specials), *places]
    place_array = np.array(places, np.int64)
    seen = np.flatnonzero(place_array >= 0)
    if not seen.size:
        raise CorpusError(_nothing_left(words, excluded, options, threshold))
    ids = np.full(counts.size, OUTSIDE, np.int32)
    ids[place_array[seen]] = seen
    final_counts = np.zeros(len(tokens), np.int64)
    final_counts[seen] = counts[place_array[seen]]
    return VocabularyChoice(
        vocabulary=Vocabulary(tokens, final_counts), ids=ids, effective_min_count=threshold
    )


def find_vocabulary(
    words: DistinctWords, excluded: NDArray[np.bool_], vocabulary: Vocabulary
) -> VocabularyChoice:
    """A vocabulary that is given, with its words' counts in another text; no word is added.

    Args:
        words: The text's distinct words.
        excluded: Which of them are stop words; those in the vocabulary are found too.
        vocabulary: Words that keep their ids.

    Raises:
        UnknownTextError: The text has none of them.
    """
    places = words.find(frozenset(vocabulary.tokens))
    if not places:
        raise UnknownTextError(_none_known(words, excluded), int(words.counts.sum()))
    ids = np.full(words.counts.size, OUTSIDE, np.int32)
    counts = np.zeros(len(vocabulary), np.int64)
    for word, place in places.items():
        ids[place] = vocabulary[word]
        counts[vocabulary[word]] = words.counts[place]
    return VocabularyChoice(
        vocabulary=Vocabulary(vocabulary.tokens, counts), ids=ids, effective_min_count=None
    )


def _effective_min_count(counts: NDArray[np.int64], options: VocabularyOptions) -> int:
    """The least count that lets no more words in than `max_final_vocab` allows."""
    least = int(options.min_count)
    if options.max_final_vocab is None:
        return least
    room = int(options.max_final_vocab) - len(set(options.keep) | set(options.specials))
    if counts.size <= room:
        return least
    first_out = np.partition(counts, counts.size - 1 - room)[counts.size - 1 - room]
    return max(least, int(first_out) + 1)


_ONLY_STOPWORDS = (
    "the text has no word but stop words: give another text, or a shorter stop-word list"
)


def _none_known(words: DistinctWords, excluded: NDArray[np.bool_]) -> str:
    top = _top_words(words, excluded)
    if not top.size:
        return _ONLY_STOPWORDS
    return (
        f"no word of the text is in the vocabulary (the commonest: {_shown(words, top)}): give a "
        f"text in the same language and spelling"
    )


def _top_words(words: DistinctWords, excluded: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The numbers of the three commonest words that are no stop words."""
    return commonest(words.counts, np.flatnonzero(~excluded & (words.counts > 0)), 3)


def _shown(words: DistinctWords, numbers: NDArray[np.int64]) -> str:
    return ", ".join(
        f"{word!r} {words.counts[number]:,}×"
        for word, number in zip(words.take(numbers), numbers, strict=True)
    )


def _nothing_left(
    words: DistinctWords,
    excluded: NDArray[np.bool_],
    options: VocabularyOptions,
    threshold: int,
) -> str:
    top = _top_words(words, excluded)
    if not top.size:
        return _ONLY_STOPWORDS
    shown = _shown(words, top)
    if threshold > options.min_count:
        return (
            f"max_final_vocab {options.max_final_vocab:,} leaves no word: too many are equally "
            f"common (the commonest: {shown}); raise it"
        )
    return (
        f"no word occurs at least {threshold:,} times (min_count; the commonest: {shown}): set "
        f"min_count to {int(words.counts[top[0]]):,} or less, or give more text"
    )


def commonest(
    counts: NDArray[np.int64], candidates: NDArray[np.int64], most: int
) -> NDArray[np.int64]:
    """The numbers of the commonest candidates, the commonest first."""
    order = np.argsort(-counts[candidates], kind="stable")[:most]
    taken: NDArray[np.int64] = candidates[order]
    return taken
