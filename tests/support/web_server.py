"""A web server on this machine that does what servers on the way to a file do."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Thing:
    """What is at an address.

    Attributes:
        content: The file.
        etag: Its tag; "" for none.
        ranges: Whether ranges of it are given.
        cuts: How many bytes the next answers give before the connection is cut.
        codes: What the next answers are instead of it.
        redirect: Where the server sends on to.
        kind: The content's type.
        says_length: Whether the answer has a Content-Length.
        delay: Seconds before the answer.
    """

    content: bytes = b""
    etag: str = ""
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    redirect: str = ""
    kind: str = "application/octet-stream"
    says_length: bool = True
    delay: float = 0.0


@dataclass
class Server:
    """The server.

    Attributes:
        url: Its address.
        things: What there is, by path.
        asked: Path and headers of every question, in order.
    """

    url: str
    things: dict[str, Thing] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def ranges(self, path: str) -> list[str]:
        """The ranges that were asked for of a path; "" for all of it."""
        return [headers.get("Range", "") for place, headers in self.asked if place == path]


@contextmanager
def serving() -> Iterator[Server]:
    """A server at work."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server = Server(f"http://127.0.0.1:{http.server_port}")
    http.told = server  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def end_headers(self) -> None:
        """Says that no more is answered on this connection: a client would ask on it again."""
        self.send_header("Connection", "close")
        super().end_headers()

    def do_GET(self) -> None:
        told: Server = self.server.told
        path = self.path.partition("?")[0]
        told.asked.append((path, dict(self.headers.items())))
        self.close_connection = True
        thing = told.things.get(path)
        if thing is None:
            self._plain(404, b"no such file")
            return
        time.sleep(thing.delay)
        if thing.codes:
            self._plain(thing.codes.pop(0), b"not now")
        elif thing.redirect:
            self.send_response(302)
            self.send_header("Location", thing.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._give(thing)

    def _give(self, thing: Thing) -> None:
        start = self._start(thing)
        if start >= len(thing.content) and start:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(thing.content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = thing.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", thing.kind)
        if thing.etag:
            self.send_header("ETag", thing.etag)
        if start:
            last = len(thing.content) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(thing.content)}")
        if thing.says_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: thing.cuts.pop(0)] if thing.cuts else body)

    def _start(self, thing: Thing) -> int:
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match is None or not thing.ranges:
            return 0
        asked = self.headers.get("If-Range")
        return 0 if asked is not None and asked != thing.etag else int(match[1])

    def _plain(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
