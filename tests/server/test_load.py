"""Under load: a thousand steps a second, without an error and without growth."""

from __future__ import annotations

from pathlib import Path

from benchmarks.server import measure_explore, measure_steps, write_model

SECONDS = 3.0
RATE = 1_000.0
# A thousand a second leave one core a millisecond each. Processor time is told rather than the rate
# that was reached, which is less where other programs take the cores.
MOST_CPU_MS = 0.9
MOST_GROWTH_MB = 4.0


def test_a_thousand_steps_a_second(bundled_run: Path) -> None:
    found = measure_steps(bundled_run, rate=RATE, seconds=SECONDS, warm_up=1.0)
    assert found.load.errors == 0
    assert len(found.load.milliseconds) >= RATE * SECONDS * 0.99
    assert found.cpu < MOST_CPU_MS
    assert found.after - found.before < MOST_GROWTH_MB


def test_many_at_once_in_a_large_model(tmp_path: Path) -> None:
    words = write_model(tmp_path / "model", 20_000, 50)
    loads = measure_explore(tmp_path / "model", words, 60)
    for name, load in loads.items():
        assert load.errors == 0 and len(load.milliseconds) == 60, name
