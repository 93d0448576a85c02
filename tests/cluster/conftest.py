"""One cluster for all tests of this folder."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.support.simulated import simulated

# Ray's own files and sockets, which it leaves to the interpreter, and what it calls of others.
_NOT_OURS = (
    "ResourceWarning",
    "pytest.PytestUnraisableExceptionWarning",
    "FutureWarning",
    "DeprecationWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whichever test is the first of a process to ask for the cluster starts it."""
    for item in items:
        if "address" in getattr(item, "fixturenames", ()):
            for category in _NOT_OURS:
                item.add_marker(pytest.mark.filterwarnings(f"ignore::{category}"))


@pytest.fixture(scope="session")
def client_port() -> int:
    """A port that is free, at which the cluster lets in who is outside of it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="session")
def address(client_port: int) -> Iterator[str]:
    """Of a cluster of four machines of one core each."""
    with simulated(client_port=client_port) as at:
        yield at
