"""Mix of layers, learned on usage pairs: what each layer should count in a word's vector.

A scalar mix (Peters et al. 2018) with weights w ≥ 0 that sum to 1, w = softmax(s). Of a pair whose
word has the states U and V (L + 1 × D each) the mixed vectors' cosine is

    wᵀ(UVᵀ)w / √(wᵀ(UUᵀ)w · wᵀ(VVᵀ)w),

so that three small tables a pair are all that is kept of the model. The weights make Pearson's r of
the cosines with the scores large, less λ‖w − 1/(L + 1)‖²: without pairs that say otherwise, all
layers count alike. λ is chosen by cross-validation. What the report tells of the mix is of pairs
that neither the weights nor λ were chosen on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.uses.usage import UsagePair, states_of_pairs
from lexiscope.errors import ConfigError, CorpusError, FormatError
from lexiscope.files import json_document
from lexiscope.files.atomic import atomic_file
from lexiscope.vectors.statistics import Correlation, spearman

Wide = NDArray[np.float64]
Ints = NDArray[np.int64]

PENALTIES = (0.03, 0.3, 3.0)
_LEAST_PAIRS, _INNER_FOLDS = 10, 3
_MOST_VALUES = 1 << 27
_STEPS, _SMALL = 40, 1e-5


@dataclass(frozen=True, kw_only=True)
class LearnedMix:
    """Weights of layers, and how they fare on pairs that they were not learned on.

    Attributes:
        weights: One a layer, from 0 to L; not below 0, their sum is 1.
        penalty: λ, as chosen on all pairs.
        pairs, folds: How many there were.
        held_out: Spearman of the scores with the cosines of the mix, each pair's from weights and a
            λ that were chosen without it.
        uniform: With the cosines of all layers alike.
        best_layer: With the cosines of one layer, chosen as the weights were.
        fitted: With the cosines of `weights`, on the very pairs that they were learned on.
    """

    weights: Wide
    penalty: float
    pairs: int
    folds: int
    held_out: Correlation
    uniform: Correlation
    best_layer: Correlation
    fitted: Correlation

    def document(self) -> dict[str, Any]:
        """It as plain data."""
        spearmans = ("held_out", "uniform", "best_layer", "fitted")
        return {
            "layers": list(range(len(self.weights))),
            "layer_weights": [round(weight, 6) for weight in self.weights.tolist()],
            "penalty": self.penalty,
            "pairs": self.pairs,
            "folds": self.folds,
            "spearman": {name: getattr(self, name).value for name in spearmans},
        }


def learn_mix(
    encoder: WordEncoder, pairs: Sequence[UsagePair], *, folds: int = 5, seed: int = 1
) -> LearnedMix:
    """Learns what each layer should count, so that cosines follow the scores.

    Args:
        encoder: Its model counts; its layers and pooling do not, tokens of a word are averaged.
        pairs: Ten at least, whose scores differ.
        folds: Parts of the pairs, each held out once.
        seed: Of their draw.

    Raises:
        ConfigError: There are too few pairs or too many, a number is out of range, or the model's
            layers are of different widths.
        WordNotThereError: A sentence has no such word.
    """
    whole("folds", folds, 2, 100)
    whole("seed", seed, 0)
    scores = np.array([pair.score for pair in pairs], np.float64)
    if len(pairs) < max(_LEAST_PAIRS, 2 * folds) or np.ptp(scores) == 0:
        raise CorpusError(
            f"{len(pairs)} pairs: weights are learned on {max(_LEAST_PAIRS, 2 * folds)} at least, "
            "whose scores are not all the same"
        )
    if len(pairs) * (encoder.model.layers + 1) ** 2 > _MOST_VALUES:
        raise ConfigError(f"{len(pairs):,} pairs are too many to be held; give fewer")
    products = _Products.of(*states_of_pairs(encoder, pairs))
    parts = np.random.default_rng(seed).permutation(len(pairs)) % folds
    held_out, one_layer = (
        _held_out(products, scores, parts, learn) for learn in (_chosen_weights, _best_layer)
    )
    penalty = _chosen_penalty(products, scores)
    weights = _weights(products, scores, penalty)
    alike = np.full(len(weights), 1 / len(weights))
    return LearnedMix(
        weights=weights,
        penalty=penalty,
        pairs=len(pairs),
        folds=folds,
        held_out=spearman(held_out, scores),
        uniform=spearman(products.cosines(alike), scores),
        best_layer=spearman(one_layer, scores),
        fitted=spearman(products.cosines(weights), scores),
    )


def write_mix(mix: LearnedMix, model: str, path: str | PathLike[str]) -> None:
    """Writes a mix as JSON, for `read_mix`.

    Raises:
        OSError: The file cannot be written.
    """
    content = json.dumps({"model": model, **mix.document()}, indent=1) + "\n"
    with atomic_file(Path(path)) as stream:
        stream.write(content.encode())


def read_mix(path: str | PathLike[str]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The layers and their weights out of a file that `write_mix` has written.

    Raises:
        FormatError: It is none.
        OSError: It cannot be read.
    """
    document = json_document.read(Path(path), json_document.TABLE)
    layers = tuple(entry.whole() for entry in document["layers"].entries())
    weights = tuple(entry.number() for entry in document["layer_weights"].entries())
    if len(layers) != len(weights) or not layers:
        raise FormatError(
            path, None, f"has {len(weights)} weights of {len(layers)} layers; expected one for each"
        )
    return layers, weights


