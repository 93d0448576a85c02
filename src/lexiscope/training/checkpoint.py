"""Checkpoints: what a run can go on from after it was stopped, in whatever way.

`MODEL/checkpoint/` holds the last two, each a model folder of its own, named by a rising number.
A folder is written beside its place and renamed, so that it is there whole or not at all, and its
config.json carries the fingerprint of its weights and a checksum of all else, so that a damaged one
is known and the one before it is taken.
"""

from __future__ import annotations

import math
import re
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any

from lexiscope.corpus import EncodedCorpus
from lexiscope.corpus.function_tokenizer import TokenizerFunction
from lexiscope.errors import ConfigError, FormatError, LexiscopeError
from lexiscope.files.elsewhere import written_somewhere
from lexiscope.files.reserving import reserved_early
from lexiscope.files.space import NoRoomError, check_room
from lexiscope.formats.kinds import model_folder
from lexiscope.training.document import SavedRun, checksum_of, read_run
from lexiscope.training.loop.state import GoodState, Observer, TrainingState
from lexiscope.training.run import Run, fingerprint_of

FOLDER = model_folder.CHECKPOINTS
KEPT = 2
EVERY_SECONDS = 300.0
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)")
_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def parse_duration(duration: str | float) -> float:
    """Seconds of "2s", "5m", "1h", "500ms", or of a number of seconds.

    Raises:
        ConfigError: It is none of these, or not above zero.
    """
    if isinstance(duration, str):
        match = _DURATION.fullmatch(duration.strip())
        seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    elif isinstance(duration, Real) and not isinstance(duration, bool):
        seconds = float(duration)
    else:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise ConfigError(
            f"checkpoint-every is {duration!r}; expected a duration such as 30s, 5m or 1h, above "
            f"zero"
        )
    return seconds


class Checkpointer(Observer):
    """Writes a checkpoint now and then.

    One that cannot be written is told of, and tried again at the next turn: a full disk is no
    reason to end a run.

    Args:
        model: The model folder of the run.
        run: What is saved; its state is that of the trainer.
        describe: Gives config.json for the run as it stands, with its place in it.
        every: Seconds between two checkpoints.
        failed: Called with the reason when one could not be written, and the one before could.
        taken_up: The checkpoint that the run goes on from, or None.

    Attributes:
        model: As given.
        newest: The newest checkpoint's folder, at first `taken_up`.
        seconds: What the last one took; None before the first.

    Raises:
        ConfigError: The model folder cannot be made.
        BusyError: Another run is writing it.
        NoRoomError: The disk has less room than the model takes.
    """

    keeps_states = True

    def __init__(
        self,
        model: Path,
        run: Run,
        describe: Callable[[], dict[str, Any]],
        every: float,
        failed: Callable[[str], None],
        taken_up: Path | None = None,
    ) -> None:
        # What could not be written at the end is found, and the folder kept for this run, now.
        check_room(model, run.weights.saved_bytes)
        self._held = ExitStack()
        self._held.enter_context(reserved_early(model, is_folder=True))
        self.model = model
        self._run = run
        self._describe = describe
        self._every = every
        self._failed = failed
        self._failing = False
        self._tried_at = time.monotonic()
        self._good: GoodState | None = None
        self.newest = taken_up
        self.seconds: float | None = None

    def close(self) -> None:
        """Lets the folder go, at the run's end."""
        self._held.close()

    def on_train_begin(self, state: TrainingState) -> None:
        """Starts the clock."""
        self._tried_at = time.monotonic()
        if self.newest is not None:
            self._good = self._good_state(self.newest, state)

    def will_keep(self, state: TrainingState) -> bool:
        """Whether it is time for a checkpoint."""
        return state.share < 1 and time.monotonic() - self._tried_at >= self._every

    def on_report(self, state: TrainingState) -> None:
        """Writes if it is time."""
        if not self.will_keep(state):
            return
        try:
            self._write(self.model)
            self._failing = False
        except OSError as error:
            if not self._failing:
                self._failed(str(error))
            self._failing = True
        self._tried_at = time.monotonic()

    def good_state(self) -> GoodState | None:
        """The newest checkpoint's."""
        return self._good

    def keep(self) -> tuple[Path, str]:
        """Writes a checkpoint now; in another model folder where this one cannot hold it.

        Returns:
            It, and why it is in another folder; "" where it is not.

        Raises:
            OSError: Nowhere is there room for it.
        """
        return written_somewhere(self._write, self.model, self._run.weights.saved_bytes)

    def _write(self, model: Path) -> Path:
        """Writes a checkpoint of a model folder, and lets all but the last two go.

        Raises:
            OSError: The disk is full or cannot be written to.
        """
        began = time.monotonic()
        folder = model / FOLDER
        older = _numbered(folder)
        target = folder / f"{(older[0][0] if older else 0) + 1:06d}"
        data = self._run.data()
        data.metadata = self._describe()
        try:
            model_folder.write(target, data)
        except NoRoomError:
            if len(older) < KEPT:
                raise
            make_room(model)
            model_folder.write(target, data)
        for _, path in older[KEPT - 1 :]:
            shutil.rmtree(path, ignore_errors=True)
        self.seconds = time.monotonic() - began
        self.newest = target
        self._good = self._good_state(target, self._run.state)
        return target

    def _good_state(self, path: Path, state: TrainingState) -> GoodState:
        return GoodState("the last checkpoint", state.noted(), partial(self._put_back, path))

    def _put_back(self, path: Path) -> bool:
        """Sets the weights to a checkpoint's; False where it is gone or damaged."""
        weights = self._run.weights
        try:
            data = model_folder.read(path)
            saved = read_run(path, data)
        except (FormatError, OSError):
            return False
        rows = sum(map(len, saved.inputs))
        if (rows, *saved.outputs.shape) != (len(weights.rows), *weights.output_vectors.shape):
            return False
        if fingerprint_of(*saved.inputs, saved.outputs) != saved.fingerprint:
            return False
        weights.set_inputs(saved.inputs)
        weights.outputs[:, weights.dimension :] = 0
        weights.output_vectors[:] = saved.outputs
        return True


