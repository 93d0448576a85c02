"""Cores that a process may use: those it is bound to, and the time that its container has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lexiscope.cores import cores_allowed

HERE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("cpu.max", "200000 100000\n", 2),
        ("cpu.max", "150000 100000\n", 2),
        ("cpu.max", "5000 100000\n", 1),
        ("cpu.max", "max 100000\n", 64),
        ("cpu.max", "not a number\n", 64),
        ("cpu.max", "200000 0\n", 64),
        ("cpu.max", "", 64),
        ("cpu/cpu.cfs_quota_us", "300000\n", 3),
        ("cpu,cpuacct/cpu.cfs_quota_us", "300000\n", 3),
        ("cpu/cpu.cfs_quota_us", "-1\n", 64),
        ("cpu.max", "12800000 100000\n", 64),
    ],
)
def test_a_container_that_is_given_a_share_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str, expected: int
) -> None:
    _many(monkeypatch)
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.with_name("cpu.cfs_period_us").write_text("100000\n")
    assert cores_allowed(tmp_path) == expected


def test_no_control_group_and_a_system_that_binds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cores_allowed(tmp_path) == HERE
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cores_allowed(tmp_path) == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores_allowed(tmp_path) == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system binds no process")
def test_threads_are_as_many_as_a_bound_process_has_cores() -> None:
    program = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from lexiscope.cli.shared.arguments import count_workers\n"
        "from lexiscope.corpus.scripting import effective_n_jobs\n"
        "from lexiscope.vectors.threads import threads_allowed\n"
        "print(count_workers(None), effective_n_jobs(-1), threads_allowed())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["1", "1", "1"]
