"""Cache of answers, as far as they fit."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from lexiscope.server.wire import Encoded

CACHE_BYTES = 64 * 2**20
# A single answer must not push out all others.
_LARGEST_SHARE = 4


class AnswerCache:
    """Encoded answers by address, the least recently used given up first.

    What is being made for one request is not made a second time for another that asks for the same
    meanwhile. It belongs to one event loop.

    Args:
        limit: Bytes, at most.

    Attributes:
        size: Bytes held.
    """

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, Encoded] = OrderedDict()
        self._making: dict[str, asyncio.Task[Encoded]] = {}
        self.size = 0

    def find(self, address: str) -> Encoded | None:
        """An answer given before, or None."""
        found = self._kept.get(address)
        if found is not None:
            self._kept.move_to_end(address)
        return found

    def keep(self, address: str, answer: Encoded) -> None:
        """Keeps an answer, if it is not too large."""
        if answer.size * _LARGEST_SHARE > self._limit or address in self._kept:
            return
        self._kept[address] = answer
        self.size += answer.size + len(address)
        while self.size > self._limit:
            old, given_up = self._kept.popitem(last=False)
            self.size -= given_up.size + len(old)

    async def make(self, address: str, make: Callable[[], Awaitable[Encoded]]) -> Encoded:
        """Makes an answer and keeps it, or waits for the one that is being made.

        A request that is given up does not stop the making, as others may wait for it.
        """
        task = self._making.get(address)
        if task is None:
            task = asyncio.ensure_future(self._made(address, make))
            self._making[address] = task
            task.add_done_callback(lambda done: self._finish(address, done))
        return await asyncio.shield(task)

    def _finish(self, address: str, done: asyncio.Task[Encoded]) -> None:
        del self._making[address]
        if not done.cancelled():
            done.exception()  # looked at, in case nobody waits for it any more

    async def _made(self, address: str, make: Callable[[], Awaitable[Encoded]]) -> Encoded:
        answer = await make()
        self.keep(address, answer)
        return answer
