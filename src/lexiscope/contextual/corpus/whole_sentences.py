"""Rows for whole sentences, in front of their words, in a corpus' table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

import numpy as np

from lexiscope.checks import choice
from lexiscope.contextual.corpus.fitted_sif import FittedSif
from lexiscope.contextual.options import EncoderOptions
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.ragged import Ragged
from lexiscope.contextual.results import WordVectors
from lexiscope.contextual.text.sentence_pooling import SentenceKind, SentencePooling
from lexiscope.contextual.text.words import Sentence, Words
from lexiscope.errors import ConfigError

# Where a sentence stands in itself: in front of its words, which are numbered from 0.
WHOLE = -1


def whole_pooling(
    given: SentenceKind | FittedSif | None, options: EncoderOptions, *, by_parts: bool
) -> SentencePooling | None:
    """How sentences get rows in a table, checked before anything is read.

    Args:
        given: A kind, or SIF that was fitted; None for no such rows.
        options: The encoder's.
        by_parts: Whether a table's parts do not know of each other.

    Raises:
        ConfigError: There is no such kind; it needs all sentences at once; or a sentence's vector
            would be shorter than its words' are.
    """
    if given is None:
        return None
    if isinstance(given, FittedSif):
        return given.pooling
    choice("sentences", given, get_args(SentenceKind))
    if given == "sif" and by_parts:
        raise ConfigError(
            "sentences='sif' takes out what all sentences have in common, and a corpus is read "
            "some thousand at a time; give what corpus.fitted_sif.fit_sif makes of it"
        )
    if options.pooling == "first_last" and given != "sif":
        raise ConfigError(
            "pooling='first_last' makes words twice as long as a sentence, and both are to stand "
            "in one table; take another pooling"
        )
    return SentencePooling(kind=given)


def encode_with_sentences(
    encoder: WordEncoder,
    sentences: Iterable[Sentence],
    only: frozenset[str] | None,
    pooling: SentencePooling,
) -> WordVectors:
    """Words and, in front of each sentence's, the sentence: place −1, the tokens it is made of.

    Args:
        encoder: What encodes.
        sentences: Some of a corpus.
        only: Only these words; None for all. Sentences are there in any case.
        pooling: What becomes of a sentence.
    """
    encoded = encoder.encode(sentences, sentence=pooling)
    whole: Any = encoded.sentence_vectors  # there, as it was asked for
    words, layout = encoded.segmentation.words, encoded.segmentation.words.sentences
    kept = np.flatnonzero([only is None or word in only for word in words.spellings])
    counts = np.bincount(layout.owner()[kept], minlength=len(layout))
    before = Ragged.of_counts(counts).starts  # the row in front of which each sentence comes
    spellings: list[str] = []
    at = 0
    for text, count in zip(words.texts, counts.tolist(), strict=True):
        spellings.append(text)
        spellings += [words.spellings[row] for row in kept[at : at + count].tolist()]
        at += count
    tokens = encoded.segmentation.tokens.sentences.counts
    if pooling.kind == "sif":  # of its words alone
        own = encoded.segmentation.pieces.counts
        tokens = np.bincount(layout.owner(), own, minlength=len(layout)).astype(np.int64)
    lengths = np.array([[0, len(text)] for text in words.texts], np.int64).reshape(-1, 2)
    return WordVectors(
        words=Words(
            texts=words.texts,
            spellings=tuple(spellings),
            spans=np.insert(words.spans[kept], before, lengths, axis=0),
            places=np.insert(words.places[kept], before, WHOLE),
            sentences=Ragged.of_counts(counts + 1),
        ),
        pieces=np.insert(
            encoded.segmentation.pieces.counts[kept],
            before,
            tokens,
        ),
        vectors=np.insert(encoded.vectors[kept], before, whole, axis=0),
        tokens=len(encoded.segmentation.tokens),
    )
