"""What watching costs a run: looks and bytes are counted, with a clock that tests turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.corpus import Vocabulary, VocabularyOptions
from lexiscope.progress import Progress
from lexiscope.training import DivergedError, TrainingConfig, TrainingSession
from lexiscope.training.checkpoint import newest_checkpoint
from lexiscope.training.loop import guard, trainer
from lexiscope.training.loop.allowance import PARTS, SHARE, Allowance
from lexiscope.training.loop.guard import MAX_NORM, Guard
from lexiscope.training.loop.outlook import Outlook
from lexiscope.training.loop.state import Observer, TrainingState
from lexiscope.training.loop.weights import Weights
from lexiscope.training.watching.gauge import Gauge

WORDS, COLUMNS = 40_000, 16


class Clock:
    """Stands still, but for what is done with it."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


class Machine:
    """One on which a pass over the weights takes a second, and a stretch half of one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, words: int = WORDS) -> None:
        self.clock = Clock()
        self.bytes = 0
        rng = np.random.default_rng(2)
        shape = (words, COLUMNS)
        self.weights = Weights(
            rng.random(shape, np.float32), rng.random(shape, np.float32), COLUMNS
        )
        self.size = 2 * self.weights.inputs.nbytes
        self.state = TrainingState(self.weights, allowance=Allowance(self.clock))
        self.vocabulary = Vocabulary([f"w{n}" for n in range(words)], np.ones(words, np.int64))
        largest = guard._largest_square

        def counted(rows: Any) -> tuple[float, int]:
            self.bytes += rows.nbytes
            self.clock.time += rows.nbytes / self.size
            return largest(rows)

        monkeypatch.setattr(guard, "_largest_square", counted)
        monkeypatch.setattr(guard, "_LOOKED_AT_A_SECOND", float(self.size))
        monkeypatch.setattr(guard, "FREQUENT_BYTES", 64 * COLUMNS)

    def guard(self, *observers: Observer) -> Guard:
        ids = np.zeros(10, np.int32)
        return Guard(ids, self.vocabulary, TrainingConfig(), self.state, observers)

    def train(self, watching: Guard, stretches: int) -> None:
        for _ in range(stretches):
            self.state.allowance.earn(0.5)
            self.state.share += 1e-6
            watching.check(None, self.state)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(guard, "SMALL_BYTES", 2**20)  # the machine's weights are large
    return Machine(monkeypatch)


# The purse


def test_the_parts_are_no_more_than_the_whole() -> None:
    assert SHARE == 0.01
    assert sum(part for kind, part in PARTS.items() if kind != "page") <= 1
    assert SHARE * sum(PARTS.values()) <= 0.02  # with a page that is watched


def test_each_kind_of_look_waits_until_it_is_paid_for() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    look = allowance.look("copy")
    assert allowance.look("copy") is look
    looks = 0
    for _ in range(20_000):
        allowance.earn(0.5)
        if look.due(2.0, every=10.0):
            with look:
                clock.time += 1.0
                look.writes(400_000_000)  # two seconds on a slow disk
            looks += 1
    assert looks == look.count == int(10_000 * SHARE * PARTS["copy"] / 2.0)
    assert look.cost == 2.0 and look.seconds == looks == allowance.spent
    assert allowance.written == looks * 400_000_000
    assert look.waited < 10_000 / looks


def test_cheap_looks_come_no_oftener_than_asked_for() -> None:
    allowance = Allowance(Clock())
    look = allowance.look("neighbours")
    looks = 0
    for _ in range(100):
        allowance.earn(0.5)
        if look.due(0.0, every=5.0):
            with look:
                looks += 1
    assert looks == 10


# The guard


def test_a_large_models_looks_stay_within_the_allowance(machine: Machine) -> None:
    """Both matrices each half second was all of a machine's time."""
    watching = machine.guard()
    watching.begin(machine.state)
    assert machine.bytes == machine.state.allowance.written == 0
    machine.train(watching, 1_000)
    allowance = machine.state.allowance
    frequent = 1_000 * 2 * 64 * COLUMNS / machine.size
    assert allowance.look("norms").seconds <= SHARE * PARTS["norms"] * 500 + frequent
    assert allowance.spent <= SHARE * allowance.trained + frequent
    watching.check_all(machine.state)
    assert machine.bytes == machine.size + 1_000 * 2 * 64 * COLUMNS, "one look at all, at the end"
    watching.close()


