"""Means of words' vectors, and what they tell: how near two sets are, which word does not fit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lexiscope.errors import ConfigError
from lexiscope.formats.contract import Matrix
from lexiscope.vectors.errors import EmptySetError, KeyTypeError
from lexiscope.vectors.keys import KEY_TYPES, Key
from lexiscope.vectors.search import cosine, unit
from lexiscope.vectors.table import VectorTable


class Means(VectorTable):
    """A table that is asked for means of its rows."""

    def get_mean_vector(
        self,
        keys: Iterable[Key | Matrix],
        weights: Sequence[float] | NDArray[Any] | None = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = True,
    ) -> NDArray[np.float32]:
        """The weighted mean of words and vectors (D): their sum, divided by that of |weights|.

        Rows that are not finite are left out, as unknown words are.

        Args:
            keys: Words and vectors.
            weights: One each; all 1 where None.
            pre_normalize: Scale the words' vectors to length 1 first; vectors are taken as given.
            post_normalize: Scale the mean to length 1.
            ignore_missing: Whether unknown words are left out; else they are an error.

        Returns:
            float32; zeros where nothing is left.

        Raises:
            ConfigError: There are no keys, or a weight too many or too few.
            KeyTypeError: Something is neither a word nor a vector.
            UnknownWordError: A word has no vector, and is not to be left out.
        """
        items = list(keys)
        if not items:
            raise ConfigError("no words to take the mean of; give at least one")
        factors = [1.0] * len(items) if weights is None else [float(weight) for weight in weights]
        if len(factors) != len(items):
            raise ConfigError(f"{len(factors)} weights for {len(items)} words; expected one each")
        mean = np.zeros(self.vector_size, dtype=np.float64)
        total = 0.0
        for item, factor in zip(items, factors, strict=True):
            if not isinstance(item, KEY_TYPES):
                vector = self._as_vector(item)
            elif ignore_missing and item not in self:
                continue
            else:
                vector = self.get_vector(item)
                if not np.isfinite(vector).all():
                    continue
                vector = unit(vector) if pre_normalize else vector
            mean += factor * vector.astype(np.float64)
            total += abs(factor)
        if total > 0:
            mean /= total
        result: NDArray[np.float32] = mean.astype(np.float32)
        return unit(result) if post_normalize else result

    def n_similarity(self, ws1: Collection[Key], ws2: Collection[Key]) -> float:
        """The cosine of the means of two sets of words; unknown words are left out.

        Raises:
            EmptySetError: A set is empty.
        """
        if not len(ws1) or not len(ws2):
            raise EmptySetError("n_similarity needs at least one word in each of the two sets")
        one = self.get_mean_vector(ws1, pre_normalize=False)
        return cosine(one, self.get_mean_vector(ws2, pre_normalize=False))

    def rank_by_centrality(
        self, words: Iterable[Key], use_norm: bool = True
    ) -> list[tuple[float, Key]]:
        """Words by their cosine with the mean of all of them; unknown words are left out.

        Args:
            words: The words.
            use_norm: Whether each is scaled to length 1 first. Else the mean is one of the rows as
                they are, and the product with it is given instead of the cosine.

        Returns:
            [(cosine, word), …], highest first.

        Raises:
            ConfigError: None of the words has a vector.
        """
        known = [word for word in words if word in self]
        if not known:
            raise ConfigError("none of the words is in the vocabulary; give words that are")
        mean = self.get_mean_vector(known, pre_normalize=use_norm, post_normalize=True)
        ranked = [(self._closeness(word, mean, use_norm), word) for word in known]
        return sorted(ranked, key=lambda pair: (pair[0], str(pair[1])), reverse=True)

    def _closeness(self, word: Key, mean: NDArray[np.float32], use_norm: bool) -> float:
        vector = self.get_vector(word)
        if use_norm:
            return cosine(vector, mean)
        return float(vector @ mean) if np.isfinite(vector).all() else 0.0

    def doesnt_match(self, words: Iterable[Key]) -> Key:
        """The word farthest from the mean of all; unknown words are left out.

        Raises:
            ConfigError: None of the words has a vector.
        """
        return self.rank_by_centrality(words)[-1][1]

    def _as_vector(self, value: ArrayLike) -> Matrix:
        vector = np.asarray(value)
        if vector.shape != (self.vector_size,) or vector.dtype.kind not in "fiu":
            raise KeyTypeError(
                f"got {type(value).__name__} of shape {vector.shape}, expected a word or a vector "
                f"of {self.vector_size} numbers"
            )
        return vector.astype(np.float32, copy=False)
