"""`Phrases` and `FrozenPhrases`: words that stand together become one, by gensim's names."""

from __future__ import annotations

import inspect
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice
from lexiscope.corpus.phrases.scoring import (
    ENGLISH_CONNECTOR_WORDS,
    SCORER_ARGUMENTS,
    SCORERS,
    Limits,
    Scorer,
    Scoring,
    npmi_scorer,
    original_scorer,
)
from lexiscope.errors import ConfigError
from lexiscope.estimator.phrased import PhrasedSentences, is_single, joined_sentence

if TYPE_CHECKING:
    from lexiscope.corpus.phrases.counting import PairCounts

__all__ = [
    "ENGLISH_CONNECTOR_WORDS",
    "FrozenPhrases",
    "Phraser",
    "Phrases",
    "npmi_scorer",
    "original_scorer",
]

_NEVER = float("-inf")
_KEPT = 40_000_000

Sentence = Iterable[str]


class _Transformation(ABC):
    """What joins the phrases of sentences.

    Attributes:
        connector_words: Words that a phrase may have inside, and neither begins nor ends with.
        delimiter: What stands between the words of a phrase.
        threshold: Phrases are the pairs that score above it.
        min_count: What goes into the scores.
        scoring: What gives the scores.
    """

    connector_words: frozenset[str]
    delimiter: str
    threshold: float
    min_count: float
    scoring: Scorer

    def __repr__(self) -> str:
        found = f"threshold={self.threshold:g}, min_count={self.min_count:g}"
        return f"{type(self).__name__}({found}, delimiter={self.delimiter!r})"

    def score_candidate(
        self, word_a: str, word_b: str, in_between: list[str]
    ) -> tuple[str, float] | tuple[None, None]:
        """The phrase of two words, and its score; (None, None) where they are none.

        Args:
            word_a, word_b: Its first and its last word.
            in_between: The connector words between them.
        """
        phrase = self.delimiter.join([word_a, *in_between, word_b])
        score = self._score(word_a, word_b, phrase)
        return (None, None) if score is None else (phrase, score)

    @abstractmethod
    def _phrase_scores(self, sentence: list[str]) -> Mapping[str, float] | None:
        """The scores of all phrases that a sentence may have, by what is written; None where only
        `score_candidate` tells."""

    def analyze_sentence(self, sentence: Sentence) -> Iterator[tuple[str, float | None]]:
        """A sentence's words and phrases in order, phrases with their scores and words with None.

        Args:
            sentence: Its words. An empty string ends what a phrase could be, and is left out.
        """
        start: str | None = None
        between: list[str] = []
        for word in sentence:
            if word in self.connector_words:
                if start:
                    between.append(word)
                else:
                    yield word, None
                continue
            if start:
                phrase, score = self.score_candidate(start, word, between)
                if phrase is not None and score is not None:
                    yield phrase, score
                    start, between = None, []
                    continue
                yield start, None
                for connector in between:
                    yield connector, None
            start, between = word, []
        if start:
            yield start, None
            for connector in between:
                yield connector, None

    def __getitem__(self, sentence: Any) -> Any:
        """A sentence with its phrases joined; of sentences, all of them, joined as they are gone
        through."""
        is_one, sentence = is_single(sentence)
        if not is_one:
            return PhrasedSentences(self, sentence)
        if not isinstance(sentence, list):
            sentence = list(sentence)
        scores = self._phrase_scores(sentence) if self.is_plain() else None
        if scores is None:
            return [word for word, _ in self.analyze_sentence(sentence)]
        return joined_sentence(
            sentence, scores, self.threshold, self.connector_words, self.delimiter
        )

    def find_phrases(self, sentences: Iterable[Sentence]) -> dict[str, float]:
        """The phrases that sentences have, with their scores.

        Args:
            sentences: Lists of words.
        """
        return {
            phrase: score
            for sentence in sentences
            for phrase, score in self.analyze_sentence(sentence)
            if score is not None
        }

    def save(
        self,
        fname_or_handle: Any,
        separately: object = None,
        sep_limit: int = 10485760,
        ignore: object = frozenset(),
        pickle_protocol: int = 4,
    ) -> None:
        """Writes a file that `load` reads: text, nothing of which is ever run.

        Args:
            fname_or_handle: A path, or a file open for bytes.
            separately, sep_limit, ignore, pickle_protocol: gensim's; they change nothing.

        Raises:
            LexiscopeError: The disk is full or cannot be written to.
        """
        from lexiscope.estimator.phrases_file import write

        write(self, fname_or_handle)

    @classmethod
    def load(cls, fname: str | PathLike[str], mmap: object = None) -> Any:
        """What was saved, `Phrases` or `FrozenPhrases`; gensim's files are read too, not run.

        Args:
            fname: The file.
            mmap: gensim's; it changes nothing.

        Raises:
            MissingPathError: There is no such file.
            FormatError: It is none of the two, or damaged.
        """
        from lexiscope.estimator.phrases_file import read

        return read(fname, Phrases, FrozenPhrases)

    @property
    def common_terms(self) -> frozenset[str]:
        """gensim 3's name for `connector_words`."""
        _tell_renamed("common_terms", "connector_words")
        return self.connector_words

    def is_plain(self) -> bool:
        """Whether no subclass has changed what a phrase is."""
        own = Phrases if isinstance(self, Phrases) else FrozenPhrases
        return (
            type(self).score_candidate is own.score_candidate
            and type(self).analyze_sentence is _Transformation.analyze_sentence
        )

    def accepts(self, counts: PairCounts) -> NDArray[np.int64]:
        """Those pairs of a text that are phrases; see `lexiscope.corpus.phrases.options.Stage`."""
        texts = counts.spell(np.arange(counts.keys.size))
        scores, threshold = self._phrase_scores([]), self.threshold
        if scores is None:
            clear = np.zeros(len(texts), np.bool_)
        else:
            above = (scores.get(text, _NEVER) > threshold for text in texts)
            clear = np.fromiter(above, np.bool_, len(texts))
        if isinstance(self, FrozenPhrases):
            return np.flatnonzero(clear)
        doubtful = np.flatnonzero(counts.is_ambiguous if scores is not None else ~clear)
        clear[doubtful] = False
        heads, lasts = counts.ends
        words = counts.words
        for pair, head, last in zip(
            doubtful.tolist(), heads[doubtful].tolist(), lasts[doubtful].tolist(), strict=True
        ):
            text = texts[pair]
            clear[pair] = self._score(words[head], words[last], text) is not None
        return np.flatnonzero(clear)

    @abstractmethod
    def _score(self, word_a: str, word_b: str, phrase: str) -> float | None:
        """The score of two words that are written so when they are joined; None where it is too
        low for a phrase."""