def make_room(model: Path) -> None:
    """Lets all checkpoints of a model folder go but the newest."""
    for _, path in _numbered(model / FOLDER)[1:]:
        shutil.rmtree(path, ignore_errors=True)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint, read.

    Attributes:
        path: Its folder.
        model: The model folder that it lies in.
        saved: The run as it stood.
        skipped: Why newer ones were passed over, a line each.
    """

    path: Path
    model: Path
    saved: SavedRun
    skipped: tuple[str, ...]

    def with_tokenizer(self, given: str | TokenizerFunction | None) -> Checkpoint:
        """The same with the tokenizer that the run began with, named by its user.

        Args:
            given: As for `TokenizerSpec.by`; None leaves it as it is.

        Raises:
            ConfigError: The run began with another one.
        """
        if given is None:
            return self
        spec = self.saved.tokenizer.by(given)
        if spec.kind != self.saved.tokenizer.kind:
            raise ConfigError(
                f"the tokenizer is {spec.kind}; {self.model} began with {self.saved.tokenizer.kind}"
            )
        return replace(self, saved=replace(self.saved, tokenizer=spec))

    def check_text(self, corpus: EncodedCorpus) -> None:
        """Refuses to go on with another text.

        Raises:
            ConfigError: It is another one.
        """
        expected = self.saved.corpus_fingerprint
        if corpus.fingerprint != expected:
            raise ConfigError(
                f"the text is not the one that {self.model} was trained on (fingerprint "
                f"{corpus.fingerprint}, expected {expected}); give the same text to resume, or "
                f"train a new model in another folder"
            )


def newest_checkpoint(model: Path) -> Checkpoint:
    """The newest checkpoint of a model folder that is whole.

    Raises:
        LexiscopeError: There is none.
    """
    skipped: list[str] = []
    for _, path in _numbered(model / FOLDER):
        try:
            data = model_folder.read(path, mmap=False)
            if data.output is None or "checkpoint" not in data.metadata:
                skipped.append(f"{path} is not a checkpoint and was passed over")
                continue
            saved = read_run(path, data)
        except (FormatError, OSError) as error:
            skipped.append(f"a damaged checkpoint was passed over: {error}")
            continue
        checksum = data.metadata["checkpoint"].get("checksum")
        # Earlier versions wrote none; then what is said must at least be possible.
        if checksum is not None and checksum != checksum_of(data.metadata, saved.words):
            skipped.append(
                f"a damaged checkpoint was passed over: {path}: its {model_folder.CONFIG} or "
                f"{model_folder.VOCABULARY} was changed after it was written"
            )
            continue
        fingerprint = fingerprint_of(*saved.inputs, saved.outputs)
        if fingerprint != saved.fingerprint:
            skipped.append(
                f"a damaged checkpoint was passed over: {path}: its weights have fingerprint "
                f"{fingerprint}, expected {saved.fingerprint}"
            )
            continue
        return Checkpoint(path, model, saved, tuple(skipped))
    if skipped:
        raise LexiscopeError(
            f"{model} has no checkpoint that is whole: {'; '.join(skipped)}; to begin anew, remove "
            f"the folder"
        )
    if model_folder.is_model_folder(model):
        raise LexiscopeError(f"{model} is a finished model; there is no run to go on with")
    if model_folder.is_barren(model):
        raise LexiscopeError(
            f"{model} has no checkpoint to resume from: its run was ended before the first one was "
            f"whole; begin it anew, with the same folder"
        )
    raise LexiscopeError(
        f"{model} has no checkpoint to resume from; expected the folder of a run that was stopped"
    )


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    """The checkpoints in a folder, newest first."""
    return sorted(((int(path.name), path) for path in model_folder.states_in(folder)), reverse=True)
