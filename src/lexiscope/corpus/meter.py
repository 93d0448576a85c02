"""Turning counts into progress reports, a few a second."""

from __future__ import annotations

import time

from lexiscope.progress import Progress, ProgressCallback

_REPORT_SECONDS = 0.1


class Meter:
    """Reports how far a stage is.

    Args:
        stage: Its name.
        total: Units in all, or None.
        unit: What is counted.
        callback: Whom to tell; None tells nobody.
    """

    def __init__(
        self, stage: str, total: int | None, unit: str, callback: ProgressCallback | None
    ) -> None:
        self._stage = stage
        self._total = total
        self._unit = unit
        self._callback = callback
        self._began = self._reported = time.monotonic()
        self._reported_done = 0

    def update(self, done: int) -> None:
        """Tell, unless that was done a moment ago."""
        if self._callback is not None and time.monotonic() - self._reported >= _REPORT_SECONDS:
            self._report(done)

    def finish(self, done: int) -> None:
        """Tell that all is done."""
        if self._callback is not None:
            self._report(done)

    def _report(self, done: int) -> None:
        now = time.monotonic()
        stretch = max(now - self._reported, 1e-9)
        overall = done / max(now - self._began, 1e-9)
        remaining = None
        if self._total is not None and (done >= self._total or overall > 0):
            remaining = max(0.0, (self._total - done) / overall) if done < self._total else 0.0
        progress = Progress(
            stage=self._stage,
            done=done,
            total=self._total,
            unit=self._unit,
            rate=(done - self._reported_done) / stretch,
            remaining=remaining,
        )
        self._reported, self._reported_done = now, done
        if self._callback is not None:
            self._callback(progress)
