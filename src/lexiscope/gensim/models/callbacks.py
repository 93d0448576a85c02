"""gensim.models.callbacks: the base class of a user's callbacks."""

from __future__ import annotations

from lexiscope.estimator.callbacks import CallbackAny2Vec

__all__ = ["CallbackAny2Vec"]
