"""gensim.models.fasttext: subwords trained, and fastText's own files."""

from __future__ import annotations

from lexiscope.estimator.fasttext import (
    FastText,
    ft_ngram_hashes,
    load_facebook_model,
    load_facebook_vectors,
    save_facebook_model,
)
from lexiscope.vectors.fasttext_vectors import FastTextKeyedVectors

__all__ = [
    "FastText",
    "FastTextKeyedVectors",
    "ft_ngram_hashes",
    "load_facebook_model",
    "load_facebook_vectors",
    "save_facebook_model",
]
