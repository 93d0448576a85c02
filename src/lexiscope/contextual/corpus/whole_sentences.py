"""Rows for whole sentences, in front of their words, in a corpus' table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

import numpy as np

from lexiscope.checks import choice
from lexiscope.contextual.options import EncoderOptions
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.ragged import Ragged
from lexiscope.contextual.results import WordVectors
from lexiscope.contextual.text.sentence_pooling import SentenceKind
from lexiscope.contextual.text.words import Sentence, Words
from lexiscope.errors import ConfigError

# Where a sentence stands in itself: in front of its words, which are numbered from 0.
WHOLE = -1


def check_whole(kind: SentenceKind | None, options: EncoderOptions) -> None:
    """Refuses what a table that is written part by part cannot hold.

    Raises:
        ConfigError: There is no such kind; it needs all sentences at once; or a sentence's vector
            would be shorter than its words' are.
    """
    if kind is None:
        return
    choice("sentences", kind, get_args(SentenceKind))
    if kind == "sif":
        raise ConfigError(
            "sentences='sif' takes out what all sentences have in common, and a corpus is read "
            "some thousand at a time; in Python encode(sentences, sentence='sif') takes all at once"
        )
    if options.pooling == "first_last":
        raise ConfigError(
            "pooling='first_last' makes words twice as long as a sentence, and both are to stand "
            "in one table; take another pooling"
        )


def encode_with_sentences(
    encoder: WordEncoder,
    sentences: Iterable[Sentence],
    only: frozenset[str] | None,
    kind: SentenceKind,
) -> WordVectors:
    """Words and, in front of each sentence's, the sentence: place −1, all of its tokens.

    Args:
        encoder: What encodes.
        sentences: Some of a corpus.
        only: Only these words; None for all. Sentences are there in any case.
        kind: What becomes of a sentence.
    """
    encoded = encoder.encode(sentences, sentence=kind)
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
            encoded.segmentation.tokens.sentences.counts,
        ),
        vectors=np.insert(encoded.vectors[kept], before, whole, axis=0),
        tokens=len(encoded.segmentation.tokens),
    )
