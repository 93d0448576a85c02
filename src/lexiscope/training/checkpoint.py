"""Checkpoints: what a run can go on from after it was stopped, in whatever way.

`MODEL/checkpoint/` holds the last two, each a model folder of its own, named by a rising number.
A folder is written beside its place and renamed, so that it is there whole or not at all, and its
config.json carries the fingerprint of its weights, so that a damaged one is known and the one
before it is taken.
"""

from __future__ import annotations

import math
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any

from lexiscope.errors import ConfigError, FormatError, LexiscopeError
from lexiscope.formats.kinds import model_folder
from lexiscope.training.document import SavedRun, read_run
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

    Args:
        model: The model folder of the run.
        run: What is saved; its state is that of the trainer.
        describe: Gives config.json for the run as it stands, with its place in it.
        every: Seconds between two checkpoints.
        taken_up: The checkpoint that the run goes on from, or None.

    Attributes:
        model: The model folder.
        newest: The newest checkpoint's folder, at first `taken_up`.
        seconds: What the last one took; None before the first.
    """

    keeps_states = True

    def __init__(
        self,
        model: Path,
        run: Run,
        describe: Callable[[], dict[str, Any]],
        every: float,
        taken_up: Path | None = None,
    ) -> None:
        self.model = model
        self._folder = model / FOLDER
        self._run = run
        self._describe = describe
        self._every = every
        self._written_at = time.monotonic()
        self._good: GoodState | None = None
        self.newest = taken_up
        self.seconds: float | None = None

    def on_train_begin(self, state: TrainingState) -> None:
        """Starts the clock."""
        self._written_at = time.monotonic()
        if self.newest is not None:
            self._good = self._good_state(self.newest, state)

    def will_keep(self, state: TrainingState) -> bool:
        """Whether it is time for a checkpoint."""
        return state.share < 1 and time.monotonic() - self._written_at >= self._every

    def on_report(self, state: TrainingState) -> None:
        """Writes if it is time."""
        if self.will_keep(state):
            self.write()

    def good_state(self) -> GoodState | None:
        """The newest checkpoint's."""
        return self._good

    def write(self) -> Path:
        """Writes a checkpoint now, and lets all but the last two go.

        Raises:
            LexiscopeError: The disk is full or cannot be written to.
        """
        began = time.monotonic()
        older = _numbered(self._folder)
        target = self._folder / f"{(older[0][0] if older else 0) + 1:06d}"
        data = self._run.keyed_vectors().to_data()
        data.metadata = self._describe()
        try:
            model_folder.write(target, data)
        except OSError as error:
            raise LexiscopeError(
                f"the checkpoint {target} could not be written: {error.strerror or error}; "
                f"make room there, or name another folder"
            ) from error
        for _, path in older[KEPT - 1 :]:
            shutil.rmtree(path, ignore_errors=True)
        self._written_at = time.monotonic()
        self.seconds = self._written_at - began
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
        shapes = (weights.input_vectors.shape, weights.output_vectors.shape)
        if data.output is None or (data.vectors.shape, data.output.shape) != shapes:
            return False
        if fingerprint_of(data.vectors, data.output) != saved.fingerprint:
            return False
        # The padding too: what is not a number has spread there.
        weights.inputs[:, weights.dimension :] = 0
        weights.outputs[:, weights.dimension :] = 0
        weights.input_vectors[:] = data.vectors
        weights.output_vectors[:] = data.output
        return True


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

    def check_text(self, fingerprint: str) -> None:
        """Refuses to go on with another text.

        Raises:
            ConfigError: Its fingerprint is another one.
        """
        expected = self.saved.corpus_fingerprint
        if fingerprint != expected:
            raise ConfigError(
                f"the text is not the one that {self.model} was trained on (fingerprint "
                f"{fingerprint}, expected {expected}); give the same text to resume, or train "
                f"a new model in another folder"
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
        fingerprint = fingerprint_of(data.vectors, data.output)
        if fingerprint != saved.fingerprint:
            skipped.append(
                f"a damaged checkpoint was passed over: {path}: its weights have fingerprint "
                f"{fingerprint}, expected {saved.fingerprint}"
            )
            continue
        return Checkpoint(path, model, saved, tuple(skipped))
    if skipped:
        raise LexiscopeError(f"{model} has no checkpoint that is whole: {'; '.join(skipped)}")
    if model_folder.is_model_folder(model):
        raise LexiscopeError(f"{model} is a finished model; there is no run to go on with")
    raise LexiscopeError(
        f"{model} has no checkpoint to resume from; expected the folder of a run that was stopped"
    )


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    """The checkpoints in a folder, newest first."""
    if not folder.is_dir():
        return []
    numbered = [(int(path.name), path) for path in folder.iterdir() if path.name.isdigit()]
    return sorted(numbered, reverse=True)
