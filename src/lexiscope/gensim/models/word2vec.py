"""gensim.models.word2vec: the trainer, and readers of texts."""

from __future__ import annotations

from lexiscope.corpus.input.sentence_files import (
    MAX_WORDS_IN_BATCH,
    BrownCorpus,
    LineSentence,
    PathLineSentences,
    Text8Corpus,
)
from lexiscope.estimator import Word2Vec
from lexiscope.gensim.not_offered import refusing_known
from lexiscope.vectors import KeyedVectors

__all__ = [
    "MAX_WORDS_IN_BATCH",
    "BrownCorpus",
    "KeyedVectors",
    "LineSentence",
    "PathLineSentences",
    "Text8Corpus",
    "Word2Vec",
]

__getattr__ = refusing_known(__name__)
