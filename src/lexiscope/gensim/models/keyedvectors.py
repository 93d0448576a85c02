"""gensim.models.keyedvectors: word vectors under today's name and its earlier ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.earlier_names import Vocab

EuclideanKeyedVectors = KeyedVectors
Word2VecKeyedVectors = KeyedVectors
WordEmbeddingsKeyedVectors = KeyedVectors
CompatVocab = Vocab

__all__ = [
    "CompatVocab",
    "EuclideanKeyedVectors",
    "KeyedVectors",
    "Vocab",
    "Word2VecKeyedVectors",
    "WordEmbeddingsKeyedVectors",
    "load_word2vec_format",
    "prep_vectors",
    "pseudorandom_weak_vector",
]


def load_word2vec_format(*args: Any, **options: Any) -> KeyedVectors:
    """`KeyedVectors.load_word2vec_format`."""
    return KeyedVectors.load_word2vec_format(*args, **options)


def _load_word2vec_format(
    cls: type[KeyedVectors], fname: Any, *args: Any, binary_chunk_size: int = 0, **options: Any
) -> KeyedVectors:
    """`cls.load_word2vec_format`; how much is read at a time, the reader knows best."""
    del binary_chunk_size
    return cls.load_word2vec_format(fname, *args, **options)


def pseudorandom_weak_vector(
    size: int, seed_string: str | None = None, hashfxn: Callable[[str], int] = hash
) -> NDArray[np.float32]:
    """A small random vector: `size` values in ±1/(2·size).

    Args:
        size: How long it is.
        seed_string: What it is to follow from; None for another one each time.
        hashfxn: What makes a number of that.
    """
    seed = hashfxn(seed_string) & 0xFFFFFFFF if seed_string else None
    values = np.random.Generator(np.random.SFC64(seed)).random(size).astype(np.float32)
    vector: NDArray[np.float32] = (values - np.float32(0.5)) / np.float32(size)
    return vector


def prep_vectors(
    target_shape: tuple[int, int],
    prior_vectors: NDArray[Any] | None = None,
    seed: int = 0,
    dtype: Any = np.float32,
) -> NDArray[Any]:
    """A matrix of some shape: given values as far as there are any, then random ones in ±1/D.

    Args:
        target_shape: Rows, and columns (D).
        prior_vectors: The values that there are; the same object where the shape is its.
        seed: Of NumPy's default generator.
        dtype: float32 or float64.
    """
    if prior_vectors is not None and prior_vectors.shape == target_shape:
        return prior_vectors
    values: NDArray[Any] = np.random.default_rng(seed).random(target_shape, dtype=dtype)
    values = (values * 2 - 1) / dtype(target_shape[1])
    if prior_vectors is not None:
        rows, columns = prior_vectors.shape
        values[:rows, :columns] = prior_vectors
    return values
