"""Train word vectors fast. See inside them. Take them anywhere.

The names below are looked up when they are first used, so that `import lexiscope` costs no more
than NumPy's own import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np  # noqa: F401  (loaded here so that its cost is this import's, not a query's)

from lexiscope._version import __version__
from lexiscope.errors import (
    ConfigError,
    CorpusError,
    FormatError,
    LexiscopeError,
    MissingExtraError,
    TrainingError,
)

if TYPE_CHECKING:
    from lexiscope.inspection import Recording
    from lexiscope.training import Word2Vec
    from lexiscope.vectors import KeyedVectors, UnknownWordError, load
    from lexiscope.vectors.alignment import align

# Public name → the module that has it.
_LAZY = {
    "KeyedVectors": "lexiscope.vectors",
    "Recording": "lexiscope.inspection",
    "UnknownWordError": "lexiscope.vectors",
    "Word2Vec": "lexiscope.training",
    "align": "lexiscope.vectors.alignment",
    "load": "lexiscope.vectors",
}

__all__ = [
    "ConfigError",
    "CorpusError",
    "FormatError",
    "KeyedVectors",
    "LexiscopeError",
    "MissingExtraError",
    "Recording",
    "TrainingError",
    "UnknownWordError",
    "Word2Vec",
    "__version__",
    "align",
    "load",
]


def __getattr__(name: str) -> object:
    """Imports the room that a public name lives in, at its first use."""
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module 'lexiscope' has no attribute {name!r}")
    value: object = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, those not loaded yet included."""
    return sorted({*globals(), *__all__})
