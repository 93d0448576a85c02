"""The control group that this process is in: what a container may take, as Linux tells it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def text_of(path: Path) -> str:
    """What one of its files says; nothing where there is no such file."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
