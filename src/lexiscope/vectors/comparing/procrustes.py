"""Orthogonal Procrustes: the rotation that takes one matrix's rows nearest to another's.

Word vectors are trained up to a rotation: two runs over one text differ by one. Vectors of two
models can be compared row by row when it is taken out.

Sources: Schönemann, A Generalized Solution of the Orthogonal Procrustes Problem, 1966; for words
of different times Hamilton, Leskovec and Jurafsky, Diachronic Word Embeddings, 2016.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BLOCK_ROWS = 1 << 14


def rotation(source: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float64]:
    """The orthogonal R for which ‖source · R − target‖ is least (Frobenius).

    Args:
        source: V×D, a row a word.
        target: V×E, the same words' rows.

    Returns:
        float64 (D, E); its rows are orthonormal where D ≤ E, its columns where D ≥ E.

    Raises:
        LinAlgError: The rows are not finite.
    """
    product = np.zeros((source.shape[1], target.shape[1]))
    for start in range(0, len(source), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        product += source[rows].T.astype(np.float64) @ target[rows].astype(np.float64)
    left, _sizes, right = np.linalg.svd(product, full_matrices=False)
    turned: NDArray[np.float64] = left @ right
    return turned


def cosines_after(
    source: NDArray[np.float32], target: NDArray[np.float32], turn: NDArray[np.float64]
) -> NDArray[np.float32]:
    """The cosine of each row, turned, with the other's of the same word (V, float32).

    Args:
        source: V×D, rows of length 1.
        target: V×E, rows of length 1.
        turn: D×E, from `rotation`.
    """
    cosines = np.empty(len(source), np.float32)
    for start in range(0, len(source), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        turned = source[rows] @ turn.astype(np.float32)
        # Where D > E a turned row is shorter than 1: what is lost of it is no likeness.
        cosines[rows] = np.einsum("ij,ij->i", turned, target[rows])
    return cosines.clip(-1, 1)