def test_in_time_every_row_has_its_turn(machine: Machine) -> None:
    watching = machine.guard()
    machine.weights.outputs[31_234, 3] = 2 * MAX_NORM
    with pytest.raises(DivergedError, match=r"\(word 'w31234'\): a vector's norm has grown") as it:
        machine.train(watching, 2_000)
    assert machine.state.allowance.trained > 400  # one look at all of them at the end is put aside
    assert it.value.kept is None and "no earlier state was kept" in str(it.value)


@pytest.mark.parametrize("value", [2 * MAX_NORM, float("nan"), float("inf")])
@pytest.mark.parametrize("row", [0, 15])
def test_frequent_rows_are_looked_at_each_time(machine: Machine, row: int, value: float) -> None:
    watching = machine.guard()
    machine.train(watching, 2)
    machine.weights.outputs[row, 0] = value
    with pytest.raises(DivergedError, match=f"word 'w{row}'"):
        machine.train(watching, 1)


def test_a_look_at_all_finds_any_row(machine: Machine) -> None:
    machine.weights.inputs[39_999, 2] = float("nan")
    watching = machine.guard()
    machine.train(watching, 3)
    with pytest.raises(DivergedError, match="word 'w39999'"):
        watching.check_all(machine.state)


@pytest.mark.slow
def test_a_large_model_is_copied_seldom_and_only_whole(machine: Machine) -> None:
    watching = machine.guard()
    copies = machine.state.allowance.look("copy")
    # A second for the look at all rows before it.
    hours = 4
    machine.train(watching, 2 * 3_600 * hours)
    assert 0 < copies.count <= 3_600 * hours * SHARE * PARTS["copy"]
    assert copies.written == copies.count * machine.size
    kept = machine.weights.inputs.copy()
    machine.weights.inputs[0, 0] = float("inf")
    with pytest.raises(DivergedError, match="% of the run is kept, from a copy"):
        watching.check(None, machine.state)
    assert np.array_equal(machine.weights.inputs, kept)
    watching.close()


@pytest.mark.slow
def test_where_checkpoints_are_kept_a_large_model_is_never_copied(machine: Machine) -> None:
    class Keeper(Observer):
        keeps_states = True

    watching = machine.guard(Keeper())
    machine.train(watching, 2 * 3_600 * 10)
    assert machine.state.allowance.written == 0
    assert machine.state.allowance.look("copy").count == 0


def test_a_small_model_is_copied_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    watching = machine.guard()
    watching.begin(machine.state)
    machine.train(watching, 100)
    assert machine.state.allowance.look("copy").count == 2 + 50 // 10 - 1
    watching.close()


# The gauge


def test_the_gauge_looks_as_seldom_as_its_looks_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, words=300)
    gauge = Gauge(machine.vocabulary.counts)
    take, looks = gauge._look.take, 0

    def slow(vectors: Any) -> Any:
        nonlocal looks
        looks += 1
        machine.clock.time += 0.03
        return take(vectors)

    monkeypatch.setattr(gauge._look, "take", slow)
    gauge.on_train_begin(machine.state)
    assert looks == 1  # for the reports and for the epochs
    for _ in range(2_000):
        machine.state.allowance.earn(0.5)
        gauge.on_report(machine.state)
    assert looks == pytest.approx(1_000 * SHARE * PARTS["neighbours"] / 0.03, abs=1)
    assert gauge.epoch_end_seconds(1.0) == pytest.approx(0.03)


# Time left


def test_time_left_counts_all_that_takes_time() -> None:
    clock = Clock()
    outlook = Outlook(clock)
    outlook.begin(0)
    assert outlook.remaining(1_000, 2, epoch_end=3.0, end=5.0) is None
    for tenth in range(1, 6):
        clock.time += 1.5  # training, and watching
        assert outlook.report(100 * tenth) == pytest.approx(100 / 1.5)
        assert outlook.waited == 0
    left = outlook.remaining(500, 2, epoch_end=3.0, end=5.0)
    assert left == pytest.approx(7.5 + 2 * 3 + 5)
    began = outlook.now()
    clock.time += 4.0
    outlook.end_epoch(began)
    assert outlook.waited == 0, "an epoch's end is not of the words' pace"
    assert outlook.remaining(500, 1, epoch_end=3.0, end=5.0) == pytest.approx(7.5 + 4 + 5)
    assert outlook.remaining(0, 0, epoch_end=3.0, end=5.0) == 5.0


