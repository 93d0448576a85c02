"""Fitting: from vectors, in memory or in a stream, to a post-processing of some kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice, number, whole
from lexiscope.errors import ConfigError
from lexiscope.vectors.keyed_vectors import KeyedVectors
from lexiscope.vectors.postprocessing import stored
from lexiscope.vectors.postprocessing.kinds import (
    KINDS,
    OUTLIER_DEVIATIONS,
    AllButTheTop,
    OutlierDimensions,
    Postprocessing,
    Standardising,
    Whitening,
)
from lexiscope.vectors.postprocessing.moments import Moments

_ROWS = 4096
_FEWEST = 2
FACT = "postprocessing"


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """What is fitted.

    Attributes:
        kind: "all-but-the-top", "whitening", "standardising" or "outlier-dimensions".
        directions: Principal directions that all-but-the-top takes away; None for D/100.
        components: Components that whitening keeps; None for all in which the vectors vary.
        threshold: Standard deviations beyond which a dimension is an outlier.

    Raises:
        ConfigError: A value is out of its range, or belongs to another kind.
    """

    kind: str
    directions: int | None = None
    components: int | None = None
    threshold: float = OUTLIER_DEVIATIONS

    def __post_init__(self) -> None:
        choice("kind", self.kind, list(KINDS))
        for name, value, kind in (
            ("directions", self.directions, AllButTheTop.kind),
            ("components", self.components, Whitening.kind),
        ):
            if value is None:
                continue
            if self.kind != kind:
                raise ConfigError(f"{name}={value} belongs to {kind}, not to {self.kind}")
            whole(name, value, 1)
        number("threshold", self.threshold, 0.1, 100)
        if self.threshold != OUTLIER_DEVIATIONS and self.kind != OutlierDimensions.kind:
            raise ConfigError(
                f"threshold={self.threshold:g} belongs to {OutlierDimensions.kind}, not to "
                f"{self.kind}"
            )

    @property
    def covariances(self) -> bool:
        """Whether it needs how dimensions vary together."""
        return self.kind in (AllButTheTop.kind, Whitening.kind)

    def of(self, moments: Moments) -> Postprocessing:
        """The post-processing for vectors of these moments.

        Raises:
            ConfigError: There are fewer than two of them, or they do not vary enough.
        """
        if moments.count < _FEWEST:
            raise ConfigError(
                f"{moments.count} vectors to fit on; expected {_FEWEST} at least, better as many "
                "as there are dimensions, and more"
            )
        if self.kind == AllButTheTop.kind:
            return AllButTheTop.fit(moments, self.directions)
        if self.kind == Whitening.kind:
            return Whitening.fit(moments, self.components)
        if self.kind == Standardising.kind:
            return Standardising.fit(moments)
        return OutlierDimensions.fit(moments, self.threshold)


def fit(blocks: Iterable[NDArray[Any]], options: FitOptions) -> Postprocessing:
    """Fits on vectors that come in blocks (each n × D), seen once; memory does not grow with them.

    Raises:
        ConfigError: There are too few, they are of different widths, or do not vary.
    """
    moments: Moments | None = None
    for block in blocks:
        if moments is None:
            moments = Moments(block.shape[-1], covariances=options.covariances)
        moments.add(block)
    return options.of(Moments(1) if moments is None else moments)


def fit_vectors(
    vectors: KeyedVectors, options: FitOptions, *, sample: int | None = None, seed: int = 1
) -> Postprocessing:
    """Fits on the vectors of words, each counted once.

    Args:
        vectors: The words.
        options: What is fitted.
        sample: So many of them, drawn by `seed`; None for all.
        seed: Of the draw.

    Raises:
        ConfigError: As `fit`.
    """
    matrix = vectors.vectors
    rows = np.arange(len(matrix))
    if sample is not None and whole("sample", sample, _FEWEST) < len(rows):
        rows = np.sort(np.random.default_rng(seed).choice(len(rows), sample, replace=False))
    return fit(
        (matrix[rows[start : start + _ROWS]] for start in range(0, len(rows), _ROWS)), options
    )


def processed(vectors: KeyedVectors, postprocessing: Postprocessing) -> KeyedVectors:
    """The same words with their vectors post-processed; what was done is told in `metadata`.

    Output rows and subwords are left behind: they stand in the space of before.

    Raises:
        ConfigError: The vectors are of another width than those that it was fitted on.
    """
    done = list(vectors.metadata.get(FACT, ()))
    return KeyedVectors(
        list(vectors.index_to_key),
        postprocessing.apply(vectors.vectors),
        counts=vectors.counts,
        metadata={**vectors.metadata, FACT: [*done, stored.facts(postprocessing)]},
        warnings=vectors.warnings,
        distinct=True,
    )
