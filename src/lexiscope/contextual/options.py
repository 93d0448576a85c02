"""Options of an `Encoder`, checked before any model is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice, whole
from lexiscope.errors import ConfigError

Layers = int | Sequence[int] | NDArray[np.integer[Any]] | Literal["all"]
Combine = Literal["last", "mean", "sum", "concat"]
Pooling = Literal["mean", "first", "last", "first_last", "max", "sum"]
Precision = Literal["float32", "bfloat16", "float16"]
WordKind = Literal["words", "whitespace"]

ALL_LAYERS: Literal["all"] = "all"
SMALLEST_WINDOW = 4
UNNAMED_WINDOW = 512
_MOST_BATCH_TOKENS = 1 << 24


@dataclass(frozen=True, kw_only=True)
class EncoderOptions:
    """How words get their vectors.

    Attributes:
        layers: Which hidden states: 0 is what enters the first layer, 1 what leaves it, −1 what
            leaves the last (with the final normalisation, where the model has one); or "all".
        combine: What several layers become: their "mean", their "sum", or one after another
            ("concat", in the order of `layers`). "last" is for one layer alone.
        pooling: What the tokens of a word become: "mean", "sum" or "max" of them, the "first", the
            "last", or these two one after the other ("first_last").
        dtype: What the model computes in. Vectors are float32 in any case.
        device: PyTorch's name of one ("cpu", "cuda:1"); None takes a GPU where there is one.
        batch_tokens: Tokens that go through the model at a time, padding included; None for what
            was measured to be fast, 512 for each core; on a GPU 16,384, a guess.
        stride: In a text longer than the window: tokens from the start of a window to the start of
            the next; None is half of the window.
        window: Tokens that the model sees at a time, special ones included; None is as many as it
            can take, and 512 where neither model nor tokenizer names a limit.
        words: What a word of a string is: "words" (runs of letters, marks and digits) or
            "whitespace" (whatever stands between spaces). Lists of words are taken as they are.
        truncate: Cut longer texts at the window's end instead; words beyond it are missing.

    Raises:
        ConfigError: A value is of the wrong type or out of its range, or two contradict each other.
    """

    layers: Layers = (-1,)
    combine: Combine = "last"
    pooling: Pooling = "mean"
    dtype: Precision = "float32"
    device: str | None = None
    batch_tokens: int | None = None
    stride: int | None = None
    window: int | None = None
    words: WordKind = "words"
    truncate: bool = False

    def __post_init__(self) -> None:
        for name, choices in (
            ("combine", get_args(Combine)),
            ("pooling", get_args(Pooling)),
            ("dtype", get_args(Precision)),
            ("words", get_args(WordKind)),
        ):
            choice(name, getattr(self, name), choices)
        if not (isinstance(self.layers, str) and self.layers == ALL_LAYERS):
            object.__setattr__(self, "layers", _checked_layers(self.layers))
        if self.combine == "last" and (self.layers == ALL_LAYERS or len(self.layer_list) > 1):
            raise ConfigError(
                f"combine='last' is for one layer, got layers={self.layers!r}; give "
                "combine='mean', 'sum' or 'concat'"
            )
        if self.batch_tokens is not None:
            whole("batch_tokens", self.batch_tokens, 1, _MOST_BATCH_TOKENS)
        if self.window is not None:
            whole("window", self.window, SMALLEST_WINDOW)
        if self.stride is not None:
            whole("stride", self.stride, 1)
            if self.window is not None and self.stride > self.window:
                raise ConfigError(
                    f"stride={self.stride} is longer than window={self.window}: tokens between two "
                    "windows would be lost; give a smaller one"
                )
            if self.truncate:
                raise ConfigError("stride and truncate contradict each other; give one of them")
        if self.device is not None and (not isinstance(self.device, str) or not self.device):
            raise ConfigError(f"device={self.device!r}: expected a name such as 'cpu' or 'cuda'")

    @property
    def layer_list(self) -> tuple[int, ...]:
        """The layers as they were given; none where they are "all"."""
        layers: Any = self.layers
        return () if layers == ALL_LAYERS else tuple(layers)

    def resolved_layers(self, count: int) -> tuple[int, ...]:
        """The layers as numbers from 0 to `count`.

        Args:
            count: The model's layers.

        Raises:
            ConfigError: The model has no such layer, or one is named twice.
        """
        if self.layers == ALL_LAYERS:
            return tuple(range(count + 1))
        resolved = []
        for layer in self.layer_list:
            if not -count - 1 <= layer <= count:
                raise ConfigError(
                    f"there is no layer {layer}: the model has {count}, so 0 (what enters the "
                    f"first) to {count}, or -1 (the last) to {-count - 1}"
                )
            resolved.append(layer % (count + 1))
        if len(set(resolved)) < len(resolved):
            raise ConfigError(f"layers={self.layers!r} names one layer twice; name each once")
        return tuple(resolved)


def _checked_layers(layers: object) -> tuple[int, ...]:
    shown = f"layers={layers!r:.60}"
    if isinstance(layers, np.ndarray):
        layers = layers.tolist()
    given = (layers,) if isinstance(layers, Integral) else layers
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        raise ConfigError(f"{shown}: expected numbers such as (-1,), or 'all'")
    for layer in given:
        if not isinstance(layer, Integral) or isinstance(layer, bool):
            raise ConfigError(f"{shown}: {layer!r:.60} is no whole number")
    return tuple(int(layer) for layer in given)
