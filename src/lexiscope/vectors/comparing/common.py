"""Words that two models have in common, with their rows side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.one_line import one_line
from lexiscope.vectors.keyed_vectors import KeyedVectors
from lexiscope.vectors.search import directions, row_norms

# With fewer, a rotation of as many dimensions fits whatever is there.
LEAST_WORDS = 3


@one_line
@dataclass(frozen=True)
class Common:
    """The words of all of some models, those that are frequent in all of them first.

    Attributes:
        words: V.
        rows: For each model int64 (V,): where its row stands.
        without_direction: Common words left out, whose row is zero or not finite in one of them.
    """

    words: list[str]
    rows: list[NDArray[np.int64]]
    without_direction: int


def common_words(models: list[KeyedVectors], limit: int) -> Common:
    """The words of all models, at most `limit` of them.

    A word's place is that in the model where it stands last: rows are by frequency nearly always.

    Raises:
        ConfigError: They have fewer than three words in common.
    """
    first, *others = models
    # A table with subwords has a vector for any word; compared are those that it was trained on.
    known = [other.key_to_index for other in others]
    shared = [word for word in first.index_to_key if all(word in words for words in known)]
    rows = [np.array([model.key_to_index[word] for word in shared], np.int64) for model in models]
    sound = np.ones(len(shared), bool)
    for model, places in zip(models, rows, strict=True):
        sound &= model.norms[places] > 0
    order = np.argsort(np.maximum.reduce(rows), kind="stable") if shared else np.empty(0, np.int64)
    order = order[sound[order]][:limit]
    if len(order) < LEAST_WORDS:
        raise ConfigError(
            f"the models have {len(order)} words in common, expected {LEAST_WORDS} at least; are "
            "they of one language, one spelling and one letter case?"
        )
    return Common(
        [shared[place] for place in order.tolist()],
        [places[order] for places in rows],
        int(len(shared) - sound.sum()),
    )


def unit_rows_of(
    model: KeyedVectors, rows: NDArray[np.int64], *, center: bool
) -> NDArray[np.float32]:
    """Some rows of a model scaled to length 1 (V×D), their mean taken away before where asked."""
    vectors = model.vectors[rows].astype(np.float32)
    if center:
        units = directions(vectors, row_norms(vectors))
        vectors = units - units.mean(axis=0, dtype=np.float64).astype(np.float32)
    return directions(vectors, row_norms(vectors))