class Phrases(_Transformation):
    """Finds phrases by how often their words stand together (Mikolov et al. 2013).

    Args:
        sentences: Lists of words; a one-pass generator will do. Or a path: a text, one sentence a
            line. Files and their readers (`LineSentence`) are counted without a Python object a
            word.
        min_count: What is taken off a pair's count; with "npmi", the least count of a phrase.
        threshold: Phrases are the pairs that score above it; the higher, the fewer.
        max_vocab_size: Most distinct words and pairs; beyond it the rarest are dropped after a
            sentence.
        delimiter: What stands between the words of a phrase.
        progress_per: gensim's; it changes nothing.
        scoring: "default", "npmi" (scores are −1 … 1), or a function of worda_count, wordb_count,
            bigram_count, len_vocab, min_count and corpus_word_count.
        connector_words: Words that a phrase may have inside, and neither begins nor ends with:
            `ENGLISH_CONNECTOR_WORDS`, for one.
        common_terms: gensim 3's name for it.

    Attributes:
        vocab: The counts of words and pairs, by what is written.
        min_reduce: What was rarer than this has been dropped, if anything was.
        corpus_word_count: Words counted.

    Example:
        phrases = Phrases(sentences, connector_words=ENGLISH_CONNECTOR_WORDS)
        model = Word2Vec(phrases[sentences])

    Raises:
        ConfigError: An option is out of range; a ValueError.
        CorpusError: A file cannot be read.
        TypeError: A sentence holds something that is no string.
    """

    def __init__(
        self,
        sentences: Any = None,
        min_count: float = 5,
        threshold: float = 10.0,
        max_vocab_size: float = _KEPT,
        delimiter: str | bytes = "_",
        progress_per: int = 10000,
        scoring: Scoring | Scorer = "default",
        connector_words: Iterable[str] = frozenset(),
        *,
        common_terms: Iterable[str] | None = None,
    ) -> None:
        if common_terms is not None:
            _tell_renamed("common_terms", "connector_words")
            connector_words = common_terms
        if isinstance(delimiter, bytes):
            _tell_renamed("delimiter as bytes", "a str")
            delimiter = delimiter.decode("utf-8")
        _check(min_count, threshold, scoring)
        self.connector_words = frozenset(connector_words)
        self.min_count = min_count
        self.threshold = threshold
        self.max_vocab_size = max_vocab_size
        self.delimiter = delimiter
        self.progress_per = progress_per
        self.scoring = _scorer(scoring)
        self.min_reduce = 1
        self.corpus_word_count = 0
        # The counts are in one of the two: in tables, until somebody wants to see them.
        self._counts: PairCounts | None = None
        self._vocab: dict[str, int] = {}
        self._exported: tuple[tuple[Any, ...], dict[str, float]] | None = None
        if sentences is not None:
            self.add_vocab(sentences)

    @property
    def vocab(self) -> dict[str, int]:
        """The counts of words and pairs, by what is written. It may be changed."""
        if self._counts is not None:
            self._vocab, self._counts = self._counts.vocabulary(), None
        return self._vocab

    @vocab.setter
    def vocab(self, counts: dict[str, int]) -> None:
        self._vocab, self._counts = counts, None

    def _size(self) -> int:
        return len(self._vocab) if self._counts is None else self._counts.size

    def __str__(self) -> str:
        return (
            f"{type(self).__name__}<{self._size()} vocab, min_count={self.min_count}, "
            f"threshold={self.threshold}, max_vocab_size={self.max_vocab_size}>"
        )

    def add_vocab(self, sentences: Any) -> None:
        """Counts more sentences.

        Args:
            sentences: As for the constructor.

        Raises:
            CorpusError: A file cannot be read.
            TypeError: A sentence holds something that is no string.
        """
        from lexiscope.estimator.phrases_counting import count

        counts = count(
            sentences,
            connectors=self.connector_words,
            delimiter=self.delimiter,
            most=self.max_vocab_size,
        )
        self.corpus_word_count += counts.tokens
        if not self._size():
            self._counts, self._exported = counts, None
            return
        self.min_reduce = max(self.min_reduce, counts.min_reduce)
        vocab = self.vocab
        for text, seen in counts.vocabulary().items():
            vocab[text] = vocab.get(text, 0) + seen
        if len(vocab) > self.max_vocab_size:
            for text in [text for text, seen in vocab.items() if seen < self.min_reduce]:
                del vocab[text]
            self.min_reduce += 1

    def _score(self, word_a: str, word_b: str, phrase: str) -> float | None:
        vocab = self.vocab
        return self._limits().score(
            self.scoring, vocab.get(word_a, 0), vocab.get(word_b, 0), vocab.get(phrase, 0)
        )

    def _limits(self) -> Limits:
        return Limits(
            threshold=self.threshold,
            min_count=self.min_count,
            len_vocab=self._size(),
            corpus_word_count=self.corpus_word_count,
        )

    def _phrase_scores(self, sentence: list[str]) -> Mapping[str, float] | None:
        if self._counts is None:
            return None
        # What holds a delimiter could be cut in another way than it was joined.
        text = "".join(sentence)
        if not self.delimiter or any(letter in text for letter in self.delimiter):
            return None
        settings = (self.threshold, self.min_count, self.scoring, self.corpus_word_count)
        if self._exported is None or self._exported[0] != settings:
            self._exported = (settings, self.export_phrases())
        return self._exported[1]

    def export_phrases(self) -> dict[str, float]:
        """All phrases with their scores.

        What is written like a phrase is cut at every delimiter, and scored by its first and its
        last
        word, as in gensim: "new_york_city" by "new" and "city".
        """
        if self._counts is not None and self.is_plain():
            from lexiscope.corpus.phrases.scoring import exported

            return exported(self.scoring, self._counts, self._limits())
        scores: dict[str, float] = {}
        for text in self.vocab:
            first, *others = text.split(self.delimiter)
            if others:
                phrase, score = self.score_candidate(first, others[-1], others[:-1])
                if phrase is not None and score is not None:
                    scores[phrase] = score
        return scores

    def freeze(self) -> FrozenPhrases:
        """The phrases and their scores alone: less memory, and no more counting."""
        return FrozenPhrases(self)


