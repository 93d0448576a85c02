"""Runs that are stopped: what is kept, what is told, and what is taken up again."""

from __future__ import annotations

import ctypes
import errno
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lexiscope import Word2Vec
from lexiscope.corpus import EncodedCorpus, VocabularyOptions, encode_corpus
from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.files import elsewhere
from lexiscope.files.space import NoRoomError
from lexiscope.formats.kinds import model_folder
from lexiscope.interruption import PATIENCE_SECONDS, OneAtATime
from lexiscope.training import Interrupted, TrainingConfig, TrainingSession
from lexiscope.training.checkpoint import newest_checkpoint
from lexiscope.training.events import CheckpointFailed, Event, Kept, StillWriting
from lexiscope.training.loop import trainer
from lexiscope.training.loop.state import Observer, TrainingState

OPTIONS: dict[str, Any] = {"vector_size": 4, "epochs": 4, "sample": 0}
SENTENCES = [[f"w{(7 * line + word * word) % 50}" for word in range(10)] for line in range(300)]
MODEL = ["config.json", "model.safetensors", "vocabulary.tsv"]


@pytest.fixture(autouse=True)
def reports_after_every_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there are checkpoints on the way."""
    monkeypatch.setattr(trainer, "REPORT_SECONDS", 0.0)


class Press(Observer):
    """Presses Ctrl-C at the end of an epoch."""

    def __init__(self, epoch: int = 2) -> None:
        self.epoch = epoch

    def on_epoch_end(self, state: TrainingState) -> None:
        if state.epoch == self.epoch:
            signal.raise_signal(signal.SIGINT)


def read() -> EncodedCorpus:
    return encode_corpus(sentences=SENTENCES, vocabulary=VocabularyOptions(min_count=1))


def train(
    observers: list[Observer],
    tell: Callable[[Event], None] | None = None,
    folder: Path | None = None,
    **options: Any,
) -> TrainingSession:
    """A session that has trained as far as its observers let it."""
    session = TrainingSession(TrainingConfig(**{**OPTIONS, **options}), tell=tell, workers=1)
    with read() as corpus:
        session.take(corpus)
        session.begin()
        session.train(observers, checkpoints=folder, every=1e-6)
    return session


def stop(folder: Path, *, tell: Callable[[Event], None] | None = None, **options: Any) -> None:
    with pytest.raises(Interrupted):
        train([Press()], tell, folder, **options)


def go_on(folder: Path) -> str:
    """Ends a stopped run; its fingerprint."""
    session = TrainingSession.resumed(newest_checkpoint(folder))
    with read() as corpus:
        session.take(corpus)
        session.begin()
        session.train()
    run = session.run
    assert run is not None
    return run.fingerprint()


def unbroken(**options: Any) -> str:
    run = train([], **options).run
    assert run is not None
    return run.fingerprint()


SLOW = [pytest.param(loss, marks=pytest.mark.slow) for loss in ("nce", "hierarchical", "softmax")]


@pytest.mark.parametrize("loss", ["negative", *SLOW])
def test_a_run_of_any_loss_goes_on_to_the_same_fingerprint(tmp_path: Path, loss: str) -> None:
    stop(tmp_path / "m", loss=loss)
    assert go_on(tmp_path / "m") == unbroken(loss=loss)


def test_ctrl_c_at_the_last_moment_keeps_the_whole_run(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        train([Press(epoch=4)], folder=tmp_path / "m")
    assert newest_checkpoint(tmp_path / "m").saved.share == 1.0
    assert go_on(tmp_path / "m") == unbroken()


# Ctrl-C while the checkpoint is written


@pytest.fixture
def pressing(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[float]], None]:
    """Has Ctrl-C pressed while the last checkpoint is written, after so many seconds each time."""

    def press_at(pauses: list[float]) -> None:
        write = model_folder.write

        def pressed(path: Path, *given: Any, **options: Any) -> None:
            state = json.loads(json.dumps(given[0].metadata["checkpoint"]))
            if state["epoch"] == 2 and state["position"] == 0:
                for pause in pauses:
                    time.sleep(pause)
                    signal.raise_signal(signal.SIGINT)
            write(path, *given, **options)

        monkeypatch.setattr(model_folder, "write", pressed)

    return press_at


def test_a_second_ctrl_c_does_not_lose_the_checkpoint(
    tmp_path: Path, pressing: Callable[[list[float]], None]
) -> None:
    told: list[Event] = []
    pressing([0.02, 0.02])
    stop(tmp_path / "m", tell=told.append)
    assert StillWriting(tmp_path / "m") in told
    kept = told[-1]
    assert isinstance(kept, Kept) and kept.checkpoint is not None
    assert newest_checkpoint(tmp_path / "m").path == kept.checkpoint
    assert newest_checkpoint(tmp_path / "m").saved.share == 0.5
    assert go_on(tmp_path / "m") == unbroken()


def test_who_insists_gives_the_checkpoint_up_and_is_told(
    tmp_path: Path, pressing: Callable[[list[float]], None]
) -> None:
    told: list[Event] = []
    pressing([0.0, PATIENCE_SECONDS + 0.1])
    stop(tmp_path / "m", tell=told.append)
    assert told[-1] == Kept(None, True, "its writing was cut short")
    state = newest_checkpoint(tmp_path / "m").saved.state
    assert state is not None and state[0] == 1, "that of the way"


def test_two_requests_within_a_second_are_one() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with OneAtATime(asked_to_end=True) as requests:
        with pytest.raises(KeyboardInterrupt) as caught:
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert requests.number == caught.value.number == signal.SIGTERM  # type: ignore[attr-defined]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_request_that_a_c_library_swallows_is_raised_again() -> None:
    def press() -> None:
        signal.raise_signal(signal.SIGTERM)

    called_from_c = ctypes.CFUNCTYPE(None)(press)
    hook = sys.unraisablehook
    with OneAtATime(asked_to_end=True) as requests, pytest.raises(KeyboardInterrupt):
        called_from_c()
        time.sleep(10)
    assert requests.number == signal.SIGTERM
    assert sys.unraisablehook is hook


def test_what_finalizers_say_is_told_until_there_is_a_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class HalfDone:
        def __del__(self) -> None:
            raise AttributeError

    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    with OneAtATime(asked_to_end=True), pytest.raises(KeyboardInterrupt):
        HalfDone()
        assert len(told) == 1
        signal.raise_signal(signal.SIGTERM)
    with OneAtATime(asked_to_end=True) as requests:
        requests.number = signal.SIGTERM
        HalfDone()
    assert len(told) == 1


# Folders of runs that were ended before their first checkpoint was whole


@pytest.mark.parametrize("left", [[], ["checkpoint"], ["checkpoint/.000001.tmp-0123"]])
def test_a_folder_without_a_whole_checkpoint_is_begun_anew(tmp_path: Path, left: list[str]) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    for name in left:
        (folder / name).mkdir(parents=True)
    with pytest.raises(
        LexiscopeError, match=r"ended before the first one was whole; begin it anew"
    ):
        newest_checkpoint(folder)
    Word2Vec(SENTENCES, checkpoint_path=folder, min_count=1, workers=1, **OPTIONS)
    assert sorted(path.name for path in folder.iterdir()) == MODEL


def test_a_folder_with_something_else_in_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "m" / "checkpoint").mkdir(parents=True)
    (tmp_path / "m" / "checkpoint" / "thesis.txt").touch()
    with pytest.raises(ConfigError, match="is not a model folder"):
        model_folder.check_target(tmp_path / "m")


# Checkpoints that were changed


def edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    config = newest_checkpoint(folder).path / "config.json"
    document = json.loads(config.read_text())
    change(document)
    config.write_text(json.dumps(document))


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "position": lambda document: document["checkpoint"].update(position=17),
    "epoch": lambda document: document["checkpoint"].update(epoch=3),
    "share": lambda document: document["result"].update(share=0.3),
    "losses": lambda document: document["checkpoint"]["totals"]["epoch_losses"].append(1.0),
    "alpha": lambda document: document["training"].update(alpha=0.5),
    "nothing": lambda document: document.update(checkpoint=None),
    "negative": lambda document: document["checkpoint"].update(position=-1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_checkpoint_is_passed_over(tmp_path: Path, name: str) -> None:
    stop(tmp_path / "m")
    older = sorted(path.name for path in (tmp_path / "m" / "checkpoint").iterdir())[0]
    edit(tmp_path / "m", CHANGES[name])
    taken = newest_checkpoint(tmp_path / "m")
    assert taken.path.name == older
    assert len(taken.skipped) == 1 and "damaged" in taken.skipped[0]
    assert go_on(tmp_path / "m") == unbroken()


def test_a_changed_count_is_known(tmp_path: Path) -> None:
    stop(tmp_path / "m")
    words = newest_checkpoint(tmp_path / "m").path / "vocabulary.tsv"
    word, _, rest = words.read_text().partition("\t")
    words.write_text(f"{word}\t9{rest}")
    assert "vocabulary.tsv was changed" in newest_checkpoint(tmp_path / "m").skipped[0]


@pytest.mark.parametrize("name", ["position", "epoch", "share", "losses", "negative"])
def test_a_place_where_no_run_can_stand_is_refused_without_a_checksum_too(
    tmp_path: Path, name: str
) -> None:
    """As earlier versions wrote them."""
    stop(tmp_path / "m")
    for path in (tmp_path / "m" / "checkpoint").glob("*/config.json"):
        document = json.loads(path.read_text())
        del document["checkpoint"]["checksum"]
        path.write_text(json.dumps(document))
    for path in (tmp_path / "m" / "checkpoint").glob("*/config.json"):
        document = json.loads(path.read_text())
        CHANGES[name](document)
        path.write_text(json.dumps(document))
    with pytest.raises(LexiscopeError, match=r"no checkpoint that is whole|was changed after it"):
        go_on(tmp_path / "m")


# Full disks


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that takes nothing, beside one that does."""
    write = model_folder.write
    (tmp_path / "full").mkdir()
    (tmp_path / "roomy").mkdir()

    def refuse(path: Path, *given: Any, **options: Any) -> None:
        if "full" in Path(path).parts:
            raise NoRoomError(Path(path), "the disk is full", errno.ENOSPC)
        write(path, *given, **options)

    monkeypatch.setattr(model_folder, "write", refuse)
    monkeypatch.setattr(elsewhere.Path, "cwd", lambda: tmp_path / "roomy")
    return tmp_path / "full" / "m"


