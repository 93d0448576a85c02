"""Where the commands that serve a page listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.errors import ConfigError

if TYPE_CHECKING:
    import socket

PORT = 8765
HOST = "127.0.0.1"


def listen_somewhere() -> socket.socket:
    """A socket at the usual port, or at any free one where that is taken."""
    from lexiscope.server.running import listen

    try:
        return listen(HOST, PORT)
    except ConfigError:
        return listen(HOST, 0)
