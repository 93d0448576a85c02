"""Raw counts of words, and what is kept of them: gensim's `raw_vocab`, `trim_rule` and pruning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import Vocabulary, VocabularyOptions
from lexiscope.corpus.vocabulary import OUTSIDE, DistinctWords, VocabularyChoice
from lexiscope.errors import CorpusError, SentencesError

# (word, its count, min_count) → one of RULE_DEFAULT, RULE_DISCARD, RULE_KEEP
TrimRule = Callable[[Any, int, int], int]
RULE_DEFAULT, RULE_DISCARD, RULE_KEEP = 0, 1, 2


def is_kept(word: Any, count: int, min_count: int, trim_rule: TrimRule | None = None) -> bool:
    """Whether a word stays: by the rule if it decides, or else by its count."""
    decision = RULE_DEFAULT if trim_rule is None else trim_rule(word, count, min_count)
    if decision in (RULE_DISCARD, RULE_KEEP):
        return decision == RULE_KEEP
    return count >= min_count


@dataclass
class RunningCounts:
    """Counts of words, kept while sentences go by, and pruned where they become too many.

    Attributes:
        most: When more distinct words than this are there after a sentence, those that are rarer
            than a bound go, and the bound (1 at first) rises by one; None never prunes.
        trim_rule: Decides instead of the bound, where it does.
        counts: Word → count, in the order of the words' first showing.
        sentences, tokens: How many went by.
    """

    most: int | None = None
    trim_rule: TrimRule | None = None
    counts: dict[Any, int] = field(default_factory=dict)
    sentences: int = 0
    tokens: int = 0
    _bound: int = 1

    def passing(self, sentences: Iterable[Any]) -> Iterator[Any]:
        """The sentences, each counted as it goes by; a str is split at whitespace.

        Raises:
            SentencesError: One is no list of words.
        """
        for number, sentence in enumerate(sentences):
            # What can be gone through once only is gone through here.
            whole = sentence if isinstance(sentence, str | Sequence) else list(sentence)
            try:
                self._count(whole.split() if isinstance(whole, str) else whole)
            except TypeError as error:
                raise SentencesError(
                    f"sentence {number} is no list of words: {whole!r:.60}"
                ) from error
            yield whole

    def _count(self, words: Sequence[Any]) -> None:
        counts = self.counts
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        self.sentences += 1
        self.tokens += len(words)
        if self.most and len(counts) > self.most:
            for word in list(counts):
                if not is_kept(word, counts[word], self._bound, self.trim_rule):
                    del counts[word]
            self._bound += 1


@dataclass(frozen=True)
class Retained:
    """What is kept of raw counts.

    Attributes:
        words: Those kept, in the order of the raw counts.
        min_count: The bound in effect.
        dropped_words, dropped_tokens: What is not kept.
    """

    words: list[Any]
    min_count: int
    dropped_words: int
    dropped_tokens: int


def retained(
    raw: Mapping[Any, int], min_count: int, most: int | None, trim_rule: TrimRule | None
) -> Retained:
    """What is kept of raw counts.

    Args:
        raw: Word → count.
        min_count: The least count, unless the rule decides.
        most: The words kept at most, by a higher bound; None for any number.
        trim_rule: See `is_kept`.
    """
    if most is not None and most < len(raw):
        counts = sorted(raw.values(), reverse=True)
        min_count = max(min_count, counts[most] + 1)
    words = [word for word, count in raw.items() if is_kept(word, count, min_count, trim_rule)]
    tokens = sum(raw.values()) - sum(raw[word] for word in words)
    return Retained(words, min_count, len(raw) - len(words), tokens)


@dataclass
class Chooser:
    """A vocabulary chosen by gensim's means, where `VocabularyOptions` do not have them.

    Attributes:
        options: min_count, max_final_vocab and the order; words of `keep` and `specials` are kept.
        trim_rule: See `is_kept`.
        running: Counts that were kept, and pruned, while the sentences went by; None to go by the
            text's own.
        is_sorted: Whether the commonest come first, or the words as the text shows them.
        before: Words that there are already, which keep their rows.
        null_word: Whether to add gensim's word for "none", of count 1.
        raw: After `choose`: the counts of all words, word → count.
    """

    options: VocabularyOptions
    trim_rule: TrimRule | None = None
    running: RunningCounts | None = None
    is_sorted: bool = True
    before: Sequence[str] = ()
    null_word: bool = False
    raw: dict[str, int] = field(default_factory=dict)

    def choose(self, words: DistinctWords, excluded: NDArray[np.bool_]) -> VocabularyChoice:
        """See `VocabularyRule`."""
        numbers = np.flatnonzero((words.counts > 0) & ~excluded)
        tokens = words.take(numbers)
        counted = dict(zip(tokens, words.counts[numbers].tolist(), strict=True))
        if self.running is None:
            self.raw = counted
        else:
            self.raw = {str(word): count for word, count in self.running.counts.items()}
        kept = retained(
            self.raw, self.options.min_count, self.options.max_final_vocab, self.trim_rule
        )
        rows = self.rows(kept)
        vocabulary = Vocabulary(rows, [self.raw.get(word, 0) for word in rows])
        if self.null_word and NULL_WORD not in self.raw and NULL_WORD in vocabulary:
            counts = vocabulary.counts.copy()
            counts[vocabulary[NULL_WORD]] = 1
            vocabulary = Vocabulary(rows, counts)
        ids = np.full(words.counts.size, OUTSIDE, np.int32)
        for token, number in zip(tokens, numbers.tolist(), strict=True):
            ids[number] = vocabulary.index.get(token, OUTSIDE)
        if not (ids >= 0).any():
            raise CorpusError(
                f"no word of the text is kept by trim_rule, max_vocab_size and min_count "
                f"{kept.min_count:,}; keep more"
            )
        return VocabularyChoice(vocabulary=vocabulary, ids=ids, effective_min_count=kept.min_count)

    def rows(self, kept: Retained) -> list[str]:
        """The vocabulary's words by their rows."""
        special = dict.fromkeys([*self.before, *self.options.specials])
        words = dict.fromkeys([*kept.words, *self.options.keep])
        others = [word for word in words if word not in special]
        if self.options.order == "alphabetical":
            others.sort()
        elif self.is_sorted and not self.before:
            others.sort(key=lambda word: self.raw.get(word, 0), reverse=True)
        if self.null_word and NULL_WORD not in (*special, *others):
            others.append(NULL_WORD)
        return [*special, *others]


# gensim's word for "none".
NULL_WORD = "\0"
