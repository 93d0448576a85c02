"""Vectors of words in their context, and embedding matrices out of language models.

The names below are looked up when they are first used: PyTorch and transformers are loaded when a
model is, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.lazy import lazy_names

if TYPE_CHECKING:
    from lexiscope.contextual.corpus.run import CorpusRun
    from lexiscope.contextual.encoder import Encoder
    from lexiscope.contextual.options import EncoderOptions
    from lexiscope.contextual.postprocessed import PostprocessedEncoder, fit_on
    from lexiscope.contextual.results import Encoded, EncodedSentence
    from lexiscope.contextual.text.finding import WordNotThereError
    from lexiscope.contextual.text.sentence_pooling import SentencePooling
    from lexiscope.contextual.text.words import SpannedText
    from lexiscope.contextual.uses.similarity import LayerSimilarity, TokenSimilarity
    from lexiscope.contextual.uses.surprisal import Surprisal, Surprisals

# Public name → the module that has it.
_LAZY = {
    "CorpusRun": "lexiscope.contextual.corpus.run",
    "Encoded": "lexiscope.contextual.results",
    "EncodedSentence": "lexiscope.contextual.results",
    "Encoder": "lexiscope.contextual.encoder",
    "EncoderOptions": "lexiscope.contextual.options",
    "PostprocessedEncoder": "lexiscope.contextual.postprocessed",
    "SentencePooling": "lexiscope.contextual.text.sentence_pooling",
    "SpannedText": "lexiscope.contextual.text.words",
    "LayerSimilarity": "lexiscope.contextual.uses.similarity",
    "Surprisal": "lexiscope.contextual.uses.surprisal",
    "Surprisals": "lexiscope.contextual.uses.surprisal",
    "TokenSimilarity": "lexiscope.contextual.uses.similarity",
    "WordNotThereError": "lexiscope.contextual.text.finding",
    "fit_on": "lexiscope.contextual.postprocessed",
}

__all__ = [
    "CorpusRun",
    "Encoded",
    "EncodedSentence",
    "Encoder",
    "EncoderOptions",
    "LayerSimilarity",
    "PostprocessedEncoder",
    "SentencePooling",
    "SpannedText",
    "Surprisal",
    "Surprisals",
    "TokenSimilarity",
    "WordNotThereError",
    "fit_on",
]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
