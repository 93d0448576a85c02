"""Parts: one more way to run a stretch of text, by one machine or by several.

The text is cut into a fixed number of logical parts, which are trained side by side in rounds.
Each part begins a round with the weights as they stood at the last exchange, and trains its next
stretch by itself, in its order. Then the changes of the rows that it touched are brought together
with those of all others, row by row, in the order of the parts. Who trains which part therefore
changes no bit.

Parts are stretches of the same text, and a place of the run is told as if they were trained one
after another: position x of T stands for the x/T-th of each part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.interruption import HeldBack
from lexiscope.training.config import EXCHANGE_EVERY, TrainingConfig
from lexiscope.training.kernels.changes import SATURATION
from lexiscope.training.kernels.common import SENTENCE_END, Span, random_bits
from lexiscope.training.loop.state import Outcome, Pace
from lexiscope.training.loop.weights import Weights

# Positions that a run begins with in the order of the text, by one thread: there the loss falls
# most steeply, and what parts (or a round's shards) do not know of each other costs most.
OPENING = 2**20


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """When parts exchange what they have learned, and what becomes of it.

    Attributes:
        opening: Positions that the run begins with in the order of the text, before any parts.
        every: Positions that all parts together train between two exchanges.
        rule: How the changes of a row that several have touched are weighted; see
            `kernels.changes.weight_of`.
        inputs, outputs: How far a touch of a row of W and of W′ brings it on its way: u of the rule
            SATURATION is this, times the touches in a part's stretch, times the learning rate,
            times the number of parts to the power of 3/4.
    """

    opening: int = OPENING
    every: int = EXCHANGE_EVERY
    rule: int = SATURATION
    inputs: float = 0.72
    outputs: float = 0.12


@dataclass(frozen=True, kw_only=True)
class PartsJob:
    """What a machine must know of a run to train parts of it.

    Attributes:
        config: Its options.
        counts: int64 (V,), of the vocabulary.
        frozen: uint8 (V,), 1 for a word whose row of W does not change; None for none.
        tokens: Positions of the text, T.
        exchange: When and how to exchange.
    """

    config: TrainingConfig
    counts: NDArray[np.int64]
    frozen: NDArray[np.uint8] | None
    tokens: int
    exchange: Exchange

    @property
    def parts(self) -> int:
        """P."""
        return self.config.parts or 1


@dataclass(frozen=True)
class Stretch:
    """A round: what all parts train between two exchanges.

    Attributes:
        begin, end: Positions of the text.
        key: Random key of the seed and the epoch.
        pace: The learning rate along the epoch.
    """

    begin: int
    end: int
    key: np.uint64
    pace: Pace

    def span(self, part: int, length: int, tokens: int) -> Span:
        """A part's own stretch of the round.

        Args:
            part: Which.
            length: Of the part, in positions.
            tokens: Of the text, T.
        """
        begin, end = self.begin * length // tokens, self.end * length // tokens
        key = np.uint64(random_bits(self.key, part + 1, part + 2)[0])
        slope = self.pace.slope * tokens / max(length, 1)
        return Span(begin, end, key, self.pace.start, slope, self.pace.end)


@dataclass(frozen=True)
class PartOutcome:
    """What became of a part's stretch: see `Outcome`; `bad` is a position in the part."""

    part: int
    loss: float
    pairs: int
    centers: int
    bad: int | None


def is_bad(outcomes: Sequence[PartOutcome]) -> bool:
    """Whether the loss of some part is not finite."""
    return any(outcome.bad is not None for outcome in outcomes)


class Machines(Protocol):
    """Who trains the parts: this process, or the machines of a cluster."""

    def begin(self, job: PartsJob, texts: Sequence[NDArray[np.int32]], weights: Weights) -> None:
        """Gets ready: everything that can fail early does so here, kernels are compiled.

        Args:
            job: The run.
            texts: int32, a part's each.
            weights: Of the run, which `round` changes.
        """

    def take_weights(self) -> None:
        """Takes the weights as they stand now for those of the last exchange."""

    def rounds(
        self, stretches: Sequence[Stretch], stopped: Callable[[], bool]
    ) -> list[list[PartOutcome]]:
        """Trains rounds of all parts, and puts what they have learned into the weights.

        Args:
            stretches: The rounds.
            stopped: Whether to stop behind the round that is being trained, or some rounds later.

        Returns:
            A part's each, in their order, for each round that was trained: all of them, or fewer
            where it was stopped or where the loss of one is not finite.
        """

    def values(self) -> Mapping[str, float]:
        """Numbers to be shown beside the loss."""

    def close(self) -> None:
        """Ends what was begun; may be called twice, and without a beginning."""


def cut(ids: NDArray[np.int32], parts: int) -> list[NDArray[np.int32]]:
    """A text cut into parts of about the same length, between sentences; views.

    Args:
        ids: int32 (T,).
        parts: How many; some are empty where the text has fewer sentences.
    """
    total = len(ids)
    places = [0]
    for part in range(1, parts):
        place = max(total * part // parts, places[-1])
        while 0 < place < total and ids[place - 1] != SENTENCE_END:
            place += 1
        places.append(place)
    places.append(total)
    return [ids[first:last] for first, last in pairwise(places)]


class Parts:
    """The schedule of a text in parts (see `loop.schedules.Schedule`).

    Args:
        ids: int32 (T,), the encoded corpus.
        job: The run.
        weights: Trained in place.
        machines: Who trains the parts.
    """

    def __init__(
        self, ids: NDArray[np.int32], job: PartsJob, weights: Weights, machines: Machines
    ) -> None:
        self._texts = cut(ids, job.parts)
        self._starts = np.cumsum([0, *map(len, self._texts)])
        self._job = job
        self._weights = weights
        self._machines = machines
        self._has_weights = False
        self.grain = job.exchange.every

    def compile(self) -> None:
        """Gets the machines ready."""
        self._machines.begin(self._job, self._texts, self._weights)

    def advance(self, begin: int, end: int, key: np.uint64, pace: Pace) -> Outcome:
        """See `Schedule`."""
        if not self._has_weights:
            self._machines.take_weights()
            self._has_weights = True
        stretches = [
            Stretch(place, min(place + self.grain, end), key, pace)
            for place in range(begin, end, self.grain)
        ]
        with HeldBack() as requests:
            rounds = self._machines.rounds(stretches, lambda: requests.requested)
            interrupted = requests.requested
        position = stretches[len(rounds) - 1].end if rounds else begin
        done = [outcome for one in rounds for outcome in one]
        bad = [self._starts[each.part] + each.bad for each in done if each.bad is not None]
        return Outcome(
            position=position,
            loss=sum(outcome.loss for outcome in done),
            pairs=sum(outcome.pairs for outcome in done),
            centers=sum(outcome.centers for outcome in done),
            bad=int(bad[0]) if bad else None,
            interrupted=interrupted,
        )

    def close(self) -> None:
        """Ends the machines' work."""
        self._machines.close()
