"""Threads that a program does not wait for when it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

_at_work = 0
_counting = threading.Lock()


def at_work() -> int:
    """How many threads are in the midst of something."""
    return _at_work


class Workers(Executor):
    """A pool of daemon threads.

    The interpreter waits for the threads of `ThreadPoolExecutor` when it ends, however long they
    still have to do, and a server whose end is asked for has nobody left to do it for.

    Args:
        most: Threads, at most; each begins when there is work for it.
        name: Of the threads, for those who look at them.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._work: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, function: Callable[..., T], /, *arguments: Any, **options: Any) -> Future[T]:
        """Lets a thread do some work, after what was submitted before.

        Raises:
            RuntimeError: The pool has been shut down.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError(f"{self._name} has been shut down and takes no more work")
            future: Future[T] = Future()
            self._work.put((future, partial(function, *arguments, **options)))
            if not self._idle.acquire(blocking=False) and len(self._threads) < self._most:
                thread = threading.Thread(
                    target=self._serve, name=f"{self._name}-{len(self._threads)}", daemon=True
                )
                self._threads.append(thread)
                thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes no more work, and lets the threads end when theirs is done."""
        with self._lock:
            self._closed = True
            while cancel_futures:
                try:
                    item = self._work.get_nowait()
                except Empty:
                    break
                if item is not None:
                    item[0].cancel()
            for _ in self._threads:
                self._work.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def _serve(self) -> None:
        while (item := self._work.get()) is not None:
            _do(*item)
            self._idle.release()


def _do(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    _count(1)
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - whoever waits for the work gets it
        future.set_exception(error)
    else:
        future.set_result(result)
    finally:
        _count(-1)


def _count(change: int) -> None:
    global _at_work
    with _counting:
        _at_work += change
