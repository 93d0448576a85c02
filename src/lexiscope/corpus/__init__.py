"""Corpora, from text to ids: sources, tokenizers, the vocabulary, and the encoded corpus.

Nothing here is imported before it is asked for, so that the package starts quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.lazy import lazy_names

if TYPE_CHECKING:
    from lexiscope.corpus.encode import EncodedCorpus, encode_corpus
    from lexiscope.corpus.input.dataset_rows import DatasetSentences
    from lexiscope.corpus.input.text_form import TextForm
    from lexiscope.corpus.report import CorpusReport
    from lexiscope.corpus.tokenizers import TokenizerSpec
    from lexiscope.corpus.vocabulary import Vocabulary, VocabularyOptions

_LAZY = {
    "CorpusReport": "lexiscope.corpus.report",
    "DatasetSentences": "lexiscope.corpus.input.dataset_rows",
    "EncodedCorpus": "lexiscope.corpus.encode",
    "TextForm": "lexiscope.corpus.input.text_form",
    "TokenizerSpec": "lexiscope.corpus.tokenizers",
    "Vocabulary": "lexiscope.corpus.vocabulary",
    "VocabularyOptions": "lexiscope.corpus.vocabulary",
    "encode_corpus": "lexiscope.corpus.encode",
}

__all__ = [
    "CorpusReport",
    "DatasetSentences",
    "EncodedCorpus",
    "TextForm",
    "TokenizerSpec",
    "Vocabulary",
    "VocabularyOptions",
    "encode_corpus",
]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
