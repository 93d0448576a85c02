"""Usage pairs: a word in two sentences, and how near the two uses are, by people's scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.text.words import Sentence
from lexiscope.contextual.uses.all_layers import check_one_width
from lexiscope.corpus.tokenizers import batches
from lexiscope.errors import CorpusError
from lexiscope.files.lists import read_text
from lexiscope.one_line import one_line
from lexiscope.vectors.postprocessing import FitOptions, Moments, Postprocessing
from lexiscope.vectors.search import unit_rows
from lexiscope.vectors.statistics import Correlation, spearman

Wide = NDArray[np.float64]
Floats = NDArray[np.float32]

_HEADER = ["word", "first", "second", "score"]
_SENTENCES = 32


@dataclass(frozen=True, kw_only=True)
class UsagePair:
    """A word in two sentences, and a score, the higher the nearer its two uses."""

    word: str
    first: str
    second: str
    score: float


@one_line
@dataclass(frozen=True, kw_only=True)
class UsageScores:
    """How the cosines of every layer follow the scores.

    Attributes:
        cosines: Of each pair in each layer (L + 1 × P).
        correlations: Spearman's, of each layer with the scores (L + 1).
    """

    cosines: Wide
    correlations: list[Correlation]


def read_pairs(path: str | PathLike[str]) -> list[UsagePair]:
    """Reads a table with tabs, whose first line is `word`, `first`, `second`, `score`.

    Raises:
        MissingPathError: There is nothing at the path.
        FormatError: It cannot be read, or is no text.
        CorpusError: It is no such table, or a line of it is wrong; the message has its number.
    """
    place = Path(path)
    lines = read_text(place, "a table with tabs").split("\n")
    if lines[0].split("\t") != _HEADER:
        raise CorpusError(f"{place}: expected a first line with tabs, {' TAB '.join(_HEADER)}")
    pairs = []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        fields = line.split("\t")
        try:
            word, first, second, score = fields
            value = float(score)
        except ValueError:
            value = np.nan
        if not np.isfinite(value):
            raise CorpusError(
                f"{place}: line {number}: expected a word, two sentences and a number, with tabs"
            )
        pairs.append(UsagePair(word=word, first=first, second=second, score=value))
    if len(pairs) < 3:
        raise CorpusError(f"{place}: {len(pairs)} pairs; expected 3 at least to correlate")
    return pairs


def fit_layers(
    encoder: WordEncoder, sentences: Sequence[Sentence], options: FitOptions
) -> list[Postprocessing]:
    """A post-processing for each layer, fitted on all words of some sentences (L + 1).

    Raises:
        ConfigError: There are too few words, or they do not vary.
    """
    check_one_width(encoder)
    every = encoder.with_options(layers="all", combine="concat", pooling="mean")
    layers = encoder.model.layers + 1
    size = every.vector_size // layers
    moments = [Moments(size, covariances=options.covariances) for _ in range(layers)]
    for chunk in batches(sentences, _SENTENCES):
        states = every.encode_words(chunk).vectors.reshape(-1, layers, size)
        for layer, counted in enumerate(moments):
            counted.add(states[:, layer])
    return [options.of(counted) for counted in moments]


def states_of_pairs(encoder: WordEncoder, pairs: Sequence[UsagePair]) -> tuple[Floats, Floats]:
    """Each pair's word in its two sentences, in every layer, its tokens averaged.

    Returns:
        The first sentences' and the second's, P × L + 1 × D each.

    Raises:
        WordNotThereError: A sentence has no such word.
        ConfigError: The model's layers are of different widths, or a word is in a sentence twice.
    """
    check_one_width(encoder)
    every = encoder.with_options(layers="all", combine="concat", pooling="mean")
    layers = encoder.model.layers + 1
    first, second = (
        np.stack(
            [every.word(sentence, pair.word) for pair, sentence in zip(pairs, side, strict=True)]
        ).reshape(len(pairs), layers, -1)
        for side in ([pair.first for pair in pairs], [pair.second for pair in pairs])
    )
    return first, second


def score_usage(
    encoder: WordEncoder,
    pairs: Sequence[UsagePair],
    postprocessing: Sequence[Postprocessing] | None = None,
) -> UsageScores:
    """The cosines of the pairs in every layer, tokens of a word averaged, against their scores.

    Args:
        encoder: What encodes; its layers and pooling do not count.
        pairs: Each word once in each of its sentences.
        postprocessing: One a layer.

    Raises:
        WordNotThereError: A sentence has no such word.
        ConfigError: The model's layers are of different widths, or a word is in a sentence twice.
    """
    ones, twos = states_of_pairs(encoder, pairs)
    layers = ones.shape[1]
    cosines = np.empty((layers, len(pairs)))
    for layer in range(layers):
        rows, others = ones[:, layer], twos[:, layer]
        if postprocessing is not None:
            rows, others = (postprocessing[layer].apply(side) for side in (rows, others))
        wide = [unit_rows(side.astype(np.float64)) for side in (rows, others)]
        cosines[layer] = np.einsum("pd,pd->p", *wide)
    scores = np.array([pair.score for pair in pairs])
    return UsageScores(cosines=cosines, correlations=[spearman(own, scores) for own in cosines])
