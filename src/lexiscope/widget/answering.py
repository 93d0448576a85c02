"""Answers of the page's application, from a loop of its own beside the notebook's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack
from threading import Event, Thread, current_thread
from typing import Any

from fastapi import FastAPI

from lexiscope.server.asking import Answer, ask


class Answering:
    """An application that is asked within the process.

    Args:
        app: The application; it is started, and ended by `close`.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._ended: asyncio.Event | None = None
        started = Event()
        self._thread = Thread(
            target=self._run, args=(started,), name="lexiscope-notebook", daemon=True
        )
        self._thread.start()
        started.wait()

    def ask(self, address: str) -> Future[Answer]:
        """The answer to an address, which is made beside whatever the caller does."""
        return asyncio.run_coroutine_threadsafe(ask(self._app, address), self._loop)

    def tell(self, address: str, take: Callable[[Answer], Any]) -> None:
        """Hands an answer over: within the caller's loop where it runs one, as a kernel does."""
        future = self.ask(address)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            future.add_done_callback(lambda done: take(done.result()))
            return
        future.add_done_callback(lambda done: loop.call_soon_threadsafe(take, done.result()))

    def close(self) -> None:
        """Ends the application and its thread."""
        if self._ended is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)
            if current_thread() is not self._thread:  # where a widget is collected, it may be
                self._thread.join()

    def _run(self, started: Event) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._live(started))
        finally:
            self._loop.close()

    async def _live(self, started: Event) -> None:
        self._ended = asyncio.Event()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._app.router.lifespan_context(self._app))
            started.set()
            await self._ended.wait()
