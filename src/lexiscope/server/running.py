"""The application on a socket, until it is told to stop."""

from __future__ import annotations

import errno
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread, current_thread, main_thread

import uvicorn
from fastapi import FastAPI

from lexiscope.errors import ConfigError
from lexiscope.server.connections import MOST_CONNECTIONS, LimitedProtocol

# Connections that wait to be taken; as many may be taken at once, and each is an open file.
_BACKLOG = 128
# After Ctrl-C, for the answers that are under way; what computes longer computes for nobody.
_SECONDS_TO_END = 0.5
_SECONDS_TO_JOIN = 0.8
_LOGGER = "uvicorn.error"


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
    with opened, _silent_at_the_end():
        make_server(app, announce).run(sockets=[opened])


@contextmanager
def running_beside(app: FastAPI, opened: socket.socket) -> Iterator[None]:
    """Answers requests in a thread of its own while the block runs, which has the signals.

    Args:
        app: What answers.
        opened: Listens; closed at the end.
    """
    server = make_server(app, lambda: None)

    def answer() -> None:
        with opened, _silent_at_the_end():
            server.run(sockets=[opened])

    # A daemon, and not waited for where it does not end: no answer may hold up who has called.
    thread = Thread(target=answer, name="lexiscope-page", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(_SECONDS_TO_JOIN)


def make_server(app: FastAPI, announce: Callable[[], None]) -> uvicorn.Server:
    """The server, to be run; see `run`."""
    config = uvicorn.Config(
        app,
        http=LimitedProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        # One more than are kept: it is told that all others are being answered.
        limit_concurrency=MOST_CONNECTIONS + 1,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_SECONDS_TO_END,  # type: ignore[arg-type]  # or a float
    )
    return _Server(config, announce)


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

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends; what it then breaks off is no news."""
        logging.getLogger(_LOGGER).disabled = True
        await super().shutdown(sockets)


@contextmanager
def _silent_at_the_end() -> Iterator[None]:
    logger = logging.getLogger(_LOGGER)
    before = logger.disabled
    try:
        yield
    finally:
        logger.disabled = before


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
