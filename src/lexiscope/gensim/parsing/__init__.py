"""gensim.parsing: steps from text to words."""

from __future__ import annotations

from lexiscope.corpus.porter import PorterStemmer
from lexiscope.corpus.preprocess import (
    preprocess_documents,
    preprocess_string,
    remove_stopwords,
    split_alphanum,
    stem_text,
    strip_multiple_whitespaces,
    strip_non_alphanum,
    strip_numeric,
    strip_punctuation,
    strip_short,
    strip_tags,
)

__all__ = [
    "PorterStemmer",
    "preprocess_documents",
    "preprocess_string",
    "remove_stopwords",
    "split_alphanum",
    "stem_text",
    "strip_multiple_whitespaces",
    "strip_non_alphanum",
    "strip_numeric",
    "strip_punctuation",
    "strip_short",
    "strip_tags",
]