def test_a_checkpoint_that_fails_on_the_way_is_told_once_and_the_run_goes_on(full: Path) -> None:
    told: list[Event] = []
    run = train([], told.append, full).run
    assert run is not None and run.fingerprint() == unbroken()
    failed = [event for event in told if isinstance(event, CheckpointFailed)]
    assert len(failed) == 1 and "the disk is full" in failed[0].reason


def test_a_stopped_run_is_kept_where_there_is_room(full: Path, tmp_path: Path) -> None:
    told: list[Event] = []
    stop(full, tell=told.append)
    kept = told[-1]
    assert isinstance(kept, Kept)
    assert kept.checkpoint == tmp_path / "roomy" / "m" / "checkpoint" / "000001"
    assert "the disk is full" in kept.reason
    assert go_on(tmp_path / "roomy" / "m") == unbroken()


def test_the_older_checkpoint_makes_room_for_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, write = tmp_path / "m" / "checkpoint", model_folder.write

    def small(path: Path, *given: Any, **options: Any) -> None:
        if folder.is_dir() and len(model_folder.states_in(folder)) > 1:
            raise NoRoomError(Path(path), "the disk is full", errno.ENOSPC)
        write(path, *given, **options)

    monkeypatch.setattr(model_folder, "write", small)
    stop(tmp_path / "m")
    assert newest_checkpoint(tmp_path / "m").saved.share == 0.5
