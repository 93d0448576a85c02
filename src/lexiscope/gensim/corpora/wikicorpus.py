"""gensim.corpora.wikicorpus: the reader of Wikipedia's dumps."""

from __future__ import annotations

from lexiscope.corpus.input.wiki_corpus import (
    ARTICLE_MIN_WORDS,
    TOKEN_MAX_LEN,
    TOKEN_MIN_LEN,
    WikiCorpus,
    tokenize,
)
from lexiscope.gensim.not_offered import refusing

__all__ = ["ARTICLE_MIN_WORDS", "TOKEN_MAX_LEN", "TOKEN_MIN_LEN", "WikiCorpus", "tokenize"]

__getattr__ = refusing(__name__)
