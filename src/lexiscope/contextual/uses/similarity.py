"""Similarity layer by layer: of a word to itself elsewhere, and of tokens among each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.text.words import Sentence
from lexiscope.contextual.uses.all_layers import check_one_width
from lexiscope.drawing import charts, colours, figures
from lexiscope.drawing.figures import axes_for
from lexiscope.one_line import one_line
from lexiscope.vectors.search import unit_rows

Floats = NDArray[np.float32]

SIZE = (9.0, 5.0)
_PLACE = (0.085, 0.13, 0.79, 0.76)


@dataclass(frozen=True)
class Place:
    """A word in a sentence.

    Attributes:
        sentence: A string or a list of words.
        word: As it is spelled there; several words are a phrase.
        occurrence: Which one, from 0; None where there is one only.
    """

    sentence: Sentence
    word: str
    occurrence: int | None = None


@one_line
@dataclass(frozen=True, kw_only=True)
class LayerSimilarity:
    """How alike two words in their sentences are, layer by layer.

    Attributes:
        layers: 0 (what enters the first layer) to the model's number of layers (L + 1).
        cosines: One a layer, −1 to 1 (L + 1).
    """

    layers: tuple[int, ...]
    cosines: Floats

    def plot(self, *, ax: Any = None) -> Any:
        """Draws the cosine of every layer (extra `plot`).

        Args:
            ax: matplotlib's Axes to draw on; by default new ones, which a notebook shows.

        Returns:
            The Axes.

        Raises:
            MissingExtraError: matplotlib is not installed.
        """
        axes = axes_for(ax, *SIZE, _PLACE)
        draw_layers(axes, {"cosine": self}, "Two words in their sentences, layer by layer")
        return axes


def draw_layers(axes: Any, pairs: Mapping[str, LayerSimilarity], title: str) -> None:
    """Draws the cosines of pairs of words over the layers.

    Args:
        axes: matplotlib's.
        pairs: Each under the name that stands at its end.
        title: Above it.
    """
    from matplotlib.ticker import MaxNLocator

    figures.dress(axes, title, "layer (0 enters the first)", "cosine")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    curves = [
        charts.Curve(
            name=name,
            at=np.array(pair.layers),
            values=pair.cosines,
            colour=colours.of_group(number),
        )
        for number, (name, pair) in enumerate(pairs.items())
    ]
    charts.draw_curves(axes, curves, points=True)


@one_line
@dataclass(frozen=True, kw_only=True)
class TokenSimilarity:
    """The cosines of tokens with tokens.

    Attributes:
        tokens: The rows' tokens as the tokenizer spells them, special ones included (t).
        other_tokens: The columns' (u).
        cosines: −1 to 1 (t × u).
    """

    tokens: tuple[str, ...]
    other_tokens: tuple[str, ...]
    cosines: Floats


def layer_similarity(encoder: WordEncoder, first: Place, second: Place) -> LayerSimilarity:
    """The cosine of a word with itself in another sentence (or with another word), in every layer.

    Args:
        encoder: Its pooling counts; its layers and how they are combined do not.
        first, second: The words.

    Raises:
        WordNotThereError: A sentence has no such word.
        ConfigError: The model's layers are of different widths.
    """
    check_one_width(encoder)
    every = encoder.with_options(layers="all", combine="concat")
    count = encoder.model.layers + 1
    vectors = [
        _by_layer(every.word(place.sentence, place.word, place.occurrence), every, count)
        for place in (first, second)
    ]
    rows, others = (unit_rows(vector) for vector in vectors)
    cosines = np.einsum("ld,ld->l", rows, others)
    return LayerSimilarity(layers=tuple(range(count)), cosines=cosines)


def _by_layer(vector: Floats, encoder: WordEncoder, layers: int) -> Floats:
    """A vector of all layers one after another, as a row a layer."""
    halves = 2 if encoder.options.pooling == "first_last" else 1
    # D of one layer is split over the halves: first token's layers, then the last token's.
    return vector.reshape(halves, layers, -1).transpose(1, 0, 2).reshape(layers, -1)


def token_similarity(
    encoder: WordEncoder, sentence: Sentence, other: Sentence | None
) -> TokenSimilarity:
    """The cosines of a sentence's tokens with each other's, or with another sentence's.

    Args:
        encoder: Its layers count.
        sentence: The rows.
        other: The columns; None for the same sentence.
    """
    encoded = encoder.encode([sentence] if other is None else [sentence, other])
    rows, columns = encoded[0], encoded[-1]
    return TokenSimilarity(
        tokens=rows.tokens,
        other_tokens=columns.tokens,
        cosines=unit_rows(rows.token_vectors) @ unit_rows(columns.token_vectors).T,
    )
