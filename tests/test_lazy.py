"""Packages that import their rooms at the first use of a name."""

from __future__ import annotations

import importlib

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
