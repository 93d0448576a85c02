"""Under load: eight ask at once, and there is no error and no growth."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.server import measure_explore, measure_growth, write_model

pytestmark = pytest.mark.slow

STEPS = 3_000
MOST_GROWTH_MB = 4.0


def test_thousands_of_steps_without_an_error_or_growth(bundled_run: Path) -> None:
    """How many a second, and how much processor time each: `python -m benchmarks.server`."""
    found = measure_growth(bundled_run, STEPS)
    assert found.load.errors == 0 and len(found.load.milliseconds) == STEPS
    assert found.after - found.before < MOST_GROWTH_MB


def test_many_at_once_in_a_large_model(tmp_path: Path) -> None:
    words = write_model(tmp_path / "model", 20_000, 50)
    loads = measure_explore(tmp_path / "model", words, 60)
    for name, load in loads.items():
        assert load.errors == 0 and len(load.milliseconds) == 60, name
