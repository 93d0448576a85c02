"""Guard against other pages and other machines: the Host header, and headers of every answer."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lexiscope.server.payloads.base import Problem

LONGEST_ADDRESS = 64 * 1024
_EVERYWHERE = ("0.0.0.0", "::", "")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# KaTeX and the code's colours set style attributes; scripts and style sheets are files of ours.
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class HeadAsGet:
    """Answers HEAD as GET would be answered, without its body.

    Args:
        app: What answers GET.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a connection, as ASGI calls it."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A copy: the server beneath goes on knowing that it is a HEAD.
        await self._app({**scope, "method": "GET"}, receive, send_head)


class Guard:
    """Refuses requests that name another host, and puts the headers on every answer.

    A page elsewhere can point its own name at this machine (DNS rebinding) and would then read
    answers as its own; it cannot choose the Host header. A plain address is no name that could be
    pointed elsewhere, so where the server listens everywhere any address is taken.

    Args:
        app: What is guarded.
        host: What the server listens at; loopback names are always taken.
    """

    def __init__(self, app: ASGIApp, host: str = "127.0.0.1") -> None:
        self._app = app
        self._everywhere = host in _EVERYWHERE
        names: Iterable[str] = [socket.gethostname()] if self._everywhere else [host]
        self._names = _LOOPBACK | {name.strip("[]").lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a connection, as ASGI calls it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not self._is_ours(hosts[0].decode("latin-1")):
            got = hosts[0].decode("latin-1")[:100] if hosts else ""
            await _refuse(
                send_guarded,
                400,
                f"the request's Host is {got!r}; expected the address that `lexiscope serve` "
                "printed (another one is given with --host)",
            )
        elif len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            await _refuse(
                send_guarded, 414, f"the address is longer than {LONGEST_ADDRESS:,} bytes"
            )
        else:
            await self._app(scope, receive, send_guarded)

    def _is_ours(self, header: str) -> bool:
        name = host_name(header)
        if name in self._names:
            return True
        return self._everywhere and _is_address(name)


def host_name(header: str) -> str:
    """A Host header's name or address, without its port, in lower case."""
    if header.startswith("["):
        name, closed, rest = header[1:].partition("]")
        return name.lower() if closed and (not rest or _is_port(rest)) else ""
    name, colon, port = header.partition(":")
    return name.lower() if not colon or _is_port(f":{port}") else ""


def _is_port(text: str) -> bool:
    return text[:1] == ":" and text[1:].isascii() and (text[1:].isdigit() or text == ":")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _refuse(send: Send, status: int, reason: str) -> None:
    body = Problem(error=reason).model_dump_json().encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
