"""gensim.corpora: of it the reader of Wikipedia's dumps; other names say what to use instead."""

from __future__ import annotations

from lexiscope.corpus.input.wiki_corpus import WikiCorpus
from lexiscope.gensim.not_offered import refusing

__all__ = ["WikiCorpus"]

__getattr__ = refusing(__name__)
