"""Live view of a run: what it has told so far, for readers that come and go, and its pause."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope import data
from lexiscope.corpus import Vocabulary
from lexiscope.memory import resident_memory
from lexiscope.progress import Progress
from lexiscope.training.loop.state import Observer, TrainingState
from lexiscope.training.watching.convergence import frequent_words
from lexiscope.vectors.nearest import nearest_rows
from lexiscope.vectors.search import NO_ROW

LOOK_SECONDS = 2.0
"""In training: the neighbours of the watched words are looked up no oftener."""

MOST_WORDS = 8
NEIGHBOURS = 6
# Neighbours are looked for among so many of the commonest words: some milliseconds.
CANDIDATES = 5_000
# Reports and looks that are kept; where there are more, neighbours are put together.
MOST_POINTS = 2_000
MOST_LOOKS = 60
# How soon a run that waits hears of Ctrl-C where nothing else wakes it.
_WAIT_SECONDS = 0.2

Ask = Literal["pause", "go on", "stop"]
Outcome = Literal["finished", "stopped", "failed"]
# Each with the version that it came with.
_Point = tuple[int, list[float | None]]
_Look = tuple[int, dict[str, Any]]


class LiveRun(Observer):
    """A run while it is trained: observes it, and is read and asked by other threads.

    Nobody who reads holds it up: what was told is kept here, bounded, and each reader comes for
    what is new to it. Nothing here changes the weights or any random decision.

    Args:
        name: What the run is called.
        words: To watch the neighbours of; at most 8 are, and some frequent ones where none is.
        heed: Called with what a reader asks, in that reader's thread; what "stop" asks it has to
            do itself.

    Attributes:
        held_out: Gives the held-out losses of the epochs so far.
        unknown: Words that are not in the vocabulary; known once the run has begun.
    """

    def __init__(
        self, name: str, words: Sequence[str] = (), heed: Callable[[Ask], None] | None = None
    ) -> None:
        self.held_out: Callable[[], Sequence[float | None]] = tuple
        self.unknown: list[str] = []
        self._words = tuple(words)
        self._heed = heed
        self._lock = threading.Lock()
        self._going = threading.Event()
        self._going.set()
        self._version = 0
        self._parts: dict[str, tuple[int, Any]] = {}
        self._points: list[_Point] = []
        self._looks: list[_Look] = []
        self._watched: _Watched | None = None
        self._set(name=name, state="reading", asked="")

    # Read and asked by others

    def since(self, version: int = 0) -> tuple[dict[str, Any], int]:
        """What was told after a version, fit for JSON, and the version that it brings one to.

        Args:
            version: From the call before; 0 for all.

        Returns:
            The parts that have changed: `name`; `state` (`reading`, `training`, `paused`, `saving`,
            `ended`); `asked` (`pause`, `stop` or nothing); `latest`, the newest report; `epochs`,
            each one's `loss` and `held_out`; `epochs_total`; `words` that are watched; `end`. And
            what is new of two lists: `points`, of words, loss, words a second and learning rate,
            and `looks`, the nearest words of each watched one.
        """
        with self._lock:
            change = {name: value for name, (at, value) in self._parts.items() if at > version}
            for name, kept in (("points", self._points), ("looks", self._looks)):
                found = [value for at, value in _after(kept, version)]
                if found:
                    change[name] = found
            return change, self._version

    @property
    def version(self) -> int:
        """Rises with all that is told."""
        return self._version

    @property
    def state(self) -> str:
        """See `since`."""
        return str(self._parts["state"][1])

    def ask(self, what: Ask) -> bool:
        """Asks the run to pause after the stretch under way, to go on, or to stop.

        Once it was asked to stop it does that: a second request, as a second Ctrl-C, would give up
        the checkpoint that it writes.

        Returns:
            Whether there was anything to ask: a run that is being saved is past that.
        """
        with self._lock:
            if self.state in ("saving", "ended"):
                return False
            if self._parts["asked"][1] == "stop":
                return True
            self._tell(asked="" if what == "go on" else what)
        if self._heed is not None:
            self._heed(what)
        if what == "pause":
            self._going.clear()
        elif what == "go on":
            self._going.set()
        return True

    # The run

    def begin(self, vocabulary: Vocabulary, epochs: int) -> None:
        """Tells the words that can be watched, before the run."""
        self._watched = _Watched(vocabulary, self._words)
        self.unknown = self._watched.unknown
        self._set(words=self._watched.words, epochs_total=epochs)

    def progress(self, report: Progress) -> None:
        """Takes a report of any stage, as the terminal's line does."""
        values = {name: _finite(value) for name, value in report.values.items()}
        latest = {
            "stage": report.stage,
            "done": report.done,
            "total": report.total,
            "unit": report.unit,
            "rate": _finite(report.rate),
            "remaining": _finite(report.remaining),
            "memory": resident_memory(),
            "values": values,
        }
        with self._lock:
            self._tell(latest=latest)
            if report.stage == "training":
                loss, alpha = values.get("loss"), values.get("alpha")
                point = [float(report.done), loss, _finite(report.rate), alpha]
                self._points.append((self._version, point))
                if len(self._points) > MOST_POINTS:
                    self._points = _thinned(self._points)

    def on_train_begin(self, state: TrainingState) -> None:
        """The run begins, or goes on where it was stopped."""
        self._set(state="training", epochs=self._epochs(state))
        self._look(state)

    def on_report(self, state: TrainingState) -> None:
        """Looks at the watched words, as far as the allowance goes."""
        look = state.allowance.look("page")
        if look.due(look.cost, LOOK_SECONDS):
            self._look(state)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Tells the epoch's mean loss, and the held-out one."""
        self._set(epochs=self._epochs(state))

    def on_train_end(self, state: TrainingState) -> None:
        """Takes the last look; what comes now is the writing."""
        self._look(state)
        self._set(state="saving")

    def hold(self) -> None:
        """Waits while somebody has asked for a pause."""
        if self._going.is_set():
            return
        self._set(state="paused")
        while not self._going.wait(_WAIT_SECONDS):
            pass
        self._set(state="training")

    def end(self, outcome: Outcome, note: str, command: str) -> None:
        """Tells that all is over.

        Args:
            outcome: How.
            note: A sentence on it.
            command: What to type next; "" for nothing.
        """
        self._set(state="ended", end={"outcome": outcome, "note": note, "command": command})

    # What was told

    def _set(self, **parts: Any) -> None:
        with self._lock:
            self._tell(**parts)

    def _tell(self, **parts: Any) -> None:
        """Sets parts; the lock is held."""
        self._version += 1
        for name, value in parts.items():
            self._parts[name] = (self._version, value)

    def _epochs(self, state: TrainingState) -> list[dict[str, float | None]]:
        losses = state.totals.epoch_losses
        held_out = list(self.held_out())
        held_out += [None] * (len(losses) - len(held_out))
        return [
            {"loss": _finite(loss), "held_out": _finite(other)}
            for loss, other in zip(losses, held_out, strict=False)
        ]

    def _look(self, state: TrainingState) -> None:
        if self._watched is None or not self._watched.words:
            return
        with state.allowance.look("page"):
            nearest = self._watched.nearest(state.weights.input_vectors)
        with self._lock:
            self._tell()
            self._looks.append((self._version, {"share": state.share, "nearest": nearest}))
            if len(self._looks) > MOST_LOOKS:
                self._looks = _spread(self._looks)


