"""Options of an `Encoder`, checked before any model is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from numbers import Integral, Real
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice, flag, whole
from lexiscope.errors import ConfigError
from lexiscope.one_line import one_line

Layers = int | Sequence[int] | NDArray[np.integer[Any]] | Literal["all"]
PlainCombine = Literal["last", "mean", "sum", "concat"]
Combine = Literal["last", "mean", "sum", "concat", "mix"]
Pooling = Literal["mean", "first", "last", "first_last", "max", "sum"]
Precision = Literal["float32", "bfloat16", "float16", "int8"]
WordKind = Literal["words", "whitespace"]

ALL_LAYERS: Literal["all"] = "all"
SMALLEST_WINDOW = 4
UNNAMED_WINDOW = 512
_MOST_BATCH_TOKENS = 1 << 24


@one_line
@dataclass(frozen=True, kw_only=True)
class EncoderOptions:
    """How words get their vectors.

    Attributes:
        layers: Which hidden states: 0 is what enters the first layer, 1 what leaves it, −1 what
            leaves the last (with the final normalisation, where the model has one); or "all".
        combine: What several layers become: their "mean", their "sum", or one after another
            ("concat", in the order of `layers`), or their sum weighed by `layer_weights` ("mix").
            "last" is for one layer alone.
        layer_weights: What each of `layers` counts in a "mix", taken as it is: a scalar mix (Peters
            et al. 2018) of scalars s has softmax(s), times its γ. `uses.layer_mix` learns some.
        pooling: What the tokens of a word become: "mean", "sum" or "max" of them, the "first", the
            "last", or these two one after the other ("first_last").
        dtype: What the model computes in; "int8" are products of 8 bits on the CPU, whose agreement
            with float32 is measured when the model is loaded. Vectors are float32 in any case.
        compile: Whether the model goes through `torch.compile`, which takes a minute, for long
            work. All layers are then computed, whichever are wanted.
        device: PyTorch's name of one ("cpu", "cuda:1"); None takes a GPU where there is one. Of
            several ("cuda:0,1") each has a copy of the model, and batches go to whichever is free.
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
    layer_weights: Sequence[float] | NDArray[np.floating[Any]] | None = None
    pooling: Pooling = "mean"
    dtype: Precision = "float32"
    compile: bool = False
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
        self._check_mix()
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
        flag("compile", self.compile)
        if self.device is not None:
            _check_device(self.device)
        if self.dtype == "int8" and self.device is not None and self.devices[0] != "cpu":
            raise ConfigError(
                f"dtype='int8' is for the CPU, got device={self.device!r}; on a GPU take bfloat16"
            )

    def _check_mix(self) -> None:
        if (self.combine == "mix") != (self.layer_weights is not None):
            raise ConfigError(
                f"combine={self.combine!r} with layer_weights={self.layer_weights!r:.60}: "
                "combine='mix' and layer_weights, a number for each layer, go together"
            )
        if self.layer_weights is not None:
            object.__setattr__(self, "layer_weights", _checked_weights(self.layer_weights))

    @property
    def mix(self) -> tuple[float, ...] | None:
        """The layers' weights; None where they are not mixed."""
        return None if self.layer_weights is None else tuple(self.layer_weights)

    def facts(self, layers: tuple[int, ...]) -> dict[str, Any]:
        """What words' vectors are made of, as plain data.

        Args:
            layers: As `resolved_layers` has them.
        """
        mix = {} if self.mix is None else {"layer_weights": list(self.mix)}
        return {
            "layers": list(layers),
            "combine": self.combine,
            **mix,
            "pooling": self.pooling,
        }

    @property
    def devices(self) -> tuple[str | None, ...]:
        """The devices by their whole names: "cuda:0,1" are "cuda:0" and "cuda:1"."""
        if self.device is None:
            return ("cpu",) if self.dtype == "int8" else (None,)
        names: list[str] = []
        for part in self.device.split(","):
            name = part.strip()
            kind = names[-1].partition(":")[0] if names else ""
            names.append(f"{kind}:{name}" if kind and name.isdecimal() else name)
        return tuple(names)

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
            ConfigError: The model has no such layer, one is named twice, or there are more or
                fewer weights than layers.
        """
        if self.layers == ALL_LAYERS:
            return self._weighed(tuple(range(count + 1)))
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
        return self._weighed(tuple(resolved))

    def _weighed(self, layers: tuple[int, ...]) -> tuple[int, ...]:
        if self.mix is not None and len(self.mix) != len(layers):
            raise ConfigError(
                f"layer_weights has {len(self.mix)} numbers for {len(layers)} layers; give one for "
                "each"
            )
        return layers


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


def _check_device(device: object) -> None:
    if not isinstance(device, str) or not all(part.strip() for part in device.split(",")):
        raise ConfigError(
            f"device={device!r}: expected a name such as 'cpu', 'cuda' or, of several, 'cuda:0,1'"
        )
    kinds = {part.strip().partition(":")[0] for part in device.split(",")} - set(_numbers(device))
    if len(kinds) > 1:
        raise ConfigError(
            f"device={device!r}: devices of several kinds round differently, so that vectors would "
            "depend on which was free; name devices of one kind"
        )


def _numbers(device: str) -> list[str]:
    return [part.strip() for part in device.split(",") if part.strip().isdecimal()]


def _checked_weights(weights: object) -> tuple[float, ...]:
    shown = f"layer_weights={weights!r:.60}"
    if isinstance(weights, np.ndarray):
        weights = weights.tolist()
    if isinstance(weights, str) or not isinstance(weights, Sequence) or not weights:
        raise ConfigError(f"{shown}: expected numbers, one for each layer")
    for weight in weights:
        if not isinstance(weight, Real) or isinstance(weight, bool) or not isfinite(weight):
            raise ConfigError(f"{shown}: {weight!r:.60} is no number")
    if not any(weights):
        raise ConfigError(f"{shown}: all are 0, which leaves nothing of the layers")
    return tuple(float(weight) for weight in weights)
