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
    if workers is None and not on_gpus:
        counts = Counter(nodes)
    else:
        counts = Counter()
        for _ in range(room if workers is None else min(workers, room)):
            counts[max(nodes, key=lambda node: _rank(node, counts[node], on_gpus=on_gpus))] += 1
    return [
        Slot(node, max(1, node.cores // (node.gpus if on_gpus else counts[node])), int(on_gpus))
        for node in nodes
        for _ in range(counts[node])
    ]


def _rank(node: Node, workers: int, *, on_gpus: bool) -> tuple[float, int]:
    """How fit a machine with so many workers is for one more: its share, then how few it has."""
    room = node.gpus if on_gpus else node.cores
    return (room / (workers + 1) if workers < room else -1.0), -workers
