"""A run while it trains: what it tells others, and what they may ask of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lexiscope import data
from lexiscope.corpus import Vocabulary, VocabularyOptions
from lexiscope.progress import Progress
from lexiscope.training import TrainingConfig, TrainingSession
from lexiscope.training.loop.outlook import Outlook
from lexiscope.training.loop.state import Observer, TrainingState
from lexiscope.training.loop.trainer import Interrupted
from lexiscope.training.loop.weights import Weights
from lexiscope.training.watching import live as live_module
from lexiscope.training.watching.live import MOST_LOOKS, MOST_POINTS, MOST_WORDS, LiveRun
from tests.support.patience import PATIENCE

CONFIG = TrainingConfig(vector_size=8, epochs=4, window=2)


def report(done: int, loss: float = 2.0, stage: str = "training") -> Progress:
    values = {"epoch": 1.0, "loss": loss, "alpha": 0.02}
    return Progress(
        stage=stage, done=done, total=100, unit="words", rate=50.0, remaining=1.5, values=values
    )


def train(live: LiveRun | None, *others: Observer) -> TrainingSession:
    """A run of the bundled text with a held-out share."""
    progress = None if live is None else live.progress
    session = TrainingSession(
        CONFIG, vocabulary=VocabularyOptions(min_count=2), validation=0.1, progress=progress
    )
    with session.read(files=[data.corpus_path()]):
        run = session.begin()
        if live is not None:
            live.held_out = lambda: session.validation_losses
            live.begin(run.vocabulary, run.config.epochs)
        session.train([*([] if live is None else [live]), *others])
    return session


class AtShare(Observer):
    """Calls once, at the first stretch that ends at or after a share of the run."""

    def __init__(self, share: float, call: Callable[[], Any]) -> None:
        self._share: float | None = share
        self._call = call

    def wanted_share(self, state: TrainingState) -> float | None:
        del state
        return self._share

    def on_share(self, state: TrainingState) -> None:
        del state
        self._share = None
        self._call()


# What it tells


def test_whoever_comes_late_is_told_all_and_then_what_is_new() -> None:
    live = LiveRun("model")
    first, version = live.since()
    assert first == {"name": "model", "state": "reading", "asked": ""}
    assert live.since(version) == ({}, version)
    live.progress(report(10, stage="reading"))
    live.progress(report(10))
    live.progress(report(20, loss=1.5))
    change, at = live.since(version)
    assert set(change) == {"latest", "points"} and at == live.version > version
    assert change["points"] == [[10.0, 2.0, 50.0, 0.02], [20.0, 1.5, 50.0, 0.02]]
    assert change["latest"]["done"] == 20 and change["latest"]["remaining"] == 1.5
    assert change["latest"]["memory"] > 2**20
    live.progress(report(30))
    assert [point[0] for point in live.since(at)[0]["points"]] == [30.0]
    whole, _ = live.since()
    assert [point[0] for point in whole["points"]] == [10.0, 20.0, 30.0] and "name" in whole


def test_what_is_no_number_is_none_as_json_wants_it() -> None:
    live = LiveRun("model")
    live.progress(report(10, loss=float("nan")))
    told, _ = live.since()
    assert told["points"] == [[10.0, None, 50.0, 0.02]]
    json.dumps(told, allow_nan=False)


def test_what_is_kept_is_bounded_and_still_goes_from_start_to_end() -> None:
    live = LiveRun("model")
    seen, version = [], 0
    for done in range(3 * MOST_POINTS):
        live.progress(report(done, loss=float(done)))
        change, version = live.since(version)
        seen += change["points"]
    # Who reads along misses nothing; who comes late gets means, in order.
    assert [point[0] for point in seen] == list(range(3 * MOST_POINTS))
    kept = live.since()[0]["points"]
    assert len(kept) <= MOST_POINTS
    assert [point[0] for point in kept] == sorted({point[0] for point in kept})
    places = np.array([0, *(point[0] for point in kept)])
    assert places[-1] == 3 * MOST_POINTS - 1
    assert np.diff(places).max() <= 16  # the beginning is as fine as the end
    losses = np.array([point[1] for point in kept])
    assert (np.abs(losses - places[1:]) <= 16).all()


def test_a_run_tells_its_own_numbers() -> None:
    live = LiveRun("model", ["king", "nosuchword", "king"])
    session = train(live)
    told, _ = live.since()
    run = session.run
    assert run is not None and told["state"] == "saving"
    assert told["words"] == ["king"] and live.unknown == ["nosuchword"]
    assert [epoch["loss"] for epoch in told["epochs"]] == run.totals.epoch_losses
    assert [epoch["held_out"] for epoch in told["epochs"]] == session.validation_losses
    assert len(told["epochs"]) == told["epochs_total"] == CONFIG.epochs
    assert told["points"][-1][0] == told["latest"]["total"]
    first, last = told["looks"][0], told["looks"][-1]
    assert (first["share"], last["share"]) == (0.0, 1.0)
    # Here every word is a candidate, so the neighbours are the model's own.
    vectors = run.weights.input_vectors / np.linalg.norm(
        run.weights.input_vectors, axis=1, keepdims=True
    )
    king = run.vocabulary.index["king"]
    order = np.argsort(-(vectors @ vectors[king]), kind="stable")
    tokens = run.vocabulary.tokens
    assert last["nearest"] == [[tokens[row] for row in order if row != king][:6]]


def test_without_names_frequent_words_with_a_meaning_are_watched() -> None:
    tokens = ["the", "and", ",", "ox", "river", "42nd", "bank"]
    counts = np.arange(len(tokens), 0, -1).astype(np.int64)
    live = LiveRun("model")
    live.begin(Vocabulary(tokens, counts), 1)
    assert live.since()[0]["words"] == ["river", "bank"]
    many = [f"w{n}" for n in range(50)]
    live = LiveRun("model", many)
    live.begin(Vocabulary(many, np.ones(50, np.int64)), 1)
    assert live.since()[0]["words"] == many[:MOST_WORDS]


def test_looks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "MOST_LOOKS", 4)
    live = LiveRun("model", ["king"])
    vocabulary = Vocabulary(["king", "queen"], np.array([2, 1]))
    live.begin(vocabulary, 1)
    weights = Weights(np.eye(2, 16, dtype=np.float32), np.eye(2, 16, dtype=np.float32), 16)
    state = TrainingState(weights)
    for step in range(101):
        state.share = step / 100
        live._look(state)
    looks = live.since()[0]["looks"]
    shares = [look["share"] for look in looks]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0
    assert 2 <= len(shares) <= 4 < MOST_LOOKS
    assert looks[-1]["nearest"] == [["queen"]]


# What it is asked


def test_the_result_is_the_same_watched_and_paused() -> None:
    plain = train(None).run
    asked: list[str] = []
    live = LiveRun("model", heed=asked.append)
    states: list[str] = []

    def pause() -> None:
        assert live.ask("pause")

        def go_on() -> None:
            while live.state != "paused":
                assert not over.wait(0.01)
            states.append(live.state)
            live.ask("go on")

        threading.Thread(target=go_on, daemon=True).start()

    over = threading.Event()
    watched = train(live, AtShare(0.3, pause)).run
    over.set()
    assert states == ["paused"] and asked == ["pause", "go on"]
    assert plain is not None and watched is not None
    assert plain.fingerprint() == watched.fingerprint()
    assert plain.totals.epoch_losses == watched.totals.epoch_losses


def test_a_paused_run_can_be_interrupted_and_its_state_is_exact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live = LiveRun("model")

    def interrupt(_seconds: float) -> bool:
        raise KeyboardInterrupt

    def pause() -> None:
        live.ask("pause")
        monkeypatch.setattr(live._going, "wait", interrupt)

    with pytest.raises(Interrupted) as stop:
        train(live, AtShare(0.3, pause))
    assert stop.value.exact and 0.3 <= stop.value.share < 1
    assert live.state == "paused"


def test_a_run_that_is_being_saved_is_past_asking() -> None:
    heard: list[str] = []
    live = LiveRun("model", heed=heard.append)
    assert live.ask("stop") and live.since()[0]["asked"] == "stop"
    # One more would give up the checkpoint that is being written.
    assert live.ask("stop") and live.ask("pause") and heard == ["stop"]
    train(live)
    assert not live.ask("pause") and not live.ask("stop")
    live.end("finished", "done", "lexiscope serve model")
    assert not live.ask("go on") and heard == ["stop"]
    assert live.since()[0]["end"] == {
        "outcome": "finished", "note": "done", "command": "lexiscope serve model",
    }  # fmt: skip


def test_a_pause_is_no_time_of_the_run() -> None:
    time = [0.0]
    outlook = Outlook(lambda: time[0])
    outlook.begin(0)
    time[0] = 1.0
    began = outlook.now()
    time[0] = 101.0
    outlook.leave_out(began)
    assert outlook.waited == 1.0
    time[0] = 102.0
    assert outlook.report(200) == 100.0
    assert outlook.remaining(100, 0, epoch_end=0, end=0) == 1.0


def test_readers_of_other_threads_do_not_disturb_it() -> None:
    live = LiveRun("model")
    over = threading.Event()
    seen: list[list[float]] = []

    def read() -> None:
        version = 0
        while True:
            last = over.is_set()
            change, version = live.since(version)
            seen.extend(change.get("points", []))
            if last:
                return

    reader = threading.Thread(target=read)
    reader.start()
    for done in range(5_000):
        live.progress(report(done))
    over.set()
    reader.join(PATIENCE)
    places = [point[0] for point in seen]
    assert places == sorted(set(places)) and places[-1] == 4_999
