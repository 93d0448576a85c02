"""Behaviour of a model, tried on a few tokens when it is loaded.

A configuration does not tell whether a model minds padding, nor what its layers give. Four passes
over 5 and 17 tokens do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.forward import Forward

if TYPE_CHECKING:
    from torch import Tensor

Ints = NDArray[np.int64]
Sharing = Literal["any", "equal", "none"]

_SHORT, _LONG = 5, 17
# What rounding alone changes in a token's vector, relative to its length: 1e-6 in float32, where
# models that mind padding change it by 0.1 and more.
_TOLERANCE = {4: 1e-4, 2: 0.05}


class UnfitModelError(Exception):
    """A model that gives no vector a token; the message says why, without the model's name."""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What a model of L layers does with ids.

    Attributes:
        widths: The values of a token's vector in each layer, from 0 to L; None for a layer that
            holds no vector a token.
        sharing: Which sequences may share a batch without changing each other's vectors: "any",
            only those of "equal" length, or "none".
        causal: Whether a token's vector depends on nothing behind it.
    """

    widths: tuple[int | None, ...]
    sharing: Sharing
    causal: bool

    @property
    def layers(self) -> int:
        """L."""
        return len(self.widths) - 1


class Probe:
    """Tries a model on a few tokens.

    Args:
        forward: The model.
        special: Ids to leave out: those of special tokens.
        positions: The most tokens that it can take, or None.

    Attributes:
        short: Ids of a few ordinary tokens.
    """

    def __init__(self, forward: Forward, special: Sequence[int], positions: int | None) -> None:
        self._forward = forward
        self._long = _ids(forward, special, _LONG if positions is None else min(_LONG, positions))
        self.short = self._long[: min(_SHORT, len(self._long))]

    def behaviour(self) -> Behaviour:
        """What the model does with ids.

        Raises:
            UnfitModelError: It gives no vector a token, no numbers, or other ones each time.
        """
        import torch

        short, long = self.short, self._long
        with torch.inference_mode():
            alone = self._all([short])
            widths = _widths(alone, len(short))
            _check_numbers(alone[-1])
            used = [layer for layer, width in enumerate(widths) if width is not None]
            states = [alone[layer][0] for layer in used]
            if _differ(states, self._states([short], used)[0]):
                raise UnfitModelError(
                    "gives other vectors each time it is asked: its attention is drawn at random"
                )
            as_start, beside_long = self._states([long, short], used)
            sharing: Sharing = "any"
            if self._forward.by_length or _differ(states, beside_long):
                _other, equal = self._states([long[-len(short) :], short], used)
                sharing = "none" if _differ(states, equal) else "equal"
        return Behaviour(widths=widths, sharing=sharing, causal=not _differ(states, as_start))

    def depends_on(self, parameters: Iterable[Tensor]) -> bool:
        """Whether vectors change with some parameters, which are changed."""
        import torch

        with torch.inference_mode():
            before = self._all([self.short])[-1]
            for parameter in parameters:
                parameter.mul_(-1).add_(0.5)
            after = self._all([self.short])[-1]
            return _differ([before], [after])

    def _all(self, sequences: list[Ints]) -> list[Any]:
        return layers_of(self._forward.call(self._forward.batch(sequences), hidden=True))

    def _states(self, sequences: list[Ints], layers: list[int]) -> list[list[Tensor]]:
        """For each sequence the states of some layers, as far as the short one reaches."""
        states = self._all(sequences)
        length = len(self.short)
        return [[states[layer][row, :length] for layer in layers] for row in range(len(sequences))]


def layers_of(output: Any) -> list[Any]:
    """The hidden states that a model gives, from what enters its first layer to its last.

    The last is the model's last hidden state by name: it has the final normalisation and
    projection, which not all models put at the end of their list.

    Raises:
        UnfitModelError: It gives none.
    """
    last = getattr(output, "last_hidden_state", None)
    states = getattr(output, "hidden_states", None)
    if last is None:
        raise UnfitModelError("gives no last hidden state")
    if not states:
        raise UnfitModelError("gives no hidden states of its layers")
    return [*(first_tensor(state) for state in states[:-1]), last]


def first_tensor(given: Any) -> Any:
    """What a layer gives, taken out of the tuples and lists that some models wrap it in."""
    while isinstance(given, tuple | list) and given:
        given = given[0]
    return given


def _ids(forward: Forward, special: Sequence[int], count: int) -> Ints:
    """Distinct ids from all over the vocabulary."""
    rows = 1 << 8 if forward.rows is None else forward.rows
    ordinary = np.setdiff1d(np.arange(rows), [*special, forward.padding])
    if not len(ordinary):
        ordinary = np.arange(rows)
    return ordinary[np.linspace(0, len(ordinary) - 1, count).astype(np.int64)]


def _widths(states: list[Any], length: int) -> tuple[int | None, ...]:
    widths = [
        int(state.shape[-1])
        if getattr(state, "ndim", 0) == 3 and tuple(state.shape[:2]) == (1, length)
        else None
        for state in states
    ]
    if widths[-1] is None:
        shape = "×".join(map(str, states[-1].shape))
        raise UnfitModelError(f"makes {shape} values of {length} tokens, not a vector a token")
    return tuple(widths)


def _check_numbers(states: Tensor) -> None:
    import torch

    if bool(torch.isfinite(states).all()):
        return
    dtype = str(states.dtype).removeprefix("torch.")
    advice = (
        "its weights are damaged: download it again"
        if states.dtype == torch.float32
        else "take bfloat16 or float32"
    )
    raise UnfitModelError(f"computes no numbers in {dtype} (NaN or infinite values); {advice}")


def _differ(states: list[Tensor], others: list[Tensor]) -> bool:
    """Whether any token's vector is another one, by more than rounding."""
    for state, other in zip(states, others, strict=True):
        one, two = state.float(), other.float()
        apart = (one - two).norm(dim=-1) / one.norm(dim=-1).clamp_min(1e-12)
        if not bool((apart <= _TOLERANCE[min(4, state.dtype.itemsize)]).all()):
            return True
    return False
