"""gensim.parsing.porter: stems of English words."""

from __future__ import annotations

from lexiscope.corpus.porter import PorterStemmer

__all__ = ["PorterStemmer"]
