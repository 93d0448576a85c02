"""The application on a socket, until it is told to stop."""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lexiscope.errors import ConfigError

# What a browser sends before a request is complete; more would be kept without bound.
LARGEST_HEAD = 128 * 1024
MOST_CONNECTIONS = 512
_BACKLOG = 2048
_SECONDS_TO_END = 2


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: from here on a browser that connects is made to wait, not refused.

    Args:
        host: A name or an address of this machine.
        port: 0 for any that is free.

    Raises:
        ConfigError: The port is taken, or the host is no address of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise ConfigError(
            f"host {host!r} is no address of this machine; expected 127.0.0.1 or a name of it"
        ) from error
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(_BACKLOG)
    except OSError as error:
        opened.close()
        raise ConfigError(_why_not(host, port, error)) from error
    return opened


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is taken by another program (or another `lexiscope serve`); take another "
            f"with --port, or any free one with --port 0"
        )
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this user; take one from 1024 on with --port"
    return f"host {host!r}, port {port}: {error.strerror}; expected an address of this machine"


def address_of(opened: socket.socket) -> str:
    """What to type into a browser on this machine."""
    host, port = opened.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def is_loopback(opened: socket.socket) -> bool:
    """Whether only this machine can connect."""
    host = str(opened.getsockname()[0])
    return host.startswith("127.") or host == "::1"


def run(app: FastAPI, opened: socket.socket, announce: Callable[[], None]) -> None:
    """Answers requests until Ctrl-C or a request to terminate; see `ended_by_signals`.

    Args:
        app: What answers.
        opened: Listens.
        announce: Called once, when requests are answered and signals are heeded.
    """
    config = uvicorn.Config(
        app,
        http=LimitedProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=_SECONDS_TO_END,
    )
    with opened:
        _Server(config, announce).run(sockets=[opened])


class _Server(uvicorn.Server):
    """Says when it has started: a signal in the midst of that would look like a failure."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, then announces it."""
        await super().startup(sockets)
        if self.started:
            self._announce()


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Ends the block, as if it had come to its end, at Ctrl-C or a request to terminate.

    The server takes both signals while it runs, and sends them once more when it has ended.
    """
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


class LimitedProtocol(HttpToolsProtocol):
    """HTTP/1.1 that hangs up on a request whose head does not end."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head_bytes = 0
        self._in_head = True

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is complete."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Some bytes have come in."""
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD:
                self.transport.close()
