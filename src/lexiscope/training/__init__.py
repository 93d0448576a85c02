"""Training word vectors: options, kernels, schedules, and the session that owns a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.lazy import lazy_names

if TYPE_CHECKING:
    from lexiscope.training.config import TrainingConfig
    from lexiscope.training.loop.guard import DivergedError
    from lexiscope.training.loop.trainer import Interrupted
    from lexiscope.training.session import TrainingSession

# Numba is loaded with the kernels; checking options needs none of it.
_LAZY = {
    "DivergedError": "lexiscope.training.loop.guard",
    "Interrupted": "lexiscope.training.loop.trainer",
    "TrainingConfig": "lexiscope.training.config",
    "TrainingSession": "lexiscope.training.session",
}

__all__ = ["DivergedError", "Interrupted", "TrainingConfig", "TrainingSession"]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
