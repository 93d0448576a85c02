"""Connections that are slow, many, or never end; and what is done when the server is to end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lexiscope.server import connections
from lexiscope.server.app import create_app
from lexiscope.server.exchange import Service
from lexiscope.server.running import listen, make_server
from lexiscope.server.subject import OpenSubject
from lexiscope.server.workers import Workers, at_work
from tests.support.patience import PATIENCE
from tests.support.server_pages import Page, vectors

WHOLE = b"GET /api/subject HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Running:
    """A server in a thread, and what is asked of it by hand."""

    def __init__(self, path: Path) -> None:
        started = threading.Event()
        opened = listen("127.0.0.1", 0)
        self.port: int = opened.getsockname()[1]
        self.server = make_server(create_app(path), started.set)
        self.thread = threading.Thread(target=self.server.run, args=([opened],), daemon=True)
        self.thread.start()
        assert started.wait(PATIENCE)

    def connect(self, *said: bytes) -> socket.socket:
        one = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        for part in said:
            one.sendall(part)
        return one

    def answer(self) -> bytes:
        with self.connect(WHOLE) as one:
            return one.recv(15)

    def end(self) -> None:
        self.server.should_exit = True
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("slow") / "model"
    vectors(20_000, 40).save(path)
    return path


@pytest.fixture
def running(model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(connections, "SECONDS_TO_ASK", 0.2)
    monkeypatch.setattr(connections, "SECONDS_TO_READ", 0.2)
    server = Running(model)
    yield server
    server.end()


def is_hung_up_on(one: socket.socket) -> bool:
    """Waits for the end of a connection, in which nothing is answered."""
    try:
        return one.recv(1) == b""
    except ConnectionError:
        return True


UNFINISHED = {
    "nothing": b"",
    "a line's beginning": b"GET /api/sub",
    "a head without an end": b"GET /api/subject HTTP/1.1\r\nHost: localhost\r\nX: ",
    "empty lines": b"\r\n\r\n",
}


@pytest.mark.parametrize("said", UNFINISHED.values(), ids=UNFINISHED)
def test_a_request_that_does_not_end_is_closed(running: Running, said: bytes) -> None:
    with running.connect(said) as one:
        assert is_hung_up_on(one)
    assert running.answer() == b"HTTP/1.1 200 OK"


def test_a_drop_now_and_then_is_no_progress(running: Running) -> None:
    with running.connect(b"GET / HTTP/1.1\r\n") as one:
        one.settimeout(0.02)
        for number in range(int(PATIENCE / 0.02)):
            try:
                one.sendall(b"X-%d: a\r\n" % number)
                assert one.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                pass
            break
        else:
            pytest.fail("it was never closed")


def test_a_body_that_does_not_come_is_closed(running: Running) -> None:
    with running.connect(WHOLE[:-2], b"Content-Length: 1000\r\n\r\nabc") as one:
        while one.recv(65536):
            pass
    assert running.answer() == b"HTTP/1.1 200 OK"


def test_after_an_answer_the_next_request_has_its_time_too(running: Running) -> None:
    with running.connect(WHOLE) as one:
        assert one.recv(65536).startswith(b"HTTP/1.1 200 OK")
        one.sendall(b"GET /")
        while one.recv(65536):
            pass


def test_an_answer_that_nobody_reads_is_given_up(running: Running) -> None:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.settimeout(PATIENCE)
        one.connect(("127.0.0.1", running.port))
        request = WHOLE.replace(b"subject", b"explore/norms")
        one.sendall(request * 200)
        deadline = time.monotonic() + PATIENCE
        while not running.server.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.01)
        while running.server.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.01)
    assert not running.server.server_state.connections


def test_slow_ones_take_nobodys_place(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 10)
    monkeypatch.setattr(connections, "SECONDS_TO_ASK", PATIENCE)
    with ExitStack() as stack:
        for number in range(50):
            stack.enter_context(running.connect(b"GET /"))
            if number % 5 == 0:
                assert running.answer() == b"HTTP/1.1 200 OK"
        assert len(running.server.server_state.connections) <= 11


def test_the_answers_under_way_keep_their_places(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 3)
    let_go = threading.Event()
    monkeypatch.setattr(OpenSubject, "meant", lambda _, word: let_go.wait(PATIENCE) and word)
    running = Running(model)
    try:
        waiting = [
            running.connect(WHOLE.replace(b"subject", b"words?search=w%d" % number))
            for number in range(3)
        ]
        for _ in range(10):
            running.connect(b"GET /").close()
        let_go.set()
        for one in waiting:
            with one:
                assert one.recv(15) == b"HTTP/1.1 200 OK"
    finally:
        let_go.set()
        running.end()


# HEAD


def test_head_is_answered_as_get_is(page: Page) -> None:
    for address in ("/", "/api/subject", "/api/words?search=ki", "/api/weights", "/api/steps/1"):
        got, head = page.client.get(address), page.client.head(address)
        assert head.status_code == got.status_code == 200, address
        assert dict(head.headers) == dict(got.headers), address
        assert head.content == b""
    assert page.client.head("/api/nothing").status_code == 404
    assert page.client.head("/api/steps/0").status_code == 422
    assert "HEAD" in page.client.post("/api/subject").headers["allow"]


def test_head_on_the_wire_has_no_body(running: Running) -> None:
    with running.connect(
        WHOLE.replace(b"GET", b"HEAD").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    ) as one:
        answer = b""
        while part := one.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK") and b"content-length: " in head.lower()
    assert body == b""


# The end


def test_the_end_waits_for_nothing_that_is_computed(
    model: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither for the search index that is made at the start, nor for a question under way."""
    let_go, begun = threading.Event(), threading.Event()

    def stuck(_subject: OpenSubject) -> None:
        begun.set()
        let_go.wait(PATIENCE)

    monkeypatch.setattr(OpenSubject, "warm", stuck)
    monkeypatch.setattr(OpenSubject, "meant", lambda opened, word: stuck(opened) or word)
    running = Running(model)
    try:
        assert begun.wait(PATIENCE)
        with running.connect(WHOLE.replace(b"subject", b"words?search=w1")):
            running.end()  # while both are stuck
            assert not let_go.is_set()
    finally:
        let_go.set()
    assert [record for record in caplog.records if record.exc_info] == []


