"""A cluster of Ray whose machines are all here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil

NODES = 4


def below(title: str) -> list[psutil.Process]:
    """The processes under this one that Ray calls so (`ray::IDLE`), oldest first.

    Others end while they are looked at: a process that is gone, or a zombie, has no title.
    """
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # a zombie's error is one of these
            if any(part.startswith(title) for part in process.cmdline()):
                found.append(process)
    return sorted(found, key=psutil.Process.create_time)


@contextmanager
def machines(
    nodes: int = NODES, cores: int = 1, *, client_port: int | None = None
) -> Iterator[Any]:
    """Ray's own `Cluster` while a `with` block runs.

    Args:
        nodes: Its machines.
        cores: Those that Ray may use of each.
        client_port: Where Ray's client lets in who is outside; None for nowhere.
    """
    from ray.cluster_utils import Cluster

    head = {"num_cpus": cores, "ray_client_server_port": client_port}
    cluster: Any = Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(nodes - 1):
            cluster.add_node(num_cpus=cores)
        cluster.wait_for_nodes()
        yield cluster
    finally:
        cluster.shutdown()


@contextmanager
def simulated(
    nodes: int = NODES, cores: int = 1, *, client_port: int | None = None
) -> Iterator[str]:
    """The address of such a cluster."""
    with machines(nodes, cores, client_port=client_port) as cluster:
        yield str(cluster.address)
