"""Worker threads for batches, each with one core to itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


class Workers:
    """Threads in which PyTorch computes with one core.

    With its own threads PyTorch divides each product of matrices among the cores, and all wait for
    the slowest after each; a batch a core has no such waits, which counts most where the cores are
    shared with other programs. The threads are made at the first use.

    Args:
        most: So many threads; of 1, one for each core that PyTorch may use.
    """

    def __init__(self, most: int = 1) -> None:
        self._most = most
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def run(self, work: Callable[[Item], None], items: Sequence[Item]) -> None:
        """Does some work for each item; an error in one of them is raised here."""
        import torch

        cores = torch.get_num_threads() if self._most == 1 else self._most
        if cores == 1 or len(items) == 1:
            for item in items:
                work(item)
            return
        for _ in self._threads(cores).map(work, items):
            pass

    def _threads(self, cores: int) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = _started(cores)
            return self._pool


def _started(cores: int) -> ThreadPoolExecutor:
    """A pool whose threads all run, so that none changes PyTorch's setting later."""
    import torch

    def one_core() -> None:
        # A thread takes the process's number when it first asks, whatever was set before.
        torch.get_num_threads()
        torch.set_num_threads(1)

    pool = ThreadPoolExecutor(cores, thread_name_prefix="lexiscope-encode", initializer=one_core)
    together = threading.Barrier(cores)
    own = torch.get_num_threads()
    try:
        for waiting in [pool.submit(together.wait) for _ in range(cores)]:
            waiting.result()
    except BaseException:
        # Ctrl-C, or no more threads: those that wait already would wait for ever.
        together.abort()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    # The number holds for the thread that sets it, and for threads to come: those get theirs back.
    torch.set_num_threads(own)
    return pool
