"""Estimator: `Word2Vec` and `FastText`, Python's doors to a training session, by gensim's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.lazy import lazy_names

if TYPE_CHECKING:
    from lexiscope.estimator.fasttext import FastText
    from lexiscope.estimator.word2vec import Word2Vec

_LAZY = {
    "FastText": "lexiscope.estimator.fasttext",
    "Word2Vec": "lexiscope.estimator.word2vec",
}

__all__ = ["FastText", "Word2Vec"]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
