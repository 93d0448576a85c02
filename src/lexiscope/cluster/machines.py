"""Machines of a cluster: an actor on each, their parts and exchanges, and what becomes of the dead.

The program that began the run owns it. It hands out the parts, and says what is to be done in each
round; what is exchanged goes from machine to machine. It keeps the weights of the last exchange
itself, so that all can go on from there when a machine has gone, wherever its parts go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.cluster.actor import Actor, Merged, Report, RowShare
from lexiscope.cluster.connection import STARTS_WITHIN, Connection, Node
from lexiscope.errors import ConfigError, LexiscopeError, TrainingError, reason_of
from lexiscope.training.kernels.changes import put_changes
from lexiscope.training.loop.machine import shares
from lexiscope.training.loop.parts import PartOutcome, PartsJob, Stretch
from lexiscope.training.loop.weights import Weights

# Times that a round is begun anew because machines have gone, before the run is given up.
MOST_FAILURES = 5


@dataclass
class _Member:
    """A machine that takes part.

    Attributes:
        node: Where it is.
        actor: Ray's handle.
        workers: Its threads.
        parts: The numbers of those that it trains.
    """

    node: Node
    actor: Any
    workers: int
    parts: list[int]


@dataclass
class _Told:
    """What has been measured since the beginning: machines, seconds of rounds, seconds in which the
    slowest machine trained, bytes from machine to machine."""

    machines: int = 0
    seconds: float = 0.0
    trained: float = 0.0
    sent: int = 0


class ClusterMachines:
    """The machines of a cluster of Ray (see `training.loop.parts.Machines`).

    Args:
        address: "auto", or HOST:PORT.
        most: Machines at most; None for all there are.
        workers: Threads of each machine at most; None for all cores that Ray may use there.
        tell: Called with a line when a machine has gone.

    Raises:
        MissingExtraError: Ray is not installed.
        TrainingError: There is no such cluster.
    """

    def __init__(
        self,
        address: str,
        most: int | None = None,
        workers: int | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._connection = Connection(address)
        self._ray = self._connection.ray
        self._most = most
        self._workers = workers
        self._members: list[_Member] = []
        self._tell = tell
        self._late: Sequence[Merged] = ()
        self._told = _Told()
        self._job: PartsJob | None = None
        self._weights: Weights | None = None
        self._texts: list[Any] = []
        nodes = self._connection.nodes()
        if most is not None and most > len(nodes):
            self.close()
            raise ConfigError(
                f"machines is {most}, but the cluster has {len(nodes)} with a core to use; see "
                f"`ray status`"
            )
        try:
            self._connection.check_versions(nodes[:most])
        except LexiscopeError:
            self.close()
            raise

    def begin(self, job: PartsJob, texts: Sequence[NDArray[np.int32]], weights: Weights) -> None:
        """See `Machines`."""
        self._job, self._weights = job, weights
        with told_in_a_line(self._ray):
            self._texts = [self._ray.put(np.ascontiguousarray(text)) for text in texts]
            self._gather_members()

    def take_weights(self) -> None:
        """See `Machines`."""
        with told_in_a_line(self._ray):
            self._retried(self._hand_out_weights)

    def round(self, stretch: Stretch) -> list[PartOutcome]:
        """See `Machines`."""
        with told_in_a_line(self._ray):
            outcomes: list[PartOutcome] = self._retried(lambda: self._round(stretch))
        return outcomes

    def settle(self) -> None:
        """See `Machines`."""
        late, self._late = self._late, ()
        if self._weights is None:
            return
        for merged in late:
            for changes, matrix in zip(
                merged, (self._weights.trained, self._weights.outputs), strict=True
            ):
                put_changes(*changes, matrix)

    def values(self) -> Mapping[str, float]:
        """See `Machines`."""
        told = self._told
        return {
            "machines": float(told.machines),
            "exchange": 1 - told.trained / max(told.seconds, 1e-9),
            "sent_mb": told.sent / 1e6,
        }

    def close(self) -> None:
        """See `Machines`."""
        for member in self._members:
            self._ray.kill(member.actor)
        self._members, self._texts = [], []
        self._connection.close()

    def _round(self, stretch: Stretch) -> list[PartOutcome]:
        began = time.perf_counter()
        alone = len(self._members) == 1
        reports, late = self._train_alone(stretch) if alone else self._train(stretch)
        self._late = late
        told = self._told
        told.machines = len(self._members)
        told.seconds += time.perf_counter() - began
        told.trained += max(report.seconds for report in reports)
        told.sent += sum(report.sent for report in reports)
        told.sent += (told.machines - 1) * sum(
            array.nbytes for one in late for changes in one for array in changes
        )
        outcomes = [one for report in reports for one in report.outcomes]
        return sorted(outcomes, key=lambda one: one.part)

    def _train_alone(self, stretch: Stretch) -> tuple[list[Report], Sequence[Merged]]:
        asked = self._members[0].actor.train_alone.options(num_returns=2).remote(stretch)
        self.settle()
        report, late = self._ray.get(asked)
        return [report], late

    def _train(self, stretch: Stretch) -> tuple[list[Report], Sequence[Merged]]:
        """A round of several machines: each gathers what all have changed in its share of the rows.

        Returns:
            What they tell of it, and what the exchange adds to W and W′.
        """
        members = self._members
        ranges = self._shares(len(members))
        trained = [
            member.actor.train.options(num_returns=1 + len(ranges)).remote(stretch, ranges, place)
            for place, member in enumerate(members)
        ]
        self.settle()
        merged = [
            member.actor.gather.remote(stretch, share, *(sent[1 + place] for sent in trained))
            for place, (member, share) in enumerate(zip(members, ranges, strict=True))
        ]
        reports = self._ray.get([sent[0] for sent in trained])
        late = self._ray.get(merged)
        # What has been gathered is here, so that the round is over whoever goes from now on.
        for member in members:
            member.actor.put.remote(*merged)
        return reports, late

    def _shares(self, number: int) -> list[RowShare]:
        weights = self._begun_weights()
        inputs, outputs = len(weights.rows), len(weights.outputs)
        return list(zip(shares(inputs, number), shares(outputs, number), strict=True))

    def _retried(self, work: Any) -> Any:
        """Does some work; where machines go meanwhile, again with those that there are then."""
        gone = (
            self._ray.exceptions.RayActorError,
            self._ray.exceptions.ObjectLostError,
            self._ray.exceptions.WorkerCrashedError,
            self._ray.exceptions.NodeDiedError,
        )
        reason: BaseException | None = None
        for _ in range(MOST_FAILURES):
            try:
                if reason is not None:
                    self._replace_dead()
                return work()
            except gone as error:
                reason = error
            except self._ray.exceptions.RayTaskError as error:
                if not isinstance(error.cause, gone):
                    raise
                reason = error
            self.settle()
        raise TrainingError(
            f"machines of the cluster have gone {MOST_FAILURES} times in one round, at last: "
            f"{reason_of(reason) if reason else ''}; see `ray status`"
        ) from reason

    def _gather_members(self) -> None:
        """An actor on each machine that is alive and has none, and the parts shared out."""
        taken = {member.node.name for member in self._members}
        nodes = self._connection.nodes()
        members = [m for m in self._members if m.node.name in {node.name for node in nodes}]
        for node in nodes:
            wanted = self._most is None or len(members) < self._most
            if wanted and node.name not in taken and len(members) < self._begun_job().parts:
                members.append(self._new_member(node))
        if not members:
            raise TrainingError("no machine of the cluster is alive any more; see `ray status`")
        self._members = sorted(members, key=lambda member: member.node)
        shared = share_out(len(self._texts), [member.workers for member in self._members])
        for member, parts in zip(self._members, shared, strict=True):
            member.parts = parts
        self._wait(
            [
                member.actor.take_parts.remote(
                    member.parts, *(self._texts[part] for part in member.parts)
                )
                for member in self._members
            ]
        )

    def _new_member(self, node: Node) -> _Member:
        job, weights = self._begun_job(), self._begun_weights()
        workers = node.cores if self._workers is None else min(self._workers, node.cores)
        actor = self._connection.on(node, Actor, num_cpus=workers, max_concurrency=1).remote(
            job, (len(weights.rows), len(weights.outputs)), workers
        )
        return _Member(node, actor, workers, [])

    def _wait(self, started: list[Any]) -> None:
        """Waits until all members have their parts; compiling may take its time, starting not."""
        ready, late = self._ray.wait(
            [member.actor.__ray_ready__.remote() for member in self._members],
            num_returns=len(self._members),
            timeout=STARTS_WITHIN,
        )
        if late:
            raise TrainingError(
                f"{len(late)} of {len(self._members)} machines of the cluster gave no process "
                f"within {STARTS_WITHIN:g} s; are their cores free? See `ray status`"
            )
        self._ray.get([*ready, *started])

    def _hand_out_weights(self) -> None:
        """Every member begins from the weights as they stand here."""
        weights = self._begun_weights()
        rows = weights.rows[:, : weights.dimension]
        sent = [
            self._ray.put(np.ascontiguousarray(part)) for part in (rows, weights.output_vectors)
        ]
        self._ray.get([member.actor.take_weights.remote(*sent) for member in self._members])

    def _replace_dead(self) -> None:
        """Takes up again with the machines that are left, and those that have come since."""
        alive = []
        for member in self._members:
            try:
                self._ray.get(member.actor.__ray_ready__.remote(), timeout=STARTS_WITHIN)
                alive.append(member)
            except (self._ray.exceptions.RayError, TimeoutError):
                self._tell_of(
                    f"a process on {member.node.address} of the cluster has gone; its parts "
                    f"({', '.join(map(str, member.parts))}) go on from the last exchange"
                )
        self._members = alive
        self._gather_members()
        self._hand_out_weights()

    def _tell_of(self, line: str) -> None:
        if self._tell is not None:
            self._tell(line)

    def _begun_job(self) -> PartsJob:
        if self._job is None:
            raise TrainingError("no run has begun; begin first")
        return self._job

    def _begun_weights(self) -> Weights:
        if self._weights is None:
            raise TrainingError("no run has begun; begin first")
        return self._weights


def share_out(parts: int, workers: Sequence[int]) -> list[list[int]]:
    """The numbers of parts that machines train, each as many as its threads make up of all.

    Args:
        parts: How many there are.
        workers: Of each machine, at least 1.
    """
    turns = [
        machine
        for turn in range(max(workers))
        for machine, threads in enumerate(workers)
        if turn < threads
    ]
    shared: list[list[int]] = [[] for _ in workers]
    for part in range(parts):
        shared[turns[part % len(turns)]].append(part)
    return shared


@contextmanager
def told_in_a_line(ray: Any) -> Iterator[None]:
    """What a machine, or Ray, raises becomes one line."""
    try:
        yield
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, LexiscopeError):
            raise error.cause from error
        if isinstance(error.cause, ray.exceptions.RayError):
            raise TrainingError(_failed(ray, error.cause)) from error
        raise TrainingError(
            f"a machine of the cluster failed: {type(error.cause).__name__}: "
            f"{reason_of(error.cause)}"
        ) from error
    except ray.exceptions.RayError as error:
        raise TrainingError(_failed(ray, error)) from error


def _failed(ray: Any, error: BaseException) -> str:
    full = (ray.exceptions.ObjectStoreFullError, ray.exceptions.OutOfDiskError)
    if isinstance(error, full):
        return (
            "the object store of a machine of the cluster is full; start Ray with more "
            "(`ray start --object-store-memory BYTES`), or train with a smaller vector_size"
        )
    return f"the cluster failed: {reason_of(error)}; see `ray status`"
