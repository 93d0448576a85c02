"""One cluster for all tests of this folder."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.support.simulated import simulated


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
