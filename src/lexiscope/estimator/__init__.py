"""Estimator: `Word2Vec`, `FastText` and `Phrases`, Python's doors by gensim's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.lazy import lazy_names

if TYPE_CHECKING:
    from lexiscope.estimator.fasttext import FastText
    from lexiscope.estimator.phrases import FrozenPhrases, Phrases
    from lexiscope.estimator.word2vec import Word2Vec

_LAZY = {
    "FastText": "lexiscope.estimator.fasttext",
    "FrozenPhrases": "lexiscope.estimator.phrases",
    "Phrases": "lexiscope.estimator.phrases",
    "Word2Vec": "lexiscope.estimator.word2vec",
}

__all__ = ["FastText", "FrozenPhrases", "Phrases", "Word2Vec"]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
