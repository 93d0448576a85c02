"""Vectors of words in their context, and embedding matrices out of language models.

The names below are looked up when they are first used: PyTorch and transformers are loaded when a
model is, not before.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lexiscope.contextual.corpus_run import CorpusRun
    from lexiscope.contextual.encoder import Encoder
    from lexiscope.contextual.finding import WordNotThereError
    from lexiscope.contextual.options import EncoderOptions
    from lexiscope.contextual.results import Encoded, EncodedSentence
    from lexiscope.contextual.views import LayerSimilarity, TokenSimilarity

# Public name → the module that has it.
_LAZY = {
    "CorpusRun": "lexiscope.contextual.corpus_run",
    "Encoded": "lexiscope.contextual.results",
    "EncodedSentence": "lexiscope.contextual.results",
    "Encoder": "lexiscope.contextual.encoder",
    "EncoderOptions": "lexiscope.contextual.options",
    "LayerSimilarity": "lexiscope.contextual.views",
    "TokenSimilarity": "lexiscope.contextual.views",
    "WordNotThereError": "lexiscope.contextual.finding",
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


def __getattr__(name: str) -> object:
    """Imports the module that a public name lives in, at its first use."""
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module 'lexiscope.contextual' has no attribute {name!r}")
    value: object = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, those not loaded yet included."""
    return sorted({*globals(), *__all__})
