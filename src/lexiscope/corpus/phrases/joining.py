"""Phrases of a text joined: each stage counts its pairs, asks which are phrases, and joins them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.passes.recode import FirstPass
from lexiscope.corpus.passes.scan import pack_numbers
from lexiscope.corpus.passes.sentences import ReadSentences
from lexiscope.corpus.passes.spool import Piece, Spool
from lexiscope.corpus.passes.words import TextWords, WordList, count_words
from lexiscope.corpus.phrases import kernels
from lexiscope.corpus.phrases.counting import PairCounter, PairCounts
from lexiscope.corpus.phrases.options import Stage
from lexiscope.corpus.tokenizers import WordNumbers
from lexiscope.progress import Compiling, Meter, ProgressCallback

_SLICE = 1 << 20
_SEARCHED = 1 << 16


@dataclass(frozen=True, kw_only=True)
class WholeText:
    """A text with all of its words, as ids.

    Attributes:
        words: The words by id.
        text: int32, ids with −1 at the end of each sentence; possibly on disk.
    """

    words: list[str]
    text: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A text whose phrases are joined.

    Attributes:
        whole: The text.
        parts: By phrase's id, the ids that it is joined of.
        phrases: How many phrases each stage has found.
        words_joined: How many words there are fewer.
    """

    whole: WholeText
    parts: dict[int, list[int]]
    phrases: tuple[int, ...]
    words_joined: int


def sentence_slices(text: NDArray[np.int32]) -> Iterator[NDArray[np.int32]]:
    """A text in stretches of whole sentences, copies in memory."""
    begin = 0
    while begin < text.size:
        end = min(begin + _SLICE, text.size)
        while end < text.size and text[end - 1] >= 0:
            ahead = np.flatnonzero(text[end : end + _SEARCHED] < 0)
            end = min(end + (int(ahead[0]) + 1 if ahead.size else _SEARCHED), text.size)
        yield np.array(text[begin:end])
        begin = end


def count_pairs_of(
    whole: WholeText, counter: PairCounter, progress: ProgressCallback | None = None
) -> PairCounts:
    """All pairs of a text.

    Args:
        whole: The text.
        counter: A fresh one, which counts them.
        progress: Told how far it is, in words.
    """
    with Compiling("phrases", progress):
        kernels.compile_kernels()
    meter = Meter("finding phrases", whole.text.size, "words", progress)
    done = 0
    for text in sentence_slices(whole.text):
        counter.add(text, whole.words)
        done += text.size
        meter.update(done)
    meter.finish(done)
    return counter.finish(whole.words)


class _Joiner:
    """Joins some pairs of a text.

    Args:
        counts: All pairs of the text.
        pairs: The numbers of those that are phrases.
        connectors: Words that phrases may have inside.

    Attributes:
        words: The text's words by id, the phrases behind them; one that is written like a word of
            the text is that word.
        parts: By phrase's id, the ids that it is joined of.
    """

    def __init__(
        self, counts: PairCounts, pairs: NDArray[np.int64], connectors: frozenset[str]
    ) -> None:
        numbers = {word: number for number, word in enumerate(counts.words)}
        ids = [numbers.setdefault(text, len(numbers)) for text in counts.spell(pairs)]
        self.words = list(numbers)
        self.parts = dict(zip(ids, _parts(counts, pairs), strict=True))
        self._slots = _table(counts.keys[pairs], np.array(ids, np.uint64))
        nodes = np.arange(counts.node_keys.size, dtype=np.uint64)
        self._node_slots = _table(counts.node_keys, nodes)
        self._is_connector = np.fromiter(
            (word in connectors for word in counts.words), np.uint8, len(counts.words)
        )

    def join(self, text: NDArray[np.int32]) -> NDArray[np.int32]:
        """Some sentences with their phrases joined."""
        out = np.empty(text.size, np.int32)
        written = kernels.join_pairs(text, self._is_connector, self._slots, self._node_slots, out)
        return out[:written]


