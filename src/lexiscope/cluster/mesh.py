"""Mesh: connections from each machine to each other one, over which changes of rows are exchanged.

Ray's object store would copy what is sent five times on its way, and ask for calls at each round;
between two sockets arrays go as they lie in memory.
"""

from __future__ import annotations

import hmac
import socket
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.loop.machine import Changes

# Seconds in which another machine must take part in an exchange, or it is taken for dead.
SILENT_AFTER = 30.0
TOKEN_BYTES = 16
_PLACE_BYTES = 4
# What is sent at a time: changes of W and of W′, by turns.
Frame = Sequence[Changes]
Address = tuple[str, int]


class Mesh:
    """A machine's connections. Any that breaks raises `ConnectionError`, and takes all others down.

    Args:
        host: This machine's address, at which the others reach it.
        row_bytes: Of a packed row of what is exchanged.
    """

    def __init__(self, host: str, row_bytes: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._server = socket.create_server((host, 0), family=family, backlog=1024)
        self._server.settimeout(SILENT_AFTER)
        self._row_bytes = row_bytes
        self._peers: dict[int, socket.socket] = {}
        self._memory: dict[int, NDArray[np.uint8]] = {}
        self._pool: ThreadPoolExecutor | None = None

    @property
    def address(self) -> Address:
        """Where other machines connect."""
        host, port = self._server.getsockname()[:2]
        return str(host), int(port)

    def join(self, place: int, addresses: Sequence[Address], token: bytes) -> None:
        """Connects to all other machines, which must be doing the same; earlier connections end.

        Args:
            place: This machine's, among all.
            addresses: Of all, in their order.
            token: TOKEN_BYTES that only they know; who does not tell them is not let in.

        Raises:
            ConnectionError: One is not there.
        """
        self.leave()
        hello = token + place.to_bytes(_PLACE_BYTES, "big")
        try:
            for other in range(place):
                peer = socket.create_connection(addresses[other], SILENT_AFTER)
                peer.sendall(hello)
                self._take(other, peer)
            while len(self._peers) < len(addresses) - 1:
                self._accept(token)
        except OSError as error:
            self.leave()
            raise ConnectionError(f"a machine of the cluster is not there: {error}") from error
        self._pool = ThreadPoolExecutor(max(1, 2 * len(self._peers)), "lexiscope-mesh")

    def _accept(self, token: bytes) -> None:
        """Lets a machine in; who does not know the token is of an earlier mesh."""
        peer, _ = self._server.accept()
        peer.settimeout(SILENT_AFTER)
        hello = bytearray(TOKEN_BYTES + _PLACE_BYTES)
        try:
            _receive(peer, memoryview(hello))
        except OSError:
            peer.close()
            return
        if not hmac.compare_digest(bytes(hello[:TOKEN_BYTES]), token):
            peer.close()
            return
        self._take(int.from_bytes(hello[TOKEN_BYTES:], "big"), peer)

    def _take(self, place: int, peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peers[place] = peer

    def swap(self, frames: Mapping[int, Frame]) -> dict[int, list[Changes]]:
        """Sends a frame to each other machine, and receives theirs.

        Args:
            frames: By place.

        Returns:
            By place; in memory that the next call writes to.

        Raises:
            ConnectionError: One has gone.
        """
        if self._pool is None:
            return {}
        sends = [
            self._pool.submit(_send, peer, frames[place]) for place, peer in self._peers.items()
        ]
        asked = {
            place: self._pool.submit(self._receive_frame, place, peer)
            for place, peer in self._peers.items()
        }
        everything: list[Future[Any]] = [*sends, *asked.values()]
        done, _ = wait(everything, return_when=FIRST_EXCEPTION)
        failed = next((error for one in done if (error := one.exception()) is not None), None)
        if failed is not None:
            self.leave()
            raise ConnectionError(f"a machine of the cluster has gone: {failed}") from failed
        return {place: future.result() for place, future in asked.items()}

    def _receive_frame(self, place: int, peer: socket.socket) -> list[Changes]:
        number = np.empty(1, np.int64)
        _receive(peer, number.data.cast("B"))
        counts = np.empty(int(number[0]), np.int64)
        if not len(counts):
            return []
        _receive(peer, counts.data.cast("B"))
        total = int(counts.sum())
        size = total * (4 + self._row_bytes)
        memory = self._memory.get(place)
        if memory is None or len(memory) < size:
            memory = self._memory[place] = np.empty(size, np.uint8)
        if size:
            _receive(peer, memory.data[:size])
        rows = memory[: 4 * total].view(np.int32)
        values = memory[4 * total : size].reshape(total, self._row_bytes)
        ends = np.cumsum(counts)[:-1]
        return [
            Changes(*pair)
            for pair in zip(np.split(rows, ends), np.split(values, ends), strict=True)
        ]

    def leave(self) -> None:
        """Ends all connections; threads that wait at one are woken."""
        for peer in self._peers.values():
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
            peer.close()
        self._peers.clear()
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None

    def close(self) -> None:
        """Leaves, and lets nobody in any more."""
        self.leave()
        self._server.close()


def frame_bytes(frame: Frame) -> int:
    """Bytes of what is sent, without its header."""
    return sum(array.nbytes for changes in frame for array in changes)


def _send(peer: socket.socket, frame: Frame) -> None:
    counts = np.array([len(frame), *(len(changes.rows) for changes in frame)], np.int64)
    peer.sendall(counts.data.cast("B"))
    for arrays in ([one.rows for one in frame], [one.values for one in frame]):
        for array in arrays:
            if array.size:
                peer.sendall(array.data.cast("B"))


def _receive(peer: socket.socket, into: memoryview) -> None:
    while into:
        count = peer.recv_into(into)
        if count == 0:
            raise ConnectionError("the connection was closed")
        into = into[count:]
