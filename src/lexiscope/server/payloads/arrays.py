"""Declarations of the arrays that travel beside a payload, and the check that they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Array:
    """One array of a payload.

    Attributes:
        dtype: NumPy's name.
        axes: Of each axis its name, a name and what is added to it (`words+1`), or its length in
            digits; axes of one name are equally long in all arrays of a payload.
        meaning: What its numbers are, in a sentence.
        condition: Where it is there; "" where it always is.
    """

    dtype: str
    axes: tuple[str, ...]
    meaning: str = ""
    condition: str = ""

    # Read once, as arrays are checked with every answer.

    @cached_property
    def numpy_dtype(self) -> np.dtype[Any]:
        """The same as an object, which is compared faster than a name."""
        return np.dtype(self.dtype)

    @cached_property
    def spans(self) -> tuple[tuple[str, int, int | None], ...]:
        """Of each axis its name, what is added to it, and its length where that is declared."""
        parts = [axis.partition("+") for axis in self.axes]
        return tuple(
            (name, int(added or 0), int(name) if name.isdigit() else None)
            for name, _, added in parts
        )

    def only(self, condition: str) -> Array:
        """The same, left out unless a condition holds."""
        return replace(self, condition=condition)

    def described(self) -> dict[str, Any]:
        """As it stands in the API's description under `x-arrays`."""
        return {
            "dtype": self.dtype,
            "axes": list(self.axes),
            "optional": bool(self.condition),
            "description": "; ".join(filter(None, (self.meaning, self.condition))),
        }


def f32(*axes: str, meaning: str = "") -> Array:
    """Floats of 4 bytes."""
    return Array("float32", axes, meaning)


def f64(*axes: str, meaning: str = "") -> Array:
    """Floats of 8 bytes."""
    return Array("float64", axes, meaning)


def i32(*axes: str, meaning: str = "") -> Array:
    """Whole numbers of 4 bytes."""
    return Array("int32", axes, meaning)


def i8(*axes: str, meaning: str = "") -> Array:
    """Whole numbers of 1 byte."""
    return Array("int8", axes, meaning)


def check_arrays(
    payload: str, declared: Mapping[str, Array], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Compares arrays with their declarations.

    Args:
        payload: The class's name, for the message.
        declared: Name → declaration.
        arrays: Those that are about to be sent.

    Raises:
        ValueError: One is missing, is not declared, or is of another dtype or shape.
    """
    extra = sorted(arrays.keys() - declared.keys())
    missing = [name for name in declared if not declared[name].condition and name not in arrays]
    if extra or missing:
        raise ValueError(f"{payload}: not declared: {extra}, missing: {missing}")
    lengths: dict[str, int] = {}
    for name, array in arrays.items():
        wanted = declared[name]
        if array.dtype != wanted.numpy_dtype or array.ndim != len(wanted.axes):
            raise ValueError(
                f"{payload}.{name} is {array.dtype} {array.shape}, declared as {wanted.dtype} "
                f"({', '.join(wanted.axes)})"
            )
        for (axis, added, fixed), length in zip(wanted.spans, array.shape, strict=True):
            bare = length - added
            if lengths.setdefault(axis, bare if fixed is None else fixed) != bare:
                raise ValueError(
                    f"{payload}.{name} is {array.dtype} {array.shape}; its axis {axis} has "
                    f"{lengths[axis]} elsewhere"
                )
