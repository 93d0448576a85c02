"""Distillation: static vectors without a corpus, each word alone through the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lexiscope._version import __version__
from lexiscope.checks import whole
from lexiscope.contextual.encoders import Encoders, begun
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.uses.from_occurrences import word_list
from lexiscope.contextual.uses.vocabulary_words import word_in_front
from lexiscope.corpus.tokenizers import batches
from lexiscope.errors import ConfigError
from lexiscope.progress import Meter, ProgressCallback
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.sif import sif_weights

Floats = NDArray[np.float32]

_WORDS = 1024
_SHOWN_WORDS = 10


@dataclass(frozen=True, kw_only=True)
class DistillOptions:
    """What becomes of the words' vectors.

    Attributes:
        dimension: Keep so many principal components; None keeps the vectors as they are. Fewer
            where the model or the vocabulary has no more.
        sif: a of the weight a / (a + p) of a word with probability p (smooth inverse frequency,
            Arora et al. 2017), so that frequent words, which say little, are short; None for none.

    Raises:
        ConfigError: A value is out of its range.
    """

    dimension: int | None = 256
    sif: float | None = 1e-4

    def __post_init__(self) -> None:
        if self.dimension is not None:
            whole("dimension", self.dimension, 1, note=", or None")
        if self.sif is not None and not 0 < self.sif < float("inf"):
            raise ConfigError(
                f"sif is {self.sif!r}; expected a number above 0, or None for no weights"
            )


def distill(
    encoder: WordEncoder,
    words: Iterable[str],
    counts: Sequence[int] | None,
    options: DistillOptions,
    progress: ProgressCallback | None = None,
    encoders: Encoders | None = None,
) -> KeyedVectors:
    """Vectors of words that stand alone.

    Args:
        encoder: What encodes.
        words: The vocabulary, the most frequent first where `counts` is None: probabilities are
            then by Zipf's law, 1 / rank.
        counts: How often each word occurs.
        options: What becomes of the vectors.
        progress: Whom to tell.
        encoders: Who encodes, as this encoder does; the vectors are the same.

    Returns:
        A row a word in the order given. A word that the tokenizer has no token for is left out.
        `warnings` names such words, and says where there are fewer dimensions than were asked for.

    Raises:
        ConfigError: There are no words, or not as many counts, or no word has a token.
    """
    listed = word_list(words)
    frequencies = _checked_counts(counts, listed)
    front = _in_front(encoder)
    vectors, present = _alone(encoder, begun(encoders, encoder), listed, front, progress)
    if not present.any():
        raise ConfigError("the tokenizer has no token for any of the words; give other words")
    kept = [word for word, there in zip(listed, present.tolist(), strict=True) if there]
    rows = vectors[present]
    share = 1.0
    if options.dimension is not None:
        rows, share = _principal(rows, options.dimension)
    if options.sif is not None:
        rows = rows * _weights(frequencies, len(listed), options.sif)[present][:, None]
    absent = [word for word, there in zip(listed, present.tolist(), strict=True) if not there]
    return KeyedVectors(
        kept,
        rows.astype(np.float32),
        counts=None if frequencies is None else frequencies[present],
        metadata={
            "source": encoder.model.title,
            **encoder.options.facts(encoder.layers),
            "reduce": "tokens",
            "dimension": rows.shape[1],
            "variance_kept": share,
            "sif": options.sif,
            **({"behind": front} if front else {}),
            "version": __version__,
        },
        warnings=[
            *encoder.model.warnings,
            *_shortfalls(absent, options.dimension, rows, encoder.vector_size),
            *_first_place(encoder, front),
        ],
    )


def _in_front(encoder: WordEncoder) -> str:
    """What each word is put behind, "" for nothing.

    A model in which a token sees only what stands in front of it makes nearly the same of whatever
    stands first; so there a word must not.
    """
    return word_in_front(encoder) if encoder.model.behaviour.causal else ""


def _first_place(encoder: WordEncoder, front: str) -> list[str]:
    """What is said of a decoder that has no token for a text's beginning."""
    if front or not encoder.model.behaviour.causal or encoder.encode(["a"]).special[:1].any():
        return []
    return [
        f"{encoder.model.title}: its tokenizer has no token for a text's beginning, so each word "
        "stood first, where a decoder makes nearly the same of any word; give a text (corpus)"
    ]


def _shortfalls(absent: list[str], asked: int | None, rows: Floats, width: int) -> list[str]:
    """What there is less of than was asked for, a line each."""
    told = []
    if absent:
        told.append(f"words without a token, left out: {', '.join(absent[:_SHOWN_WORDS])}")
    words, dimension = rows.shape
    if asked is not None and dimension < asked:
        cause = f"the model has {width}" if dimension == width else f"there are {words} words"
        told.append(f"{dimension} dimensions, not {asked}: {cause}, and no more components")
    return told


def _checked_counts(counts: Sequence[int] | None, words: list[str]) -> NDArray[np.int64] | None:
    if counts is None:
        return None
    checked = np.asarray(counts, dtype=np.int64)
    if checked.shape != (len(words),) or (checked < 0).any() or checked.sum() == 0:
        raise ConfigError(
            f"{len(counts)} counts for {len(words)} distinct words; expected one each, none below "
            "0 and not all 0"
        )
    return checked


def _alone(
    encoder: WordEncoder,
    there: Encoders,
    words: list[str],
    front: str,
    progress: ProgressCallback | None,
) -> tuple[Floats, NDArray[np.bool_]]:
    """The vector of each word by itself, and whether it has one."""
    vectors = np.empty((len(words), encoder.vector_size), np.float32)
    present = np.empty(len(words), np.bool_)
    meter, done = Meter("encoding", len(words), "words", progress, every=0), 0
    for rows, is_there in there.run(partial(_rows_alone, front), batches(words, _WORDS)):
        vectors[done : done + len(rows)] = rows
        present[done : done + len(rows)] = is_there
        done += len(rows)
        meter.update(done, there.values())
    return vectors, present


def _rows_alone(
    front: str, encoder: WordEncoder, words: list[str]
) -> tuple[Floats, NDArray[np.bool_]]:
    encoded = encoder.encode_words([[front, word] if front else [word] for word in words])
    own = encoded.offsets[1:] - 1  # the word is its sentence's last
    return encoded.vectors[own], encoded.pieces[own] > 0


def _principal(rows: Floats, dimension: int) -> tuple[Floats, float]:
    """The first principal components, and the share of the variance that they keep."""
    wide = rows.astype(np.float64)
    wide -= wide.mean(axis=0)
    values, axes = np.linalg.eigh(wide.T @ wide)
    kept = min(dimension, len(rows), rows.shape[1])
    chosen = axes[:, ::-1][:, :kept]
    # Which way an axis points is the library's accident; its largest part is made positive.
    chosen = chosen * np.where(
        np.take_along_axis(chosen, np.abs(chosen).argmax(axis=0)[None], axis=0) < 0, -1.0, 1.0
    )
    total = float(values.sum())
    share = float(values[::-1][:kept].sum()) / total if total > 0 else 1.0
    return (wide @ chosen).astype(np.float32), share


def _weights(counts: NDArray[np.int64] | None, words: int, sif: float) -> Floats:
    """a / (a + p) for each word."""
    frequencies = 1.0 / np.arange(1, words + 1) if counts is None else counts.astype(np.float64)
    probabilities = frequencies / frequencies.sum()
    weights: Floats = sif_weights(probabilities, sif).astype(np.float32)
    return weights
