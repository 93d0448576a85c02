"""Pickles with gensim 3.8's class paths and attributes, made by stand-in classes."""

from __future__ import annotations

import pickle
import sys
import types
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

WORDS = ["the", "naïve", "日本", "sea"]
COUNTS = [40, 30, 20, 10]

# Module → classes, as gensim 3.8 has them.
CLASSES = {
    "gensim.models.word2vec": ("Word2Vec", "Word2VecVocab", "Word2VecTrainables"),
    "gensim.models.keyedvectors": (
        "Vocab",
        "Word2VecKeyedVectors",
        "FastTextKeyedVectors",
        "Doc2VecKeyedVectors",
    ),
    "gensim.models.fasttext": ("FastText", "FastTextTrainables"),
}


class OldGensim:
    """Stand-ins for gensim's old classes while a test pickles them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.classes: dict[str, type] = {}
        for name, classes in CLASSES.items():
            module = types.ModuleType(name)
            for cls in classes:
                self.classes[cls] = type(cls, (), {"__module__": name})
                setattr(module, cls, self.classes[cls])
            patch.setitem(sys.modules, name, module)

    def make(self, cls: str, **attributes: Any) -> Any:
        found = self.classes[cls]()
        found.__dict__.update(attributes)
        return found

    def vocabulary(self) -> dict[str, Any]:
        return {
            word: self.make("Vocab", index=row, count=count, sample_int=1 << 32)
            for row, (word, count) in enumerate(zip(WORDS, COUNTS, strict=True))
        }

    def vectors(self, matrix: np.ndarray, cls: str = "Word2VecKeyedVectors", **more: Any) -> Any:
        attributes = {
            "vector_size": matrix.shape[1],
            "vocab": self.vocabulary(),
            "index2word": list(WORDS),
            "vectors": matrix,
            "vectors_norm": None,
            **more,
        }
        return self.make(cls, **attributes)

    def model(self, wv: Any, **trained: Any) -> Any:
        trainables = self.make("Word2VecTrainables", hashfxn=hash, layer1_size=4, seed=1, **trained)
        return self.make(
            "Word2Vec",
            wv=wv,
            vocabulary=self.make("Word2VecVocab", min_count=1, raw_vocab=OrderedDict()),
            trainables=trainables,
            vector_size=4,
            epochs=5,
            alpha=0.025,
            sg=1,
            callbacks=(),
            random=np.random.RandomState(1),
            corpus_count=12,
        )


def save(thing: Any, path: Path, protocol: int = 2) -> Path:
    path.write_bytes(pickle.dumps(thing, protocol=protocol))
    return path
