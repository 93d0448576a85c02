"""Means of words' vectors, and what they tell: how near two sets are, which word does not fit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lexiscope.errors import ConfigError
from lexiscope.formats.contract import Matrix
from lexiscope.vectors.asking import is_batch, paired
from lexiscope.vectors.errors import EmptySetError, KeyTypeError
from lexiscope.vectors.keys import KEY_TYPES, Key
from lexiscope.vectors.search import cosine, unit
from lexiscope.vectors.spaces import InSpaces, Space


class Means(InSpaces):
    """A table that is asked for means of its rows."""

    def get_mean_vector(
        self,
        keys: Iterable[Key | Matrix],
        weights: Sequence[float] | NDArray[Any] | None = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = True,
        *,
        space: Space = "input",
    ) -> NDArray[np.float32]:
        """The weighted mean of words and vectors (D): their sum, divided by that of |weights|.

        Rows that are not finite are left out, as unknown words are.

        Args:
            keys: Words and vectors.
            weights: One each; all 1 where None.
            pre_normalize: Scale the words' vectors to length 1 first; vectors are taken as given.
            post_normalize: Scale the mean to length 1.
            ignore_missing: Whether unknown words are left out; else they are an error.
            space: Which rows of the words: see `spaces.Space`.

        Returns:
            float32; zeros where nothing is left.

        Raises:
            ConfigError: There are no keys, or a weight too many or too few.
            KeyTypeError: Something is neither a word nor a vector.
            UnknownWordError: A word has no vector, and is not to be left out.
        """
        if space != "input":
            return self.in_space(space).get_mean_vector(
                keys, weights, pre_normalize, post_normalize, ignore_missing
            )
        items = list(keys)
        if not items:
            raise ConfigError("no words to take the mean of; give at least one")
        factors = [1.0] * len(items) if weights is None else [float(weight) for weight in weights]
        if len(factors) != len(items):
            raise ConfigError(f"{len(factors)} weights for {len(items)} words; expected one each")
        wide, chosen, words = self._given(items, ignore_missing)
        kept = factors if len(chosen) == len(items) else [factors[place] for place in chosen]
        result = weighted_mean(wide, kept, words, pre_normalize)
        return unit(result) if post_normalize else result

    def _given(
        self, items: Sequence[Any], ignore_missing: bool
    ) -> tuple[NDArray[np.float64], Sequence[int], list[bool]]:
        """The vectors of words and vectors (n×D); whose they are; which ones are words'."""
        index = self.key_to_index
        if self._asked is None:
            rows: list[Any] = [
                index.get(item) if isinstance(item, KEY_TYPES) else None for item in items
            ]
            if None not in rows:
                wide = self._matrix.take(rows, axis=0).astype(np.float64)
                return wide, range(len(rows)), [True] * len(rows)
        vectors: list[Matrix] = []
        chosen: list[int] = []
        words: list[bool] = []
        for place, item in enumerate(items):
            is_word = isinstance(item, KEY_TYPES)
            if is_word and ignore_missing and item not in self:
                continue
            vectors.append(self._asked_vector(item) if is_word else self._as_vector(item))
            chosen.append(place)
            words.append(is_word)
        wide = np.array(vectors, dtype=np.float64).reshape(len(vectors), self.vector_size)
        return wide, chosen, words

    def n_similarity(self, ws1: Any, ws2: Any, *, space: Space = "input") -> Any:
        """The cosine of the means of two sets of words; unknown words are left out.

        Args:
            ws1, ws2: The words of each; or lists of such lists, for a cosine (float32) each.
            space: See `spaces.Space`.

        Raises:
            EmptySetError: A set is empty.
            ConfigError: There are more sets on one side than on the other.
        """
        if space != "input":
            return self.in_space(space).n_similarity(ws1, ws2)
        if is_batch(ws1) or is_batch(ws2):
            values = [self.n_similarity(one, other) for one, other in paired(ws1, ws2)]
            return np.array(values, np.float32)
        if not len(ws1) or not len(ws2):
            raise EmptySetError("n_similarity needs at least one word in each of the two sets")
        one = self.get_mean_vector(ws1, pre_normalize=False)
        return cosine(one, self._searched().get_mean_vector(ws2, pre_normalize=False))

    def rank_by_centrality(
        self, words: Iterable[Key], use_norm: bool = True, *, space: Space = "input"
    ) -> list[tuple[float, Key]]:
        """Words by their cosine with the mean of all of them; unknown words are left out.

        Args:
            words: The words.
            use_norm: Whether each is scaled to length 1 first. Else the mean is one of the rows as
                they are, and the product with it is given instead of the cosine.
            space: See `spaces.Space`.

        Returns:
            [(cosine, word), …], highest first.

        Raises:
            ConfigError: None of the words has a vector.
        """
        if space != "input":
            return self.in_space(space).rank_by_centrality(words, use_norm)
        known = [word for word in words if word in self]
        if not known:
            raise ConfigError("none of the words is in the vocabulary; give words that are")
        asked = rows = _directed(self._given(known, False)[0], use_norm)
        if self._asked is not None:
            rows = _directed(self._searched()._given(known, False)[0], use_norm)
        mean = np.ones(len(asked)).dot(asked)
        length = math.sqrt(mean.dot(mean))
        values = (rows.dot(mean) / (length or 1.0)).tolist()
        ranked = zip(values, known, strict=True)
        return sorted(ranked, key=_by_value_and_word, reverse=True)

    def doesnt_match(self, words: Any, *, space: Space = "input") -> Any:
        """The word farthest from the mean of all; unknown words are left out.

        Args:
            words: The words; or a list of lists, for a word each.
            space: See `spaces.Space`.

        Raises:
            ConfigError: None of the words has a vector.
        """
        if is_batch(words):
            return [self.doesnt_match(some, space=space) for some in words]
        return self.rank_by_centrality(words, space=space)[-1][1]

    def _as_vector(self, value: ArrayLike) -> Matrix:
        vector = np.asarray(value)
        if vector.shape != (self.vector_size,) or vector.dtype.kind not in "fiu":
            raise KeyTypeError(
                f"got {type(value).__name__} of shape {vector.shape}, expected a word or a vector "
                f"of {self.vector_size} numbers"
            )
        return vector.astype(np.float32, copy=False)


