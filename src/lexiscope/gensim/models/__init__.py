"""gensim.models: the classes, and the modules that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.errors import NotOfferedError
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

# gensim's name → what to use instead.
_NOT_OFFERED = {
    "Doc2Vec": "take the mean of a text's word vectors (KeyedVectors.get_mean_vector), or vectors "
    "of a transformer (lexiscope contextual)",
    "LdaModel": "keep gensim beside lexiscope for topic models",
    "TfidfModel": "keep gensim beside lexiscope, or use scikit-learn's TfidfVectorizer",
}

_find, __dir__ = lazy_names(__name__, _LAZY)
_module = lazy_modules(__name__)


def __getattr__(name: str) -> object:
    if name in _NOT_OFFERED:
        raise NotOfferedError(f"gensim's {name} is not offered; {_NOT_OFFERED[name]}")
    return _find(name) if name in _LAZY else _module(name)
