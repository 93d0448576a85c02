"""Two vectors of each word: itself as input (W) and as what is predicted (W′)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.one_line import one_line
from lexiscope.replay.recording import Recording
from lexiscope.vectors.search import unit_rows


@one_line
@dataclass(frozen=True)
class TwoVectors:
    """W against W′, word by word.

    Attributes:
        words: Row by row.
        cosines: float64 (V,), of W[w] and W′[w].
        input_norms: float64 (V,), lengths of W's rows.
        output_norms: float64 (V,), lengths of W′'s.
    """

    words: list[str]
    cosines: NDArray[np.float64]
    input_norms: NDArray[np.float64]
    output_norms: NDArray[np.float64]


def two_vectors(
    recording: Recording, snapshot: int | None = None, rows: Sequence[int] | None = None
) -> TwoVectors:
    """Compares each word's two vectors.

    Args:
        recording: The run.
        snapshot: After how many steps; None for all.
        rows: Of which words; None for all.

    Raises:
        ConfigError: After hierarchical softmax words have no row in W′.
    """
    if not recording.run.rule.words_have_rows:
        raise ConfigError(
            "after hierarchical softmax the rows of W′ are inner nodes of a tree, not words; "
            "record with another loss to compare a word's two vectors"
        )
    weights = recording.weights(recording.steps if snapshot is None else snapshot)
    which = list(range(len(recording.tokens))) if rows is None else list(rows)
    words = [recording.tokens[row] for row in which]
    return two_vectors_of(words, weights.inputs[which], weights.outputs[which])


def two_vectors_of(
    words: list[str], inputs: NDArray[np.floating], outputs: NDArray[np.floating]
) -> TwoVectors:
    """Compares the rows of two matrices.

    Args:
        words: Row by row.
        inputs, outputs: (words, D) each.
    """
    wide = [matrix.astype(np.float64) for matrix in (inputs, outputs)]
    cosines = np.einsum("vd,vd->v", unit_rows(wide[0]), unit_rows(wide[1]))
    norms = [np.linalg.norm(matrix, axis=1) for matrix in wide]
    return TwoVectors(words, cosines, norms[0], norms[1])
