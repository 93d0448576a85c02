"""All layers of a sentence, its hidden states kept: one run of the model answers any question.

Which layers, how they are combined and how tokens become words is arithmetic on these states, so
that whoever tries one choice after another does not wait for the model again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.options import PlainCombine, Pooling
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.results import Segmented
from lexiscope.contextual.text.pieces import Pieces
from lexiscope.contextual.text.pooling import pool
from lexiscope.errors import ConfigError
from lexiscope.vectors.search import unit_rows

Floats = NDArray[np.float32]

_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class AllLayers(Segmented):
    """A sentence with n words and t tokens (see `Segmented`), in a model of L layers.

    Attributes:
        states: The hidden states, t × (L + 1) × D; 0 is what enters the first layer.
    """

    states: Floats

    @property
    def text(self) -> str:
        """The sentence."""
        return self.segmentation.words.texts[0]

    @property
    def pieces(self) -> Pieces:
        """Which tokens make which word."""
        return self.segmentation.pieces

    def token_vectors(self, layers: Sequence[int], combine: PlainCombine) -> Floats:
        """The tokens' vectors (t × D, for "concat" t × k·D).

        Args:
            layers: k numbers from 0 to L.
            combine: What they become; "last" for a single one.
        """
        return combined(self.states, layers, combine)

    def word_vectors(
        self, layers: Sequence[int], combine: PlainCombine, pooling: Pooling
    ) -> Floats:
        """The words' vectors, a row each; NaN for a word without a token."""
        return pool(self.token_vectors(layers, combine), self.pieces, pooling)

    def by_layer(self, pooling: Pooling) -> Floats:
        """The words' vectors in every layer, (L + 1) × n × D′."""
        layers = range(self.states.shape[1])
        return np.stack([pool(self.states[:, layer], self.pieces, pooling) for layer in layers])


def combined(states: Floats, layers: Sequence[int], combine: PlainCombine) -> Floats:
    """What some layers become: rows × (L + 1) × D to rows × D, for "concat" rows × k·D."""
    chosen: Floats = states[:, list(layers)]
    if len(layers) == 1:
        return chosen[:, 0]
    if combine == "concat":
        return chosen.reshape(len(chosen), -1)
    reduced: Floats = chosen.mean(axis=1) if combine == "mean" else chosen.sum(axis=1)
    return reduced


def encode_all_layers(
    encoder: WordEncoder, text: str, *, most_tokens: int, most_bytes: int
) -> AllLayers:
    """Runs a sentence through the model and keeps every layer.

    Args:
        encoder: Its model and its way to find words count; its layers and pooling do not.
        text: The sentence.
        most_tokens, most_bytes: Bounds on its tokens and on what their states take; checked before
            they are computed.

    Raises:
        ConfigError: It is longer than that, or the model's layers are of different widths.
        CorpusError: It is no text.
    """
    check_one_width(encoder)
    width = (encoder.model.layers + 1) * encoder.model.hidden_size
    most = min(most_tokens, most_bytes // (width * _BYTES))
    # What enters the first layer costs next to nothing, and brings words and tokens along.
    lowest = encoder.with_options(layers=(0,), combine="last", pooling="first")
    sentence = lowest.encode([text])[0]
    if len(sentence.tokens) > most:
        raise ConfigError(
            f"the sentence has {len(sentence.tokens):,} tokens; at most {most:,} are shown: "
            "shorten it"
        )
    every = encoder.with_options(layers="all", combine="concat", pooling="first")
    states = every.encode([text])[0].token_vectors
    return AllLayers(
        segmentation=sentence.segmentation,
        spelled=sentence.spelled,
        states=states.reshape(len(sentence.tokens), encoder.model.layers + 1, -1),
    )


def check_one_width(encoder: WordEncoder) -> None:
    """Refuses a model whose layers cannot stand beside each other.

    Raises:
        ConfigError: Some of them hold no vector a token, or are of another width than the last.
    """
    widths = set(encoder.model.behaviour.widths)
    if widths != {encoder.model.hidden_size}:
        raise ConfigError(
            f"model {encoder.model.title!r} ({encoder.model.kind}) has layers of different widths, "
            "or without a vector a token, which cannot be shown side by side; take another model"
        )


@dataclass(frozen=True, kw_only=True)
class LayerCurve:
    """The likeness of two words, layer by layer, beside what is usual there.

    Attributes:
        cosines: Of the two words, one a layer (L + 1).
        others: The mean over all pairs of differently spelled words, one from each sentence
            (L + 1); NaN where there is no such pair.
    """

    cosines: Floats
    others: Floats


def layer_curve(
    first: AllLayers, word: int, second: AllLayers, other: int, pooling: Pooling
) -> LayerCurve:
    """Compares two words in every layer.

    Args:
        first, second: The sentences, of the same model; they may be the same one.
        word, other: The words' numbers in them; both have a token.
        pooling: What the tokens of a word become.
    """
    ones, twos = first.by_layer(pooling), second.by_layer(pooling)
    names = [
        np.array([name.casefold() for name in sentence.words], dtype=object)
        for sentence in (first, second)
    ]
    counted = (
        (names[0][:, None] != names[1][None, :]) & ~first.missing[:, None] & ~second.missing[None]
    )
    layers = len(ones)
    cosines, others = np.empty(layers, np.float32), np.full(layers, np.nan, np.float32)
    for layer, (rows, columns) in enumerate(zip(ones, twos, strict=True)):
        table = unit_rows(rows) @ unit_rows(columns).T
        cosines[layer] = table[word, other]
        if counted.any():
            others[layer] = table[counted].mean()
    return LayerCurve(cosines=cosines, others=others)
