"""Sentences made ready for the model, each distinct one once, and back into their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.results import Encoded
from lexiscope.contextual.text.pooling import Pieces, find_pieces
from lexiscope.contextual.text.tokenization import TextTokenizer, Tokenized
from lexiscope.contextual.text.windows import Limits, truncated
from lexiscope.contextual.text.words import SplitText, span_array

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Distinct sentences as tokens and words.

    Attributes:
        texts: The sentences.
        tokenized: Their tokens.
        spans: Start and end of each word in its sentence, in characters (N × 2).
        word_offsets: Sentence i has the words `word_offsets[i]` to `word_offsets[i + 1]`.
        pieces: Which tokens make which word.
    """

    texts: list[SplitText]
    tokenized: Tokenized
    spans: Ints
    word_offsets: Ints
    pieces: Pieces


def prepare(texts: list[SplitText], tokenizer: TextTokenizer, limits: Limits) -> Prepared:
    """Tokenizes sentences and finds their words' tokens."""
    tokenized = tokenizer.tokenize([text.text for text in texts])
    if limits.truncate and limits.window is not None:
        tokenized = truncated(tokenized, limits.window)
    spans = span_array(texts)
    word_offsets = offsets_of(word_counts(texts))
    return Prepared(
        texts=texts,
        tokenized=tokenized,
        spans=spans,
        word_offsets=word_offsets,
        pieces=find_pieces(tokenized, spans, word_offsets),
    )


def only_words(text: SplitText, words: frozenset[str]) -> SplitText:
    kept = [place for place, word in enumerate(text.words) if word in words]
    if len(kept) == len(text.words):
        return text
    return SplitText(
        text=text.text,
        words=tuple(text.words[place] for place in kept),
        spans=tuple(text.spans[place] for place in kept),
        places=tuple(kept),
    )


def distinct_texts(given: list[SplitText]) -> tuple[list[SplitText], Ints]:
    """The distinct ones of some sentences, and the number of each one's twin among them."""
    numbers: dict[tuple[object, ...], int] = {}
    distinct: list[SplitText] = []
    places = np.empty(len(given), np.int64)
    for place, text in enumerate(given):
        number = numbers.setdefault(text.key, len(distinct))
        if number == len(distinct):
            distinct.append(text)
        places[place] = number
    return distinct, places


def word_counts(texts: Sequence[SplitText]) -> Ints:
    return np.fromiter((len(text.words) for text in texts), np.int64, len(texts))


def word_places(texts: Sequence[SplitText]) -> Ints:
    """The number of each word in its sentence."""
    places = [place for text in texts for place in text.places]
    return np.array(places, dtype=np.int64)


def offsets_of(counts: Ints) -> Ints:
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def ranges(offsets: Ints, numbers: Ints, counts: Ints | None = None) -> tuple[Ints, Ints]:
    """The rows of some groups one after another, and where each group starts among them.

    Args:
        offsets: Group i has the rows `offsets[i]` to `offsets[i + 1]`.
        numbers: The groups, in the order wanted.
        counts: Their sizes, where some have none and no number.
    """
    sizes = np.diff(offsets)[numbers] if counts is None else counts
    bounds = offsets_of(sizes)
    starts = np.zeros(len(numbers), np.int64)
    starts[sizes > 0] = offsets[numbers[sizes > 0]]
    within = np.arange(int(bounds[-1])) - np.repeat(bounds[:-1], sizes)
    return np.repeat(starts, sizes) + within, bounds


def in_order(
    given: list[SplitText],
    numbers: Ints,
    prepared: Prepared,
    vectors: Floats,
    words: Floats,
    tokenizer: TextTokenizer,
) -> Encoded:
    """Everything in the order of the sentences, doubles included."""
    tokenized, pieces = prepared.tokenized, prepared.pieces
    word_rows, word_offsets = ranges(prepared.word_offsets, numbers)
    token_rows, token_offsets = ranges(tokenized.offsets, numbers)
    piece_rows, piece_offsets = ranges(pieces.offsets, word_rows)
    # A token's number moves as far as the tokens of its sentence do.
    moved = token_offsets[:-1] - tokenized.offsets[numbers]
    of_word = np.repeat(moved, np.diff(word_offsets))
    piece_tokens = pieces.tokens[piece_rows] + np.repeat(of_word, np.diff(piece_offsets))
    as_they_are = len(prepared.texts) == len(given)
    ids = tokenized.ids[token_rows]
    return Encoded(
        texts=tuple(text.text for text in given),
        words=tuple(word for text in given for word in text.words),
        spans=prepared.spans[word_rows],
        vectors=words if as_they_are else words[word_rows],
        missing=pieces.counts[word_rows] == 0,
        tokens=tuple(tokenizer.spellings(ids.tolist())),
        token_ids=ids,
        token_spans=tokenized.spans[token_rows],
        special=tokenized.special[token_rows],
        token_vectors=vectors if as_they_are else vectors[token_rows],
        word_offsets=word_offsets,
        token_offsets=token_offsets,
        piece_tokens=piece_tokens,
        piece_offsets=piece_offsets,
    )
