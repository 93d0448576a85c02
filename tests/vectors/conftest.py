"""The same random vectors here and in gensim."""

from __future__ import annotations

import gensim
import numpy as np
import pytest

from lexiscope.vectors import KeyedVectors
from tests.support.some_words import WORDS


@pytest.fixture(scope="session")
def matrix() -> np.ndarray:
    matrix = np.random.default_rng(5).normal(size=(len(WORDS), 24)).astype(np.float32)
    matrix.setflags(write=False)
    return matrix


@pytest.fixture
def ours(matrix: np.ndarray) -> KeyedVectors:
    return KeyedVectors(WORDS, matrix, counts=np.arange(len(WORDS), 0, -1))


@pytest.fixture(scope="session")
def theirs(matrix: np.ndarray) -> gensim.models.KeyedVectors:
    peer = gensim.models.KeyedVectors(matrix.shape[1])
    peer.add_vectors(WORDS, matrix.copy())
    return peer
