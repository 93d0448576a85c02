"""Packages that import their rooms at the first use of a name."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

PACKAGES = [
    "lexiscope",
    "lexiscope.contextual",
    "lexiscope.corpus",
    "lexiscope.inspection",
    "lexiscope.server",
    "lexiscope.training",
]


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_is_there_and_listed(name: str) -> None:
    package = importlib.import_module(name)
    assert dir(package) == sorted(package.__all__)
    for public in package.__all__:
        assert getattr(package, public) is getattr(package, public)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_misspelt_name_is_told_as_python_tells_it(name: str) -> None:
    package = importlib.import_module(name)
    with pytest.raises(AttributeError, match=f"^module '{name}' has no attribute 'Wrod2Vec'$"):
        _ = package.Wrod2Vec


def test_a_training_does_not_wait_for_scipys_linear_algebra() -> None:
    """Numba would import it to see whether it is there; functions of the user's still get it."""
    pytest.importorskip("scipy")
    program = """
import sys, numba, numpy as np
from lexiscope import Word2Vec
Word2Vec([["a", "b"] * 10] * 20, min_count=1, vector_size=4, epochs=1)
print("scipy.linalg" in sys.modules)
print(numba.njit(lambda a: np.dot(a, a))(np.full((2, 2), 2.0)).tolist())
print("scipy.linalg" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["False", "[[8.0, 8.0], [8.0, 8.0]]", "True"], done.stderr
