"""Scores of pairs: how much more often two words stand together than chance would have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lexiscope.corpus.phrases.counting import PairCounts

Scorer = Callable[..., float]
Scoring = Literal["default", "npmi"]

ENGLISH_CONNECTOR_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "for",
        "of",
        "with",
        "without",
        "at",
        "from",
        "to",
        "in",
        "on",
        "by",
        "and",
        "or",
    ]
)
"""gensim's: articles, some prepositions, two conjunctions."""

SCORER_ARGUMENTS = (
    "worda_count",
    "wordb_count",
    "bigram_count",
    "len_vocab",
    "min_count",
    "corpus_word_count",
)
"""What a scorer is called with, by name."""

_NEVER = float("-inf")
# NumPy's logarithms may differ from the C library's in their last bits.
_MARGIN = 1e-9


def original_scorer(
    worda_count: int,
    wordb_count: int,
    bigram_count: int,
    len_vocab: int,
    min_count: float,
    corpus_word_count: int,
) -> float:
    """The score of Mikolov et al. 2013 (https://arxiv.org/abs/1310.4546), equation 6, times V.

    Args:
        worda_count, wordb_count: How often the two words were seen.
        bigram_count: How often they stood together.
        len_vocab: V, distinct words and pairs.
        min_count: What is taken off the pair's count.
        corpus_word_count: Not used.

    Returns:
        The score, from below 0 up; −∞ where a word was not seen.
    """
    product = worda_count * wordb_count
    if product == 0:
        return _NEVER
    return (bigram_count - min_count) / float(product) * len_vocab


def npmi_scorer(
    worda_count: int,
    wordb_count: int,
    bigram_count: int,
    len_vocab: int,
    min_count: float,
    corpus_word_count: int,
) -> float:
    """Normalized pointwise mutual information (Bouma 2009).

    Args:
        worda_count, wordb_count: How often the two words were seen.
        bigram_count: How often they stood together.
        len_vocab: Not used.
        min_count: Rarer pairs are none.
        corpus_word_count: Words of the text.

    Returns:
        The score, from −1 to 1; −∞ where there is none.
    """
    if bigram_count < min_count:
        return _NEVER
    tokens = float(corpus_word_count)
    first, second, both = worda_count / tokens, wordb_count / tokens, bigram_count / tokens
    try:
        return log(both / (first * second)) / -log(both)
    except ValueError:  # a count is 0
        return _NEVER


