"""Every choice of a training run, checked once, before anything is read or written."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from lexiscope.errors import ConfigError

Architecture = Literal["skipgram", "cbow"]
Loss = Literal["negative", "hierarchical", "softmax"]
CbowUpdate = Literal["classic", "exact"]

MAX_DIMENSION = 100_000
MAX_SEED = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """The options of a run that decide its result, apart from the text and the vocabulary.

    Names and defaults are gensim's and word2vec.c's where they have the thing.

    Attributes:
        architecture: "skipgram": each context word predicts the center; "cbow": all together do.
        loss: "negative" sampling, "hierarchical" softmax, or the exact "softmax".
        vector_size: Dimensions of a vector, 1 … 100,000.
        window: Words to either side of the center, at most.
        shrink_windows: Draw each window's width from 1 … window (Mikolov et al. 2013).
        negative: Negatives a window, with loss "negative".
        ns_exponent: Negatives are drawn in proportion to count ** ns_exponent.
        sample: Subsampling threshold; 0 keeps every token.
        epochs: Passes over the text.
        alpha: Learning rate at the start.
        min_alpha: Learning rate at the end; the decay between is linear in the text read.
        cbow_mean: CBOW's hidden vector is the mean of the context rows, or else their sum.
        cbow_update: With the mean, "classic" adds the hidden vector's whole gradient to each row,
            as word2vec.c and gensim do; "exact" adds its true share, 1/C.
        seed: Of every random decision.

    Raises:
        ConfigError: A value is out of range.
    """

    architecture: Architecture = "skipgram"
    loss: Loss = "negative"
    vector_size: int = 100
    window: int = 5
    shrink_windows: bool = True
    negative: int = 5
    ns_exponent: float = 0.75
    sample: float = 1e-3
    epochs: int = 5
    alpha: float = 0.025
    min_alpha: float = 1e-4
    cbow_mean: bool = True
    cbow_update: CbowUpdate = "classic"
    seed: int = 1

    def __post_init__(self) -> None:
        _one_of("architecture", self.architecture, get_args(Architecture))
        _one_of("loss", self.loss, get_args(Loss))
        _one_of("cbow_update", self.cbow_update, get_args(CbowUpdate))
        _whole("vector_size", self.vector_size, 1, MAX_DIMENSION)
        _whole("window", self.window, 1, 10_000)
        _whole("epochs", self.epochs, 1, 1_000_000)
        _whole("negative", self.negative, 1 if self.loss == "negative" else 0, 1_000)
        _whole("seed", self.seed, 0, MAX_SEED)
        _number("ns_exponent", self.ns_exponent, -10.0, 10.0)
        _number("sample", self.sample, 0.0, 1.0)
        _number("alpha", self.alpha, 0.0, 100.0)
        _number("min_alpha", self.min_alpha, 0.0, self.alpha)
        if self.alpha == 0:
            raise ConfigError("alpha is 0, so nothing would be learned; set alpha above 0")

    def to_json(self) -> dict[str, Any]:
        """All options, as config.json keeps them."""
        return asdict(self)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}; expected one of {', '.join(allowed)}")


def _whole(name: str, value: int, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigError(f"{name} is {value!r}; expected a whole number from {least} to {most:,}")
    if not least <= value <= most:
        raise ConfigError(f"{name} is {value}; expected a whole number from {least} to {most:,}")


def _number(name: str, value: float, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigError(f"{name} is {value!r}; expected a number from {least:g} to {most:g}")
    if not least <= value <= most:
        raise ConfigError(f"{name} is {value:g}; expected a number from {least:g} to {most:g}")