def _parts(counts: PairCounts, pairs: NDArray[np.int64]) -> Iterator[list[int]]:
    """The ids that pairs are of, connectors too."""
    for key in counts.keys[pairs].tolist():
        start, last = key >> 32, key & 0xFFFFFFFF
        ids = [last]
        while start >= kernels.NODE:
            node = int(counts.node_keys[start - kernels.NODE])
            ids.append(node & 0xFFFFFFFF)
            start = node >> 32
        yield [start, *reversed(ids)]


def _taken_apart(
    joined: Joined, order: list[int], counts: NDArray[np.int64], tokens: Container[str]
) -> TextWords:
    """The words of a text whose phrases are only those of a vocabulary."""
    words = joined.whole.words

    def apart(number: int) -> list[str]:
        parts = joined.parts.get(number)
        if parts is None or words[number] in tokens:
            return [words[number]]
        return [word for part in parts for word in apart(part)]

    numbers = WordNumbers()
    lists = [apart(number) for number in order]
    flat = numbers.of([word for part in lists for word in part])
    sizes = np.fromiter(map(len, lists), np.int64, len(lists))
    return count_words(numbers, [(flat, sizes)], counts)


def _table(keys: NDArray[np.uint64], values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    slots = np.zeros((1 << (2 * keys.size + 1).bit_length(), 2), np.uint64)
    kernels.put_keys(keys, values, slots)
    return slots


def join_stages(
    whole: WholeText,
    stages: Sequence[Stage],
    spools: Iterator[Spool[np.int32]],
    progress: ProgressCallback | None = None,
) -> Joined:
    """A text after some stages.

    Args:
        whole: The text.
        stages: One after another.
        spools: Takes the text of each stage.
        progress: Told how far it is.
    """
    phrases: list[int] = []
    parts: dict[int, list[int]] = {}
    before = int(np.count_nonzero(whole.text >= 0))
    for stage in stages:
        counter = PairCounter(connectors=stage.connector_words, delimiter=stage.delimiter)
        counts = count_pairs_of(whole, counter, progress)
        pairs = stage.accepts(counts)
        joiner = _Joiner(counts, pairs, stage.connector_words)
        phrases.append(len(joiner.parts))
        parts.update(joiner.parts)
        spool = next(spools)
        for text in sentence_slices(whole.text):
            spool.append(joiner.join(text))
        whole = WholeText(words=joiner.words, text=spool.map())
    after = int(np.count_nonzero(whole.text >= 0))
    return Joined(whole=whole, parts=parts, phrases=tuple(phrases), words_joined=before - after)


def as_first_pass(
    joined: Joined,
    spool: Spool[np.uint16],
    before: FirstPass,
    tokens: Container[str] | None = None,
) -> ReadSentences:
    """A text as the first pass over it would leave it, its words in order of appearance.

    Args:
        joined: The text.
        spool: Takes its numbers.
        before: What the first pass has told of what it was read from.
        tokens: The only phrases that stay; the others become what they were joined of.
    """
    whole = joined.whole
    counts = np.zeros(len(whole.words), np.int64)
    firsts = np.zeros(len(whole.words), np.int64)
    origin = 0
    for text in sentence_slices(whole.text):
        kernels.tally(text, origin, counts, firsts)
        origin += text.size
    present = np.flatnonzero(counts)
    order = present[np.argsort(firsts[present], kind="stable")]
    ranks = np.full(counts.size + 1, -1, np.int32)  # the last is that of the ends of sentences
    ranks[order] = np.arange(order.size, dtype=np.int32)
    pieces: list[Piece] = []
    for text in sentence_slices(whole.text):
        units = np.empty(2 * text.size, np.uint16)
        units = units[: pack_numbers(ranks[text], units)]
        pieces.append(
            Piece(
                index=len(pieces),
                spool=0,
                position=spool.append(units),
                count=units.size,
                starts_line=True,
            )
        )
    if tokens is None:
        words = [whole.words[number] for number in order.tolist()]
        text_words = TextWords(words=WordList(words, counts[order]), expansion=None)
    else:
        text_words = _taken_apart(joined, order.tolist(), counts[order], tokens)
    return ReadSentences(
        text=text_words,
        pieces=pieces,
        spool=spool,
        text_bytes=before.text_bytes,
        files=before.files,
        empty_words=before.empty_words,
        integers=before.integers,
        table_bytes=before.table_bytes,
    )
