"""Pieces of kernels: a part of what calls them, and nothing by themselves."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from lexiscope.compiled.decorators import inlined, overload, summing


def _scaled(values: Any, factor: Any) -> Any:
    raise NotImplementedError


@overload(_scaled)
def _compiled(values, factor):  # type: ignore[no-untyped-def] # Numba compares the names only
    return lambda values, factor: total(values) * factor


@summing
def total(values: np.ndarray) -> np.float32:
    result = np.float32(0)
    for number in range(len(values)):
        result += values[number]
    return result


@inlined
def twice(values: np.ndarray) -> Any:
    return _scaled(values, 2.0)


def test_pieces_of_pieces_are_a_part_of_the_kernel() -> None:
    kernel = numba.njit(lambda values: twice(values) + 1.0)
    assert kernel(np.arange(5, dtype=np.float32)) == 21.0
    lines = next(iter(kernel.inspect_llvm().values())).splitlines()
    assert not [line for line in lines if " call " in line and ("twice" in line or "total" in line)]


def test_a_piece_cannot_be_called_from_python() -> None:
    numba.njit(lambda values: twice(values))(np.zeros(3, np.float32))
    with pytest.raises(TypeError, match="twice is a piece of a kernel"):
        twice(np.zeros(3, np.float32))


def test_nothing_is_made_of_a_piece_but_what_llvm_reads() -> None:
    numba.njit(lambda values: twice(values))(np.zeros(3, np.float32))
    (compiled,) = twice.overloads.values()
    names = [function.name for function in compiled.library.get_defined_functions()]
    assert any("twice" in name for name in names)
    assert not any(name.startswith(("cpython", "cfunc")) for name in names)  # for callers outside
    assert compiled.library.get_pointer_to_function(names[0]) == 0