class _Watched:
    """The watched words, and the words among which their neighbours are looked for.

    Args:
        vocabulary: The run's.
        words: By name; where none is known, the most frequent that are no stop words.

    Attributes:
        words: Those that are watched.
        unknown: Those that are not in the vocabulary.
    """

    def __init__(self, vocabulary: Vocabulary, words: Sequence[str]) -> None:
        index, tokens = vocabulary.index, vocabulary.tokens
        common = frequent_words(vocabulary.counts, CANDIDATES)
        self.unknown = [word for word in words if word not in index]
        rows = [index[word] for word in dict.fromkeys(words) if word in index][:MOST_WORDS]
        if not rows:
            rows = _content_rows(common, tokens)
        self.words = [tokens[row] for row in rows]
        others = common[~np.isin(common, rows)]
        self._candidates = np.concatenate([np.array(rows, np.int64), others])
        self._tokens = tokens

    def nearest(self, input_vectors: NDArray[np.float32]) -> list[list[str]]:
        """The nearest words of each watched one, from a copy of the candidates' rows.

        Args:
            input_vectors: W, float32 (V, D).
        """
        asked = np.arange(len(self.words))
        found = nearest_rows(input_vectors[self._candidates], asked, NEIGHBOURS)
        return [
            [self._tokens[int(self._candidates[place])] for place in places if place != NO_ROW]
            for places in found
        ]


def _content_rows(common: NDArray[np.int64], tokens: Sequence[str]) -> list[int]:
    """The commonest words of three letters or more, without stop words and their like.

    A list of stop words knows one language; in any, the commonest hundredth of the words is made of
    such ones mostly.
    """
    stopwords = data.stopwords()
    found = (
        int(row)
        for row in common[len(tokens) // 100 :]
        if len(tokens[row]) > 2 and tokens[row].isalpha() and tokens[row].lower() not in stopwords
    )
    return [row for row, _ in zip(found, range(MOST_WORDS), strict=False)]


def _after(kept: Sequence[tuple[int, Any]], version: int) -> list[tuple[int, Any]]:
    """The last of some that came after a version, which rises along them."""
    first = len(kept)
    while first and kept[first - 1][0] > version:
        first -= 1
    return list(kept[first:])


def _thinned(points: list[_Point]) -> list[_Point]:
    """At most half as many points and one: means of groups, at the place of each one's last."""
    groups = _groups([point[0] or 0.0 for _, point in points], MOST_POINTS)
    return [_together(points[first:end]) for first, end in groups]


def _together(points: list[_Point]) -> _Point:
    version, last = points[-1]
    columns = zip(*(point[1:] for _, point in points), strict=True)
    known = ([value for value in column if value is not None] for column in columns)
    return version, [last[0], *(sum(values) / len(values) if values else None for values in known)]


def _spread(looks: list[_Look]) -> list[_Look]:
    """At most half as many looks and two, evenly along the run, with the first and the last."""
    groups = _groups([look["share"] for _, look in looks], MOST_LOOKS)
    kept = [looks[first] for first, _ in groups]
    return kept if kept[-1] is looks[-1] else [*kept, looks[-1]]


def _groups(places: Sequence[float], most: int) -> list[tuple[int, int]]:
    """Rising places in groups, each as [first, end), that are no wider than two of `most` parts.

    What has been put together before is as wide already and stays, so that a run's beginning
    becomes no coarser than its end.
    """
    width = 2 * (places[-1] - places[0]) / most
    starts = [0]
    for number, place in enumerate(places):
        if place - places[starts[-1]] > width:
            starts.append(number)
    return list(zip(starts, [*starts[1:], len(places)], strict=True))


def _finite(value: float | None) -> float | None:
    """A number that JSON can hold, or None."""
    return float(value) if value is not None and math.isfinite(value) else None
