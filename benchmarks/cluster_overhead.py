"""Overhead of a cluster: its machines, simulated here, beside one process in as many parts.

Both train the same text to the same bits, by turns. What is timed is training, from the first word
to the last; connecting, starting processes and loading kernels come before it. A simulated machine
is a node of Ray's own `cluster_utils.Cluster`, with its own raylet and object store; exchanges go
over the loopback. Processor seconds are those of this process and of all that it has started.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.measurement import Ratio, paired_ratio
from lexiscope.cluster import Cluster
from lexiscope.corpus import EncodedCorpus
from lexiscope.training.config import TrainingConfig
from lexiscope.training.loop.parts import Machines
from lexiscope.training.loop.state import Observer, TrainingState
from lexiscope.training.run import start_run, train_run
from tests.support.simulated import simulated

OVERHEAD = (
    "nodes × threads",
    "exchange every",
    "one process",
    "cluster",
    "time, cluster ÷ one process",
    "processor s, one process",
    "processor s, cluster",
    "processor s, cluster ÷ one process",
    "not training",
    "sent a round",
    "to begin",
    "same bits",
)


@dataclass
class Timed:
    """A training.

    Attributes:
        seconds: Of training.
        on_cores: Processor seconds of it, of all processes.
        begin: Seconds before it.
        values: What the machines tell.
        vectors: W, float32 (V, D).
        fingerprint: Of the result.
    """

    seconds: float
    on_cores: float
    begin: float
    values: dict[str, float]
    vectors: NDArray[np.float32]
    fingerprint: str


class _Clock(Observer):
    """Looks at the clocks when training begins and ends."""

    def __init__(self) -> None:
        self.began = self.ended = 0.0
        self._before: dict[int, float] = {}
        self.on_cores = 0.0

    def on_train_begin(self, state: TrainingState) -> None:
        del state
        self._before = on_cores()
        self.began = time.perf_counter()

    def on_train_end(self, state: TrainingState) -> None:
        del state
        self.ended = time.perf_counter()
        after = on_cores()
        self.on_cores = sum(spent - self._before.get(pid, 0.0) for pid, spent in after.items())


def on_cores() -> dict[int, float]:
    """Processor seconds of this process and of all below it, by process."""
    this, found = psutil.Process(), {}
    for process in [this, *this.children(recursive=True)]:
        try:
            spent = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        found[process.pid] = spent.user + spent.system
    return found


def timed(
    corpus: EncodedCorpus, config: TrainingConfig, workers: int, machines: Machines | None = None
) -> Timed:
    """Trains a text once.

    Args:
        corpus: The text.
        config: The options.
        workers: Threads of one process, for the part of the run that is trained in order too.
        machines: Of a cluster; None for this process.
    """
    clock, run = _Clock(), start_run(corpus, config)
    called = time.perf_counter()
    train_run(run, corpus, workers=workers, machines=machines, observers=(clock,))
    values = {} if machines is None else dict(machines.values())
    return Timed(
        clock.ended - clock.began,
        clock.on_cores,
        clock.began - called,
        values,
        run.weights.input_vectors,
        run.fingerprint(),
    )


def overhead(
    corpus: EncodedCorpus, config: TrainingConfig, nodes: int, workers: int, pairs: int
) -> list[str]:
    """A row of the table: by turns one process and a cluster train the text.

    Args:
        corpus: The text.
        config: The options.
        nodes: Machines of the cluster.
        workers: Threads of the one process; the machines have as many together, or one each.
        pairs: Trainings of either.
    """
    cores = max(1, workers // nodes)
    alone, together = list[Timed](), list[Timed]()
    for _ in range(pairs):
        alone.append(timed(corpus, config, workers))
        with simulated(nodes, cores) as address:
            began = time.perf_counter()
            with Cluster(address=address).connected() as machines:
                together.append(timed(corpus, config, workers, machines))
                together[-1].begin = time.perf_counter() - began - together[-1].seconds
        pair = [f"{one.seconds:.2f} s {one.on_cores:.2f} s" for one in (alone[-1], together[-1])]
        print(nodes, *pair, file=sys.stderr)
    rounds = config.epochs * len(corpus.ids) / config.exchange_every
    told = together[-1].values
    bits = {one.fingerprint for one in (*alone, *together)}
    return [
        f"{nodes} × {cores}",
        f"{config.exchange_every:,}",
        *_compared([one.seconds for one in alone], [one.seconds for one in together]),
        *_compared([one.on_cores for one in alone], [one.on_cores for one in together]),
        f"{told['exchange']:.0%}",
        f"{told['sent_mb'] / rounds:.1f} MB",
        f"{together[-1].begin:.1f} s",
        "yes" if len(bits) == 1 else "no",
    ]


def _compared(alone: Sequence[float], together: Sequence[float]) -> tuple[str, str, str]:
    ratio = paired_ratio(together, alone)
    return _middle(alone), _middle(together), told_ratio(ratio)


def _middle(seconds: Sequence[float]) -> str:
    return f"{sorted(seconds)[len(seconds) // 2]:.2f} s"


def told_ratio(ratio: Ratio) -> str:
    """A ratio with its range, where there is more than one pair."""
    if ratio.pairs == 1:
        return f"{ratio.median:.2f}"
    return f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