class FrozenPhrases(_Transformation):
    """Phrases with their scores, without the counts behind them.

    Args:
        phrases_model: What has found them.

    Attributes:
        phrasegrams: Phrase → score.
    """

    def __init__(self, phrases_model: Phrases) -> None:
        self.threshold = phrases_model.threshold
        self.min_count = phrases_model.min_count
        self.delimiter = phrases_model.delimiter
        self.scoring = phrases_model.scoring
        self.connector_words = phrases_model.connector_words
        self.phrasegrams: dict[str, float] = phrases_model.export_phrases()

    def __str__(self) -> str:
        return (
            f"{type(self).__name__}<{len(self.phrasegrams)} phrases, min_count={self.min_count}, "
            f"threshold={self.threshold}>"
        )

    def _score(self, word_a: str, word_b: str, phrase: str) -> float | None:
        score = self.phrasegrams.get(phrase, _NEVER)
        return score if score > self.threshold else None

    def _phrase_scores(self, sentence: list[str]) -> Mapping[str, float] | None:
        return self.phrasegrams


Phraser = FrozenPhrases


def _check(min_count: float, threshold: float, scoring: Scoring | Scorer) -> None:
    """Refuses what no phrase could come of."""
    if min_count <= 0:
        raise ConfigError(f"min_count is {min_count}; expected a number above 0")
    if threshold <= 0 and scoring == "default":
        raise ConfigError(f"threshold is {threshold}; expected a number above 0 (scoring: default)")
    if scoring == "npmi" and not -1 <= threshold <= 1:
        raise ConfigError(f"threshold is {threshold}; expected a number from -1 to 1 (npmi)")


def _scorer(scoring: Scoring | Scorer) -> Scorer:
    """What gives the scores.

    Raises:
        ConfigError: There is none of the name, or it does not take what it is called with.
    """
    if not callable(scoring):
        return SCORERS[choice("scoring", scoring, tuple(SCORERS), ", or a function")]
    missing = [name for name in SCORER_ARGUMENTS if name not in inspect.getfullargspec(scoring)[0]]
    if missing:
        raise ConfigError(f"scoring function without the parameters {', '.join(missing)}")
    return scoring


def _tell_renamed(old: str, new: str) -> None:
    warnings.warn(f"{old} is gensim 3's; write {new}", DeprecationWarning, stacklevel=3)
