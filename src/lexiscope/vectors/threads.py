"""Threads for work over all rows: as many as NumPy's products may use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from lexiscope.cores import cores_allowed


def threads_allowed() -> int:
    """How many threads a query may use: the processor's cores, or fewer where BLAS is told so.

    OPENBLAS_NUM_THREADS, OMP_NUM_THREADS and threadpoolctl's limits so hold for both.
    """
    pools = [pool for pool in _libraries().info() if pool["user_api"] == "blas"]
    limits = [int(pool["num_threads"]) for pool in pools]
    return max(1, min([cores_allowed(), *limits]))


def on_threads(work: Callable[[], object], threads: int) -> None:
    """Runs the same work on several threads, the caller's being one, and waits for all.

    Raises:
        Exception: The first one that the work raised.
    """
    raised: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
            raised.append(error)

    others = [threading.Thread(target=guarded, daemon=True) for _ in range(threads - 1)]
    for thread in others:
        thread.start()
    guarded()
    for thread in others:
        thread.join()
    if raised:
        raise raised[0]


@cache
def _libraries() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
