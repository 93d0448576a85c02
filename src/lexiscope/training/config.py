"""Every choice of a training run, checked once, before anything is read or written."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from numbers import Integral, Real
from typing import Any, Literal, get_args

import numpy as np

from lexiscope.errors import ConfigError
from lexiscope.training.losses.names import FEWEST_NEGATIVES, Loss

Architecture = Literal["skipgram", "cbow"]
CbowUpdate = Literal["classic", "exact"]
ScheduleName = Literal["reproducible", "hogwild"]

MAX_DIMENSION = 100_000
MAX_SEED = 2**63 - 1
MAX_WORKERS = 1024


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """The options of a run that decide its result, apart from the text and the vocabulary.

    Names and defaults are gensim's and word2vec.c's where they have the thing.

    Attributes:
        architecture: "skipgram": each context word predicts the center; "cbow": all together do.
        loss: "negative" sampling, "hierarchical" softmax, the exact "softmax", or "nce",
            noise-contrastive estimation.
        vector_size: Dimensions of a vector, 1 … 100,000.
        window: Words to either side of the center, at most.
        shrink_windows: Draw each window's width from 1 … window (Mikolov et al. 2013).
        negative: Negatives a window, with loss "negative" or "nce".
        ns_exponent: Negatives are drawn in proportion to count ** ns_exponent.
        sample: Subsampling threshold; 0 keeps every token.
        epochs: Passes over the text.
        alpha: Learning rate at the start.
        min_alpha: Learning rate at the end; the decay between is linear in the text read.
        cbow_mean: CBOW's hidden vector is the mean of the context rows, or else their sum.
        cbow_update: With the mean, "classic" adds the hidden vector's whole gradient to each row,
            as word2vec.c and gensim do; "exact" adds its true share, 1/C.
        schedule: "reproducible": the same bits for any number of workers, on every run;
            "hogwild": threads write past each other, a little faster, a little different each time.
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
    schedule: ScheduleName = "reproducible"
    seed: int = 1

    def __post_init__(self) -> None:
        _one_of("architecture", self.architecture, get_args(Architecture))
        _one_of("loss", self.loss, tuple(FEWEST_NEGATIVES))
        _one_of("cbow_update", self.cbow_update, get_args(CbowUpdate))
        _one_of("schedule", self.schedule, get_args(ScheduleName))
        self._coerce("vector_size", _whole("vector_size", self.vector_size, 1, MAX_DIMENSION))
        self._coerce("window", _whole("window", self.window, 1, 10_000))
        self._coerce("shrink_windows", flag("shrink_windows", self.shrink_windows))
        fewest = FEWEST_NEGATIVES[self.loss]
        self._coerce("negative", _whole("negative", self.negative, fewest, 1_000))
        self._coerce("ns_exponent", _number("ns_exponent", self.ns_exponent, -10.0, 10.0))
        self._coerce("sample", _number("sample", self.sample, 0.0, 1.0))
        self._coerce("epochs", _whole("epochs", self.epochs, 1, 1_000_000))
        self._coerce("alpha", _number("alpha", self.alpha, 0.0, 100.0))
        if self.alpha == 0:
            raise ConfigError("alpha is 0, so nothing would be learned; set alpha above 0")
        highest = f" (alpha is {self.alpha:g})"
        self._coerce("min_alpha", _number("min_alpha", self.min_alpha, 0.0, self.alpha, highest))
        self._coerce("cbow_mean", flag("cbow_mean", self.cbow_mean))
        self._coerce("seed", _whole("seed", self.seed, 0, MAX_SEED))

    def _coerce(self, name: str, value: bool | int | float) -> None:
        """Keeps a value as Python's own type: config.json takes no NumPy scalars."""
        object.__setattr__(self, name, value)

    def to_json(self) -> dict[str, Any]:
        """All options, as config.json keeps them."""
        return asdict(self)


def check_workers(workers: object) -> int:
    """A number of threads, which decides nothing about a run's quality and so is no option of it.

    Raises:
        ConfigError: It is out of range.
    """
    return _whole("workers", workers, 1, MAX_WORKERS)


def flag(name: str, value: object) -> bool:
    """A switch: True or False, or 1 or 0 as gensim's scripts write them.

    Raises:
        ConfigError: It is anything else.
    """
    # The string "0" and any number but 0 are true in Python, which is hardly what was meant.
    if not isinstance(value, Integral | np.bool_) or value not in (0, 1):
        raise ConfigError(f"{name} is {_shown(value)}; expected True or False (1 or 0)")
    return bool(value)


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}; expected one of {', '.join(allowed)}")


def _whole(name: str, value: object, least: int, most: int) -> int:
    right = isinstance(value, Integral) and not isinstance(value, bool)
    if not right or not least <= value <= most:  # type: ignore[operator]
        raise ConfigError(
            f"{name} is {_shown(value)}; expected a whole number from {least} to {most:,}"
        )
    return int(value)  # type: ignore[call-overload, no-any-return]


def _number(name: str, value: object, least: float, most: float, note: str = "") -> float:
    right = isinstance(value, Real) and not isinstance(value, bool)
    if not right or not least <= value <= most:  # type: ignore[operator]
        raise ConfigError(
            f"{name} is {_shown(value)}; expected a number from {least:g} to {most:g}{note}"
        )
    return float(value)  # type: ignore[arg-type]


def _shown(value: object) -> str:
    """A value as its user wrote it: a NumPy scalar's repr names its type."""
    return repr(value) if isinstance(value, str) else str(value)
