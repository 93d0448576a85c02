"""`word_map`: a place in a plane for every word of a model, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice, whole
from lexiscope.errors import ConfigError
from lexiscope.formats.contract import Matrix
from lexiscope.one_line import one_line
from lexiscope.progress import Meter, ProgressCallback
from lexiscope.vectors.keyed_vectors import KeyedVectors
from lexiscope.vectors.layout import cached
from lexiscope.vectors.layout.components import components_of, projected
from lexiscope.vectors.layout.kept import (
    TOPN,
    NeighboursKept,
    nearest_on_map,
    sample_of,
    share_kept,
)
from lexiscope.vectors.layout.landmarks import (
    nearest_landmarks,
    neighbour_layout,
    require_library,
)
from lexiscope.vectors.layout.placing import place_words
from lexiscope.vectors.layout.products import nearest_among_all, one_thread_a_product
from lexiscope.vectors.search import directions, row_norms

Method = Literal["neighbors", "pca"]
METHODS: tuple[Method, ...] = ("neighbors", "pca")

FEWEST_WORDS = TOPN + 1
LEAST_LANDMARKS, MOST_LANDMARKS = 100, 20_000
_LANDMARKS, _LANDMARKS_OF_MANY, _MANY = 5_000, 10_000, 200_000
_SAMPLE = 1_000


@one_line
@dataclass(frozen=True, kw_only=True)
class WordMap:
    """Places of a model's words.

    Attributes:
        words: V, row by row.
        places: float32 (V, 2), across and up; NaN for a word whose vector is zeros or not finite.
        order: int64 (n,), rows of the words that have a place, most frequent first.
        landmarks: How many of the first of `order` were laid out together; others stand at the
            weighted mean of their 10 nearest landmarks. For "pca", what the axes were found from.
        method: "neighbors" or "pca".
        kept: The share of true neighbours kept.
        without_place: How many words have none.
        from_cache: Whether it had been made before.
        key: By what it is kept in the user's cache, or None.
    """

    words: Sequence[Any]
    places: NDArray[np.float32]
    order: NDArray[np.int64]
    landmarks: int
    method: Method
    kept: NeighboursKept
    from_cache: bool
    key: str | None

    @property
    def without_place(self) -> int:
        """How many words have no place."""
        return len(self.words) - len(self.order)


def word_map(
    model: KeyedVectors | str | PathLike[str] | Any,
    *,
    method: Method = "neighbors",
    landmarks: int | None = None,
    seed: int = 1,
    cache: bool = True,
    progress: ProgressCallback | None = None,
) -> WordMap:
    """A map of a model's words: the same places every time, kept in the user's cache.

    "neighbors" lays the most frequent words out with openTSNE, so that neighbours stay together,
    and puts every other word at the weighted mean of its 10 nearest landmarks' places. "pca" shows
    the two directions of the largest variance. Both go by the rows' directions, not their lengths.

    Beside the matrix it takes some hundred megabytes for a million words.

    Args:
        model: `KeyedVectors`, an estimator that has them as `wv`, or the path of either.
        method: "neighbors" (extra `map`) or "pca".
        landmarks: How many words are laid out together, 100 to 20,000: by default 5,000, and 10,000
            of more than 200,000 words. Words are taken as frequent as their counts say, or else in
            the order of their rows.
        seed: Draws the sample on which the share of neighbours kept is measured.
        cache: Whether to take, and keep, the map in the user's cache.
        progress: Is told how far it is.

    Raises:
        ConfigError: An argument is out of its range, or fewer than 11 words have a direction.
        MissingExtraError: openTSNE is not installed.
    """
    choice("method", method, METHODS)
    whole("seed", seed, 0)
    if landmarks is not None:
        whole("landmarks", landmarks, LEAST_LANDMARKS, MOST_LANDMARKS)
    if method == "neighbors":
        require_library()
    vectors = _vectors_of(model)
    matrix = vectors.vectors
    norms = row_norms(matrix)
    order, count = _landmark_rows(vectors, norms, landmarks)
    key = cached.key_of(matrix, order[:count], method, seed, progress) if cache else None
    found = None if key is None else cached.read(key, len(matrix))
    if found is None:
        made = _Making(matrix, norms, order, count, progress)
        places = made.places(method)
        kept = made.kept(places, seed)
        if key is not None:
            cached.write(key, places, kept)
    else:
        places, kept = found
    return WordMap(
        words=vectors.index_to_key,
        places=places,
        order=order,
        landmarks=count,
        method=method,
        kept=kept,
        from_cache=found is not None,
        key=key,
    )


def first_places(vectors: KeyedVectors, norms: NDArray[np.float32]) -> NDArray[np.float32]:
    """The places of a "pca" map, which nobody has measured: float32 (V, 2).

    Args:
        vectors: Of the words.
        norms: Their lengths, from `row_norms`.

    Raises:
        ConfigError: Fewer than 11 words have a direction.
    """
    order, count = _landmark_rows(vectors, norms, None)
    return _Making(vectors.vectors, norms, order, count, None).places("pca")


class _Making:
    """A map on its way.

    Args:
        matrix: V×D.
        norms: V, its rows' lengths.
        order: Rows that have a direction, most frequent first.
        count: How many of them are landmarks.
        progress: Is told how far it is.
    """

    def __init__(
        self,
        matrix: Matrix,
        norms: NDArray[np.float32],
        order: NDArray[np.int64],
        count: int,
        progress: ProgressCallback | None,
    ) -> None:
        self._matrix, self._norms, self._order = matrix, norms, order
        self._landmarks = order[:count]
        self._units = directions(matrix[self._landmarks], norms[self._landmarks])
        self._progress = progress

    def places(self, method: Method) -> NDArray[np.float32]:
        """Places of all words."""
        with one_thread_a_product():
            mean, axes = components_of(self._units)
            if method == "pca":
                return projected(self._matrix, self._norms, mean, axes)
            start = ((self._units - mean) @ axes).astype(np.float32)
        places = neighbour_layout(self._units, start, self._meter("laying out landmarks", "rounds"))
        if len(self._landmarks) == len(self._order):
            everywhere = np.full((len(self._matrix), 2), np.nan, np.float32)
            everywhere[self._landmarks] = places
            return everywhere
        meter = self._meter("placing words", "words")
        return place_words(self._matrix, self._norms, self._landmarks, self._units, places, meter)

    def kept(self, places: NDArray[np.float32], seed: int) -> NeighboursKept:
        """How many true neighbours are neighbours on the map."""
        meter = self._meter("measuring", "words")
        meter.total = len(self._matrix)
        rows = sample_of(self._order, _SAMPLE, seed)
        true = nearest_among_all(self._matrix, self._norms, rows, TOPN, meter.update)
        found = nearest_on_map(places, rows, TOPN)
        everything = share_kept(self._units_of(rows), self._units_of, true, found)
        return NeighboursKept(
            landmarks=self._kept_of_landmarks(places, seed),
            placed=self._kept_of_placed(places, seed),
            everything=everything,
            sampled=_SAMPLE,
        )

    def _kept_of_landmarks(self, places: NDArray[np.float32], seed: int) -> float:
        asked = sample_of(np.arange(len(self._landmarks)), _SAMPLE, seed)
        true = nearest_landmarks(self._units, TOPN)[asked]
        found = nearest_on_map(places[self._landmarks], asked, TOPN)
        return share_kept(self._units[asked], self._units.__getitem__, true, found)

    def _kept_of_placed(self, places: NDArray[np.float32], seed: int) -> float | None:
        """The same of words that stand among the landmarks without being one."""
        rest = self._order[len(self._landmarks) :]
        if not len(rest):
            return None
        rows = sample_of(rest, _SAMPLE, seed)
        units = self._units_of(rows)
        true = nearest_landmarks(self._units, TOPN, asked=units)
        among = np.concatenate([places[self._landmarks], places[rows]])
        own = np.arange(len(self._landmarks), len(among))
        found = nearest_on_map(among, own, TOPN, stop=len(self._landmarks))
        return share_kept(units, self._units.__getitem__, true, found)

    def _units_of(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return directions(self._matrix[rows], self._norms[rows])

    def _meter(self, stage: str, unit: str) -> Meter:
        return Meter(stage, None, unit, self._progress)


def _vectors_of(model: Any) -> KeyedVectors:
    if isinstance(model, str | PathLike):
        return KeyedVectors.load(model)
    vectors = model if isinstance(model, KeyedVectors) else getattr(model, "wv", model)
    if not isinstance(vectors, KeyedVectors):
        raise ConfigError(f"got {type(model).__name__}; expected KeyedVectors, or the path of them")
    return vectors


def _landmark_rows(
    vectors: KeyedVectors, norms: NDArray[np.float32], landmarks: int | None
) -> tuple[NDArray[np.int64], int]:
    """Rows that have a direction, most frequent first, and how many of them are landmarks."""
    order = _by_frequency(vectors, norms)
    dimensions = vectors.vectors.shape[1]
    if len(order) < FEWEST_WORDS or dimensions < 2:
        raise ConfigError(
            f"{len(order):,} words of {dimensions:,} dimensions have a direction; a map takes "
            f"at least {FEWEST_WORDS} words of 2"
        )
    return order, min(len(order), _landmarks(landmarks, len(order)))


def _by_frequency(vectors: KeyedVectors, norms: NDArray[np.float32]) -> NDArray[np.int64]:
    """Rows that have a direction, most frequent first; in their order without counts."""
    rows = np.flatnonzero(norms > 0)
    counts = vectors.counts
    if counts is not None:
        rows = rows[np.argsort(-counts[rows], kind="stable")]
    return rows


def _landmarks(given: int | None, words: int) -> int:
    if given is not None:
        return given
    return _LANDMARKS if words <= _MANY else _LANDMARKS_OF_MANY
