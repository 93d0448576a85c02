"""Recorder of a run of any size while it is trained: chosen words, at chosen shares of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from lexiscope import data
from lexiscope.corpus import Vocabulary
from lexiscope.errors import ConfigError
from lexiscope.inspection.questions import read_questions
from lexiscope.inspection.snapshots.scan import Scan, scan
from lexiscope.inspection.snapshots.snapshots import QUANTILES, TOPN, Snapshots
from lexiscope.one_line import one_line
from lexiscope.replay import storage
from lexiscope.training.config import TrainingConfig
from lexiscope.training.loop.allowance import PARTS, SHARE
from lexiscope.training.loop.state import Observer, TrainingState
from lexiscope.training.losses.registry import rule_of
from lexiscope.vectors.search import NO_ROW

SNAPSHOTS = 60
MAX_NAMED = 500
MAX_QUESTIONS = 32
# Rows of which the place at the snapshot before is kept.
MAX_SAMPLED = 5_000
# The first of the wanted shares after the start; each later one is as much larger than the last.
FIRST_SHARE = 0.005


@one_line
@dataclass(frozen=True, kw_only=True)
class Watch:
    """What to look at.

    Attributes:
        words: By name, at most 500; those not in the vocabulary are left out.
        commonest: So many of the most frequent words besides.
        analogies: A file of lines of four words; None for the bundled five. At most 32 questions,
            evenly spaced, of those whose words are all known are asked, and their words watched.
    """

    words: tuple[str, ...] = ()
    commonest: int = 64
    analogies: str | PathLike[str] | None = None

    def __post_init__(self) -> None:
        if len(self.words) > MAX_NAMED:
            raise ConfigError(
                f"{len(self.words):,} words are to be watched; expected at most {MAX_NAMED}"
            )
        if self.commonest < 0:
            raise ConfigError(f"commonest is {self.commonest}; expected 0 words or more")


def wanted_shares() -> list[float]:
    """The shares of a run at which it is looked at, without its start: geometric up to 1."""
    return [float(share) for share in np.geomspace(FIRST_SHARE, 1.0, SNAPSHOTS - 1)]


class SnapshotRecorder(Observer):
    """An observer of `train_run` that keeps what it sees at about sixty snapshots.

    A snapshot is taken at the end of the first stretch at or after its share of the run. In a run
    too short to be divided so finely some snapshots fall together, and fewer are taken.

    The looks at the whole vocabulary have their part of the run's allowance, of the training time
    as it is estimated from what is done: where it is spent, a snapshot goes without
    (`Snapshots.scanned`), except for the first and the last. Nothing here changes the weights or
    any random decision.

    Args:
        vocabulary: The run's.
        config: The run's options.
        watch: What to look at.

    Attributes:
        unknown: Named words that are not in the vocabulary.

    Raises:
        FormatError: The analogy file is missing, or a line of it is no question.
    """

    def __init__(self, vocabulary: Vocabulary, config: TrainingConfig, watch: Watch) -> None:
        self._vocabulary = vocabulary
        self._config = config
        index = vocabulary.index
        self.unknown = [word for word in watch.words if word not in index]
        self._questions = _questions(vocabulary, watch)
        named = [index[word] for word in watch.words if word in index]
        common = np.argsort(-vocabulary.counts, kind="stable")[: watch.commonest].tolist()
        chosen = dict.fromkeys([*named, *self._questions.ravel().tolist(), *common])
        self._rows = np.fromiter(chosen, np.int32, len(chosen))
        self._sample = np.unique(
            np.linspace(0, len(vocabulary) - 1, MAX_SAMPLED).round().astype(np.int64)
        )
        self._shares = wanted_shares()
        self._next = 0
        self._taken: list[dict[str, Any]] = []
        self._before: NDArray[np.float32] | None = None
        self._loss = _LossCount()
        self._scans_before = 0.0
        self._scan_cost = 0.0
        self._blas = ThreadpoolController()

    @property
    def watched(self) -> int:
        """How many words."""
        return len(self._rows)

    @property
    def most_bytes(self) -> int:
        """What the recording's file takes at most."""
        row = self._config.vector_size * 4 * (1 + rule_of(self._config.loss).words_have_rows)
        a_word = row + TOPN * 8
        a_snapshot = self.watched * a_word + len(self._questions) * 8 + 3 * len(QUANTILES) * 4 + 28
        return SNAPSHOTS * a_snapshot + self.watched * 4 + len(self._questions) * 16 + 8192

    def on_train_begin(self, state: TrainingState) -> None:
        """Takes the first snapshot: the start, or where a resumed run goes on."""
        self._loss.begin(state)
        self._take(state)

    def wanted_share(self, state: TrainingState) -> float | None:
        """The share of the next snapshot."""
        del state
        return self._shares[self._next] if self._next < len(self._shares) else None

    def on_share(self, state: TrainingState) -> None:
        """Takes a snapshot."""
        self._take(state)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Keeps count of the loss."""
        self._loss.end_epoch(state)

    def snapshots(self) -> Snapshots:
        """What was seen so far."""
        arrays: dict[str, Any] = {
            name: np.stack([taken[name] for taken in self._taken]) for name in self._taken[0]
        }
        return Snapshots(
            config=self._config.to_json(),
            tokens=self._vocabulary.tokens,
            counts=self._vocabulary.counts,
            sampled=len(self._sample),
            rows=self._rows,
            questions=self._questions,
            **{"outputs": None, **arrays},
        )

    def files(self) -> dict[str, bytes]:
        """The recording as a file of the model folder: its path there → its content."""
        return {storage.SNAPSHOTS_FILE: self.snapshots().to_bytes()}

    def _take(self, state: TrainingState) -> None:
        weights, rows = state.weights, self._rows
        while self._next < len(self._shares) and self._shares[self._next] <= state.share:
            self._next += 1
        scanned = self._has_time(state)
        # Without time for all rows, the sample stands for them.
        norms = _lengths(weights.inputs if scanned else weights.inputs[self._sample])
        fits = len(weights.outputs) > self._sample[-1]  # a hierarchical W′ has a row less
        outputs = self._sample if fits else self._sample[:-1]
        sample = weights.input_vectors[self._sample]
        moved = np.zeros(1, np.float32) if self._before is None else _lengths(sample - self._before)
        self._before = sample
        taken: dict[str, Any] = {
            "shares": np.float64(state.share),
            "alphas": np.float64(state.alpha if self._taken else self._config.alpha),
            "losses": np.float64(self._loss.since_last(state)),
            "inputs": weights.input_vectors[rows],
            "input_norms": _quantiles(norms),
            "output_norms": _quantiles(
                _lengths(weights.outputs if scanned else weights.outputs[outputs])
            ),
            "movement": _quantiles(moved),
        }
        if rule_of(self._config.loss).words_have_rows:
            taken["outputs"] = weights.output_vectors[rows]
        taken["scanned"] = np.int32(scanned)
        look = self._scan(state, norms) if scanned else self._nothing()
        for name in ("neighbors", "cosines", "answers", "ranks"):
            taken[name] = getattr(look, name)
        self._taken.append(taken)

    def end_seconds(self) -> float:
        """The last look at all rows."""
        return self._scan_cost

    def _has_time(self, state: TrainingState) -> bool:
        """Whether the budget allows a look at all rows now; at the first and the last always."""
        if state.share >= 1 or not self._taken:
            return True
        # The budget is spread over the snapshots, not over time: most of them come early.
        expected = state.totals.seconds / max(state.share, 1e-9)
        earned = SHARE * PARTS["recording"] * expected * len(self._taken) / SNAPSHOTS
        spent = state.allowance.look("recording").seconds - self._scans_before
        return spent + self._scan_cost <= earned

    def _scan(self, state: TrainingState, norms: NDArray[np.float32]) -> Scan:
        """Neighbours and analogies over all rows."""
        look = state.allowance.look("recording")
        # BLAS' own threads would go on waiting for work, on the cores that training needs.
        with look, self._blas.limit(limits=1, user_api="blas"):
            seen = scan(state.weights.inputs, norms, self._rows, self._questions, TOPN)
        self._scan_cost = look.cost
        if not self._taken:
            self._scans_before = look.seconds
        return seen

    def _nothing(self) -> Scan:
        words, asked = len(self._rows), len(self._questions)
        return Scan(
            np.full((words, TOPN), NO_ROW, np.int32),
            np.zeros((words, TOPN), np.float32),
            np.full(asked, NO_ROW, np.int32),
            np.zeros(asked, np.int32),
        )


class _LossCount:
    """The mean loss between two snapshots, over the ends of epochs."""

    def __init__(self) -> None:
        self._finished = 0.0
        self._pairs_finished = 0
        self._last = 0.0
        self._last_pairs = 0

    def begin(self, state: TrainingState) -> None:
        totals = state.totals
        self._pairs_finished = totals.all_pairs - totals.pairs
        self._last, self._last_pairs = totals.loss, totals.all_pairs

    def end_epoch(self, state: TrainingState) -> None:
        pairs = state.totals.all_pairs - self._pairs_finished
        if pairs:
            self._finished += state.totals.epoch_losses[-1] * pairs
        self._pairs_finished = state.totals.all_pairs

    def since_last(self, state: TrainingState) -> float:
        loss, pairs = self._finished + state.totals.loss, state.totals.all_pairs
        new = pairs - self._last_pairs
        mean = (loss - self._last) / new if new else float("nan")
        self._last, self._last_pairs = loss, pairs
        return mean if isfinite(mean) else float("nan")


def _questions(vocabulary: Vocabulary, watch: Watch) -> NDArray[np.int32]:
    """Rows of the questions to ask, (A, 4)."""
    path = data.analogies_path() if watch.analogies is None else Path(watch.analogies)
    asked = read_questions(path)
    index = vocabulary.index
    answerable = [
        [index[word] for word in question]
        for question in asked
        if all(word in index for word in question)
    ]
    every = np.unique(np.linspace(0, len(answerable) - 1, MAX_QUESTIONS).round().astype(int))
    chosen: Sequence[list[int]] = [answerable[i] for i in every] if answerable else []
    return np.array(chosen, np.int32).reshape(-1, 4)


def _lengths(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    return lengths


def _quantiles(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each the value of a row: by nearest rank, as interpolation takes several times as long."""
    places = np.round(np.array(QUANTILES) * (len(values) - 1)).astype(int)
    chosen: NDArray[np.float32] = np.partition(values, places)[places]
    return chosen