SCORERS: Mapping[str, Scorer] = {"default": original_scorer, "npmi": npmi_scorer}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What goes into a score beside the counts of a pair and its words.

    Attributes:
        threshold: What scores of phrases are above.
        min_count, len_vocab, corpus_word_count: As scorers take them.
    """

    threshold: float
    min_count: float
    len_vocab: int
    corpus_word_count: int

    def score(self, scorer: Scorer, first: int, second: int, both: int) -> float | None:
        """The score of a pair with these counts; None where it is no phrase."""
        if first <= 0 or second <= 0 or both <= 0:
            return None
        score = scorer(
            worda_count=first,
            wordb_count=second,
            bigram_count=both,
            len_vocab=self.len_vocab,
            min_count=self.min_count,
            corpus_word_count=self.corpus_word_count,
        )
        return None if score <= self.threshold else score


def likely(
    scorer: Scorer, counts: PairCounts, pairs: NDArray[np.int64], limits: Limits
) -> NDArray[np.int64]:
    """Those of some pairs that may score above a threshold, most others left out.

    Only of our own scorers is anything known beforehand. A pair for which a scorer would raise is
    among them.

    Args:
        scorer: Gives the scores.
        counts: Of the pairs.
        pairs: Their numbers.
        limits: The threshold, and what goes into the scores.
    """
    if scorer not in (original_scorer, npmi_scorer):
        return pairs
    heads, lasts = counts.ends
    first = counts.word_totals[heads[pairs]].astype(np.float64)
    second = counts.word_totals[lasts[pairs]].astype(np.float64)
    both = counts.key_totals[pairs].astype(np.float64)
    with np.errstate(all="ignore"):
        if scorer is original_scorer:
            scores = (both - limits.min_count) / (first * second) * limits.len_vocab
        else:
            tokens = float(limits.corpus_word_count)
            share = both / tokens
            scores = np.log(share / ((first / tokens) * (second / tokens))) / -np.log(share)
            scores[both < limits.min_count] = _NEVER
    bound = limits.threshold - _MARGIN * max(1.0, abs(limits.threshold))
    # What is no number is kept too, since the scorer may have something to say about it.
    return pairs[~(scores <= bound)]


def phrases_of(
    scorer: Scorer, counts: PairCounts, limits: Limits
) -> tuple[NDArray[np.int64], list[float]]:
    """The pairs that are phrases, each scored by its own two words.

    Returns:
        Their numbers, and their scores.
    """
    pairs = likely(scorer, counts, np.arange(counts.keys.size), limits)
    heads, lasts = counts.ends
    numbers: list[int] = []
    scores: list[float] = []
    for pair, first, second, both in zip(
        pairs.tolist(),
        counts.word_totals[heads[pairs]].tolist(),
        counts.word_totals[lasts[pairs]].tolist(),
        counts.key_totals[pairs].tolist(),
        strict=True,
    ):
        score = limits.score(scorer, first, second, both)
        if score is not None:
            numbers.append(pair)
            scores.append(score)
    return np.array(numbers, np.int64), scores


def exported(scorer: Scorer, counts: PairCounts, limits: Limits) -> dict[str, float]:
    """What gensim's `export_phrases` gives: all that is written like a phrase, with its score.

    A key is cut at every delimiter, and scored by the first and the last of what comes out. So
    "new_york_city" is scored by "new" and "city", though it was joined of "new_york" and "city".
    """
    delimiter, words = counts.delimiter, counts.words
    places: list[int] = []
    texts: list[str] = []
    scores: list[float] = []
    plain = likely(scorer, counts, np.flatnonzero(~counts.is_ambiguous), limits)
    heads, lasts = counts.ends
    for place, text, first, second, both in zip(
        (2 * counts.key_firsts[plain] + 1).tolist(),
        counts.spell(plain),
        counts.word_totals[heads[plain]].tolist(),
        counts.word_totals[lasts[plain]].tolist(),
        counts.key_totals[plain].tolist(),
        strict=True,
    ):
        score = limits.score(scorer, first, second, both)
        if score is not None:
            places.append(place)
            texts.append(text)
            scores.append(score)
    seen = np.flatnonzero(counts.holds_delimiter.view(np.bool_) & (counts.counts > 0))
    ambiguous = np.flatnonzero(counts.is_ambiguous)
    if seen.size or ambiguous.size:
        index = _counts_by_word(counts)
        totals = [*counts.word_totals[seen].tolist(), *counts.key_totals[ambiguous].tolist()]
        where = [
            *(2 * counts.firsts[seen]).tolist(),
            *(2 * counts.key_firsts[ambiguous] + 1).tolist(),
        ]
        spelled = [*(words[number] for number in seen.tolist()), *counts.spell(ambiguous)]
        for place, text, both in zip(where, spelled, totals, strict=True):
            parts = text.split(delimiter)
            if len(parts) > 1:
                score = limits.score(scorer, index.get(parts[0], 0), index.get(parts[-1], 0), both)
                if score is not None:
                    places.append(place)
                    texts.append(text)
                    scores.append(score)
    order = sorted(range(len(places)), key=places.__getitem__)
    return {texts[at]: scores[at] for at in order}


def _counts_by_word(counts: PairCounts) -> dict[str, int]:
    present = np.flatnonzero(counts.counts)
    return dict(
        zip(
            (counts.words[number] for number in present.tolist()),
            counts.word_totals[present].tolist(),
            strict=True,
        )
    )
