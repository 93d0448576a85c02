"""What machine this is."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from lexiscope.cores import cores_allowed


def describe() -> str:
    """Processor, cores and memory."""
    parts = [_processor(), f"{cores_allowed()} cores"]
    memory = _memory_bytes()
    if memory is not None:
        parts.append(f"{memory / 2**30:.0f} GiB of memory")
    return ", ".join(parts)


def system() -> str:
    """The operating system."""
    return f"{platform.system()} {platform.release()} ({platform.machine()})"


def load() -> str:
    """The load average, for readers who wonder whether the machine was quiet."""
    try:
        return " ".join(f"{value:.2f}" for value in os.getloadavg())
    except (AttributeError, OSError):
        return "unknown"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