def _directed(rows: NDArray[np.float64], use_norm: bool) -> NDArray[np.float64]:
    """Rows (n×D), each of length 1 where that is wanted; zeros for those that are not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        squares = [float(row.dot(row)) for row in rows]
        if use_norm:
            lengths = [math.sqrt(square) if 0 < square < math.inf else 1 for square in squares]
            rows = rows / np.array(lengths)[:, None]
    if not all(map(math.isfinite, squares)):
        rows[[not math.isfinite(square) for square in squares]] = 0
    return rows


def _by_value_and_word(pair: tuple[float, Key]) -> tuple[float, str]:
    return pair[0], str(pair[1])


def weighted_mean(
    wide: NDArray[np.float64],
    factors: Sequence[float],
    words: Sequence[bool],
    pre_normalize: bool,
) -> NDArray[np.float32]:
    """The sum of some vectors times their factors, divided by the sum of |factors|.

    Args:
        wide: n×D; rows of words that are not finite are left out.
        factors: n.
        words: Which ones are words'.
        pre_normalize: Whether those are scaled to length 1.
    """
    weights = np.array(factors)
    total = sum(map(abs, factors))
    with np.errstate(over="ignore", invalid="ignore"):
        if pre_normalize:
            squares = [
                float(vector.dot(vector)) if is_word else 1.0
                for vector, is_word in zip(wide, words, strict=True)
            ]
            wide = wide / np.array([math.sqrt(square) or 1.0 for square in squares])[:, None]
            # As `unit` rounds it: a word and its vector of length 1 give the same answer.
            wide = wide.astype(np.float32).astype(np.float64)
        mean = weights.dot(wide)
        if not math.isfinite(mean.dot(mean)):
            kept = np.isfinite(wide).all(axis=1) | ~np.array(words)
            mean, total = weights[kept].dot(wide[kept]), float(np.abs(weights[kept]).sum())
    if total > 0:
        mean /= total
    result: NDArray[np.float32] = mean.astype(np.float32)
    return result
