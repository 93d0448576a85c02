"""No network, a real pretrained model that is installed as a package, and tiny models made here."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Read by the hub's client when it is imported: it then asks no one.
os.environ["HF_HUB_OFFLINE"] = "1"
_HERE = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails a test that speaks with another machine."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family != getattr(socket, "AF_UNIX", None) and address[0] not in _HERE:
            raise AssertionError(f"a test reached for the network: {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Folders of tiny models of three families, weights drawn at random."""
    from tests.support.tiny_models import FAMILIES, save

    folder = tmp_path_factory.mktemp("tiny")
    yield {family: save(family, folder / family) for family in FAMILIES}
