"""Connections, held to a measure: slow ones are closed, and cannot take the places of others."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# What a browser sends before a request is complete; more would be kept without bound.
LARGEST_HEAD = 128 * 1024
MOST_CONNECTIONS = 512
# From a connection's or a request's beginning until the request is whole.
SECONDS_TO_ASK = 15.0
# An answer that is not read at all, or by fewer bytes in so many seconds, is not wanted.
SECONDS_TO_READ = 15.0
LEAST_READ = 16 * 1024


class LimitedProtocol(HttpToolsProtocol):
    """HTTP/1.1 that hangs up on a request that does not end, and on an answer that nobody reads.

    Where there are too many connections, the one goes that has been without a whole request for
    longest. Whoever asks at once is answered, however many others hold a connection and say little.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head_bytes = 0
        self._in_head = True
        self._asking: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._unread = 0
        self._since = 0.0

    @property
    def _is_busy(self) -> bool:
        """Whether a whole request is being answered."""
        return self.cycle is not None and not (self.cycle.response_complete or self.cycle.more_body)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has connected."""
        super().connection_made(transport)
        self._begin_asking()
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        for timer in (self._asking, self._reading):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes have come in."""
        if self._asking is None and not self._is_busy:
            self._begin_asking()
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD:
                self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is complete."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is handed over to the system, which may have to wait for the reader."""
        super().on_response_complete()
        self._since = self.loop.time()
        if self._reading is None:
            self._watch_reader()

    def _begin_asking(self) -> None:
        self._since = self.loop.time()
        self._asking = self.loop.call_later(SECONDS_TO_ASK, self._hang_up)

    def _hang_up(self) -> None:
        self._asking = None
        if not self._is_busy:
            self.transport.abort()

    def _watch_reader(self) -> None:
        self._unread = self.transport.get_write_buffer_size()
        self._reading = None
        if self._unread:
            self._reading = self.loop.call_later(SECONDS_TO_READ, self._look_at_reader)

    def _look_at_reader(self) -> None:
        left = self.transport.get_write_buffer_size()
        if left and self._unread - left < LEAST_READ:
            self.transport.abort()
        else:
            self._watch_reader()

    def _make_room(self) -> None:
        """Gives up the connection that has been idle, or unfinished, for longest."""
        others = (
            one
            for one in self.connections
            if one is not self and isinstance(one, LimitedProtocol) and not one._is_busy
        )
        slowest = min(others, key=lambda one: one._since, default=None)
        if slowest is not None:
            self.connections.discard(slowest)
            slowest.transport.abort()
