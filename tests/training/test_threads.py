"""The threads of a schedule, and Ctrl-C at its worst moment."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from lexiscope.errors import TrainingError
from lexiscope.training.loop.schedules import _Gate, _Threads
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


def test_ctrl_c_behind_the_last_submission_lets_all_threads_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The very moment at which all of them wait, and nobody has opened the gate."""
    threads = _Threads(2)
    done: list[int] = []

    def interrupted(gate: _Gate) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_Gate, "open", interrupted)
    assert threads.run([lambda: done.append(1)] * 2, lambda: None)
    threads.close()
    assert done == []


def test_a_system_that_gives_no_more_threads_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = _Threads(2)
    submit, calls = threads._pool.submit, 0

    def refuse(*job: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("can't start new thread")
        return submit(*job)  # type: ignore[arg-type]

    monkeypatch.setattr(threads._pool, "submit", refuse)
    with pytest.raises(TrainingError, match=r"would not start 2 threads .* take fewer workers"):
        threads.run([lambda: None] * 2, lambda: None)
    threads.close()


CHILD = """
from tests.support import interrupting
from lexiscope.training.loop import schedules

run_rounds = schedules.run_rounds

def failing(thread, *arguments):
    if thread == 1 and arguments[2].begin < arguments[2].end:
        raise MemoryError
    return run_rounds(thread, *arguments)

schedules.run_rounds = failing
corpus = interrupting.text()
run = interrupting.start_run(corpus, interrupting.TrainingConfig(**interrupting.OPTIONS))
try:
    interrupting.train_run(run, corpus, workers=2)
except MemoryError:
    print("told")
"""


@pytest.mark.slow
def test_a_thread_that_fails_leaves_none_waiting_at_a_barrier() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout == "told\n"


@pytest.mark.slow
@pytest.mark.parametrize("schedule", ["reproducible", "hogwild"])
@pytest.mark.parametrize("way", ["signal", "raise"])
def test_ctrl_c_at_any_line_hangs_nowhere_and_loses_nothing(way: str, schedule: str) -> None:
    """At every seventh line; `tests.support.interrupting signal reproducible 1` takes them all."""
    command = [sys.executable, "-m", "tests.support.interrupting", way, schedule, "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    outcomes = json.loads(done.stdout)
    assert len(outcomes) > 50
    begun = [outcome for outcome in outcomes if outcome["share"] > 0]
    assert len(begun) > 20
    for outcome in begun:
        if way == "signal":
            assert outcome["exact"], outcome
        # Hogwild's threads do not come in the same order twice.
        assert outcome["same"] or not outcome["exact"] or schedule == "hogwild", outcome
