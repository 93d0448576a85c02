"""gensim.models.keyedvectors: word vectors under today's name and its earlier ones."""

from __future__ import annotations

from lexiscope.vectors import KeyedVectors

EuclideanKeyedVectors = KeyedVectors
Word2VecKeyedVectors = KeyedVectors
WordEmbeddingsKeyedVectors = KeyedVectors

__all__ = [
    "EuclideanKeyedVectors",
    "KeyedVectors",
    "Word2VecKeyedVectors",
    "WordEmbeddingsKeyedVectors",
]
