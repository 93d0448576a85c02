"""Numba loaded without SciPy's linear algebra.

Before its first function runs, Numba looks whether SciPy has a BLAS, and imports scipy.linalg to
see: a tenth of a second of what a program waits for kernels that are in the cache. None of ours
calls BLAS. Whoever compiles `numpy.dot` with Numba still gets it, and the import with it.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any


@cache
def load_numba() -> None:
    """Loads what Numba would load at its first function."""
    import numba.np.linalg

    linalg: Any = numba.np.linalg
    ensure_blas = linalg.ensure_blas

    def is_there() -> None:
        if find_spec("scipy") is None:
            raise ImportError("no module named 'scipy'")

    linalg.ensure_blas = is_there
    try:
        import numba.np.arraymath  # keeps what it is told here
    finally:
        linalg.ensure_blas = ensure_blas
