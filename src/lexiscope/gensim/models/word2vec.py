"""gensim.models.word2vec: the trainer."""

from __future__ import annotations

from lexiscope.estimator import Word2Vec
from lexiscope.vectors import KeyedVectors

__all__ = ["KeyedVectors", "Word2Vec"]
