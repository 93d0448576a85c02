"""The number of threads that train, beside others who use the cores."""

from __future__ import annotations

import numpy as np
import pytest

from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.loop import schedules
from lexiscope.training.loop.crew import MOST_BETWEEN, Crew
from lexiscope.training.loop.schedules import Pace, Reproducible
from lexiscope.training.loop.weights import initial_weights
from tests.support.kernel_cases import make_text

QUIET, BUSY = 1.0, 0.5  # of a stretch's time, what a thread has of its core


def stretches(crew: Crew, rates: dict[int, float], share: float, count: int) -> list[int]:
    """The sizes that a crew chooses for stretches of a second at rates given by its size."""
    sizes = []
    for _ in range(count):
        sizes.append(crew.size)
        crew.note(int(rates[crew.size]), 1.0, [1.0] * (crew.size - 1) + [share])
    return sizes


def test_on_free_cores_all_threads_train_and_none_is_tried_less() -> None:
    assert set(stretches(Crew(4), {4: 400}, QUIET, 50)) == {4}


def test_where_a_thread_has_no_core_fewer_train_for_as_long_as_that_is_faster() -> None:
    crew = Crew(2)
    busy = stretches(crew, {2: 25, 1: 60}, BUSY, 200)
    assert busy.count(2) < 20, "it kept trying what is slower"
    # Once the cores are free, all come back, within the longest pause between two trials.
    free = stretches(crew, {2: 190, 1: 100}, QUIET, MOST_BETWEEN + 20)
    assert set(free[-10:]) == {2}


def test_where_fewer_are_no_faster_all_go_on_and_trials_become_rare() -> None:
    sizes = stretches(Crew(2), {2: 100, 1: 80}, BUSY, 200)
    assert 2 <= sizes.count(1) <= 10


def test_many_threads_are_halved_until_it_no_longer_helps() -> None:
    rates = {16: 10, 8: 30, 4: 80, 2: 60, 1: 40}
    assert stretches(Crew(16), rates, BUSY, 60)[-20:].count(4) > 15


def test_short_stretches_and_one_thread_say_nothing() -> None:
    crew, alone = Crew(2), Crew(1)
    for _ in range(20):
        crew.note(100, 0.001, [0.0, 0.0])
        alone.note(100, 1.0, [0.1])
        assert (crew.size, alone.size) == (2, 1)


@pytest.mark.slow
def test_the_bits_are_the_same_however_the_crew_changes(monkeypatch) -> None:
    sizes = [2, 1, 4, 3, 1, 2]

    class Changing(Crew):
        @property
        def size(self) -> int:
            return min(self.most, sizes[0])

        def note(self, positions, seconds, on_core) -> None:
            assert positions > 0 and len(on_core) == self.size
            sizes.append(sizes.pop(0))

    results = set()
    for workers, crew in ((1, Crew), (4, Changing)):
        monkeypatch.setattr(schedules, "Crew", crew)
        ids, counts = make_text(words=120, tokens=4_000)
        config = TrainingConfig(vector_size=20, sample=0)
        setup = kernel_setup(config, counts)
        weights = initial_weights(config, len(counts), setup.output_rows)
        schedule = Reproducible(ids, setup, weights, workers, 4, 64)
        for begin in range(0, len(ids), 2 * schedule.grain):
            end = min(begin + 2 * schedule.grain, len(ids))
            schedule.advance(begin, end, epoch_key(5, 0), Pace(0.05, -1e-6, 1e-4))
        schedule.close()
        results.add(weights.inputs.tobytes() + weights.outputs.tobytes())
    assert len(results) == 1
    assert np.isfinite(weights.inputs).all()
