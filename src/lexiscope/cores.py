"""The processor cores that a process may use."""

from __future__ import annotations

import os
from pathlib import Path

from lexiscope.control_group import ROOT, text_of


def cores_allowed(cgroup: Path = ROOT) -> int:
    """How many cores this process may use, where the system tells; else those of the machine.

    Fewer than the machine has under `taskset` or a batch system, which bind a process to some, and
    in a container that is given a share of the time (`docker run --cpus`), which is rounded up.

    Args:
        cgroup: Where the control group's files are.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min([cores or 1, *_shares(cgroup)]))


def _shares(cgroup: Path) -> list[int]:
    """The processors' time that a control group may take, in whole cores."""
    texts = [text_of(cgroup / "cpu.max")]  # of version 2: quota and period, in microseconds
    texts += [
        f"{text_of(folder / 'cpu.cfs_quota_us')} {text_of(folder / 'cpu.cfs_period_us')}"
        for folder in (cgroup / "cpu", cgroup / "cpu,cpuacct")
    ]
    found = []
    for text in texts:
        quota, _, period = text.partition(" ")
        if quota.isdecimal() and period.isdecimal() and int(period) > 0:  # not "max", not -1
            found.append(-(-int(quota) // int(period)))
    return found