def test_the_interpreter_does_not_wait_for_workers() -> None:
    workers = Workers(2, "some")
    begun, let_go = threading.Event(), threading.Event()

    def stuck() -> int:
        begun.set()
        let_go.wait(PATIENCE)
        return 7

    first = workers.submit(stuck)
    assert begun.wait(PATIENCE)
    second = workers.submit(lambda: 8)
    assert second.result(PATIENCE) == 8
    assert at_work() >= 1 and not first.done()
    assert all(one.daemon for one in threading.enumerate() if one.name.startswith("some"))
    third, fourth = workers.submit(let_go.wait, PATIENCE), workers.submit(lambda: 9)
    workers.shutdown(wait=False, cancel_futures=True)
    let_go.set()
    assert first.result(PATIENCE) == 7
    assert third.cancelled() or third.result(PATIENCE)
    assert fourth.cancelled()
    with pytest.raises(RuntimeError, match="shut down"):
        workers.submit(stuck)


def test_workers_hand_on_what_goes_wrong() -> None:
    workers = Workers(1, "one")
    with pytest.raises(ZeroDivisionError):
        workers.submit(lambda: 1 / 0).result(PATIENCE)
    assert workers.submit(lambda: 1).result(PATIENCE) == 1
    workers.shutdown()


def test_a_closed_service_can_be_used_again(model: Path) -> None:
    service = Service(OpenSubject.open(model))
    service.close()
    assert service.executor.submit(lambda: 1).result(PATIENCE) == 1
    service.close()
