"""Checkpoints on a hub: ranges of bytes from a server on this machine."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from lexiscope.contextual.pretrained.census import census
from lexiscope.contextual.pretrained.extract import Tied, extract
from lexiscope.errors import FormatError
from tests.support.checkpoint_cases import matrix, write_checkpoint, write_config, write_shards


class Server(ThreadingHTTPServer):
    """A hub of one folder; `/MODEL/resolve/REVISION/FILE` is sent on to `/files/FILE`."""

    daemon_threads = True
    ranges = True
    whole_below = 0  # files of fewer bytes come whole
    tells_length = True
    code = 0

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.sent = 0
        self.tokens: list[str | None] = []
        self.paths: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.tokens.append(self.headers.get("Authorization"))
        self.server.paths.append(self.path)
        if self.server.code:
            self.send_error(self.server.code)
        elif "/resolve/" in self.path and (self.server.folder / Path(self.path).name).is_file():
            self.send_response(302)
            self.send_header("Location", f"/files/{Path(self.path).name}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path.startswith("/files/"):
            self.send_file((self.server.folder / Path(self.path).name).read_bytes())
        else:
            self.send_error(404)

    def send_file(self, content: bytes) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"])
        assert asked is not None
        start, end = int(asked[1]), min(int(asked[2]) + 1, len(content))
        is_json = content.startswith(b"{")
        if self.server.ranges and not (is_json and len(content) < self.server.whole_below):
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
            content = content[start:end]
        else:
            self.send_response(200)
        if self.server.tells_length:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            return  # the client has seen enough
        self.server.sent += len(content)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    folder = tmp_path / "hub"
    folder.mkdir()
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Server(folder) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}/")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_only_the_matrix_comes_over_the_network(hub: Server, tmp_path: Path) -> None:
    other = np.ones((100_000, 16), np.float32)
    write_checkpoint(hub.folder, {"a": other, "wte.weight": matrix(), "z": other})
    write_config(hub.folder, architectures=["GPT2LMHeadModel"])
    found = extract("someone/gpt2")
    found.save(tmp_path / "model")
    assert np.array_equal(found.to_vectors().vectors, matrix())
    assert found.names.names[1] == "king"
    assert found.tied is Tied.ONCE
    assert hub.sent < 100_000 < other.nbytes
    assert all("/resolve/main/" in path for path in hub.paths if "/files/" not in path)


def test_shards_and_revisions_on_a_hub(hub: Server) -> None:
    write_shards(hub.folder, [{"x": matrix(1)}, {"model.embed_tokens.weight": matrix(2)}])
    found = extract("someone/llama@v1.0")
    assert np.array_equal(found.to_vectors().vectors, matrix(2))
    assert hub.paths[0].startswith("/someone/llama/resolve/v1.0/")
    assert census("someone/llama").parameters == 2 * matrix().size


@pytest.mark.parametrize(("other", "expected"), [(0, Tied.SAMPLED), (1, Tied.DIFFERENT)])
def test_tied_on_a_hub_is_told_by_some_rows(hub: Server, other: int, expected: Tied) -> None:
    tensors = {"wte.weight": matrix(0, rows=9000), "lm_head.weight": matrix(other, rows=9000)}
    write_checkpoint(hub.folder, tensors)
    assert extract("someone/gpt2").tied is expected
    assert hub.sent < 80_000 < matrix(0, rows=9000).nbytes


def test_a_token_is_sent_to_the_hub_only(hub: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    write_checkpoint(hub.folder, {"wte.weight": matrix()})
    extract("someone/gpt2")
    sent = dict(zip(hub.paths, hub.tokens, strict=True))
    assert {token for path, token in sent.items() if "/files/" in path} == {None}
    assert {token for path, token in sent.items() if "/files/" not in path} == {"Bearer secret"}


@pytest.mark.slow
def test_a_server_without_ranges_is_refused_not_downloaded(hub: Server) -> None:
    write_checkpoint(hub.folder, {"wte.weight": matrix(), "z": np.ones((10**6, 40), np.float32)})
    hub.ranges = False
    with pytest.raises(FormatError, match="gives no ranges of bytes; download the file"):
        extract("someone/gpt2")


@pytest.mark.parametrize("told", [True, False])
def test_small_files_may_come_whole(hub: Server, told: bool) -> None:
    write_checkpoint(hub.folder, {"wte.weight": matrix()})
    hub.whole_below = 1000
    hub.tells_length = told
    found = extract("someone/gpt2")
    assert found.names.names[1] == "king"
    assert np.array_equal(found.to_vectors().vectors, matrix())


@pytest.mark.parametrize(
    ("code", "said"),
    [(401, "no such model, or it needs a token"), (403, "HF_TOKEN"), (500, "answered 500")],
)
def test_what_the_hub_refuses_is_told_in_a_line(hub: Server, code: int, said: str) -> None:
    hub.code = code
    with pytest.raises(FormatError, match=said) as caught:
        extract("someone/gpt2")
    assert "\n" not in str(caught.value)


def test_models_without_weights_or_with_torchs_only(hub: Server) -> None:
    with pytest.raises(FormatError, match=r"has none of model\.safetensors"):
        extract("someone/nothing")
    (hub.folder / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(FormatError, match="PyTorch's own files only"):
        extract("someone/old")


def test_no_network_is_one_line_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(
        FormatError, match=r"gpt2: is no folder here, and the hub at .* \("
    ) as caught:
        extract("openai-community/gpt2")
    assert "\n" not in str(caught.value)
    monkeypatch.setenv("HF_ENDPOINT", "hub")
    with pytest.raises(FormatError, match="HF_ENDPOINT is no http address"):
        extract("openai-community/gpt2")
    monkeypatch.delenv("HF_ENDPOINT")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(FormatError, match="HF_HUB_OFFLINE is set"):
        extract("openai-community/gpt2")
