"""Machines of a cluster: an actor on each, their parts and exchanges, and what becomes of the dead.

The program that began the run owns it. It hands out the parts, and says what is to be done in each
round; what is exchanged goes from machine to machine. Behind some rounds, about every half second,
it fetches the weights itself, so that all can go on from there when a machine has gone, wherever
its parts go.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.cluster.actor import Actor, Report
from lexiscope.cluster.connection import NO_PROCESS, STARTS_WITHIN, Connection, Node
from lexiscope.cluster.mesh import TOKEN_BYTES
from lexiscope.cluster.readers import ClusterReaders
from lexiscope.cluster.worker_errors import told_in_a_line
from lexiscope.errors import ConfigError, LexiscopeError, TrainingError, reason_of
from lexiscope.training.kernels.changes import set_rows
from lexiscope.training.loop.machine import Rows
from lexiscope.training.loop.parts import PartOutcome, PartsJob, Stretch, is_bad
from lexiscope.training.loop.weights import Weights

# Times that a round is begun anew because machines have gone, before the run is given up.
MOST_FAILURES = 5
# Rounds that machines are asked to train at a time: a call takes them about a millisecond.
ROUNDS_AT_ONCE = 8


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
        address: See `Cluster`.
        most: Machines at most; None for all there are.
        workers: Threads of each machine at most; None for all cores that Ray may use there.
        tell: Called with a line when a machine has gone, or does not see a text, and when
            connecting takes longer than it should.

    Attributes:
        readers: Those that read a text for them.

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
        self._connection = Connection(address, tell)
        self._ray = self._connection.ray
        self._most = most
        self._workers = workers
        self._members: list[_Member] = []
        self._tell = tell
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
        self.readers = ClusterReaders(self._connection, nodes[:most], tell)

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

    def rounds(
        self, stretches: Sequence[Stretch], stopped: Callable[[], bool]
    ) -> list[list[PartOutcome]]:
        """See `Machines`."""
        with told_in_a_line(self._ray):
            done: list[list[PartOutcome]] = self._retried(lambda: self._rounds(stretches, stopped))
        return done

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

    def _rounds(
        self, stretches: Sequence[Stretch], stopped: Callable[[], bool]
    ) -> list[list[PartOutcome]]:
        done: list[list[PartOutcome]] = []
        for first in range(0, len(stretches), ROUNDS_AT_ONCE):
            done += self._train(stretches[first : first + ROUNDS_AT_ONCE])
            bad = next((at for at, outcomes in enumerate(done) if is_bad(outcomes)), None)
            if bad is not None:
                del done[bad + 1 :]
                break
            if stopped():
                break
        self._fetch()
        return done

    def _train(self, stretches: Sequence[Stretch]) -> list[list[PartOutcome]]:
        """Has some rounds trained, which machines exchange among themselves."""
        began = time.perf_counter()
        asked = [member.actor.train.remote(stretches) for member in self._members]
        reports: list[Report] = self._ray.get(asked)
        told = self._told
        told.machines = len(self._members)
        told.seconds += time.perf_counter() - began
        told.trained += max(report.trained for report in reports)
        told.sent += sum(report.sent for report in reports)
        of_rounds = zip(*(report.outcomes for report in reports), strict=True)
        return [
            sorted((one for outcomes in each for one in outcomes), key=lambda one: one.part)
            for each in of_rounds
        ]

    def _fetch(self) -> None:
        """Brings the weights here to where the machines' are."""
        began = time.perf_counter()
        weights = self._begun_weights()
        asked = [member.actor.take_untold.remote() for member in self._members]
        # All are here before any is put in place, so that the run may go on from either state.
        fetched: list[tuple[Rows, Rows]] = self._ray.get(asked)
        for inputs, outputs in fetched:
            set_rows(*inputs, weights.trained)
            set_rows(*outputs, weights.outputs)
        self._told.seconds += time.perf_counter() - began

    def _retried(self, work: Any) -> Any:
        """Does some work; where machines go meanwhile, again with those that there are then."""
        gone = (
            ConnectionError,  # a machine lacks another
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
        self._wait([self._give_parts(member) for member in self._members])
        addresses = self._ray.get([member.actor.address.remote() for member in self._members])
        token = secrets.token_bytes(TOKEN_BYTES)
        self._ray.get(
            [
                member.actor.join.remote(place, shared, addresses, token)
                for place, member in enumerate(self._members)
            ]
        )

    def _give_parts(self, member: _Member) -> Any:
        texts = [self._texts[part] for part in member.parts]
        return member.actor.take_parts.remote(member.parts, *texts)

    def _new_member(self, node: Node) -> _Member:
        job, weights = self._begun_job(), self._begun_weights()
        workers = node.cores if self._workers is None else min(self._workers, node.cores)
        actor = self._connection.on(node, Actor, num_cpus=workers, max_concurrency=1).remote(
            job, (len(weights.rows), len(weights.outputs)), workers, node.address
        )
        return _Member(node, actor, workers, [])

    def _wait(self, started: list[Any]) -> None:
        """Waits until all members have their parts; compiling may take its time, starting not."""
        ready = [member.actor.__ray_ready__.remote() for member in self._members]
        self._connection.await_started(ready, NO_PROCESS)
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
                    f"({', '.join(map(str, member.parts))}) go on from the weights kept last"
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
