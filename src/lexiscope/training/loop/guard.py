"""Guard that stops a run that has gone wrong, and the last good state to go back to.

What is not finite is caught where it arises, by the kernels in the loss of a window. Norms that
grow without bound are looked for between stretches: in the rows that training touches most, each
time, since they are the first to grow; in all others by turns, as many as the allowance pays for;
and in all rows at once where the weights are about to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import Vocabulary
from lexiscope.errors import TrainingError
from lexiscope.progress import human_memory
from lexiscope.training.config import TrainingConfig
from lexiscope.training.loop.allowance import WRITTEN_A_SECOND
from lexiscope.training.loop.state import GoodState, Observer, TrainingState
from lexiscope.training.loop.weights import Weights
from lexiscope.training.loop.weights_copy import WeightsCopy

# Rows of trained vectors have norms below 100; one of this size is on its way to infinity.
MAX_NORM = 1e4
COPY_SECONDS = 10.0
# Both matrices of a model up to this size are copied whenever these seconds have gone by.
SMALL_BYTES = 2**25
# Of each matrix: what is looked at after every stretch. Half a millisecond, in half a second.
FREQUENT_BYTES = 2**20
_BLOCK_BYTES = 2**22
# A common machine's, until a first pass has been measured.
_LOOKED_AT_A_SECOND = 4e9


class DivergedError(TrainingError):
    """The weights stopped being finite, or grew without bound.

    Attributes:
        kept: Share of the run after which the weights, now put back, were still good; None where
            no state could be kept.
    """

    def __init__(self, message: str, kept: float | None) -> None:
        super().__init__(message)
        self.kept = kept


class Guard:
    """Looks at the weights between stretches of a run, and sees to it that there is a way back.

    The way back is what an observer keeps (a checkpoint), or a copy: of a small model every few
    seconds, of a large one only where nobody else keeps its states and the allowance pays for it.

    Args:
        ids: The encoded corpus, to name the word where a run goes wrong.
        vocabulary: Its words.
        config: The run's options, for the advice.
        state: The run's; its weights are watched.
        observers: Those of the run.
    """

    def __init__(
        self,
        ids: NDArray[np.int32],
        vocabulary: Vocabulary,
        config: TrainingConfig,
        state: TrainingState,
        observers: Sequence[Observer] = (),
    ) -> None:
        weights = state.weights
        self._ids = ids
        self._words = vocabulary.tokens
        self._config = config
        self._weights = weights
        self._observers = observers
        self._norms = state.allowance.look("norms")
        self._copying = state.allowance.look("copy")
        self._copy = WeightsCopy(weights)
        self._copied: TrainingState | None = None
        self._copies = True
        self._size = weights.rows.nbytes + weights.outputs.nbytes
        self._rate = _LOOKED_AT_A_SECOND
        self._frequent = _frequent_rows(vocabulary.counts, weights)
        self._next = 0

    @property
    def whole_seconds(self) -> float:
        """About how long a look at all rows takes."""
        return self._size / self._rate

    def begin(self, state: TrainingState) -> None:
        """Keeps a small model's weights as they stand before the first stretch."""
        if self._size <= SMALL_BYTES:
            self._take_copy(state)

    def check(self, bad: int | None, state: TrainingState) -> None:
        """Looks at the rows that are due, and keeps a copy now and then while all is well.

        Args:
            bad: Where the kernels found the loss not to be finite, or None.
            state: How far the run has come.

        Raises:
            DivergedError: All is not well; the last good state has been put back.
        """
        if bad is not None:
            self._refuse(bad, self._bad_word(bad), "the loss is no longer a finite number", state)
        with self._norms:
            worst = self._largest_so_far()
        self._judge(worst, state)
        if self._copy_is_due(state):
            self._take_copy(state)

    def check_all(self, state: TrainingState) -> None:
        """Looks at all rows: the weights are about to be kept.

        Raises:
            DivergedError: All is not well; the last good state has been put back.
        """
        with self._norms:
            worst = largest_norm(self._weights)
        self._rate = self._size / max(self._norms.cost, 1e-9)
        self._judge(worst, state)

    def close(self) -> None:
        """Lets the copy go."""
        self._copy.close()

    # Looks

    def _largest_so_far(self) -> tuple[float, int]:
        """Of the rows that are due; of all, where they are elsewhere and looked at there."""
        elsewhere = self._weights.elsewhere
        if elsewhere is not None:
            return elsewhere.largest_norm()
        worst = self._largest_of_frequent()
        return max(worst, self._largest_of_slice(self._norms.room), key=_badness)

    def _largest_of_frequent(self) -> tuple[float, int]:
        looked_at = (
            (_largest_square(matrix[rows]), rows)
            for matrix, rows in zip(
                (self._weights.rows, self._weights.outputs), self._frequent, strict=True
            )
        )
        square, row = max(
            ((square, int(rows[place])) for (square, place), rows in looked_at), key=_badness
        )
        return float(np.sqrt(square)), row

    def _largest_of_slice(self, room: float) -> tuple[float, int]:
        """Of the rows whose turn it is, as many as there is time for.

        The look at all rows at the end is paid for first.
        """
        total = len(self._weights.rows) + len(self._weights.outputs)
        earned = max(0.0, room - self.whole_seconds) * self._rate
        left = min(total, int(earned / (4 * self._weights.rows.shape[1])))
        worst = (0.0, 0)
        while left > 0:
            matrix, start = self._weights.rows, self._next
            if start >= len(matrix):
                matrix, start = self._weights.outputs, start - len(matrix)
            rows = matrix[start : start + min(left, _block(matrix))]
            square, place = _largest_square(rows)
            worst = max(worst, (float(np.sqrt(square)), start + place), key=_badness)
            left -= len(rows)
            self._next = (self._next + len(rows)) % total
        return worst

    def _judge(self, worst: tuple[float, int], state: TrainingState) -> None:
        norm, row = worst
        if not norm < MAX_NORM:
            word = self._words[min(row, len(self._words) - 1)]
            self._refuse(state.position, word, f"a vector's norm has grown to {norm:.3g}", state)

    def _refuse(self, place: int, word: str, what: str, state: TrainingState) -> None:
        epoch = state.epoch
        step = epoch * len(self._ids) + place
        kept = self._put_back(state)
        raise DivergedError(
            f"training diverged in epoch {epoch + 1} at step {step:,} (word {word!r}): {what}; "
            f"alpha is {self._config.alpha:g}: try {self._config.alpha / 4:g}{self._advice()}; "
            f"{self._ending(kept)}",
            None if kept is None else kept.state.share,
        )

    def _advice(self) -> str:
        if self._config.architecture == "cbow" and not self._config.cbow_mean:
            return ", or cbow_mean"
        return ", or a larger min_count"

    def _ending(self, kept: GoodState | None) -> str:
        if kept is None:
            return (
                f"no earlier state was kept (the weights are {human_memory(self._size)}, too much "
                f"to copy so early in a run, and there was no checkpoint yet)"
            )
        if kept.state.share == 0:
            return "the weights as they were at the start are kept"
        return f"the state at {kept.state.share:.0%} of the run is kept, from {kept.what}"

    def _bad_word(self, position: int) -> str:
        """A word near a position whose row of W or W′ is not finite, or else the nearest word."""
        nearby = self._ids[max(0, position - 20) : position + 20]
        nearby = nearby[nearby >= 0]
        for matrix in (self._weights.trained, self._weights.outputs):
            for word in nearby:
                if word < len(matrix) and not np.isfinite(matrix[word]).all():
                    return self._words[int(word)]
        if len(nearby) == 0:
            return "?"
        return self._words[int(nearby[len(nearby) // 2])]

    # The way back

    def _copy_is_due(self, state: TrainingState) -> bool:
        if not self._copies:
            return False
        if self._size <= SMALL_BYTES:
            # The first good stretch takes the place of the start.
            first = self._copied is None or self._copied.share == 0 < state.share
            return first or self._copying.waited >= COPY_SECONDS
        if any(observer.keeps_states for observer in self._observers):
            return False
        cost = max(self._copying.cost, self._size / WRITTEN_A_SECOND + self.whole_seconds)
        return self._copying.due(cost, COPY_SECONDS)

    def _take_copy(self, state: TrainingState) -> None:
        """Copies the weights, if all of them are good."""
        with self._copying:
            worst = largest_norm(self._weights)
            if worst[0] < MAX_NORM:
                self._copying.writes(self._size)
                self._copies = self._copy.take()
                self._copied = state.noted() if self._copies else None
        self._judge(worst, state)

    def _put_back(self, state: TrainingState) -> GoodState | None:
        """Sets the state and the weights to the newest good ones that can be read."""
        known = [observer.good_state() for observer in self._observers]
        if self._copied is not None:
            known.append(GoodState("a copy", self._copied, self._copy.put_back))
        for good in sorted(filter(None, known), key=lambda good: good.state.share, reverse=True):
            if good.put_back():
                for name in ("epoch", "position", "share", "totals"):
                    setattr(state, name, deepcopy(getattr(good.state, name)))
                return good
        return None


def largest_norm(weights: Weights) -> tuple[float, int]:
    """The largest norm of a row of W or W′ (NaN counts as largest), and the row's number.

    0 where all are far below the bound.
    """
    worst = (0.0, 0)
    for matrix in (weights.rows, weights.outputs):
        for start, rows in _blocks(matrix):
            square, place = _largest_square(rows)
            worst = max(worst, (square, start + place), key=_badness)
    return float(np.sqrt(worst[0])), worst[1]


def are_good(weights: Weights) -> bool:
    """Whether weights are finite, and no row's norm has exploded; looks at all of them."""
    return largest_norm(weights)[0] < MAX_NORM


def _block(matrix: NDArray[np.float32]) -> int:
    return max(1, _BLOCK_BYTES // (4 * int(matrix.shape[1])))


def _blocks(matrix: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    block = _block(matrix)
    for start in range(0, len(matrix), block):
        yield start, matrix[start : start + block]


def _largest_square(rows: NDArray[np.float32]) -> tuple[float, int]:
    """The largest squared norm among some rows, NaN before any number, and its place.

    0 where all rows together are below the bound, which is found several times as fast.
    """
    together = rows.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        if np.dot(together, together) < MAX_NORM**2:
            return 0.0, 0
        squares = np.einsum("ij,ij->i", rows, rows)
    place = int(np.argmax(squares))
    return float(squares[place]), place


def _badness(worst: tuple[float, int]) -> tuple[bool, float]:
    """Orders norms, NaN above all."""
    return bool(np.isnan(worst[0])), worst[0]


def _frequent_rows(
    counts: NDArray[np.int64], weights: Weights
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of W and of W′ that training touches most."""
    most = max(1, FREQUENT_BYTES // (4 * weights.rows.shape[1]))
    words = np.argsort(-counts, kind="stable")[:most].astype(np.int64)
    if len(weights.outputs) == len(counts):
        return words, words
    # Of a tree the last rows are the nodes next to the root.
    last = np.arange(max(0, len(weights.outputs) - most), len(weights.outputs), dtype=np.int64)
    return words, last
