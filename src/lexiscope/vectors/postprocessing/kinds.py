"""Kinds of post-processing that papers recommend, each what it subtracts, scales or turns.

All are fitted on `Moments` and all are applied in float64, to give float32. A row of NaN, a word
without a token, stays one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.vectors.postprocessing.moments import Moments, Wide

Floats = NDArray[np.float32]
Fields = dict[str, NDArray[Any]]

# Dimensions a principal direction that all-but-the-top takes away (Mu and Viswanath: D / 100).
_DIMENSIONS_EACH = 100
_ROWS = 4096
# What is left of an eigenvalue by rounding, times D and the largest of them.
_ROUNDING = float(np.finfo(np.float64).eps)
# Standard deviations from the mean of all dimensions (Kovaleva et al.).
OUTLIER_DEVIATIONS = 3.0


class Postprocessing(Protocol):
    """What is done to vectors after they were made.

    Attributes:
        kind: Its name.
        arrays: The fields that it is stored as, name → number of axes.
    """

    kind: ClassVar[str]
    arrays: ClassVar[Mapping[str, int]]

    @property
    def size(self) -> int:
        """D of the vectors that come in."""

    @property
    def out(self) -> int:
        """D of those that go out."""

    def apply(self, rows: NDArray[Any]) -> Floats:
        """The vectors (n × `size`, of any precision) as they are afterwards (n × `out`).

        Raises:
            ConfigError: They are of another width.
        """

    def told(self) -> str:
        """What it does, in one line."""


class _Rowwise:
    """Rows checked for their width and made float64 block by block."""

    @property
    def size(self) -> int:
        raise NotImplementedError

    @property
    def out(self) -> int:
        return self.size

    def apply(self, rows: NDArray[Any]) -> Floats:
        if rows.ndim != 2 or rows.shape[1] != self.size:
            raise ConfigError(
                f"vectors of shape {rows.shape}: this post-processing was fitted on {self.size} "
                f"dimensions; expected n × {self.size}"
            )
        processed = np.empty((len(rows), self.out), np.float32)
        for start in range(0, len(rows), _ROWS):
            block = rows[start : start + _ROWS].astype(np.float64)
            processed[start : start + _ROWS] = self._block(block)
        return processed

    def _block(self, block: Wide) -> Wide:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class AllButTheTop(_Rowwise):
    """The mean and the first principal directions taken away.

    Mu and Viswanath 2018, "All-but-the-Top: Simple and Effective Postprocessing for Word
    Representations": v − μ − Σ (uᵢ·(v − μ)) uᵢ. (Their algorithm has uᵢ·v; without the mean nothing
    is left along u.)

    Attributes:
        mean: μ (D).
        directions: u, orthonormal rows (k × D).
    """

    kind: ClassVar[str] = "all-but-the-top"
    arrays: ClassVar[Mapping[str, int]] = {"mean": 1, "directions": 2}
    mean: Wide
    directions: Wide

    @classmethod
    def fit(cls, moments: Moments, directions: int | None) -> AllButTheTop:
        """Of the moments of vectors; D/100 directions, at least one, where none are named."""
        wanted = (
            max(1, round(moments.size / _DIMENSIONS_EACH)) if directions is None else directions
        )
        values, axes = principal(moments)
        if wanted > len(values):
            raise ConfigError(
                f"{wanted} directions to take away: the {moments.count:,} vectors vary in "
                f"{len(values)} only"
            )
        return cls(mean=moments.mean, directions=np.ascontiguousarray(axes[:, :wanted].T))

    @property
    def size(self) -> int:
        return len(self.mean)

    def _block(self, block: Wide) -> Wide:
        centred = block - self.mean
        rest: Wide = centred - (centred @ self.directions.T) @ self.directions
        return rest

    def told(self) -> str:
        return f"mean and {len(self.directions)} principal directions taken away"


@dataclass(frozen=True, kw_only=True)
class Whitening(_Rowwise):
    """Vectors turned to their principal components, each scaled to variance 1.

    Su et al. 2021, "Whitening Sentence Representations for Better Semantics and Faster Retrieval":
    (v − μ) W with W = U Λ^(−1/2), Σ = U Λ Uᵀ, and the first k columns of W.

    Attributes:
        mean: μ (D).
        matrix: W (D × k).
    """

    kind: ClassVar[str] = "whitening"
    arrays: ClassVar[Mapping[str, int]] = {"mean": 1, "matrix": 2}
    mean: Wide
    matrix: Wide

    @classmethod
    def fit(cls, moments: Moments, components: int | None) -> Whitening:
        """Of the moments of vectors; with all components in which they vary where none are named.

        A component without variance, of which there is one at least where there are no more
        vectors than dimensions, has nothing to scale, and is left out.
        """
        values, axes = principal(moments)
        if components is not None and components > len(values):
            raise ConfigError(
                f"{components} components: the {moments.count:,} vectors vary in {len(values)} only"
            )
        kept = len(values) if components is None else components
        return cls(mean=moments.mean, matrix=axes[:, :kept] / np.sqrt(values[:kept]))

    @property
    def size(self) -> int:
        return len(self.mean)

    @property
    def out(self) -> int:
        return int(self.matrix.shape[1])

    def _block(self, block: Wide) -> Wide:
        return (block - self.mean) @ self.matrix

    def told(self) -> str:
        return f"{self.out} of {self.size} principal components, each of variance 1"


@dataclass(frozen=True, kw_only=True)
class Standardising(_Rowwise):
    """Each dimension with mean 0 and variance 1.

    Timkey and van Schijndel 2021, "All Bark and No Bite: Rogue Dimensions in Transformer Language
    Models Obscure Representational Quality": (v − μ) / σ. A dimension that does not vary becomes 0.

    Attributes:
        mean: μ (D).
        deviations: σ (D).
    """

    kind: ClassVar[str] = "standardising"
    arrays: ClassVar[Mapping[str, int]] = {"mean": 1, "deviations": 1}
    mean: Wide
    deviations: Wide

    @classmethod
    def fit(cls, moments: Moments) -> Standardising:
        """Of the moments of vectors."""
        return cls(mean=moments.mean, deviations=np.sqrt(moments.variances()))

    @property
    def size(self) -> int:
        return len(self.mean)

    def _block(self, block: Wide) -> Wide:
        varies = self.deviations > 0
        scaled: Wide = (block - self.mean) / np.where(varies, self.deviations, np.inf)
        return scaled

    def told(self) -> str:
        still = int((self.deviations == 0).sum())
        return f"{self.size} dimensions standardised" + (f", {still} do not vary" if still else "")


@dataclass(frozen=True, kw_only=True)
class OutlierDimensions(_Rowwise):
    """The few dimensions whose values are far from all others', set to 0.

    Kovaleva et al. 2021, "BERT Busters: Outlier Dimensions that Disrupt Transformers": further than
    three standard deviations from the mean over the dimensions. They look at the weights of layer
    norms; here it is the vectors' own, each dimension's mean and its standard deviation, of which
    either may stand out. So it goes for static vectors too.

    Attributes:
        mask: 1 for a dimension that is kept, 0 for one that is not (D).
    """

    kind: ClassVar[str] = "outlier-dimensions"
    arrays: ClassVar[Mapping[str, int]] = {"mask": 1}
    mask: Wide

    @classmethod
    def fit(cls, moments: Moments, threshold: float = OUTLIER_DEVIATIONS) -> OutlierDimensions:
        """Of the moments of vectors; further out than `threshold` standard deviations."""
        far = np.zeros(moments.size, bool)
        for values in (moments.mean, np.sqrt(moments.variances())):
            far |= np.abs(values - values.mean()) > threshold * values.std()
        return cls(mask=(~far).astype(np.float64))

    @property
    def dimensions(self) -> list[int]:
        """Those that are set to 0, from 0."""
        return np.flatnonzero(self.mask == 0).tolist()

    @property
    def size(self) -> int:
        return len(self.mask)

    def _block(self, block: Wide) -> Wide:
        return block * self.mask

    def told(self) -> str:
        numbers = self.dimensions
        shown = ", ".join(map(str, numbers[:10])) + (", …" if len(numbers) > 10 else "")
        return f"{len(numbers)} of {self.size} dimensions set to 0" + (
            f" ({shown})" if shown else ""
        )


KINDS: dict[str, Any] = {
    kind.kind: kind for kind in (AllButTheTop, Whitening, Standardising, OutlierDimensions)
}


def principal(moments: Moments) -> tuple[Wide, Wide]:
    """Variances along the principal axes, the largest first (r), and the axes (D × r).

    Axes along which nothing varies but by rounding are left out. Which way an axis points is the
    library's accident; its largest part is made positive.

    Raises:
        ConfigError: The vectors do not vary at all.
    """
    values, axes = np.linalg.eigh(moments.covariance())
    values, axes = values[::-1], axes[:, ::-1]
    least = max(float(values[0]), 0.0) * moments.size * _ROUNDING
    rank = min(int((values > least).sum()), moments.count - 1)
    if rank < 1:
        raise ConfigError(
            f"{moments.count:,} vectors that are all alike: there is nothing to fit; take more"
        )
    values, axes = values[:rank], axes[:, :rank]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=0)[None], axis=0)
    return values, axes * np.where(largest < 0, -1.0, 1.0)
