"""Word vectors in memory: searching, scoring, loading and saving."""

from __future__ import annotations

from lexiscope.vectors.by_name import get
from lexiscope.vectors.evaluation import (
    AnalogyReport,
    AnalogySection,
    PairScore,
    analogies,
    word_pairs,
)
from lexiscope.vectors.keyed_vectors import KeyedVectors, load
from lexiscope.vectors.spelling import UnknownWordError

__all__ = [
    "AnalogyReport",
    "AnalogySection",
    "KeyedVectors",
    "PairScore",
    "UnknownWordError",
    "analogies",
    "get",
    "load",
    "word_pairs",
]
