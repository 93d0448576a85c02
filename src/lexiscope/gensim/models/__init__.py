"""gensim.models: the classes, and the modules that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.gensim.not_offered import CLASSES, refusal
from lexiscope.lazy import lazy_modules, lazy_names

if TYPE_CHECKING:
    from lexiscope.estimator import FastText, FrozenPhrases, Phrases, Word2Vec
    from lexiscope.vectors import KeyedVectors

# Public name → the module that has it.
_LAZY = {
    "FastText": "lexiscope.estimator",
    "FrozenPhrases": "lexiscope.estimator",
    "KeyedVectors": "lexiscope.vectors",
    "Phrases": "lexiscope.estimator",
    "Word2Vec": "lexiscope.estimator",
}

__all__ = ["FastText", "FrozenPhrases", "KeyedVectors", "Phrases", "Word2Vec"]

_find, __dir__ = lazy_names(__name__, _LAZY)
_module = lazy_modules(__name__)


def __getattr__(name: str) -> object:
    if name in CLASSES:
        raise refusal(name)
    return _find(name) if name in _LAZY else _module(name)
