"""Ctrl-C at every line of a run's start, steps and end; a program of its own, since it may hang.

`python -m tests.support.interrupting WAY SCHEDULE EVERY` trains a small run again and again, each
time with Ctrl-C so many lines later, and prints a JSON list with an entry a run: where it came,
what was raised, how far the run was, whether its state was exact, and whether it ended, when it had
gone on, with the same fingerprint as without.

Ways: `raise` raises KeyboardInterrupt at the line, as a handler may that is not ours, or a second
Ctrl-C; `signal` sends the process SIGINT there.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from lexiscope import interruption
from lexiscope.corpus import EncodedCorpus, VocabularyOptions, encode_corpus
from lexiscope.training import Interrupted, TrainingConfig
from lexiscope.training.loop import schedules, trainer
from lexiscope.training.run import Run, start_run, train_run

# The text is short: an opening of two of the rounds' steps, and then rounds.
schedules.OPENING, schedules.ROUNDS_AN_EPOCH = 2**11, 64
FILES = (schedules.__file__, trainer.__file__, interruption.__file__)
OPTIONS: dict[str, Any] = {"vector_size": 4, "epochs": 1, "window": 2, "negative": 2, "sample": 0}
WORKERS = 2


class Presser:
    """Does something at a line of the watched files, counted from the start of a block.

    Args:
        line: Which, from 1; beyond the last nothing is done.
        press: What.
    """

    def __init__(self, line: int, press: Callable[[], None]) -> None:
        self._left = line
        self._press = press
        self.place = ""

    @contextmanager
    def watching(self) -> Iterator[None]:
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(None)

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._line if frame.f_code.co_filename in FILES else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._left -= 1
            if self._left == 0:
                name = frame.f_code.co_filename.rpartition("/")[2]
                self.place = f"{name}:{frame.f_lineno} {frame.f_code.co_name}"
                sys.settrace(None)
                self._press()
        return self._line


def text() -> EncodedCorpus:
    """Just long enough for rounds of several shards."""
    words = np.random.default_rng(1).integers(0, 300, (1_000, 17))
    lines = [[f"w{word}" for word in line] for line in words]
    return encode_corpus(sentences=lines, vocabulary=VocabularyOptions(min_count=1))


def interrupted(
    corpus: EncodedCorpus, config: TrainingConfig, presser: Presser
) -> tuple[Run, str, bool]:
    """A run with Ctrl-C, what it raised, and whether it can go on."""
    run = start_run(corpus, config)
    try:
        with presser.watching():
            train_run(run, corpus, workers=WORKERS)
    except Interrupted as stop:
        return run, "Interrupted", stop.exact
    except KeyboardInterrupt:
        return run, "KeyboardInterrupt", False
    return run, "", True


def main() -> None:
    way, every = sys.argv[1], int(sys.argv[3])
    config = TrainingConfig(**OPTIONS, schedule=sys.argv[2])
    corpus, outcomes = text(), []
    unbroken = start_run(corpus, config)
    train_run(unbroken, corpus, workers=WORKERS)

    def press() -> None:
        if way == "signal":
            signal.raise_signal(signal.SIGINT)
        else:
            raise KeyboardInterrupt

    line = 1
    while True:
        presser = Presser(line, press)
        run, raised, exact = interrupted(corpus, config, presser)
        if not presser.place:
            break
        share = run.share
        if exact:
            train_run(run, corpus, workers=WORKERS)
        same = run.fingerprint() == unbroken.fingerprint()
        outcomes.append(
            {
                "place": presser.place,
                "raised": raised,
                "share": share,
                "exact": exact,
                "same": same,
            }
        )
        line += every
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main()
