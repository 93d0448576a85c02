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
    from lexiscope.contextual.results import Encoded, EncodedSentence
    from lexiscope.contextual.text.finding import WordNotThereError
    from lexiscope.contextual.uses.similarity import LayerSimilarity, TokenSimilarity

# Public name → the module that has it.
_LAZY = {
    "CorpusRun": "lexiscope.contextual.corpus.run",
    "Encoded": "lexiscope.contextual.results",
    "EncodedSentence": "lexiscope.contextual.results",
    "Encoder": "lexiscope.contextual.encoder",
    "EncoderOptions": "lexiscope.contextual.options",
    "LayerSimilarity": "lexiscope.contextual.uses.similarity",
    "TokenSimilarity": "lexiscope.contextual.uses.similarity",
    "WordNotThereError": "lexiscope.contextual.text.finding",
}

__all__ = [
    "CorpusRun",
    "Encoded",
    "EncodedSentence",
    "Encoder",
    "EncoderOptions",
    "LayerSimilarity",
    "TokenSimilarity",
    "WordNotThereError",
]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
