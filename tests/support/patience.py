"""How long a test waits for what has to come, so that only what hangs fails by the clock."""

from __future__ import annotations

PATIENCE = 600.0
"""Seconds. No machine that trains at all is so slow; nothing passes or fails by less."""
