"""Writing of the result, foreseen: a run's time left has it in."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lexiscope.formats.reading import vocabulary_file
from lexiscope.training.loop.allowance import WRITTEN_A_SECOND
from lexiscope.training.loop.state import Observer, TrainingState
from lexiscope.training.run import Run, fingerprint_of

# A result below this is written within a moment; of a larger one a hundredth is tried.
_TRIED_FROM = 2**27
_SHARE = 0.01


class WritingForeseen(Observer):
    """Says how long the model folder will take to be written.

    As long as the last checkpoint of this run took, which is the same work. Before there is one: a
    hundredth of the rows is hashed and written where the folder will be, and taken as its share.

    Args:
        folder: The model folder.
        run: What is written.
        measured: Seconds that a checkpoint took; None before the first.
    """

    def __init__(self, folder: Path, run: Run, measured: Callable[[], float | None]) -> None:
        self._folder = folder
        self._run = run
        self._measured = measured
        self._bytes = run.weights.saved_bytes
        self._seconds = self._bytes / WRITTEN_A_SECOND

    def on_train_begin(self, state: TrainingState) -> None:
        """Tries a large result's writing."""
        del state
        if self._bytes >= _TRIED_FROM:
            try:
                self._seconds = self._tried()
            except OSError:
                return  # the guess stands; whoever writes will say what is wrong

    def end_seconds(self) -> float:
        """The writing."""
        measured = self._measured()
        return self._seconds if measured is None else measured

    def _tried(self) -> float:
        """Seconds for the whole, from a hundredth of it."""
        run = self._run
        count = max(1, int(_SHARE * len(run.vocabulary)))
        rows = run.weights.rows[:count, : run.weights.dimension]
        words = run.vocabulary.tokens[: len(rows)]
        with tempfile.TemporaryFile(dir=_nearest(self._folder)) as file:
            began = time.perf_counter()
            fingerprint_of(rows)
            file.write(np.ascontiguousarray(rows).data)
            file.flush()
            os.fsync(file.fileno())
            matrices = time.perf_counter() - began
            file.writelines(vocabulary_file.lines(words, run.vocabulary.counts[: len(rows)]))
            spent = time.perf_counter() - began - matrices
        return matrices * self._bytes / rows.nbytes + spent * len(run.vocabulary) / len(rows)


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    place = folder.resolve()
    while not place.is_dir() and place != place.parent:
        place = place.parent
    return place