@dataclass(frozen=True)
class _Products:
    """The inner products of two words' states, layers with layers (P × L + 1 × L + 1 each)."""

    across: Wide
    first: Wide
    second: Wide

    @classmethod
    def of(cls, first: NDArray[Any], second: NDArray[Any]) -> _Products:
        one, two = first.astype(np.float64), second.astype(np.float64)
        return cls(
            *(
                left @ right.transpose(0, 2, 1)
                for left, right in ((one, two), (one, one), (two, two))
            )
        )

    def take(self, rows: NDArray[Any]) -> _Products:
        return _Products(self.across[rows], self.first[rows], self.second[rows])

    def cosines(self, weights: Wide) -> Wide:
        """Of the mixed vectors (P)."""
        numbers = [
            np.einsum("i,pij,j->p", weights, table, weights)
            for table in (self.across, self.first, self.second)
        ]
        cosines: Wide = numbers[0] / np.sqrt(np.maximum(numbers[1] * numbers[2], 1e-300))
        return cosines


Learn = Callable[[_Products, Wide], Wide]


def _held_out(products: _Products, scores: Wide, parts: Ints, learn: Learn) -> Wide:
    """The cosines of each part by weights that were learned on the others.

    They are told in deviations from the mean of those that were learned on, since weights of other
    parts give cosines about other means.
    """
    told = np.empty(len(scores))
    for part in np.unique(parts):
        out = parts == part
        weights = learn(products.take(~out), scores[~out])
        known = products.take(~out).cosines(weights)
        told[out] = (products.take(out).cosines(weights) - known.mean()) / max(known.std(), 1e-12)
    return told


def _chosen_weights(products: _Products, scores: Wide) -> Wide:
    return _weights(products, scores, _chosen_penalty(products, scores))


def _chosen_penalty(products: _Products, scores: Wide) -> float:
    """The λ whose weights follow the scores best where they are held out; the largest of equals."""
    folds = _INNER_FOLDS
    parts = np.random.default_rng(0).permutation(len(scores)) % folds
    reached = {}
    for penalty in sorted(PENALTIES, reverse=True):
        told = _held_out(products, scores, parts, partial(_weights, penalty=penalty))
        reached[penalty] = spearman(told, scores).value
    return max(reached, key=lambda penalty: np.nan_to_num(reached[penalty], nan=-1.0))


def _best_layer(products: _Products, scores: Wide) -> Wide:
    count = products.across.shape[1]
    every = np.eye(count)
    reached = [spearman(products.cosines(every[layer]), scores).value for layer in range(count)]
    best: Wide = every[int(np.argmax(np.nan_to_num(reached, nan=-1.0)))]
    return best


def _weights(products: _Products, scores: Wide, penalty: float) -> Wide:
    """softmax(s) for the s that makes r − λ‖w − 1/(L + 1)‖² largest, from s = 0 on, by L-BFGS."""
    import torch

    pairs, count = products.across.shape[:2]
    tables: Any = torch.from_numpy(
        np.stack([products.across, products.first, products.second]).reshape(3 * pairs, -1)
    )
    wanted = torch.from_numpy(scores - scores.mean())
    wanted = wanted / wanted.norm().clamp_min(1e-12)
    scalars = torch.zeros(count, dtype=torch.float64, requires_grad=True)
    optimizer: Any = torch.optim.LBFGS(
        [scalars],
        max_iter=_STEPS,
        tolerance_grad=_SMALL,
        tolerance_change=_SMALL,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Any:
        optimizer.zero_grad()
        weights = scalars.softmax(0)
        across, first, second = (tables @ torch.outer(weights, weights).ravel()).reshape(3, pairs)
        cosines = across / (first * second).clamp_min(1e-300).sqrt()
        centred = cosines - cosines.mean()
        r = (centred @ wanted) / centred.norm().clamp_min(1e-12)
        value = penalty * ((weights - 1 / count) ** 2).sum() - r
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
    found: Wide = scalars.detach().softmax(0).numpy()
    return found
