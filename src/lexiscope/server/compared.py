"""A comparison of two models, as the page shows it: beside the first, which is what is open."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors.comparing.comparison import Comparison
from lexiscope.vectors.layout.placing import NEAREST, mean_places, usual_radius

# Words of the first model among which one of the second is looked for, the most frequent.
_AMONG = 5_000


@dataclass(frozen=True, kw_only=True)
class Score:
    """What one model has in one file of judgements.

    Attributes:
        value: Spearman's ρ of pairs, the share of right answers to analogies; None where nothing
            was asked.
        low, high: What 95 % of resamples lie between; None where that is not known.
        used, total: Pairs or questions whose words the model knows, and all.
    """

    value: float | None
    low: float | None
    high: float | None
    used: int
    total: int


@dataclass(frozen=True, kw_only=True)
class BothScores:
    """Two models in one file of judgements.

    Attributes:
        name: The file.
        kind: What is in it.
        first, second: What either has.
    """

    name: str
    kind: Literal["pairs", "analogies"]
    first: Score
    second: Score


@dataclass(frozen=True, kw_only=True)
class ComparedModels:
    """Two models that were compared.

    Attributes:
        first, second: What they are called.
        result: The comparison.
        scores: How they do in files of judgements, where some were given.
        centred: Whether the mean was taken away before.
    """

    first: str
    second: str
    result: Comparison
    scores: Sequence[BothScores] = ()
    centred: bool = False

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits of all that decides what is shown."""
        result = self.result
        facts = (self.first, self.second, self.scores, self.centred, result.topn, result.sizes)
        digest = hashlib.blake2b(repr(facts).encode("utf-8", "backslashreplace"), digest_size=8)
        # The turn and the shifts follow from every number of both.
        arrays = [result.turn, result.shifts, *result.lengths, *result.rows]
        if result.test is not None:
            arrays.append(result.test.p_values)
        for array in arrays:
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def ends(self, asked: NDArray[np.int64], places: NDArray[np.float32]) -> NDArray[np.float32]:
        """Where words of the second model would stand on the first's map: float32 (Q, 2).

        That is among the 10 words that stand nearest to them when the second is turned onto the
        first, as a map places words that are no landmarks.

        Args:
            asked: int64 (Q,), their places among the common words.
            places: float32 (V, 2), the common words' on the map; NaN for one without.
        """
        known = np.flatnonzero(np.isfinite(places[:, 0]))[:_AMONG]
        topn = min(NEAREST, len(known) - 1)
        rows, cosines = self.result.where_seconds_stand(asked, known, topn)
        return mean_places(cosines, places[rows], usual_radius(places[known]))
