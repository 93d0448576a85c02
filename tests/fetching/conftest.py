"""A server, and a cache of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lexiscope.files import download, web
from tests.support.web_server import Server, serving


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache, which is not there yet; nothing of this machine is found or asked."""
    monkeypatch.setattr(download, "PAUSES", (0.0, 0.0))
    for name in (web.OFFLINE, "HF_HUB_OFFLINE", "http_proxy", "HTTP_PROXY", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LEXISCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GENSIM_DATA_DIR", str(tmp_path / "gensim-data"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))
    return tmp_path / "cache"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """What stands for every address, and for the hub."""
    with serving() as one:
        monkeypatch.setenv(web.MIRROR, one.url)
        monkeypatch.setenv("HF_ENDPOINT", one.url)
        yield one
