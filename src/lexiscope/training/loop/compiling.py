"""Compiling ahead: a run's kernels are compiled by other processes while its text is read.

The first training of a machine waits for compilers. Numba compiles one kernel after another, as it
works under the interpreter's lock. So each kernel of a training has a process here, and comes out
of Numba's cache when it is called.

    python -m lexiscope.training.loop.compiling KERNEL OPTIONS
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np

from lexiscope.cores import cores_allowed
from lexiscope.corpus.passes.spool import Spool
from lexiscope.files import json_document
from lexiscope.memory import available_memory
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.windows import train_span
from lexiscope.training.loop.schedules import (
    CHUNK,
    FEW_SHARDS,
    MAX_BLOCK,
    Hogwild,
    Reproducible,
    Schedule,
)
from lexiscope.training.loop.weights import initial_weights
from lexiscope.training.losses.registry import rule_of

IN_ORDER, SIDE_BY_SIDE, IN_ROUNDS = "in-order", "side-by-side", "in-rounds"
# What a process that compiles takes.
_BYTES = 500_000_000
_WORDS = 3  # of a vocabulary to compile with
_threads: list[threading.Thread] = []


def compile_ahead(config: TrainingConfig, workers: int) -> None:
    """Begins to compile the kernels of a run, where this machine has compiled none so far.

    Args:
        config: The run's options; nothing happens where they need other kernels than the usual.
        workers: Its threads.
    """
    if _threads or not _is_first() or config.subwords is not None or config.parts is not None:
        return
    beside = config.schedule == "hogwild" and workers > 1
    kernels = [SIDE_BY_SIDE if beside else IN_ORDER]
    if config.schedule == "reproducible" and rule_of(config.loss).in_rounds:
        kernels.append(IN_ROUNDS)
    if cores_allowed() < 2 or available_memory() < _BYTES * len(kernels):
        return
    for kernel in kernels:
        thread = threading.Thread(target=_compile_elsewhere, args=(kernel, config), daemon=True)
        thread.start()
        _threads.append(thread)


def await_compiled() -> None:
    """Waits until all is compiled that has begun to be."""
    while _threads:
        _threads[-1].join()
        _threads.pop()


def _is_first() -> bool:
    """Whether there is a place for machine code, with none of the training's in it."""
    if not sys.executable or getattr(sys, "frozen", False):
        return False
    index = getattr(getattr(train_span._cache, "_cache_file", None), "_index_path", None)
    return index is not None and not Path(index).exists()


def _compile_elsewhere(kernel: str, config: TrainingConfig) -> None:
    # Where it fails there is no machine code, and who needs the kernel compiles it.
    with suppress(OSError):
        subprocess.run(
            [sys.executable, "-m", __name__, kernel, json.dumps(config.to_json())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )


def compile_kernel(kernel: str, config: TrainingConfig) -> None:
    """Compiles a kernel, with a text and a vocabulary of next to nothing.

    Args:
        kernel: IN_ORDER, SIDE_BY_SIDE or IN_ROUNDS.
        config: The run's options.
    """
    setup = kernel_setup(config, np.arange(_WORDS, 0, -1, dtype=np.int64))
    weights = initial_weights(config, _WORDS, setup.output_rows)
    with Spool(None, np.int32) as spool:
        # Enough for two threads; nothing of it is trained.
        spool.append(np.resize(np.arange(_WORDS, dtype=np.int32), CHUNK + 1))
        ids = spool.map()
        schedule: Schedule
        if kernel == IN_ROUNDS:
            schedule = Reproducible(ids, setup, weights, 1, FEW_SHARDS, MAX_BLOCK)
        else:
            schedule = Hogwild(ids, setup, weights, 2 if kernel == SIDE_BY_SIDE else 1)
        schedule.compile()
        schedule.close()


if __name__ == "__main__":
    options = json_document.parse(sys.argv[2].encode(), "the options").plain_fields()
    compile_kernel(sys.argv[1], TrainingConfig.from_json(options))
