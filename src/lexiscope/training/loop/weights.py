"""Weights of a run: W and W′, and how they begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernels.composing import compose_words
from lexiscope.training.kernels.memory import padded, zeros
from lexiscope.training.ngrams import NgramIndex

_DRAWN = 2**15


class _Composed:
    """The words' vectors that W's rows make up, made anew when W may have changed since."""

    def __init__(self) -> None:
        self._words: NDArray[np.float32] | None = None
        self.is_stale = True

    def of(self, ngrams: NgramIndex, trained: NDArray[np.float32]) -> NDArray[np.float32]:
        """The vectors (V, D), in a place of their own that the next call may write to."""
        if self._words is None:
            self._words = zeros(ngrams.words, trained.shape[1])
        if self.is_stale:
            self.is_stale = False
            compose_words(ngrams.table, trained, 0, self._words)
        return self._words


class Elsewhere(Protocol):
    """Where W and W′ are trained, if not in this memory."""

    def fetch(self) -> None:
        """Brings them here as they stand, if they have been trained since the last time."""

    def largest_norm(self) -> tuple[float, int]:
        """The largest norm of a row of W or W′ (NaN counts as largest), and the row's number."""


class _Place:
    """Where the weights are trained: None for here."""

    def __init__(self) -> None:
        self.elsewhere: Elsewhere | None = None


@dataclass(frozen=True)
class Weights:
    """W and W′ of a run: `Weights(rows, outputs, dimension)`.

    Attributes:
        dimension: Columns in use.
        frozen: uint8 (V,), 1 for a word whose row of W is not to be changed; None for none.
        ngrams: What words are made of; None where they are rows of W themselves.
    """

    _rows: NDArray[np.float32]
    _outputs: NDArray[np.float32]
    dimension: int
    frozen: NDArray[np.uint8] | None = None
    ngrams: NgramIndex | None = None
    _composed: _Composed = field(default_factory=_Composed, compare=False, repr=False)
    _place: _Place = field(default_factory=_Place, compare=False, repr=False)

    @property
    def rows(self) -> NDArray[np.float32]:
        """W, float32 (V, D): D is the dimension rounded up to whole cache lines, zero beyond.

        With n-grams (V + N, D): the words' own rows, then those of the n-grams.
        """
        self.fetch()
        return self._rows

    @property
    def outputs(self) -> NDArray[np.float32]:
        """W′, float32 (V or V − 1, D), likewise."""
        self.fetch()
        return self._outputs

    @property
    def elsewhere(self) -> Elsewhere | None:
        """Where they are trained, if not in this memory: they are brought when asked for."""
        return self._place.elsewhere

    def live_at(self, place: Elsewhere | None) -> None:
        """Says where they are trained from here on; None for here."""
        self._place.elsewhere = place

    def fetch(self) -> None:
        """Brings the weights here as they stand, for who holds views of them."""
        if self._place.elsewhere is not None:
            self._place.elsewhere.fetch()

    @property
    def trained(self) -> NDArray[np.float32]:
        """W, to be trained or set: the words' vectors will be made anew from it."""
        self._composed.is_stale = True
        return self.rows

    @property
    def inputs(self) -> NDArray[np.float32]:
        """The words' vectors, float32 (V, D): W itself, or what its rows make up (to be read)."""
        return self.rows if self.ngrams is None else self._composed.of(self.ngrams, self.rows)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, or what comes out of a pickle, lies in memory as kernels want it, too."""
        rows = self.rows[:, : self.dimension]
        return laid_out, ((rows,), self.output_vectors, self.frozen, self.ngrams)

    @property
    def input_vectors(self) -> NDArray[np.float32]:
        """The words' vectors without the padding, (V, dimension): a view."""
        return self.inputs[:, : self.dimension]

    def set_inputs(self, parts: Sequence[NDArray[np.float32]]) -> None:
        """Sets W.

        Args:
            parts: Its rows without the padding, one part after the other.
        """
        rows, start = self.trained, 0
        # The padding too: what is not a number may have spread there.
        rows[:, self.dimension :] = 0
        for part in parts:
            rows[start : start + len(part), : self.dimension] = part
            start += len(part)

    @property
    def output_vectors(self) -> NDArray[np.float32]:
        """W′ without its padding, (V or V − 1, dimension): a view."""
        return self.outputs[:, : self.dimension]

    @property
    def saved_bytes(self) -> int:
        """Bytes of the matrices as a model folder keeps them."""
        rows = len(self.rows) + len(self.outputs)
        if self.ngrams is not None:
            rows += self.ngrams.words
        return 4 * self.dimension * rows


def laid_out(
    inputs: Sequence[NDArray[np.float32]],
    outputs: NDArray[np.float32],
    frozen: NDArray[np.uint8] | None = None,
    ngrams: NgramIndex | None = None,
) -> Weights:
    """Weights around copies of matrices without padding.

    Args:
        inputs: W, one part after the other.
        outputs: W′.
        frozen, ngrams: As in `Weights`.
    """
    dimension = outputs.shape[1]
    columns, rows = padded(dimension), sum(map(len, inputs))
    weights = Weights(zeros(rows, columns), zeros(len(outputs), columns), dimension, frozen, ngrams)
    weights.set_inputs(inputs)
    weights.output_vectors[:] = outputs
    return weights


def initial_weights(
    config: TrainingConfig, words: int, output_rows: int, ngrams: NgramIndex | None = None
) -> Weights:
    """W uniform around zero (see `initial_rows`), W′ zero.

    Args:
        config: The run's options.
        words: V.
        output_rows: Of W′.
        ngrams: Of the V words; None without subwords.
    """
    columns = padded(config.vector_size)
    inputs = zeros(words if ngrams is None else ngrams.rows, columns)
    initial_rows(config, inputs, config.seed)
    outputs = zeros(output_rows, columns)
    return Weights(inputs, outputs, config.vector_size, ngrams=ngrams)


def initial_rows(
    config: TrainingConfig, inputs: NDArray[np.float32], seed: int | list[int]
) -> None:
    """Fills rows of W, uniform around zero.

    CBOW's rows begin in ±1/(2·dimension), as in word2vec.c. Skip-gram's, and those of subwords,
    whose mean is shorter than they are, begin in ±1/(2·√dimension), so that a vector's first
    length is the same for any dimension: nothing is learned while the dot products are still
    near zero, and a longer start shortens that time. Skip-gram gains 0.015 on WordSim-353 and
    on the analogies in one epoch over 19 million words, and nothing in five. CBOW with subwords
    gains 0.05 on syntactic analogies in five epochs over 20 MB (0.016 by fastText's own
    ±1/dimension); without subwords it loses 0.05 on WordSim-353.

    Rows are drawn in blocks that stay in the cache; their size changes no number.

    Args:
        config: The run's options.
        inputs: Rows of W, padded, zero.
        seed: Of the random numbers.
    """
    dimension = config.vector_size
    whole_words = config.subwords is None
    width = dimension if config.architecture == "cbow" and whole_words else dimension**0.5
    rng = np.random.default_rng(seed)
    block = max(1, _DRAWN // dimension)
    for start in range(0, len(inputs), block):
        stop = min(start + block, len(inputs))
        drawn = rng.random((stop - start, dimension), dtype=np.float32)
        inputs[start:stop, :dimension] = (drawn - np.float32(0.5)) / np.float32(width)
