"""Weights of a run: W and W′, and how they begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernels.memory import padded, zeros

_DRAWN = 2**15


@dataclass(frozen=True)
class Weights:
    """W and W′ of a run.

    Attributes:
        inputs: W, float32 (V, D): D is the dimension rounded up to whole cache lines, zero beyond.
        outputs: W′, float32 (V or V − 1, D), likewise.
        dimension: Columns in use.
        frozen: uint8 (V,), 1 for a word whose row of W is not to be changed; None for none.
    """

    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]
    dimension: int
    frozen: NDArray[np.uint8] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, or what comes out of a pickle, lies in memory as kernels want it, too."""
        return laid_out, (self.input_vectors, self.output_vectors, self.frozen)

    @property
    def input_vectors(self) -> NDArray[np.float32]:
        """W without its padding, (V, dimension): a view."""
        return self.inputs[:, : self.dimension]

    @property
    def output_vectors(self) -> NDArray[np.float32]:
        """W′ without its padding, (V or V − 1, dimension): a view."""
        return self.outputs[:, : self.dimension]


def laid_out(
    inputs: NDArray[np.float32],
    outputs: NDArray[np.float32],
    frozen: NDArray[np.uint8] | None = None,
) -> Weights:
    """Weights around copies of two matrices without padding."""
    columns = padded(inputs.shape[1])
    weights = Weights(
        zeros(len(inputs), columns), zeros(len(outputs), columns), inputs.shape[1], frozen
    )
    weights.input_vectors[:] = inputs
    weights.output_vectors[:] = outputs
    return weights


def initial_weights(config: TrainingConfig, words: int, output_rows: int) -> Weights:
    """W uniform around zero (see `initial_rows`), W′ zero."""
    columns = padded(config.vector_size)
    inputs = zeros(words, columns)
    initial_rows(config, inputs, config.seed)
    return Weights(inputs, zeros(output_rows, columns), config.vector_size)


def initial_rows(
    config: TrainingConfig, inputs: NDArray[np.float32], seed: int | list[int]
) -> None:
    """Fills rows of W, uniform around zero.

    CBOW's rows begin in ±1/(2·dimension), as in word2vec.c. Skip-gram's begin in ±1/(2·√dimension),
    so that a vector's first length is the same for any dimension: nothing is learned while the dot
    products are still near zero, and a longer start shortens that time. One epoch over 19 million
    words gains 0.015 on WordSim-353 and on the analogies from it; after five it is all the same.

    Rows are drawn in blocks that stay in the cache; their size changes no number.

    Args:
        config: The run's options.
        inputs: Rows of W, padded, zero.
        seed: Of the random numbers.
    """
    dimension = config.vector_size
    width = dimension if config.architecture == "cbow" else dimension**0.5
    rng = np.random.default_rng(seed)
    block = max(1, _DRAWN // dimension)
    for start in range(0, len(inputs), block):
        stop = min(start + block, len(inputs))
        drawn = rng.random((stop - start, dimension), dtype=np.float32)
        inputs[start:stop, :dimension] = (drawn - np.float32(0.5)) / np.float32(width)
