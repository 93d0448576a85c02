"""Every choice of a recorded run, checked once, before anything is read or written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from lexiscope.errors import ConfigError
from lexiscope.training.config import MAX_DIMENSION, MAX_SEED, CbowUpdate, Loss

RecordedArchitecture = Literal["skipgram", "cbow", "next-word"]
OptimizerName = Literal["sgd", "adam"]
Precision = Literal["float32", "float64"]
Pca = Literal["final_pca", "global_pca"]

MAX_STEPS = 20_000_000

# Options as recordings up to version 0.1.0 and the reference program's files call them.
FORMER_NAMES = {"objective": "architecture", "dim": "vector_size", "lr": "alpha"}


@dataclass(frozen=True, kw_only=True)
class RecordConfig:
    """The options of a recorded run.

    Attributes:
        architecture: "skipgram": the center predicts each context word, a pair a step; "cbow": the
            context's mean predicts the center; "next-word": each word predicts the one behind it.
        loss: "softmax" (exact), "negative" sampling or "hierarchical" softmax.
        optimizer: Plain "sgd" or "adam".
        steps: Examples learned, one a step; None for 15,000, or as many as `epochs` says.
        epochs: Passes over the examples instead of a number of steps; next-word's default is 500.
        vector_size: Dimensions; by default 8, next-word 16.
        alpha: Learning rate; by default 0.1, with Adam 0.01.
        window: Words to either side.
        min_count: Rarer words are left out; by default 3, next-word 1.
        seed: Of the start, the order and the negatives.
        negative: Negatives a step, with loss "negative".
        ns_exponent: They are drawn by count to this power.
        cbow_update: "exact" moves each context row by its share of the gradient, "classic" by the
            hidden vector's whole, as word2vec.c does.
        precision: Of the weights while training.
        dense_steps: `json-steps` has every step up to this one …
        record_interval: … and every so-many-th after it.
        pca: Whether pictures are projected on the axes of the final or of all snapshots.

    Raises:
        ConfigError: A value is out of range, or two exclude each other.
    """

    architecture: RecordedArchitecture = "skipgram"
    loss: Loss = "softmax"
    optimizer: OptimizerName | None = None
    steps: int | None = None
    epochs: int | None = None
    vector_size: int | None = None
    alpha: float | None = None
    window: int = 3
    min_count: int | None = None
    seed: int = 42
    negative: int = 5
    ns_exponent: float = 0.75
    cbow_update: CbowUpdate = "exact"
    precision: Precision = "float32"
    dense_steps: int = 200
    record_interval: int = 10
    pca: Pca = "final_pca"

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if (value := getattr(self, name)) not in allowed:
                raise ConfigError(f"{name} is {value!r}; expected one of {', '.join(allowed)}")
        next_word = self.architecture == "next-word"
        if self.steps is not None and self.epochs is not None:
            raise ConfigError(
                f"steps is {self.steps} and epochs is {self.epochs}; expected only one of them"
            )
        self._default("optimizer", "adam" if next_word else "sgd")
        if self.optimizer not in get_args(OptimizerName):
            raise ConfigError(f"optimizer is {self.optimizer!r}; expected one of sgd, adam")
        self._default("vector_size", 16 if next_word else 8)
        self._default("alpha", 0.01 if self.optimizer == "adam" else 0.1)
        self._default("min_count", 1 if next_word else 3)
        if self.steps is None and self.epochs is None:
            self._default(*(("epochs", 500) if next_word else ("steps", 15_000)))
        for name, (least, most) in _RANGES.items():
            check_range(name, getattr(self, name), least, most)

    def _default(self, name: str, value: object) -> None:
        if getattr(self, name) is None:
            object.__setattr__(self, name, value)

    @classmethod
    def from_json(cls, options: Mapping[str, Any]) -> RecordConfig:
        """The options as a recording keeps them, under their present names or their former ones.

        Raises:
            ConfigError: A value is out of range.
            TypeError: An option is not known.
        """
        return cls(**{FORMER_NAMES.get(name, name): value for name, value in options.items()})

    def to_json(self) -> dict[str, Any]:
        """All options, as config.json keeps them."""
        return asdict(self)


_CHOICES: dict[str, tuple[str, ...]] = {
    "architecture": get_args(RecordedArchitecture),
    "loss": get_args(Loss),
    "cbow_update": get_args(CbowUpdate),
    "precision": get_args(Precision),
    "pca": get_args(Pca),
}
_RANGES: dict[str, tuple[float, float]] = {
    "steps": (1, MAX_STEPS),
    "epochs": (1, 1_000_000),
    "vector_size": (1, MAX_DIMENSION),
    "alpha": (1e-12, 100.0),
    "window": (1, 10_000),
    "min_count": (1, 2**31),
    "seed": (0, MAX_SEED),
    "negative": (1, 1_000),
    "ns_exponent": (-10.0, 10.0),
    "dense_steps": (0, MAX_STEPS),
    "record_interval": (1, MAX_STEPS),
}


def check_range(name: str, value: Any, least: float, most: float) -> None:
    if value is None:  # of steps and epochs one stays open
        return
    real = name in ("alpha", "ns_exponent")
    right = isinstance(value, int | float if real else int) and not isinstance(value, bool)
    if not right or not least <= value <= most:
        kind = "number" if real else "whole number"
        raise ConfigError(f"{name} is {value!r}; expected a {kind} from {least:g} to {most:,}")
