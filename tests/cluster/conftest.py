"""One cluster for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.simulated import simulated


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Of a cluster of four machines of one core each."""
    with simulated() as at:
        yield at
