"""Phrases of a text joined: each stage counts its pairs, asks which are phrases, and joins them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.passes.recode import FirstPass
from lexiscope.corpus.passes.scan import pack_numbers
from lexiscope.corpus.passes.sentences import ReadSentences
from lexiscope.corpus.passes.spool import Piece, Spool
from lexiscope.corpus.passes.words import TextWords, WordList
from lexiscope.corpus.phrases import kernels
from lexiscope.corpus.phrases.counting import PairCounter, PairCounts
from lexiscope.corpus.phrases.options import Stage
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
        phrases: How many phrases each stage has found.
        words_joined: How many words there are fewer.
    """

    whole: WholeText
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
        phrases: How many phrases there are.
    """

    def __init__(
        self, counts: PairCounts, pairs: NDArray[np.int64], connectors: frozenset[str]
    ) -> None:
        numbers = {word: number for number, word in enumerate(counts.words)}
        ids = [numbers.setdefault(text, len(numbers)) for text in counts.spell(pairs)]
        self.words = list(numbers)
        self.phrases = len(set(ids))
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
    before = int(np.count_nonzero(whole.text >= 0))
    for stage in stages:
        counter = PairCounter(connectors=stage.connector_words, delimiter=stage.delimiter)
        counts = count_pairs_of(whole, counter, progress)
        pairs = stage.accepts(counts)
        joiner = _Joiner(counts, pairs, stage.connector_words)
        phrases.append(joiner.phrases)
        spool = next(spools)
        for text in sentence_slices(whole.text):
            spool.append(joiner.join(text))
        whole = WholeText(words=joiner.words, text=spool.map())
    after = int(np.count_nonzero(whole.text >= 0))
    return Joined(whole=whole, phrases=tuple(phrases), words_joined=before - after)


def as_first_pass(whole: WholeText, spool: Spool[np.uint16], before: FirstPass) -> ReadSentences:
    """A text as the first pass over it would leave it, its words in order of appearance.

    Args:
        whole: The text.
        spool: Takes its numbers.
        before: What the first pass has told of what it was read from.
    """
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
    words = [whole.words[number] for number in order.tolist()]
    return ReadSentences(
        text=TextWords(words=WordList(words, counts[order]), expansion=None),
        pieces=pieces,
        text_bytes=before.text_bytes,
        files=before.files,
        empty_words=before.empty_words,
        integers=before.integers,
        table_bytes=before.table_bytes,
    )
