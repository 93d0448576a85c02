"""What the server's tests open: recordings of every kind, models, and files of vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from lexiscope.cli import main as cli
from lexiscope.inspection import RecordConfig, Recording, record_text
from lexiscope.server.app import create_app
from tests.support.server_pages import KINDS, LOCAL, Page, vectors


@pytest.fixture(scope="session")
def record_kind(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Records a small run of a kind, once, and gives its folder."""
    made: dict[str, Path] = {}

    def record(kind: str) -> Path:
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp("kinds") / kind
            steps = RecordConfig(**{"steps": 700, "vector_size": 5, **KINDS[kind]})
            record_text(None, steps).save(made[kind])
        return made[kind]

    return record


@pytest.fixture(scope="session")
def bundled_run(saved: Path) -> Path:
    """All steps of the bundled corpus."""
    return saved


@pytest.fixture(scope="session")
def recording(bundled_run: Path) -> Recording:
    return Recording.open(bundled_run)


@pytest.fixture(scope="session")
def page(bundled_run: Path) -> Iterator[Page]:
    with TestClient(create_app(bundled_run), base_url=LOCAL) as client:
        yield Page(client)


@pytest.fixture(scope="session")
def watched_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of `train --record`."""
    folder = tmp_path_factory.mktemp("watched")
    text = folder / "text.txt"
    rng = np.random.default_rng(5)
    words = [f"word{number}" for number in range(60)] + ["man", "king", "woman", "queen"]
    lines = [" ".join(rng.choice(words, 12)) for _ in range(800)]
    text.write_text("\n".join(lines) + "\n")
    path = folder / "model"
    arguments = ["train", str(text), "-o", str(path), "--vector-size", "12", "--epochs", "2"]
    record = ["--record", "--watch-words", "queen"]
    assert cli.main([*arguments, *record, "--json", "--workers", "1"]) == 0
    return path


@pytest.fixture(scope="session")
def watched(watched_model: Path) -> Iterator[Page]:
    with TestClient(create_app(watched_model), base_url=LOCAL) as client:
        yield Page(client)


@pytest.fixture(scope="session")
def large_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model without a recording, of more words than the weights view shows."""
    path = tmp_path_factory.mktemp("large") / "model"
    vectors(5_000, 20).save(path)
    return path


@pytest.fixture(scope="session")
def large(large_model: Path) -> Iterator[Page]:
    with TestClient(create_app(large_model), base_url=LOCAL) as client:
        yield Page(client)


@pytest.fixture(scope="session")
def plain_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A word2vec file: no counts, no W′, no training options."""
    path = tmp_path_factory.mktemp("plain") / "vectors.bin"
    vectors(300, 7, counts=False, output=False).save_word2vec_format(path, binary=True)
    return path


@pytest.fixture(scope="session")
def plain(plain_file: Path) -> Iterator[Page]:
    with TestClient(create_app(plain_file), base_url=LOCAL) as client:
        yield Page(client)
