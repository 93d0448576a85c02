"""Training word vectors: options, kernels, schedules, and the `Word2Vec` estimator."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lexiscope.training.config import TrainingConfig
    from lexiscope.training.trainer import DivergedError, Interrupted
    from lexiscope.training.word2vec import Word2Vec

# Numba is loaded with the kernels; checking options needs none of it.
_LAZY = {
    "DivergedError": "lexiscope.training.trainer",
    "Interrupted": "lexiscope.training.trainer",
    "TrainingConfig": "lexiscope.training.config",
    "Word2Vec": "lexiscope.training.word2vec",
}

__all__ = ["DivergedError", "Interrupted", "TrainingConfig", "Word2Vec"]


def __getattr__(name: str) -> object:
    """Imports the module that has a public name, at its first use."""
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(module), name)
