"""Geometry of a set of vectors: how alike any two are, and how alike two sets of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.vectors.search import unit_rows

Wide = NDArray[np.float64]
Ints = NDArray[np.int64]

_NORMAL_95 = 1.959964
_BATCH = 256
_FEWEST = 4


@dataclass(frozen=True)
class Estimate:
    """A mean and its error.

    Attributes:
        value: The mean; NaN where there was nothing to take it of.
        half: Half of its 95 % interval, by the normal distribution; NaN where of one thing only.
        of: How many things.
    """

    value: float
    half: float
    of: int

    @classmethod
    def mean(cls, values: Wide) -> Estimate:
        """Of values that are independent of one another (n)."""
        count = len(values)
        if not count:
            return cls(math.nan, math.nan, 0)
        spread = float(values.std(ddof=1)) if count > 1 else math.nan
        return cls(float(values.mean()), _NORMAL_95 * spread / math.sqrt(count), count)

    def minus(self, other: Estimate) -> Estimate:
        """The difference; the two errors are taken for independent."""
        return Estimate(self.value - other.value, math.hypot(self.half, other.half), self.of)


@dataclass(frozen=True)
class ExpectedCosine:
    """The cosine that two random words may be expected to have.

    Attributes:
        cosine: Its mean; `of` counts the words.
        contributions: The part that each dimension has in it (D); their sum is the mean. Timkey and
            van Schijndel 2021, equation 3.
    """

    cosine: Estimate
    contributions: Wide


def expected_cosine(rows: NDArray[Any], contexts: Ints, words: Ints) -> ExpectedCosine:
    """The mean cosine of all pairs of different words in different contexts (Ethayarajh 2019).

    Its error is that of a U-statistic (Hoeffding 1948), the words of a context taken together.

    Args:
        rows: A vector each (n × D).
        contexts: The number of each one's sentence (n).
        words: The number of each one's spelling (n).
    """
    unit = unit_rows(rows.astype(np.float64))
    both = np.unique(np.stack([contexts, words], axis=1), axis=0, return_inverse=True)[1].ravel()
    others, counts = np.tile(unit.sum(axis=0), (len(unit), 1)), np.full(len(unit), len(unit))
    for labels, sign in ((contexts, -1), (words, -1), (both, 1)):
        groups = np.unique(labels, return_inverse=True)[1].ravel()
        sums = np.zeros((groups.max(initial=-1) + 1, unit.shape[1]))
        np.add.at(sums, groups, unit)
        others += sign * sums[groups]
        counts += sign * np.bincount(groups)[groups]
    pairs = int(counts.sum())
    if not pairs:
        return ExpectedCosine(Estimate(math.nan, math.nan, 0), np.full(unit.shape[1], math.nan))
    products = unit * others
    contributions = products.sum(axis=0) / pairs
    value = float(contributions.sum())
    away = products.sum(axis=1) - value * counts
    by_context = np.bincount(np.unique(contexts, return_inverse=True)[1].ravel(), weights=away)
    error = 2 * math.sqrt(float(by_context @ by_context)) / pairs
    return ExpectedCosine(Estimate(value, _NORMAL_95 * error, len(unit)), contributions)


def cka(first: Sequence[NDArray[Any]], second: Sequence[NDArray[Any]]) -> Wide:
    """Linear centred kernel alignment of sets of vectors of the same n words (k × m).

    Kornblith et al. 2019, with HSIC estimated without bias (Song et al. 2012) in batches of some
    256 words and averaged (Nguyen, Raghu and Kornblith 2021), so that neither few words nor many
    dimensions raise it and memory does not grow with n². 1 for sets that are turned or scaled
    copies of each other; about 0, on either side, for unrelated ones.

    Args:
        first, second: k and m sets, each n × D of any D; the same words in the same order.

    Raises:
        ConfigError: There are fewer than 4 words, or not as many in each set.
    """
    counts = {len(rows) for rows in [*first, *second]}
    if len(counts) != 1:
        raise ConfigError(f"sets of {sorted(counts)} vectors; expected the same words in each")
    count = counts.pop()
    if count < _FEWEST:
        raise ConfigError(f"{count} words to compare; CKA takes {_FEWEST} at least")
    cross = np.zeros((len(first), len(second)))
    own, others = np.zeros(len(first)), np.zeros(len(second))
    for part in np.array_split(np.arange(count), max(1, count // _BATCH)):
        ones, twos = (np.stack([_centred(rows[part]) for rows in sets]) for sets in (first, second))
        weight = 1 / (len(part) * (len(part) - 3))
        cross += weight * (ones @ twos.T)
        own += weight * np.einsum("kp,kp->k", ones, ones)
        others += weight * np.einsum("kp,kp->k", twos, twos)
    scale = np.sqrt(np.outer(own, others))
    return np.divide(cross, scale, out=np.full_like(cross, np.nan), where=scale > 0)


def _centred(rows: NDArray[Any]) -> Wide:
    """The Gram matrix, its diagonal left out, centred without bias, flat (n²).

    The product of two of them, over n (n − 3), is HSIC₁ (Székely and Rizzo 2014, U-centring).
    """
    wide = rows.astype(np.float64)
    wide -= wide.mean(axis=0)  # changes nothing but rounding
    gram = wide @ wide.T
    np.fill_diagonal(gram, 0)
    count = len(gram)
    sums = gram.sum(axis=1) / (count - 2)
    gram -= sums[:, None] + sums[None] - sums.sum() / (count - 1)
    np.fill_diagonal(gram, 0)
    flat: Wide = gram.ravel()
    return flat