def test_a_slow_start_is_soon_forgotten() -> None:
    clock = Clock()
    outlook = Outlook(clock)
    outlook.begin(0)
    clock.time += 2.0
    outlook.report(20)
    for done in range(120, 2_000, 100):
        clock.time += 1.0
        outlook.report(done)
    assert outlook.word_seconds == pytest.approx(0.01, rel=0.02)


# Runs


def _text(path: Path) -> Path:
    rng = np.random.default_rng(5)
    rows = [" ".join(f"w{n}" for n in rng.integers(0, 300, 12)) for _ in range(6_000)]
    path.write_text("\n".join(rows) + "\n")
    return path


def _session(path: Path, progress: Any = None) -> tuple[TrainingSession, Any]:
    config = TrainingConfig(vector_size=12, epochs=6)
    session = TrainingSession(
        config, vocabulary=VocabularyOptions(min_count=1), workers=2, progress=progress
    )
    return session, session.read(files=path)


def test_a_diverged_run_goes_back_to_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(guard, "SMALL_BYTES", 0)
    written: dict[float, str] = {}

    def damage(report: Progress) -> None:
        if report.stage != "training":
            return
        folder = tmp_path / "m" / "checkpoint"
        if folder.is_dir() and run.share not in written:
            written[run.share] = run.fingerprint()
        if report.values.get("epoch") == 3:
            run.weights.inputs[7, 2] = float("nan")

    session, corpus = _session(_text(tmp_path / "t.txt"), damage)
    with corpus:
        run = session.begin()
        with pytest.raises(
            DivergedError, match="of the run is kept, from the last checkpoint"
        ) as it:
            session.train(checkpoints=tmp_path / "m", every=1e-6)
    assert it.value.kept == run.share and 0.3 < run.share <= 0.5  # of six epochs, in the third
    assert np.isfinite(run.weights.inputs).all() and np.isfinite(run.weights.outputs).all()
    assert run.fingerprint() == written[run.share]
    # Nothing was written a second time, and nothing of the bad weights.
    newest = max((tmp_path / "m" / "checkpoint").iterdir())
    assert len(list((tmp_path / "m" / "checkpoint").iterdir())) == 2
    found = newest_checkpoint(tmp_path / "m")
    assert found.path == newest and found.skipped == ()
    assert found.saved.share == run.share


@pytest.mark.parametrize("value", [float("nan"), 1e6])
def test_no_checkpoint_is_written_of_bad_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    """One of the rows that are not looked at each time has gone bad."""
    monkeypatch.setattr(trainer, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(guard, "SMALL_BYTES", 0)
    monkeypatch.setattr(guard, "FREQUENT_BYTES", 1)

    class Damage(Observer):
        def on_report(self, state: TrainingState) -> None:
            state.weights.inputs[-1, 0] = value

    session, corpus = _session(_text(tmp_path / "t.txt"))
    with corpus:
        session.begin()
        with pytest.raises(DivergedError, match="is kept, from the last checkpoint") as it:
            session.train([Damage()], checkpoints=tmp_path / "m", every=1e-6)
    assert session.run is not None and session.run.share == it.value.kept
    # The one that was written before the damage, and no other.
    assert len(list((tmp_path / "m" / "checkpoint").iterdir())) == 1
    saved = newest_checkpoint(tmp_path / "m").saved
    assert saved.share == it.value.kept and np.abs(saved.inputs).max() < 10


def test_watching_changes_no_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fingerprints = []
    for small, seconds in ((0, 0.5), (2**25, 0.5), (0, 0.0)):
        monkeypatch.setattr(guard, "SMALL_BYTES", small)
        monkeypatch.setattr(trainer, "REPORT_SECONDS", seconds)
        session, corpus = _session(_text(tmp_path / "t.txt"))
        with corpus:
            session.begin()
            session.train(gauge=True)
        assert session.run is not None
        fingerprints.append(session.run.fingerprint())
    assert len(set(fingerprints)) == 1


def test_time_left_has_the_end_of_epochs_and_the_writing_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "REPORT_SECONDS", 0.0)
    left: list[float] = []

    def note(report: Progress) -> None:
        if report.stage == "training" and report.remaining is not None:
            left.append(report.remaining)

    class Slow(Observer):
        def epoch_end_seconds(self, word_seconds: float) -> float:
            return 1_000.0

        def end_seconds(self) -> float:
            return 20_000.0

    session, corpus = _session(_text(tmp_path / "t.txt"), note)
    with corpus:
        session.begin()
        session.train([Slow()])
    assert left[0] >= 20_000 + 6 * 1_000
    assert 20_000 <= left[-1] < 20_100, "after the first epoch its end has been measured"
