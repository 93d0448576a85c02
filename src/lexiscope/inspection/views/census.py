"""Census of a model's numbers, beside those of well-known models."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from lexiscope.one_line import one_line
from lexiscope.replay.recording import Recording


@dataclass(frozen=True)
class Layer:
    """A matrix of the model.

    Attributes:
        name: "W" or "W′", or "bias".
        role: What it is for.
        shape: Rows, columns.
    """

    name: str
    role: str
    shape: tuple[int, ...]

    @property
    def parameters(self) -> int:
        """Numbers in it."""
        return prod(self.shape)


@dataclass(frozen=True)
class Comparison:
    """A model that is known, counted from its published shape.

    Attributes:
        name: The model.
        parameters: All trained numbers.
        shape: How they add up, for people.
        source: Where the shape is published.
    """

    name: str
    parameters: int
    shape: str
    source: str


@one_line
@dataclass(frozen=True)
class Census:
    """The model's matrices and its place among others.

    Attributes:
        layers: W, W′ and a bias where there is one.
        comparisons: Other models, smallest first.
    """

    layers: list[Layer]
    comparisons: list[Comparison]

    @property
    def total(self) -> int:
        """All numbers of the model."""
        return sum(layer.parameters for layer in self.layers)


@dataclass(frozen=True)
class _Embedding:
    name: str
    words: int
    dim: int
    source: str

    def comparison(self) -> Comparison:
        return Comparison(
            self.name,
            2 * self.words * self.dim,
            f"W and W′: 2 × {self.words:,} words × {self.dim} dimensions",
            self.source,
        )


@dataclass(frozen=True)
class _Transformer:
    """Blocks of 12·d² + 13·d: attention 4d² + 4d, feed-forward 8d² + 5d (4d units), norms 4d.

    Attributes:
        positions: Learned position vectors (and segment vectors).
        extra: Vectors of length d beside: final or embedding norms.
        pooler: Whether a d×d layer with bias stands on top.
    """

    name: str
    words: int
    positions: int
    dim: int
    layers: int
    source: str
    extra: int = 2
    pooler: bool = False

    def comparison(self) -> Comparison:
        d = self.dim
        total = (self.words + self.positions + self.extra) * d
        total += self.layers * (12 * d * d + 13 * d)
        total += (d * d + d) if self.pooler else 0
        shape = (
            f"{self.words:,} tokens and {self.positions:,} positions × {d:,} dimensions, "
            f"{self.layers} layers of 12·d² + 13·d"
        )
        return Comparison(self.name, total, shape, self.source)


_MODELS: tuple[_Embedding | _Transformer, ...] = (
    _Embedding("fastText crawl-300d-2M", 2_000_000, 300, "Mikolov et al. 2018"),
    _Embedding("word2vec GoogleNews-300", 3_000_000, 300, "Mikolov et al. 2013"),
    _Transformer("BERT base", 30_522, 512 + 2, 768, 12, "Devlin et al. 2019", pooler=True),
    _Transformer("GPT-2", 50_257, 1_024, 768, 12, "Radford et al. 2019"),
    _Transformer("GPT-3", 50_257, 2_048, 12_288, 96, "Brown et al. 2020"),
)


def census(recording: Recording) -> Census:
    """Counts the model's numbers."""
    weights = recording.weights(0)
    counted = census_of(weights.inputs.shape, weights.outputs.shape)
    if weights.bias is not None:
        counted.layers.append(Layer("bias", "one number a word", weights.bias.shape))
    return counted


def census_of(inputs: tuple[int, ...], outputs: tuple[int, ...] | None) -> Census:
    """Counts the numbers of matrices.

    Args:
        inputs: Shape of W.
        outputs: Shape of W′, where there is one; it has a row less than W after hierarchical
            softmax.
    """
    layers = [Layer("W", "one row a word: the word as input", inputs)]
    if outputs is not None:
        tree = outputs[0] != inputs[0]
        role = (
            "one row an inner node of the Huffman tree"
            if tree
            else "one row a word: the word as what is predicted"
        )
        layers.append(Layer("W′", role, outputs))
    return Census(layers, comparisons())


def comparisons() -> list[Comparison]:
    """Models that are known, smallest first."""
    return sorted((model.comparison() for model in _MODELS), key=lambda model: model.parameters)
