"""Connection to a cluster of Ray: found, checked, and left as it was."""

from __future__ import annotations

import os
import signal
import socket
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from lexiscope.cluster import probe as probing
from lexiscope.errors import MissingExtraError, TrainingError, reason_of
from lexiscope.interruption import SIGNALS

AUTO = "auto"
# What an address begins with at which Ray's client lets in who is outside of the cluster.
CLIENT = "ray://"
# Seconds in which a cluster's address must answer, and each of its machines say what it is.
ANSWERS_WITHIN = 5.0
STARTS_WITHIN = 60.0
# How often a cluster's client server is asked. The process that it forks for who comes in dies now
# and then before it begins (ray-project/ray#63202: one in fifteen); the next one does not.
CLIENT_TRIES = 3
NO_PROCESS = "machines of the cluster gave no process"


@dataclass(frozen=True, order=True)
class Node:
    """A machine of the cluster.

    Attributes:
        address: Its IP address.
        name: Ray's identifier of it.
        cores: As many as Ray may use there.
        gpus: Likewise.
    """

    address: str
    name: str
    cores: int
    gpus: int = 0


def load_ray() -> Any:
    """Ray itself.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("work on a cluster", "ray") from error
    return ray


class Connection:
    """A program's connection to a cluster; one that was there already is used, and left.

    Args:
        address: "auto" for the one that RAY_ADDRESS names, or that this machine belongs to;
            HOST:PORT of its head; or ray://HOST:PORT of its head's client server.
        tell: Called with a line where connecting takes longer than it should.

    Raises:
        MissingExtraError: Ray is not installed, or its client.
        TrainingError: There is no cluster at the address.
    """

    def __init__(self, address: str, tell: Callable[[str], None] | None = None) -> None:
        self.ray = load_ray()
        self._tell = tell or (lambda _: None)
        self.address = named(address)
        self._own = not self.ray.is_initialized()
        if self._own:
            _check_answers(self.address)
            self._connect()

    def _connect(self) -> None:
        tries = CLIENT_TRIES if self.address.startswith(CLIENT) else 1
        with _handlers_kept(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the error says, too
            for left in reversed(range(tries)):
                try:
                    self.ray.init(
                        address=self.address,
                        namespace="lexiscope",
                        log_to_driver=False,
                        configure_logging=False,
                    )
                    return
                except ConnectionAbortedError as error:
                    refusal = str(error).strip().rpartition("\n")[2]  # of the server's traceback
                    if not left:
                        raise TrainingError(
                            f"Ray's client server at {self.address} lets nobody in ({refusal})"
                        ) from error
                    self._tell(f"Ray's client server has failed ({refusal}); asked once more")
                except (ConnectionError, RuntimeError, ValueError) as error:
                    raise TrainingError(_unreachable(self.address, reason_of(error))) from error

    def nodes(self) -> list[Node]:
        """The machines that are alive, in the order of their addresses."""
        alive = [node for node in self.ray.nodes() if node["Alive"]]
        return sorted(
            Node(
                node["NodeManagerAddress"],
                node["NodeID"],
                int(node["Resources"].get("CPU", 0)),
                int(node["Resources"].get("GPU", 0)),
            )
            for node in alive
            if node["Resources"].get("CPU", 0) >= 1
        )

    def on(self, node: Node, what: Any, *, soft: bool = False, **options: Any) -> Any:
        """A remote function or class, to be run on one machine.

        Args:
            node: The machine.
            what: The function or class.
            soft: Whether another will do when that one has gone.
            options: Ray's.
        """
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return self.ray.remote(what).options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node.name, soft=soft), **options
        )

    def await_started(self, asked: Sequence[Any], who: str) -> None:
        """Waits until processes have started: until something asked of each is there.

        Args:
            asked: Ray's references to it.
            who: They, and what they have not done then, for the message.

        Raises:
            TrainingError: Some have not, within STARTS_WITHIN.
        """
        _, late = self.ray.wait(list(asked), num_returns=len(asked), timeout=STARTS_WITHIN)
        if late:
            raise TrainingError(
                f"{len(late)} of {len(asked)} {who} within {STARTS_WITHIN:g} s; are their cores "
                f"free? See `ray status`"
            )

    def check_versions(
        self, nodes: list[Node], packages: tuple[str, ...] = probing.PACKAGES
    ) -> None:
        """Refuses machines on which the same work would not give the same bits, and none at all.

        Args:
            nodes: The machines.
            packages: Those whose versions count.

        Raises:
            TrainingError: One has other versions than this machine, or does not answer; or there
                is none.
        """
        if not nodes:
            raise TrainingError(
                f"no machine of the cluster at {self.address} has a core that Ray may use; start "
                f"one that has by `ray start --address …`, or see `ray status`"
            )
        cloudpickle: Any = self.ray.cloudpickle
        cloudpickle.register_pickle_by_value(probing)
        try:
            asked = [self.on(node, probing.probe, num_cpus=0).remote(packages) for node in nodes]
            ready, late = self.ray.wait(asked, num_returns=len(asked), timeout=STARTS_WITHIN)
            if late:
                silent = [n.address for n, one in zip(nodes, asked, strict=True) if one in late]
                raise TrainingError(
                    f"{', '.join(silent)} of the cluster did not answer within "
                    f"{STARTS_WITHIN:g} s; see `ray status`"
                )
            answers = self.ray.get(ready and asked)
        except self.ray.exceptions.RayError as error:
            raise TrainingError(f"a machine of the cluster failed: {reason_of(error)}") from error
        finally:
            cloudpickle.unregister_pickle_by_value(probing)
        for node, answer in zip(nodes, answers, strict=True):
            check_same(node.address, probing.probe(packages), answer)

    def close(self) -> None:
        """Leaves the cluster, unless the connection was there before."""
        if self._own:
            with _handlers_kept():
                self.ray.shutdown()


def check_same(address: str, here: Mapping[str, str], there: Mapping[str, str]) -> None:
    """Refuses a machine that differs from this one in what decides a result's bits.

    Args:
        address: The machine's.
        here, there: What `probe` says of either.

    Raises:
        TrainingError: They differ.
    """
    found = [
        f"{name} {there.get(name) or 'not installed'} (here {value or 'not installed'})"
        for name, value in here.items()
        if there.get(name) != value
    ]
    if found:
        raise TrainingError(
            f"{address} of the cluster has {', '.join(found)}; the same bits need the same on all "
            f"machines, so install it there"
        )


def named(address: str) -> str:
    """The address that "auto" stands for, where RAY_ADDRESS names one, as for Ray itself."""
    there = os.environ.get("RAY_ADDRESS", "")
    return there if address == AUTO and ":" in there else address


def _check_answers(address: str) -> None:
    """Refuses an address at which nobody listens: Ray itself would wait for half a minute."""
    if address == AUTO:
        return
    host, colon, port = address.removeprefix(CLIENT).rpartition(":")
    if not colon or not port.isdecimal():
        raise TrainingError(
            f"the cluster's address is {address!r}; expected auto, HOST:PORT as `ray start "
            f"--head` says it (its port is 6379 unless you chose another), or from outside of the "
            f"cluster {CLIENT}HOST:PORT (10001 unless you chose another)"
        )
    if address.startswith(CLIENT) and find_spec("grpc") is None:
        raise MissingExtraError(f"reaching a cluster at {CLIENT}", "ray")
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWERS_WITHIN).close()
    except (OSError, OverflowError) as error:
        raise TrainingError(_unreachable(address, reason_of(error))) from error


def _unreachable(address: str, reason: str) -> str:
    if address == AUTO:
        return (
            f"this machine belongs to no cluster of Ray ({reason}); start one by `ray start "
            f"--head`, or give its address"
        )
    return (
        f"no cluster of Ray answers at {address} ({reason}); is `ray start --head` running there?"
    )


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Puts back the handlers of signals that Ray takes for itself."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)
