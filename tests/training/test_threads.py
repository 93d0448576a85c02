"""The threads of a schedule, and Ctrl-C at its worst moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from lexiscope.training.loop.schedules import _Threads
from tests.support.patience import PATIENCE


def test_ctrl_c_while_threads_are_started_leaves_none_waiting_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = _Threads(2)
    submit = threads._pool.submit
    calls = 0

    def interrupted_once(*job: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return submit(*job)  # type: ignore[arg-type]

    monkeypatch.setattr(threads._pool, "submit", interrupted_once)
    both = threading.Barrier(2)
    stops: list[bool] = []
    jobs: list[Callable[[], object]] = [lambda: both.wait(timeout=PATIENCE)] * 2
    try:
        assert threads.run(jobs, lambda: stops.append(True))
    finally:
        threads.close()
    assert stops == [True]
