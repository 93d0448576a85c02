"""The memory that a process has, and can still take."""

from __future__ import annotations

from pathlib import Path

from lexiscope.control_group import ROOT, text_of


def available_memory(cgroup: Path = ROOT) -> int:
    """Bytes that this process can still take: of the machine, and of its control group if any.

    Args:
        cgroup: Where the control group's files are.
    """
    import psutil  # not at the start of a program that may never ask

    available = int(psutil.virtual_memory().available)
    for most, used, cached in (
        ("memory.max", "memory.current", "inactive_file"),
        (
            "memory/memory.limit_in_bytes",
            "memory/memory.usage_in_bytes",
            "total_inactive_file",
        ),
    ):
        limit = _number(cgroup / most)
        taken = _number(cgroup / used)
        if limit is not None and taken is not None:
            # Pages of files that nobody is using are given up first.
            spare = _statistic((cgroup / used).with_name("memory.stat"), cached)
            available = min(available, max(0, limit - taken + spare))
    return available


def resident_memory() -> int:
    """Bytes of this process that are in memory now, mapped files among them."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def _number(path: Path) -> int | None:
    """The number in a file; None where there is no such file, or "max" in it."""
    text = text_of(path)
    return int(text) if text.isdecimal() else None


def _statistic(path: Path, name: str) -> int:
    """A line's number in memory.stat, or 0."""
    for line in text_of(path).splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.isdecimal():
            return int(value)
    return 0
