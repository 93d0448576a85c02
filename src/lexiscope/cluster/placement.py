"""Placement of workers on the machines of a cluster: a share of the cores each, or a GPU."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lexiscope.cluster.connection import Node


@dataclass(frozen=True)
class Slot:
    """Room for a worker.

    Attributes:
        node: The machine.
        cores: How many of its cores.
        gpus: How many of its GPUs, 0 or 1.
    """

    node: Node
    cores: int
    gpus: int


def capacity(nodes: Sequence[Node], *, on_gpus: bool) -> int:
    """The most workers that machines have room for: one a core, or one a GPU."""
    return sum(node.gpus if on_gpus else node.cores for node in nodes)


def placed(nodes: Sequence[Node], workers: int | None, *, on_gpus: bool) -> list[Slot]:
    """Room for some workers, spread over machines as evenly as their cores, or GPUs, allow.

    Args:
        nodes: The machines.
        workers: How many, or fewer where there is no room for them; None for one a machine, or one
            for each GPU.
        on_gpus: Which of the two.
    """
    room = capacity(nodes, on_gpus=on_gpus)
    if workers is None:
        workers = room if on_gpus else len(nodes)
    counts: Counter[Node] = Counter()
    for _ in range(min(workers, room)):
        counts[max(nodes, key=lambda node: _share(node, counts[node] + 1, on_gpus=on_gpus))] += 1
    return [
        Slot(node, max(1, node.cores // (node.gpus if on_gpus else counts[node])), int(on_gpus))
        for node in nodes
        for _ in range(counts[node])
    ]


def _share(node: Node, workers: int, *, on_gpus: bool) -> float:
    """Of cores, or GPUs, for each of so many workers; below 0 where there is none for each."""
    room = node.gpus if on_gpus else node.cores
    return room / workers if workers <= room else -1.0
