"""Actor: a machine's process, which holds W and W′ and trains its parts of the text."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.kernels.memory import padded, zeros
from lexiscope.training.loop.machine import Changes, Machine, Trained
from lexiscope.training.loop.parts import PartOutcome, PartsJob, Stretch
from lexiscope.training.loop.weights import Weights

# A share of the rows of W and of W′: (first, last) of each.
RowShare = tuple[tuple[int, int], tuple[int, int]]
# What is sent of a share: the parts that it comes from, with the changes of W and of W′ of each.
Sent = list[tuple[int, tuple[Changes, Changes]]]
Merged = tuple[Changes, Changes]


@dataclass(frozen=True)
class Report:
    """What a machine tells of a round.

    Attributes:
        outcomes: Of its parts.
        seconds: In training.
        sent: Bytes for other machines.
    """

    outcomes: list[PartOutcome]
    seconds: float
    sent: int


class Actor:
    """A machine of the cluster (see `training.loop.machine`); its methods are called one by one.

    Args:
        job: The run.
        rows: Of W and of W′.
        workers: Threads.
    """

    def __init__(self, job: PartsJob, rows: tuple[int, int], workers: int) -> None:
        dimension = job.config.vector_size
        columns = padded(dimension)
        inputs, outputs = (zeros(number, columns) for number in rows)
        self._weights = Weights(inputs, outputs, dimension, job.frozen)
        self._machine = Machine(job, self._weights, workers)
        self._parts: list[int] = []

    def take_parts(self, numbers: Sequence[int], *texts: NDArray[np.int32]) -> None:
        """Takes the parts that it is to train from now on, and has the kernels compiled."""
        self._parts = list(numbers)
        self._machine.take_parts(dict(zip(numbers, texts, strict=True)))
        if self._parts:
            self._machine.compile()

    def take_weights(self, inputs: NDArray[np.float32], outputs: NDArray[np.float32]) -> None:
        """Takes W and W′, without padding, as they stood at the last exchange."""
        self._weights.set_inputs([inputs])
        self._weights.output_vectors[:] = outputs
        self._machine.take_weights()

    def train(self, stretch: Stretch, shares: Sequence[RowShare], own: int) -> tuple[Any, ...]:
        """Trains its parts' stretches of a round.

        Args:
            stretch: The round.
            shares: Of the rows, a machine's each.
            own: Which of them is its own.

        Returns:
            `Report`; then what is to be sent of each share (`Sent`).
        """
        began = time.perf_counter()
        trained = self._machine.train(self._parts, stretch)
        seconds = time.perf_counter() - began
        sent = [[_within(each, share) for each in trained] for share in shares]
        others = [each for place, each in enumerate(sent) if place != own]
        report = Report([each.outcome for each in trained], seconds, sum(map(sent_bytes, others)))
        return (report, *sent)

    def train_alone(self, stretch: Stretch) -> tuple[Report, list[Merged]]:
        """Trains a round of all parts and exchanges them: no other machine takes part.

        Returns:
            `Report`; and what the exchange has added to W and W′.
        """
        began = time.perf_counter()
        trained = self._machine.train(self._parts, stretch)
        report = Report([each.outcome for each in trained], time.perf_counter() - began, 0)
        return report, self._machine.exchange(trained, stretch)

    def gather(self, stretch: Stretch, share: RowShare, *sent: Sent) -> Merged:
        """Brings together what all machines have sent it of its share of the rows."""
        in_order = sorted((one for each in sent for one in each), key=lambda one: one[0])
        inputs, outputs = (
            self._machine.gather(
                matrix, [changes[matrix] for _, changes in in_order], *share[matrix], stretch
            )
            for matrix in (0, 1)
        )
        return inputs, outputs

    def put(self, *merged: Merged) -> None:
        """Takes what all shares of the rows have come to: the exchange is over."""
        self._machine.put_all(merged)


def _within(trained: Trained, share: RowShare) -> tuple[int, tuple[Changes, Changes]]:
    """What a part has changed in a share of the rows; views."""
    inputs, outputs = trained.changes
    return trained.outcome.part, (_rows_of(inputs, *share[0]), _rows_of(outputs, *share[1]))


def _rows_of(changes: Changes, first: int, last: int) -> Changes:
    begin, end = np.searchsorted(changes.rows, (first, last))
    return Changes(changes.rows[begin:end], changes.values[begin:end])


def sent_bytes(sent: Sent) -> int:
    """Bytes of what is sent of a share."""
    return sum(array.nbytes for _, pair in sent for changes in pair for array in changes)
