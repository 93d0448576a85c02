"""The page beside a training: its events, and what may be asked of the run, by whom."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from lexiscope.progress import Progress
from lexiscope.server import live as live_app
from lexiscope.server.live import MOST_READERS, create_live_app
from lexiscope.server.running import listen, running_beside
from lexiscope.training.watching.live import LiveRun
from tests.support.patience import PATIENCE

OURS = {"X-Lexiscope": "watch"}


def report(done: int) -> Progress:
    values = {"epoch": 1.0, "loss": 2.5, "alpha": 0.02}
    return Progress(
        stage="training", done=done, total=100, unit="words", rate=9.0, remaining=2.0, values=values
    )


@contextmanager
def served(live: LiveRun) -> Iterator[int]:
    """The port of a real server beside this thread."""
    opened = listen("127.0.0.1", 0)
    port = int(opened.getsockname()[1])
    with running_beside(create_live_app(live), opened):
        yield port


class Reader:
    """One who reads the events of a server."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._connection.request("GET", "/api/watch")
        self.response = self._connection.getresponse()

    def next(self) -> tuple[str, dict[str, Any]]:
        """The kind of the next event, and what it says."""
        kind = self.response.readline().decode().strip().removeprefix("event: ")
        said = self.response.readline().decode().removeprefix("data: ")
        assert self.response.readline() == b"\n"
        return kind, json.loads(said)

    def close(self) -> None:
        """Leaves, be it in the midst."""
        self.response.close()
        self._connection.close()


def test_each_reader_is_told_all_and_then_each_change() -> None:
    live = LiveRun("model", heed=lambda _: None)
    live.progress(report(10))
    with served(live) as port:
        early = Reader(port)
        assert early.response.getheader("content-type", "").startswith("text/event-stream")
        assert early.response.getheader("cache-control") == "no-store"
        kind, told = early.next()
        assert kind == "whole" and told["name"] == "model" and told["points"][0][0] == 10
        live.progress(report(20))
        late = Reader(port)
        assert [point[0] for point in late.next()[1]["points"]] == [10, 20]
        kind, told = early.next()
        assert kind == "change" and [point[0] for point in told["points"]] == [20]
        assert "name" not in told
        early.close()
        live.progress(report(30))
        assert [point[0] for point in late.next()[1]["points"]] == [30]
        live.end("finished", "The model is whole.", "lexiscope serve model")
        assert late.next()[1]["end"]["command"] == "lexiscope serve model"
        assert late.response.readline() == b""  # the stream ends with the run
        late.close()


def test_a_reader_who_does_not_read_holds_up_neither_the_run_nor_others() -> None:
    live = LiveRun("model" * 200_000)  # more than the system takes for one who does not read
    with served(live) as port:
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.sendall(b"GET /api/watch HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            other = Reader(port)
            assert other.next()[0] == "whole"
            for done in range(1, 4):
                live.progress(report(done))
                assert other.next()[1]["points"][-1][0] == done
            other.close()
            began = time.monotonic()
        live.end("stopped", "The run was stopped.", "")
    assert time.monotonic() - began < PATIENCE


def test_what_is_told_is_fit_to_be_shown() -> None:
    live = LiveRun("a\x1b[2J\u202eb")
    live.end("failed", "because", "")
    client = TestClient(create_live_app(live), base_url="http://127.0.0.1")
    assert "\x1b" not in client.get("/api/watch").text
    assert "\u202e" not in client.get("/api/watch").text


def test_only_so_many_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveRun("model")
    app = create_live_app(live)
    app.state.readers.count = MOST_READERS
    answer = TestClient(app, base_url="http://127.0.0.1").get("/api/watch")
    assert answer.status_code == 503 and "close one" in answer.json()["error"]


def test_a_silent_run_keeps_its_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_app, "ALIVE_SECONDS", 0.0)
    live = LiveRun("model")
    with served(live) as port:
        reader = Reader(port)
        reader.next()
        assert reader.response.readline() == b":\n"
        reader.close()


def test_the_page_asks_and_the_run_does_it() -> None:
    heard: list[str] = []
    live = LiveRun("model", heed=heard.append)
    client = TestClient(create_live_app(live), base_url="http://127.0.0.1:8765")
    ours = {**OURS, "Origin": "http://127.0.0.1:8765", "Sec-Fetch-Site": "same-origin"}
    for what in ("pause", "go-on", "stop"):
        answer = client.post(f"/api/watch/{what}", headers=ours)
        assert (answer.status_code, answer.content) == (204, b"")
    assert heard == ["pause", "go on", "stop"]
    live.end("stopped", "", "")
    answer = client.post("/api/watch/pause", headers=ours)
    assert answer.status_code == 409 and "no longer pause" in answer.json()["error"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),  # a form of a page elsewhere
        ({**OURS, "Origin": "http://evil.example"}, 403),
        ({**OURS, "Origin": "null"}, 403),
        ({**OURS, "Origin": "http://127.0.0.1:3000"}, 403),  # another program of this machine
        ({**OURS, "Sec-Fetch-Site": "cross-site"}, 403),
        ({**OURS, "Sec-Fetch-Site": "same-site"}, 403),
        ({**OURS, "Host": "evil.example"}, 400),  # a name pointed at this machine
    ],
)
def test_nobody_else_can_ask(headers: dict[str, str], status: int) -> None:
    heard: list[str] = []
    live = LiveRun("model", heed=heard.append)
    client = TestClient(create_live_app(live), base_url="http://127.0.0.1:8765")
    for what in ("pause", "go-on", "stop"):
        answer = client.post(f"/api/watch/{what}", headers=headers)
        assert answer.status_code == status and answer.json()["error"]
        # What a page elsewhere asks beforehand, to be allowed the header.
        asked = client.options(
            f"/api/watch/{what}",
            headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
        )
        assert "access-control-allow-origin" not in asked.headers and not asked.is_success
        assert not client.get(f"/api/watch/{what}").is_success
    assert not heard and live.since()[0]["asked"] == ""


def test_there_is_no_model_and_no_other_view() -> None:
    client = TestClient(create_live_app(LiveRun("model")), base_url="http://127.0.0.1")
    answer = client.get("/api/subject")
    assert answer.status_code == 404 and "#/watch" in answer.json()["error"]
    assert client.get("/api/vocabulary").status_code == 404


def test_the_pages_reader_knows_what_is_told() -> None:
    source = Path(__file__).parents[2] / "web" / "src" / "views" / "watch" / "events.ts"
    if not source.is_file():
        pytest.skip("this copy has no web/")
    text = source.read_text(encoding="utf-8")
    live = LiveRun("model")
    live.progress(report(1))
    live.end("finished", "", "")
    told, _ = live.since()
    told = {**told, "epochs": 0, "epochs_total": 0, "words": 0, "looks": 0}
    for name, fields in {"Live": told, "Report": told["latest"], "End": told["end"]}.items():
        body = text.partition(f"export interface {name} {{")[2].partition("\n}")[0]
        declared = {line.split(":")[0].strip() for line in body.splitlines() if ":" in line}
        assert declared == set(fields), name
