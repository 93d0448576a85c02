"""Decorators of compiled functions: without the GIL, inlined, and never allocating.

`_nrt=False` turns Numba's memory manager off. A temporary array inside a kernel then fails to
compile instead of costing an allocation a window, and arrays are passed without reference counts,
which are atomic operations and took two thirds of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import numba
from numba import extending

from lexiscope.compiled.loading import load_numba
from lexiscope.compiled.pieces import PieceCompiler

# The option `_nrt` is not in Numba's type hints.
_njit: Any = numba.njit
_overload: Any = extending.overload

Decorator = Callable[[Callable[..., Any]], Any]

# A function that kernels call; LLVM inlines it.
_PIECE: dict[str, Any] = {"forceinline": True, "_nrt": False, "pipeline_class": PieceCompiler}
inlined = cast(Decorator, _njit(nogil=True, **_PIECE))
# A few lines that Numba itself puts in place of the call.
macro = cast(Decorator, _njit(inline="always", _nrt=False))
# A sum whose terms may be added in any order, so several at a time; NaN stays what it is.
summing = cast(Decorator, _njit(nogil=True, fastmath={"reassoc", "contract"}, **_PIECE))
_kernel = cast(Decorator, _njit(nogil=True, cache=True, _nrt=False))
_allocating_kernel = cast(Decorator, _njit(nogil=True, cache=True))
# A function written as LLVM instructions.
intrinsic = cast(Decorator, extending.intrinsic)
# The same where an argument that is a constant in the source chooses the instructions.
intrinsic_by_constant = cast(Decorator, extending.intrinsic(prefer_literal=True))


def kernel(function: Callable[..., Any]) -> Any:
    """Compiles a kernel that Python calls; its machine code is kept on disk, where there is room.

    Numba raises what the disk says; without the machine code it is only compiled again next time.
    """
    return _kept(_kernel(function))


def allocating_kernel(function: Callable[..., Any]) -> Any:
    """Compiles a kernel that makes arrays of its own: few, for a long stretch of work each."""
    return _kept(_allocating_kernel(function))


def _kept(dispatcher: Any) -> Any:
    save, load = dispatcher._cache.save_overload, dispatcher._cache.load_overload

    def save_if_possible(signature: Any, machine_code: Any) -> None:
        with suppress(OSError):
            save(signature, machine_code)

    def load_lightly(signature: Any, target: Any) -> Any:
        load_numba()
        return load(signature, target)

    dispatcher._cache.save_overload = save_if_possible
    dispatcher._cache.load_overload = load_lightly
    return dispatcher


def overload(function: Callable[..., Any]) -> Decorator:
    """Registers what stands for `function` when compiled, chosen by its arguments' types."""
    return cast(Decorator, _overload(function, jit_options=_PIECE))


# Where compiled functions live; their machine code lies in a `__pycache__` beside each.
_PACKAGE = Path(__file__).parents[1]
_FOLDERS = (
    "compiled",
    "corpus/passes",
    "corpus/phrases",
    "formats/reading",
    "replay",
    "training/kernels",
    "training/losses",
    "vectors/kernels",
)


def _drop_stale_cache() -> None:
    """Removes machine code that is older than any source of compiled functions.

    Numba looks only at the file of the function that is called, and would go on using what was
    compiled from the other files as they were before.
    """
    folders = [_PACKAGE / name for name in _FOLDERS]
    try:
        newest = max(path.stat().st_mtime for folder in folders for path in folder.glob("*.py"))
        for folder in folders:
            for index in folder.glob("__pycache__/*.nbi"):
                if index.stat().st_mtime < newest:
                    index.unlink(missing_ok=True)
    except OSError:
        pass  # not ours to write, or another process was faster


_drop_stale_cache()
