"""Pooling of sentences: what the vectors of a sentence's tokens, or words, become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice, whole
from lexiscope.contextual.text.segmentation import Segmentation
from lexiscope.errors import ConfigError
from lexiscope.one_line import one_line
from lexiscope.vectors.sif import common_directions, sif_weights, without

Floats = NDArray[np.float32]
SentenceKind = Literal["mean", "cls", "last", "sif"]

_MOST_COMPONENTS = 16


@one_line
@dataclass(frozen=True, kw_only=True)
class SentencePooling:
    """How a sentence gets one vector.

    Attributes:
        kind: "mean" of its tokens, special ones included, as sentence-transformers has it; "cls",
            the token that the tokenizer puts in front; the "last" token; or "sif", the mean of its
            words, rare ones weighing more, without what is common to all sentences (Arora, Liang
            and Ma 2017).
        a: Of SIF's weight a/(a + p) for a word of probability p.
        probabilities: Of words as they are spelled, for SIF; a word that is not there counts as one
            of probability 0. None takes the shares of the words in the sentences at hand.
        components: How many common directions SIF takes out: the first singular vectors of the
            sentences at hand, not centred, as in the paper.
        common: Directions of length 1, at right angles, that SIF takes out instead (c × D), such as
            `corpus.fitted_sif.fit_sif` finds.

    Raises:
        ConfigError: A value is out of its range.
    """

    kind: SentenceKind = "mean"
    a: float = 1e-3
    probabilities: Mapping[str, float] | None = None
    components: int = 1
    common: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        choice("sentence", self.kind, get_args(SentenceKind))
        whole("components", self.components, 0, _MOST_COMPONENTS)
        if isinstance(self.a, bool) or not isinstance(self.a, int | float) or not 0 < self.a < 1e6:
            raise ConfigError(f"a={self.a!r:.40}: expected a number above 0, such as 0.001")
        for word, value in (self.probabilities or {}).items():
            if not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ConfigError(
                    f"probabilities has {value!r:.40} for {word!r:.40}: expected a share from 0 to "
                    "1; counts are to be divided by their sum"
                )


def sentence_pooling(given: SentenceKind | SentencePooling) -> SentencePooling:
    """The pooling that a name stands for.

    Raises:
        ConfigError: It stands for none.
    """
    return given if isinstance(given, SentencePooling) else SentencePooling(kind=given)


def pool_sentences(
    segmentation: Segmentation,
    words: Floats,
    tokens: Floats,
    pooling: SentencePooling,
    *,
    causal: bool,
) -> Floats:
    """The vectors of sentences.

    Args:
        segmentation: S sentences.
        words, tokens: The vectors of their words (N × D) and tokens (T × D′).
        pooling: What they become.
        causal: Whether a token's vector depends on nothing behind it.

    Returns:
        S × D′, for "sif" S × D; NaN for a sentence without a token, or a word.

    Raises:
        ConfigError: There is no token in front that could speak for a sentence, or there are too
            few sentences to have a common direction.
    """
    if pooling.kind == "sif":
        return _sif(segmentation, words, pooling)
    layout = segmentation.tokens.sentences
    pooled = np.full((len(layout), tokens.shape[1]), np.nan, np.float32)
    filled = np.flatnonzero(layout.counts)
    if pooling.kind == "cls":
        _check_front(segmentation, filled, causal)
        pooled[filled] = tokens[layout.starts[filled]]
    elif pooling.kind == "last":
        pooled[filled] = tokens[layout.offsets[filled + 1] - 1]
    elif len(filled):
        sums = np.add.reduceat(tokens, layout.starts[filled], axis=0)
        pooled[filled] = sums / layout.counts[filled, None].astype(np.float32)
    return pooled


def _check_front(segmentation: Segmentation, filled: NDArray[np.int64], causal: bool) -> None:
    advice = "take sentence='mean', or 'last' of a decoder"
    if causal:
        raise ConfigError(
            "sentence='cls': in this model a token sees nothing behind it, so that the first is "
            f"the same for every sentence; {advice}"
        )
    tokens = segmentation.tokens
    if (tokens.inner[filled, 0] == tokens.sentences.starts[filled]).any():
        raise ConfigError(
            "sentence='cls': this model's tokenizer puts no token in front of a text that could "
            f"speak for it; {advice}"
        )


def _sif(segmentation: Segmentation, words: Floats, pooling: SentencePooling) -> Floats:
    layout = segmentation.words.sentences
    there = ~segmentation.pieces.missing
    weights = np.where(there, _weights(segmentation.words.spellings, pooling), 0.0)
    owner = layout.owner()
    counts = np.bincount(owner[there], minlength=len(layout))
    pooled = np.zeros((len(layout), words.shape[1]))
    np.add.at(pooled, owner[there], weights[there, None] * words[there])
    filled = counts > 0
    pooled[filled] /= counts[filled, None]
    pooled[~filled] = np.nan
    if pooling.common is not None:
        pooled[filled] = without(pooled[filled], _checked(pooling.common, words.shape[1]))
    elif pooling.components:
        _take_out_common(pooled, filled, pooling.components)
    result: Floats = pooled.astype(np.float32)
    return result


def _weights(spellings: tuple[str, ...], pooling: SentencePooling) -> NDArray[np.float64]:
    shares = pooling.probabilities
    if shares is None:
        counts = Counter(spellings)
        shares = {word: count / len(spellings) for word, count in counts.items()}
    return sif_weights(np.array([shares.get(word, 0.0) for word in spellings]), pooling.a)


def _checked(common: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    if common.ndim != 2 or common.shape[1] != width:
        raise ConfigError(
            f"common has the shape {common.shape}: expected directions of {width} values, as the "
            "words have"
        )
    return common


def _take_out_common(
    pooled: NDArray[np.float64], filled: NDArray[np.bool_], components: int
) -> None:
    rows = pooled[filled]
    pooled[filled] = without(rows, found_common(rows, components))


def found_common(rows: NDArray[np.float64], components: int) -> NDArray[np.float64]:
    """What sentences have in common (components × D).

    Args:
        rows: Their vectors, N × D.
        components: How many directions.

    Raises:
        ConfigError: There are too few different ones.
    """
    distinct = len(np.unique(rows, axis=0))
    if distinct <= components:
        raise ConfigError(
            f"sentence='sif' takes {components} common direction(s) out of {distinct} distinct "
            "sentence(s), which leaves nothing of them; give more sentences, or "
            "SentencePooling(kind='sif', components=0)"
        )
    return common_directions(rows, components)
