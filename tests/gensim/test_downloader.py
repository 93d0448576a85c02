"""gensim's data: fetched from a server into gensim's folder, checked, and not run."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope import ConfigError, KeyedVectors, LexiscopeError
from lexiscope.files.download import DownloadError
from lexiscope.gensim import downloader as api
from lexiscope.progress import Progress

VECTORS = gzip.compress(b"2 3\nking 1 2 3\nqueen 1 2 4\n")
TEXT8 = gzip.compress(b"anarchism originated as a term of abuse")
NEWS = gzip.compress(b'{"topic": "a", "data": "x\\ny"}\n{"topic": "b", "data": ""}\n')
FAKE = gzip.compress('title,text\n"one, two",é\n'.encode())
HARM = b"import os\nos.mkdir('it was run')\n"


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def entry(content: bytes, name: str, **more: Any) -> dict[str, Any]:
    return {"checksum": md5(content), "file_name": f"{name}.gz", "parts": 1, **more}


PARTS = [VECTORS[:20], VECTORS[20:]]
LIST = {
    "corpora": {
        "text8": entry(TEXT8, "text8"),
        "20-newsgroups": entry(NEWS, "20-newsgroups"),
        "fake-news": entry(FAKE, "fake-news"),
        "new-text": entry(TEXT8, "new-text"),
    },
    "models": {
        "glove-tiny": entry(VECTORS, "glove-tiny"),
        "old": entry(VECTORS, "old", latest=False),
        "damaged": entry(b"something else", "damaged"),
        "in-parts": {
            **entry(VECTORS, "in-parts"),
            "parts": 2,
            **{f"checksum-{part}": md5(content) for part, content in enumerate(PARTS)},
        },
    },
}
FILES = {
    "text8": TEXT8,
    "20-newsgroups": NEWS,
    "fake-news": FAKE,
    "new-text": TEXT8,
    "glove-tiny": VECTORS,
    "damaged": VECTORS,
}


class Quiet(SimpleHTTPRequestHandler):
    """A server that counts what it is asked for."""

    asked: list[str] = []  # noqa: RUF012

    def log_message(self, format: str, *args: object) -> None:
        self.asked.append(self.path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("releases")
    (folder / "list.json").write_text(json.dumps(LIST))
    for name, content in FILES.items():
        (folder / name).mkdir()
        (folder / name / f"{name}.gz").write_bytes(content)
        (folder / name / "__init__.py").write_bytes(HARM)
    (folder / "in-parts").mkdir()
    (folder / "in-parts" / "__init__.py").write_bytes(HARM)
    for part, content in enumerate(PARTS):
        (folder / "in-parts" / f"in-parts.gz_0{part}").write_bytes(content)
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def data(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """gensim's folder, which is not there yet."""
    folder = tmp_path / "gensim-data"
    monkeypatch.setattr(api, "BASE_DIR", str(folder))
    monkeypatch.setattr(api, "DATA_LIST_URL", f"{server}/list.json")
    monkeypatch.setattr(api, "DOWNLOAD_BASE_URL", server)
    monkeypatch.chdir(tmp_path)
    Quiet.asked.clear()
    return folder


def test_vectors_are_fetched_once_and_their_code_is_not_run(data: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    vectors = api.load("glove-tiny", progress=told.append)
    assert isinstance(vectors, KeyedVectors) and vectors.index_to_key == ["king", "queen"]
    np.testing.assert_array_equal(vectors["queen"], [1, 2, 4])
    assert told[-1].stage == "downloading glove-tiny" and told[-1].done == len(VECTORS)
    asked = list(Quiet.asked)
    path = api.load("glove-tiny", return_path=True)
    assert path == str(data / "glove-tiny" / "glove-tiny.gz") and Quiet.asked == asked
    assert (data / "glove-tiny" / "__init__.py").read_bytes() == HARM  # for gensim
    assert not (tmp_path / "it was run").exists()
    assert sorted(p.name for p in data.iterdir() if not p.name.startswith(".")) == [
        "glove-tiny", "information.json",
    ]  # fmt: skip


def test_what_comes_in_parts(data: Path) -> None:
    assert api.load("in-parts").index_to_key == ["king", "queen"]
    assert (data / "in-parts" / "in-parts.gz").read_bytes() == VECTORS


@pytest.mark.usefixtures("data")
def test_texts() -> None:
    assert list(api.load("text8")) == [b"anarchism originated as a term of abuse".decode().split()]
    news = api.load("20-newsgroups")
    assert list(news) == list(news) == [
        {"topic": "a", "data": "x\ny"}, {"topic": "b", "data": ""},
    ]  # fmt: skip
    assert list(api.load("fake-news")) == [{"title": "one, two", "text": "é"}]
    with pytest.raises(ConfigError, match=r"not known here; its file is .*new-text\.gz"):
        api.load("new-text")


@pytest.mark.usefixtures("data")
def test_what_there_is() -> None:
    assert api.info("text8") == LIST["corpora"]["text8"]
    assert set(api.info()["models"]) == {"glove-tiny", "damaged", "in-parts"}
    assert api.info(show_only_latest=False) == LIST
    assert api.info(name_only=True) == {kind: list(names) for kind, names in LIST.items()}
    for wrong in (lambda: api.info("none"), lambda: api.load("none"), lambda: api.load("../x")):
        with pytest.raises(ValueError, match=r"name_only=True"):
            wrong()


def test_nothing_of_a_damaged_download_is_left(data: Path) -> None:
    with pytest.raises(DownloadError, match=f"has the checksum {md5(VECTORS)}, expected"):
        api.load("damaged")
    assert not (data / "damaged").exists()
    assert [path.name for path in data.iterdir() if path.is_dir()] == []


def test_without_a_network(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "DATA_LIST_URL", "http://127.0.0.1:9/list.json")
    with pytest.raises(LexiscopeError, match=r"cannot be reached .*check the network") as told:
        api.info()
    assert isinstance(told.value, ValueError) and "\n" not in str(told.value)
    # What gensim has fetched is found, with its list or without.
    (data / "glove-tiny").mkdir(parents=True)
    (data / "glove-tiny" / "glove-tiny.gz").write_bytes(VECTORS)
    assert api.load("glove-tiny").index_to_key == ["king", "queen"]
    (data / "information.json").write_text(json.dumps(LIST))
    assert api.info(name_only=True)["models"][0] == "glove-tiny"
    monkeypatch.setattr(api, "DOWNLOAD_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match="cannot be reached"):
        api.load("text8")
    assert not (data / "text8").exists()


def test_a_file_that_is_not_there(data: Path, server: str) -> None:
    with pytest.raises(DownloadError, match=f"{server}/old/old.gz: the server answers 404"):
        api.load("old")
    assert not (data / "old").exists()


def test_the_command_line(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert api.main(["-d", "glove-tiny"]) == 0
    output = capsys.readouterr()
    assert output.out == f"{data / 'glove-tiny' / 'glove-tiny.gz'}\n"
    assert "downloading glove-tiny" in output.err
    assert api.main(["-i", "name"]) == 0
    assert json.loads(capsys.readouterr().out)["corpora"] == list(LIST["corpora"])
    assert api.main(["-i"]) == api.main(["-i", "text8"]) == 0
    capsys.readouterr()
    assert api.main(["-i", "none"]) == 1
    assert "error: there are neither" in capsys.readouterr().err
