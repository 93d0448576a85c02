"""Assembly: sentences in chunks through tokenizer and model, each vector to its final row.

While the model runs over a chunk the next one is tokenized. Sentences that were given again get
copies of what the first got.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.ahead import made_ahead
from lexiscope.contextual.model.inference import Inference, Plan, Target
from lexiscope.contextual.model.landing import Landing
from lexiscope.contextual.ragged import Ragged
from lexiscope.contextual.text.segmentation import Segmentation, segment
from lexiscope.contextual.text.tokenization import TextTokenizer
from lexiscope.contextual.text.tokens import Tokens
from lexiscope.contextual.text.windows import Limits
from lexiscope.contextual.text.words import Given, Words

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

# A chunk has at most so many sentences, and characters where these are long.
_CHUNK_SENTENCES = 2048
_CHUNK_CHARACTERS = 1 << 20
# How much more room is taken than the first sentences let expect: what is never written to takes no
# memory, and room that turns out too small is copied once.
_SLACK = 1.1
_COPIED_ROWS = 1 << 12


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """What became of sentences.

    Attributes:
        parts: The distinct ones that went through the model, in their order, chunk by chunk.
        vectors: The words' of all sentences in the order given (N × D).
        token_vectors: The tokens' (T × D′); of none where they were not asked for.
    """

    parts: list[Segmentation]
    vectors: Floats
    token_vectors: Floats

    @cached_property
    def segmentation(self) -> Segmentation:
        """Of all parts."""
        return Segmentation.joined(self.parts)


class Assembler:
    """Runs sentences through tokenizer and model.

    Args:
        tokenizer: The tokenizer.
        inference: The model.
        limits: How many tokens the model sees at a time.
    """

    def __init__(self, tokenizer: TextTokenizer, inference: Inference, limits: Limits) -> None:
        self._tokenizer = tokenizer
        self._inference = inference
        self._limits = limits

    def assemble(self, given: Given, *, tokens: bool) -> Assembled:
        """The vectors of sentences.

        Args:
            given: The sentences.
            tokens: Whether the tokens' are wanted too; without them sentences that have no words do
                not go through the model.

        Raises:
            ConfigError: A window has no room beside the special tokens.
            CorpusError: A text has a token that the model has no row for.
            LexiscopeError: The model fails, or a slow tokenizer's tokens cannot be placed.
        """
        words, layout = given.words, given.words.sentences.take(given.numbers)
        chosen = np.arange(len(words.texts)) if tokens else np.flatnonzero(words.sentences.counts)
        if len(chosen) < len(words.texts):
            words = words.take(chosen)
        starts = layout.starts[given.firsts[chosen]]
        vectors = np.empty((layout.size, self._inference.word_width), np.float32)
        rows = _TokenRows(given, self._inference.token_width)

        parts: list[Segmentation] = []
        landing, chunks = self._inference.landing(), chunks_of(words.texts)
        with made_ahead(partial(self._plan, words), chunks) as plans:
            for chunk, planned in zip(chunks, plans, strict=True):
                part = planned.segmentation
                target = Target(array=vectors, rows=part.words.sentences.ranges(starts[chunk]))
                more = rows.of(chunk, part.tokens, landing) if tokens else None
                self._inference.run(planned, landing, target, more)
                parts.append(part)
        landing.finish()
        _copy_repeats(vectors, layout, given)
        return Assembled(
            parts=parts,
            vectors=vectors,
            token_vectors=rows.all(),
        )

    def plans(self, given: Given) -> list[Plan]:
        """How distinct sentences go through the model, chunk by chunk, without running it."""
        return [self._plan(given.words, chunk) for chunk in chunks_of(given.words.texts)]

    def _plan(self, words: Words, chunk: slice) -> Plan:
        own = words.between(chunk.start, chunk.stop)
        return self._inference.plan(segment(own, self._tokenizer, self._limits))


class _TokenRows:
    """The rows of tokens, whose number is known when all sentences are tokenized.

    Args:
        given: The sentences.
        width: D of a token's vector.
    """

    def __init__(self, given: Given, width: int) -> None:
        self._given = given
        self._array = np.empty((0, width), np.float32)
        self._counts = np.zeros(len(given.words.texts), np.int64)
        self._starts = np.zeros(len(given.numbers), np.int64)
        lengths = np.fromiter(map(len, given.words.texts), np.int64, len(self._counts))
        self._characters = np.cumsum(np.append(0, lengths[given.numbers]))
        self._used = 0

    def of(self, chunk: slice, tokens: Tokens, landing: Landing) -> Target:
        """The rows of the tokens of the next distinct sentences.

        Those that are given once more up to there have their places among them.
        """
        firsts = np.append(self._given.firsts, len(self._starts))
        first, end = int(firsts[chunk.start]), int(firsts[chunk.stop])
        self._counts[chunk] = tokens.sentences.counts
        layout = Ragged.of_counts(self._counts[self._given.numbers[first:end]])
        self._starts[first:end] = self._used + layout.starts
        before, self._used = self._used, self._used + layout.size
        if self._used > len(self._array):
            landing.finish()  # what is under way goes to the array that there is
            self._grow(before, self._characters[-1] / max(1, self._characters[end]))
        return Target(array=self._array, rows=tokens.sentences.ranges(self._starts[firsts[chunk]]))

    def _grow(self, before: int, share: float) -> None:
        room = self._used if share <= 1 else int(self._used * share * _SLACK)
        array = np.empty((room, self._array.shape[1]), np.float32)
        array[:before] = self._array[:before]
        self._array = array

    def all(self) -> Floats:
        """All rows, when those of distinct sentences are there."""
        array = self._array[: self._used]
        _copy_repeats(array, Ragged.of_counts(self._counts[self._given.numbers]), self._given)
        return array


def _copy_repeats(array: Floats, layout: Ragged, given: Given) -> None:
    """Copies the rows of sentences that were given again from where they first stand.

    Args:
        array: The rows of all sentences.
        layout: Which of them each sentence has.
        given: The sentences.
    """
    if not given.has_repeats:
        return
    is_repeat = np.ones(len(given.numbers), np.bool_)
    is_repeat[given.firsts] = False
    repeats = np.flatnonzero(is_repeat)
    targets = layout.rows(repeats)
    sources = layout.rows(given.firsts[given.numbers[repeats]])
    for start in range(0, len(targets), _COPIED_ROWS):
        part = slice(start, start + _COPIED_ROWS)
        array[targets[part]] = array[sources[part]]


def chunks_of(texts: Sequence[str]) -> list[slice]:
    """Divides texts into chunks; at least one, of nothing where there are none."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    chunks: list[slice] = []
    first = 0
    while first < len(texts) or not chunks:
        before = int(ends[first - 1]) if first else 0
        fitting = int(np.searchsorted(ends, before + _CHUNK_CHARACTERS, side="right"))
        last = min(max(fitting, first + 1), first + _CHUNK_SENTENCES, len(texts))
        chunks.append(slice(first, last))
        first = last
    return chunks
