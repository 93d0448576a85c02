"""Actor: a machine's process, which holds W and W′ and trains its parts of the text."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lexiscope.cluster.mesh import Address, Mesh, frame_bytes
from lexiscope.training.kernels.changes import SCALE_BYTES
from lexiscope.training.kernels.memory import padded, zeros
from lexiscope.training.loop.machine import Changes, Machine, Rows, RowShare, Trained, shares
from lexiscope.training.loop.parts import PartOutcome, PartsJob, Stretch
from lexiscope.training.loop.weights import Weights


@dataclass
class Report:
    """What a machine tells of some rounds.

    Attributes:
        outcomes: Of its parts, for each round.
        trained: Seconds in training.
        sent: Bytes for other machines.
    """

    outcomes: list[list[PartOutcome]] = field(default_factory=list)
    trained: float = 0.0
    sent: int = 0


class Actor:
    """A machine of the cluster (see `training.loop.machine`); its methods are called one by one.

    Args:
        job: The run.
        rows: Of W and of W′.
        workers: Threads.
        host: Its address.
    """

    def __init__(self, job: PartsJob, rows: tuple[int, int], workers: int, host: str) -> None:
        dimension = job.config.vector_size
        columns = padded(dimension)
        inputs, outputs = (zeros(number, columns) for number in rows)
        self._weights = Weights(inputs, outputs, dimension, job.frozen)
        self._machine = Machine(job, self._weights, workers)
        self._mesh = Mesh(host, SCALE_BYTES + dimension)
        self._rows = rows
        self._parts: Sequence[Sequence[int]] = [[]]
        self._place = 0
        self._shares: Sequence[RowShare] = []

    def address(self) -> Address:
        """Where other machines connect."""
        return self._mesh.address

    def take_parts(self, numbers: Sequence[int], *texts: NDArray[np.int32]) -> None:
        """Takes the parts that it is to train from now on, and has the kernels compiled."""
        self._machine.take_parts(dict(zip(numbers, texts, strict=True)))
        if texts:
            self._machine.compile()

    def join(
        self, place: int, parts: Sequence[Sequence[int]], addresses: Sequence[Address], token: bytes
    ) -> None:
        """Connects to all machines that take part, each of which gathers a share of the rows.

        Args:
            place: Its own, among all.
            parts: The numbers of those that each machine trains.
            addresses: Of the machines.
            token: See `Mesh.join`.

        Raises:
            ConnectionError: One is not there.
        """
        self._mesh.join(place, addresses, token)
        self._place, self._parts = place, parts
        self._shares = row_shares(self._rows, len(parts))

    def take_weights(self, inputs: NDArray[np.float32], outputs: NDArray[np.float32]) -> None:
        """Takes W and W′, without padding, as they stood at the last exchange."""
        self._weights.set_inputs([inputs])
        self._weights.output_vectors[:] = outputs
        self._machine.take_weights()

    def train(self, stretches: Sequence[Stretch]) -> Report:
        """Trains its parts in some rounds, and exchanges changes with all others behind each.

        Raises:
            ConnectionError: Another machine has gone.
        """
        report = Report()
        for stretch in stretches:
            began = time.perf_counter()
            trained = self._machine.train(self._parts[self._place], stretch)
            report.trained += time.perf_counter() - began
            report.outcomes.append([each.outcome for each in trained])
            if len(self._parts) == 1:
                self._machine.exchange(trained, stretch)
            else:
                report.sent += self._exchange(trained, stretch)
        return report

    def _exchange(self, trained: Sequence[Trained], stretch: Stretch) -> int:
        """Exchanges a round's changes: each machine gathers those of its share of the rows.

        Returns:
            Bytes sent.
        """
        frames = {
            place: [changes for each in trained for changes in within(each, share)]
            for place, share in enumerate(self._shares)
        }
        received = {**self._mesh.swap(frames), self._place: frames[self._place]}
        by_part = {
            part: (received[place][2 * at], received[place][2 * at + 1])
            for place, parts in enumerate(self._parts)
            for at, part in enumerate(parts)
        }
        in_order = [by_part[part] for part in sorted(by_part)]
        share = self._shares[self._place]
        own = self._machine.gather_share(in_order, share, stretch)
        others = self._mesh.swap(dict.fromkeys(frames, own))
        for merged in (own, *others.values()):
            self._machine.put_all(merged)
        of_others = [frame for place, frame in frames.items() if place != self._place]
        return sum(map(frame_bytes, of_others)) + len(of_others) * frame_bytes(own)

    def take_untold(self) -> tuple[Rows, Rows]:
        """Rows of its share, of W and of W′, that have changed since they were taken last."""
        return self._machine.take_untold(self._shares[self._place])


def row_shares(rows: tuple[int, int], number: int) -> list[RowShare]:
    """The rows of W and of W′, shared out."""
    inputs, outputs = rows
    return list(zip(shares(inputs, number), shares(outputs, number), strict=True))


def within(trained: Trained, share: RowShare) -> tuple[Changes, Changes]:
    """What a part has changed in a share of the rows; views."""
    inputs, outputs = trained.changes
    return _rows_of(inputs, *share[0]), _rows_of(outputs, *share[1])


def _rows_of(changes: Changes, first: int, last: int) -> Changes:
    begin, end = np.searchsorted(changes.rows, (first, last))
    return Changes(changes.rows[begin:end], changes.values[begin:end])
