"""Overview of a run's text: what was read and taken out, what a sentence gives to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from lexiscope.errors import ConfigError
from lexiscope.one_line import one_line
from lexiscope.replay.recording import Recording

_SAMPLES = 12


@one_line
@dataclass(frozen=True)
class CorpusOverview:
    """The text at a glance.

    Attributes:
        sentences: Sentences read.
        used_sentences: Those with two words or more after the stop words.
        tokens: Words read.
        vocabulary: (word, count) of the vocabulary, most frequent first.
        stopwords_removed: (word, count), most frequent first.
        rare_removed: (word, count) below min_count, most frequent first.
        stopword_tokens, rare_tokens: How many words of the text these were.
        samples: Some sentences, evenly spread.
        min_count: As set.
    """

    sentences: int
    used_sentences: int
    tokens: int
    vocabulary: list[tuple[str, int]]
    stopwords_removed: list[tuple[str, int]]
    rare_removed: list[tuple[str, int]]
    stopword_tokens: int
    rare_tokens: int
    samples: list[str]
    min_count: int


@dataclass(frozen=True)
class SentenceWord:
    """A word of a sentence.

    Attributes:
        word: As read.
        row: Its row, or None where it was removed.
        removed: "stop word", "too rare", or None.
    """

    word: str
    row: int | None
    removed: str | None


@one_line
@dataclass(frozen=True)
class SentencePairs:
    """What a sentence gives.

    Attributes:
        words: Its words in order.
        pairs: (center, context): positions among `words`. The window counts kept words only.
    """

    words: list[SentenceWord]
    pairs: list[tuple[int, int]]


def corpus_overview(recording: Recording, samples: int = _SAMPLES) -> CorpusOverview:
    """The text at a glance.

    Args:
        recording: The run.
        samples: Sentences to show, at most.
    """
    facts = recording.corpus
    counted = zip(recording.tokens, recording.run.counts.tolist(), strict=True)
    stride = max(1, len(facts.sentences) // max(samples, 1))
    return CorpusOverview(
        sentences=facts.sentence_count,
        used_sentences=facts.used_sentences,
        tokens=facts.tokens,
        vocabulary=sorted(counted, key=lambda pair: -pair[1]),
        stopwords_removed=facts.stopwords,
        rare_removed=facts.rare,
        stopword_tokens=facts.stopword_tokens,
        rare_tokens=facts.rare_tokens,
        samples=facts.sentences[::stride][:samples],
        min_count=recording.config.min_count,
    )


def sentence_pairs(
    recording: Recording, sentence: int | str, window: int | None = None
) -> SentencePairs:
    """The (center, context) pairs of a sentence; for next-word, each word and the one behind it.

    Args:
        recording: The run.
        sentence: The number of one of the recording's kept sentences, or any text.
        window: Words to either side; None for the run's.

    Raises:
        ConfigError: There is no such sentence, or the window is below 1.
    """
    facts = recording.corpus
    reach = recording.config.window if window is None else window
    if reach < 1:
        raise ConfigError(f"window is {reach}; expected at least 1")
    if isinstance(sentence, int):
        if not 0 <= sentence < len(facts.sentences):
            last = len(facts.sentences) - 1
            raise ConfigError(f"sentence {sentence} is not there; the recording has 0 … {last}")
        sentence = facts.sentences[sentence]
    stopped = {word for word, _ in facts.stopwords}
    rows = {word: row for row, word in enumerate(recording.tokens)}
    words = []
    for word in sentence.lower().split():
        row = rows.get(word)
        removed = None if row is not None else "stop word" if word in stopped else "too rare"
        words.append(SentenceWord(word, row, removed))
    kept = [place for place, word in enumerate(words) if word.row is not None]
    if recording.config.architecture == "next-word":
        return SentencePairs(words, list(pairwise(kept)))
    pairs = [
        (center, context)
        for at, center in enumerate(kept)
        for context in kept[max(0, at - reach) : at + reach + 1]
        if context != center
    ]
    return SentencePairs(words, pairs)
