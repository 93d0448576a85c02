"""From text to ids: sources, tokenizers, the vocabulary, and the encoded corpus.

Nothing here is imported before it is asked for, so that the package starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lexiscope.corpus.encode import EncodedCorpus, encode_corpus
    from lexiscope.corpus.report import CorpusReport
    from lexiscope.corpus.tokenizers import TokenizerSpec
    from lexiscope.corpus.vocabulary import Vocabulary, VocabularyOptions

_HOMES = {
    "CorpusReport": "report",
    "EncodedCorpus": "encode",
    "TokenizerSpec": "tokenizers",
    "Vocabulary": "vocabulary",
    "VocabularyOptions": "vocabulary",
    "encode_corpus": "encode",
}

__all__ = [
    "CorpusReport",
    "EncodedCorpus",
    "TokenizerSpec",
    "Vocabulary",
    "VocabularyOptions",
    "encode_corpus",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
