"""Text of a recorded run: its sentences as read, what was removed, and its words as ids.

As in the reference program: words are what stands between whitespace, lower-cased; stop words go
first; a sentence with fewer than two words left is dropped; then words rarer than min_count go.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import CorpusError
from lexiscope.one_line import one_line

KEPT_SENTENCE_BYTES = 256 * 1024
KEPT_WORDS = 2_000


@one_line
@dataclass(frozen=True, kw_only=True)
class CorpusFacts:
    """What a recording keeps of its text.

    Attributes:
        name: Of the text, as named by the user.
        sentences: The sentences as read, lower-cased, joined by single spaces: all of a small text,
            the first 256 KB of a large one.
        sentence_count: Sentences read.
        used_sentences: Those with two words or more left after the stop words.
        tokens: Words read.
        distinct: Different words read.
        stopword_tokens: Words removed as stop words.
        stopwords: The stop words that occurred, most frequent first, with their counts.
        rare_tokens: Words removed because they are rarer than min_count.
        rare: Those words with their counts, most frequent first.
        fingerprint: 32 hex digits of the encoded text and its vocabulary.
    """

    name: str
    sentences: list[str]
    sentence_count: int
    used_sentences: int
    tokens: int
    distinct: int
    stopword_tokens: int
    stopwords: list[tuple[str, int]]
    rare_tokens: int
    rare: list[tuple[str, int]]
    fingerprint: str


@one_line
@dataclass(frozen=True, kw_only=True)
class EncodedText:
    """A text in ids.

    Attributes:
        ids: int32, −1 behind each sentence.
        tokens: The vocabulary in alphabetical order.
        counts: int64 (V,).
        facts: What was read and removed.
    """

    ids: NDArray[np.int32]
    tokens: list[str]
    counts: NDArray[np.int64]
    facts: CorpusFacts


def read_sentences(files: str | PathLike[str] | Sequence[str | PathLike[str]]) -> Iterator[str]:
    """The lines of some files, without comments and blank ones.

    Args:
        files: As `encode_corpus` takes them: plain or compressed, folders, globs, "-".

    Raises:
        CorpusError: A file is missing, damaged, or no text.
    """
    from lexiscope.corpus.input.sources import BlockReader, TextBuffer, check_text, find_files

    reader = BlockReader(find_files(files), comments=True)
    buffer = TextBuffer(reader.block_bytes)
    unfinished = ""
    try:
        while (block := reader.fill(buffer)) is not None:
            content = bytes(memoryview(buffer.data)[: block.size])
            check_text(content, block.file_name, [block.file_position], [0])
            lines = (unfinished + content.decode("utf-8")).split("\n")
            unfinished = lines.pop()
            yield from filter(_is_sentence, lines)
        if _is_sentence(unfinished):
            yield unfinished
    finally:
        reader.close()


def _is_sentence(line: str) -> bool:
    line = line.lstrip()
    return bool(line) and not line.startswith("#")


@dataclass
class _Reading:
    """What is counted while a text goes by."""

    raw: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    cleaned: list[list[str]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    kept_bytes: int = 0
    sentences: int = 0


def encode_text(
    lines: Iterable[str],
    *,
    name: str,
    stopwords: frozenset[str],
    min_count: int,
    shortest: int = 2,
) -> EncodedText:
    """Reads a text and chooses its vocabulary.

    Args:
        lines: Sentences.
        name: What to call the text.
        stopwords: Lower-case words to leave out.
        min_count: Rarer words are left out.
        shortest: Sentences with fewer words, once stop words are gone, are left out; 1 keeps all.

    Raises:
        CorpusError: No word is left.
    """
    reading = _Reading()
    for line in lines:
        words = line.lower().split()
        if not words:
            continue
        reading.sentences += 1
        reading.raw.update(words)
        if reading.kept_bytes < KEPT_SENTENCE_BYTES:
            reading.kept.append(" ".join(words))
            reading.kept_bytes += len(reading.kept[-1].encode("utf-8", "surrogateescape")) + 1
        content = [word for word in words if word not in stopwords]
        if len(content) >= shortest:
            reading.cleaned.append(content)
            reading.words.update(content)
    tokens = sorted(word for word, count in reading.words.items() if count >= min_count)
    if not tokens:
        raise CorpusError(_nothing_left(name, reading, min_count))
    index = {word: row for row, word in enumerate(tokens)}
    encoded: list[int] = []
    for content in reading.cleaned:
        encoded += [index[word] for word in content if word in index]
        encoded.append(-1)
    ids = np.array(encoded, np.int32)
    counts = np.array([reading.words[word] for word in tokens], np.int64)
    facts = _facts(name, reading, stopwords, min_count, _fingerprint(ids, tokens))
    return EncodedText(ids=ids, tokens=tokens, counts=counts, facts=facts)


def _nothing_left(name: str, reading: _Reading, min_count: int) -> str:
    if not reading.sentences:
        return f"{name}: the text is empty; expected one sentence a line"
    most = max(reading.words.values(), default=0)
    return (
        f"{name}: none of its {len(reading.words):,} words (without stop words) occurs "
        f"{min_count} times, the most frequent {most}; take a smaller min-count or more text"
    )


def _facts(
    name: str,
    reading: _Reading,
    stopwords: frozenset[str],
    min_count: int,
    fingerprint: str,
) -> CorpusFacts:
    stopped = [(word, count) for word, count in reading.raw.most_common() if word in stopwords]
    rare = [(word, count) for word, count in reading.words.most_common() if count < min_count]
    return CorpusFacts(
        name=name,
        sentences=reading.kept,
        sentence_count=reading.sentences,
        used_sentences=len(reading.cleaned),
        tokens=reading.raw.total(),
        distinct=len(reading.raw),
        stopword_tokens=sum(count for _, count in stopped),
        stopwords=stopped[:KEPT_WORDS],
        rare_tokens=sum(count for _, count in rare),
        rare=rare[:KEPT_WORDS],
        fingerprint=fingerprint,
    )


def _fingerprint(ids: NDArray[np.int32], tokens: list[str]) -> str:
    digest: Any = hashlib.blake2b(digest_size=16)
    digest.update("\n".join(tokens).encode("utf-8", "surrogateescape"))
    digest.update(ids.astype("<i4").tobytes())
    return str(digest.hexdigest())
