"""Questions to the application without a connection, as ASGI has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What the application answers.

    Attributes:
        status: The code.
        headers: Names in lower case → values.
        body: As it is.
    """

    status: int
    headers: dict[str, str]
    body: bytes


async def ask(app: Callable[..., Any], address: str) -> Answer:
    """Asks an application for an address: a path, and a query where there is one."""
    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "server": ("localhost", 80),
        "client": ("localhost", 0),
    }
    status, headers, body = 0, {}, bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, send)
    return Answer(status, headers, bytes(body))
