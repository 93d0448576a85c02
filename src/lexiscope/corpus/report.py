"""The report of a reading: what was read, and what became of every word of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_ENOUGH_FOR_A_RATE = 1_000_000  # bytes


@dataclass(frozen=True, kw_only=True, repr=False)
class CorpusReport:
    """The account of an encoded corpus.

    ``tokens == tokens_in_vocabulary + dropped_tokens + stopwords_removed`` always holds.

    Attributes:
        files: Files read; 0 for sentences from Python.
        bytes: Bytes of text, decompressed (of lists of words: the words' bytes in UTF-8).
        sentences: Sentences with a word in the vocabulary, each counted once however long.
        empty_sentences: Sentences that had words, but none in the vocabulary.
        tokens: Words read, after tokenizing.
        tokens_in_vocabulary: Those of them that were encoded.
        dropped_tokens: Those that are not in the vocabulary (too rare).
        stopwords_removed: Those that are stop words.
        distinct: Distinct words read, without stop words.
        dropped_distinct: Those of them that are not in the vocabulary.
        vocabulary_size: Words in the vocabulary, with special and kept words that never occur.
        effective_min_count: The least count that let a word in; above min_count where
            max_final_vocab asked for it, None where the vocabulary was given.
        long_lines: Sentences with more than `max_sentence_tokens` words in the vocabulary, which
            were split. No word is lost by it.
        long_line_pieces: The pieces that they became.
        max_sentence_tokens: The bound.
        empty_words: Empty strings in lists of words; left out, and not counted as words.
        top: The ten commonest words and their counts, without stop words.
        seconds: How long it took.
        phrases: How many phrases each pass over them has found; none where none were looked for.
            Words are then counted with each phrase as one.
        words_joined: By how many words the text is shorter for them.
    """

    files: int
    bytes: int
    sentences: int
    empty_sentences: int
    tokens: int
    tokens_in_vocabulary: int
    dropped_tokens: int
    stopwords_removed: int
    distinct: int
    dropped_distinct: int
    vocabulary_size: int
    effective_min_count: int | None
    long_lines: int
    long_line_pieces: int
    max_sentence_tokens: int
    empty_words: int
    top: tuple[tuple[str, int], ...]
    seconds: float
    phrases: tuple[int, ...] = ()
    words_joined: int = 0

    def __repr__(self) -> str:
        kept = f"{self.vocabulary_size:,} of {self.distinct:,} words kept"
        return f"CorpusReport({self.tokens:,} words read, {kept})"

    @property
    def coverage(self) -> float:
        """The share, 0 to 1, of the words read (stop words apart) that are in the vocabulary."""
        candidates = self.tokens - self.stopwords_removed
        return self.tokens_in_vocabulary / candidates if candidates else 0.0

    def lines(self) -> list[str]:
        """A summary for people, a fact a line."""
        source = f" from {_count(self.files, 'file')}" if self.files else ""
        lines = [
            f"read {_count(self.tokens, 'word')} in "
            f"{_count(self.sentences + self.empty_sentences, 'sentence')}{source} "
            f"({self._size()}, {self.seconds:.1f} s{self._rate()})",
            f"{self.tokens:,} = {self.tokens_in_vocabulary:,} in the vocabulary + "
            f"{self.dropped_tokens:,} dropped + {self.stopwords_removed:,} stop words",
            f"vocabulary: {_count(self.vocabulary_size, 'word')} of {self.distinct:,} distinct "
            f"({self._rule()}), covering {self.coverage:.1%} of the text",
        ]
        if self.phrases:
            passes = ", then ".join(f"{count:,}" for count in self.phrases)
            lines.append(
                f"phrases: {passes} found, which leave {_count(self.words_joined, 'word')} fewer"
            )
        if self.empty_sentences:
            lines.append(
                f"{_count(self.empty_sentences, 'sentence')} with no word in the vocabulary"
            )
        if self.long_lines:
            lines.append(
                f"{_count(self.long_lines, 'sentence')} longer than {self.max_sentence_tokens:,} "
                f"words, split into {self.long_line_pieces:,} pieces; no word lost"
            )
        if self.empty_words:
            lines.append(f"{_count(self.empty_words, 'empty string')} left out")
        lines.append("commonest: " + ", ".join(f"{word} {count:,}" for word, count in self.top))
        return lines

    def _rule(self) -> str:
        least = self.effective_min_count
        return "given" if least is None else f"at least {least:,}×"

    def _size(self) -> str:
        small = self.bytes < _ENOUGH_FOR_A_RATE
        return f"{self.bytes / 1e3:,.1f} kB" if small else f"{self.bytes / 1e6:,.1f} MB"

    def _rate(self) -> str:
        """Nothing for a small text, whose time goes into loading code."""
        if self.bytes < _ENOUGH_FOR_A_RATE or self.seconds <= 0:
            return ""
        return f", {self.bytes / 1e6 / self.seconds:,.0f} MB/s"

    def to_json(self) -> dict[str, Any]:
        """The same as plain data that `json.dumps` takes, with the coverage."""
        plain = asdict(self)
        plain["top"] = [list(pair) for pair in self.top]
        plain["coverage"] = self.coverage
        plain["phrases"] = list(self.phrases)
        if not self.phrases:
            del plain["phrases"], plain["words_joined"]
        return plain


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
