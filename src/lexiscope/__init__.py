"""Train word vectors fast. See inside them. Take them anywhere.

The names below are looked up when they are first used, so that `import lexiscope` costs next to
nothing, and the command line hears of Ctrl-C from its first milliseconds on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope._version import __version__
from lexiscope.errors import (
    ConfigError,
    CorpusError,
    FormatError,
    LexiscopeError,
    MissingExtraError,
    TrainingError,
)
from lexiscope.lazy import lazy_names

if TYPE_CHECKING:
    from lexiscope.estimator import FastText, FrozenPhrases, Phrases, Word2Vec
    from lexiscope.inspection import Recording
    from lexiscope.vectors import KeyedVectors, UnknownWordError, get, load
    from lexiscope.vectors.aligning.align import align
    from lexiscope.vectors.comparing.comparison import compare
    from lexiscope.vectors.layout.word_map import word_map

# Public name → the module that has it.
_LAZY = {
    "FastText": "lexiscope.estimator",
    "FrozenPhrases": "lexiscope.estimator",
    "KeyedVectors": "lexiscope.vectors",
    "Phrases": "lexiscope.estimator",
    "Recording": "lexiscope.inspection",
    "UnknownWordError": "lexiscope.vectors",
    "Word2Vec": "lexiscope.estimator",
    "align": "lexiscope.vectors.aligning.align",
    "compare": "lexiscope.vectors.comparing.comparison",
    "get": "lexiscope.vectors",
    "load": "lexiscope.vectors",
    "word_map": "lexiscope.vectors.layout.word_map",
}

__all__ = [
    "ConfigError",
    "CorpusError",
    "FastText",
    "FormatError",
    "FrozenPhrases",
    "KeyedVectors",
    "LexiscopeError",
    "MissingExtraError",
    "Phrases",
    "Recording",
    "TrainingError",
    "UnknownWordError",
    "Word2Vec",
    "__version__",
    "align",
    "compare",
    "get",
    "load",
    "word_map",
]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
