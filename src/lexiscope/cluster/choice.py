"""Choice of a cluster: which one, and how much of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lexiscope.checks import whole
from lexiscope.errors import ConfigError
from lexiscope.training.config import DEFAULT_PARTS, TrainingConfig, check_workers

if TYPE_CHECKING:  # what is only named needs no kernels
    from lexiscope.cluster.encoders import ClusterEncoders
    from lexiscope.cluster.machines import ClusterMachines


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster of Ray, as a run's user names it.

    Attributes:
        address: "auto" for the one that RAY_ADDRESS names, or that this machine belongs to;
            HOST:PORT of its head; or, from outside of it, ray://HOST:PORT of Ray's client server.
        machines: How many at most; None for all there are.
        workers: Of a training: threads of each machine at most; None for all cores that Ray may
            use there.

    Raises:
        ConfigError: A value is out of range.
    """

    address: str
    machines: int | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.address, str) or not self.address:
            raise ConfigError(
                f"cluster is {self.address!r}; expected auto, HOST:PORT as `ray start --head` says "
                f"it, or ray://HOST:PORT"
            )
        if self.machines is not None:
            whole("machines", self.machines, 1)
        if self.workers is not None:
            check_workers(self.workers)

    @contextmanager
    def connected(self, tell: Callable[[str], None] | None = None) -> Iterator[ClusterMachines]:
        """Its machines, while a `with` block runs.

        Args:
            tell: Called with a line when a machine has gone, or does not see a text, and when
                connecting takes longer than it should.

        Raises:
            MissingExtraError: Ray is not installed.
            TrainingError: There is no such cluster, or its machines are not alike.
        """
        from lexiscope.cluster.machines import ClusterMachines

        machines = ClusterMachines(self.address, self.machines, self.workers, tell)
        try:
            yield machines
        finally:
            machines.close()

    @contextmanager
    def encoders(
        self,
        workers: int | None = None,
        *,
        device: str | None = None,
        compile: bool = False,
        tell: Callable[[str], None] | None = None,
    ) -> Iterator[ClusterEncoders]:
        """Its workers that encode words in their sentences, while a `with` block runs.

        Example:
            with Cluster(address="auto").encoders() as there:
                run_corpus(encoder, TextLines("corpus.txt"), "vectors.parquet", encoders=there)

        Args:
            workers: Processes at most, which share a machine's cores evenly, or have a GPU each;
                None for one a machine, or one for each GPU.
            device: "cpu"; "cuda", a GPU for each worker; None for GPUs where there are some.
            compile: Whether each worker's model goes through `torch.compile`.
            tell: Called with a line when a worker has gone, and when connecting takes longer than
                it should.

        Raises:
            ConfigError: A value is out of range, or there is no such device.
            MissingExtraError: Ray is not installed.
            TrainingError: There is no such cluster, or its machines are not alike.
        """
        from lexiscope.cluster.encoders import ClusterEncoders

        there = ClusterEncoders(
            self.address, self.machines, workers, device=device, compile=compile, tell=tell
        )
        try:
            yield there
        finally:
            there.close()


def chosen(address: str | None, machines: int | None, workers: int | None = None) -> Cluster | None:
    """The cluster that options name; None where they name none.

    Raises:
        ConfigError: Machines are counted of no cluster.
    """
    if address is not None:
        return Cluster(address=address, machines=machines, workers=workers)
    if machines is not None:
        raise ConfigError(
            f"machines is {machines}, but there is no cluster; name it with --cluster (in Python "
            f"cluster=)"
        )
    return None


def parts_of(parts: int | None, cluster: Cluster | None) -> int | None:
    """Into how many parts a text is cut: by default into so many that a cluster has some to do."""
    return DEFAULT_PARTS if parts is None and cluster is not None else parts


def check_in_parts(config: TrainingConfig) -> None:
    """Refuses to go on, on a cluster, with a run that began without parts.

    Raises:
        ConfigError: It did.
    """
    if config.parts is None:
        raise ConfigError(
            "the run began without parts, so that a cluster cannot go on with it; go on without "
            "--cluster, or begin anew with it"
        )
