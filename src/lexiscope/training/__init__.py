"""Training word vectors: options, kernels, schedules, and the `Word2Vec` estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.lazy import lazy_names

if TYPE_CHECKING:
    from lexiscope.training.config import TrainingConfig
    from lexiscope.training.loop.trainer import DivergedError, Interrupted
    from lexiscope.training.word2vec import Word2Vec

# Numba is loaded with the kernels; checking options needs none of it.
_LAZY = {
    "DivergedError": "lexiscope.training.loop.trainer",
    "Interrupted": "lexiscope.training.loop.trainer",
    "TrainingConfig": "lexiscope.training.config",
    "Word2Vec": "lexiscope.training.word2vec",
}

__all__ = ["DivergedError", "Interrupted", "TrainingConfig", "Word2Vec"]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
