"""Machines of a cluster, and the program that drives them, killed in the midst of a run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from tests.reliability.kills import Row
from tests.support import simulated as ray_here

CLI = [sys.executable, "-m", "lexiscope.cli.main"]
OF_NODE, OF_DRIVER = (0.1, 0.3, 0.5, 0.7, 0.9), (0.2, 0.5, 0.8)
NODES = 3
_PATIENCE = 120.0


def machines(place: Path, *, short: bool) -> Iterator[Row]:
    """Kills a whole machine at moments of a run, then the driver at moments of another.

    Args:
        place: A folder.
        short: Whether to take one moment of each.
    """
    source = write_text(place / "text.txt")
    with ray_here.machines(NODES) as simulated:
        options = ["--vector-size", "50", "--epochs", "6", "--parts", "6"]
        start = [*CLI, "train", str(source), "--checkpoint-every", "200ms", *options, "-o"]
        whole = place / "whole"
        subprocess.run([*start, str(whole)], check=True, capture_output=True)
        expected = fingerprint(whole)
        there = ["--cluster", simulated.address]
        row = Row("kill", "a machine of a cluster")
        for moment in OF_NODE[2:3] if short else OF_NODE:
            model = place / f"machine-{moment}"
            _kill_machine(simulated, [*start, str(model), *there], model, moment, expected, row)
        yield row
        row = Row("kill", "the program that drives a cluster")
        for moment in OF_DRIVER[1:2] if short else OF_DRIVER:
            model = place / f"driver-{moment}"
            again = [*CLI, "train", str(source), "--resume", str(model), *there]
            _kill_driver([*start, str(model), *there], again, model, moment, expected, row)
        yield row


def write_text(path: Path) -> Path:
    """A text of 1.2 million words."""
    words = np.random.default_rng(5).zipf(1.3, (120_000, 10)) % 2_000
    path.write_text("\n".join(" ".join(f"w{word}" for word in row) for row in words.tolist()))
    return path


def fingerprint(model: Path) -> str:
    """Of a finished model; what is said of one that is not there."""
    config = model / "config.json"
    if not config.exists():
        return "missing"
    return str(json.loads(config.read_text())["result"]["fingerprint"])


def share(model: Path) -> float:
    """How much of a run is done, as its newest checkpoint tells."""
    found = [0.0]
    for config in model.glob("checkpoint/0*/config.json"):
        try:
            found.append(float(json.loads(config.read_text())["result"]["share"]))
        except (OSError, ValueError, KeyError):
            continue  # it has just been replaced by a newer one
    return max(found)


def await_share(model: Path, moment: float, process: subprocess.Popen[str]) -> bool:
    """Waits until so much of a run is done; whether the run is still on then."""
    patience = time.monotonic() + _PATIENCE
    while share(model) < moment and process.poll() is None and time.monotonic() < patience:
        time.sleep(0.02)
    return process.poll() is None


def kill_node(node: Any) -> int:
    """Kills all processes of a simulated machine at once; how many there were."""
    first = [info.process.pid for infos in node.all_processes.values() for info in infos]
    below = [one for pid in first for one in psutil.Process(pid).children(recursive=True)]
    pids = [*first, *(one.pid for one in below)]
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it went with another
    return len(pids)


def _kill_machine(
    simulated: Any, words: list[str], model: Path, moment: float, expected: str, row: Row
) -> None:
    row.trials += 1
    node = next(each for each in simulated.list_all_nodes() if not each.is_head())
    with subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        on = await_share(model, moment, process)
        kill_node(node)
        _, err = process.communicate(timeout=_PATIENCE)
    row.count(_told(model, expected, on))
    if not on or process.returncode != 0 or fingerprint(model) != expected:
        row.faults.append(f"machine at {moment:.0%}: exit {process.returncode}: {err[-300:]}")
    if "go on from the weights kept last" not in err:
        row.faults.append(f"machine at {moment:.0%}: nothing was told of it")
    simulated.remove_node(node, allow_graceful=False)
    simulated.add_node(num_cpus=1)
    simulated.wait_for_nodes()
    shutil.rmtree(model)


def _kill_driver(
    words: list[str], again: list[str], model: Path, moment: float, expected: str, row: Row
) -> None:
    row.trials += 1
    with subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    ) as process:
        on = await_share(model, moment, process)
        process.kill()
    done = subprocess.run(again, capture_output=True, text=True, check=False)
    row.count(_told(model, expected, on))
    if not on or done.returncode != 0 or fingerprint(model) != expected:
        row.faults.append(f"driver at {moment:.0%}: exit {done.returncode}: {done.stderr[-300:]}")
    shutil.rmtree(model)


def _told(model: Path, expected: str, on: bool) -> str:
    if not on:
        return "over before"
    return "same bits" if fingerprint(model) == expected else "other bits"
