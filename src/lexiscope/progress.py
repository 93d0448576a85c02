"""Progress reports of long work: plain data through a callback, no printing in the library."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One report of a long piece of work.

    Attributes:
        stage: What is being done, as shown to the user ("reading", "compiling", "training").
        done: Units finished.
        total: Units in all, or None where it cannot be known (standard input).
        unit: What is counted ("bytes", "words").
        rate: Units a second, over the last stretch.
        remaining: Seconds left, or None where total is.
        values: Numbers to show beside it ("loss", "alpha").
    """

    stage: str
    done: int
    total: int | None
    unit: str
    rate: float
    remaining: float | None
    values: Mapping[str, float] = field(default_factory=dict)


ProgressCallback = Callable[[Progress], None]

REPORT_SECONDS = 0.1
COMPILING_SECONDS = 1.0


class Meter:
    """Turns counts into reports of one stage, a few a second.

    Args:
        stage: Its name.
        total: Units in all, or None.
        unit: What is counted.
        callback: Whom to tell; None tells nobody.
        every: Least seconds between two reports, by default `REPORT_SECONDS`; 0 for a report at
            each call.

    Attributes:
        total: Units in all; may be set once it is known.
    """

    def __init__(
        self,
        stage: str,
        total: int | None,
        unit: str,
        callback: ProgressCallback | None,
        *,
        every: float | None = None,
    ) -> None:
        self.total = total
        self._stage = stage
        self._unit = unit
        self._callback = callback
        self._every = REPORT_SECONDS if every is None else every
        self._began = self._reported = time.monotonic()
        self._start = self._reported_done = 0

    def skip(self, done: int) -> None:
        """So much was there already: rates count from here on."""
        self._began = self._reported = time.monotonic()
        self._start = self._reported_done = done

    def update(self, done: int, values: Mapping[str, float] | None = None) -> None:
        """Tells, unless that was done a moment ago.

        Args:
            done: Units finished.
            values: Numbers to show beside it.
        """
        if self._callback is not None and time.monotonic() - self._reported >= self._every:
            self._report(self._callback, done, values)

    def finish(self, done: int, values: Mapping[str, float] | None = None) -> None:
        """Tells that all is done; see `update`."""
        if self._callback is not None:
            self._report(self._callback, done, values)

    def _report(
        self, callback: ProgressCallback, done: int, values: Mapping[str, float] | None
    ) -> None:
        now = time.monotonic()
        stretch = max(now - self._reported, 1e-9)
        overall = (done - self._start) / max(now - self._began, 1e-9)
        remaining = None
        if self.total is not None and (done >= self.total or overall > 0):
            remaining = (self.total - done) / overall if done < self.total else 0.0
        progress = Progress(
            stage=self._stage,
            done=done,
            total=self.total,
            unit=self._unit,
            rate=(done - self._reported_done) / stretch,
            remaining=remaining,
            values={} if values is None else values,
        )
        self._reported, self._reported_done = now, done
        callback(progress)


class Compiling:
    """Tells that kernels are being compiled, if that takes longer than a moment.

    From Numba's cache they come in a fraction of a second, and nothing is said.

    Args:
        kernels: Which ones ("reading", "training").
        progress: Where to.
    """

    def __init__(self, kernels: str, progress: ProgressCallback | None) -> None:
        self._kernels = kernels
        self._progress = progress
        self._timer = threading.Timer(COMPILING_SECONDS, self._tell)
        self._timer.daemon = True

    def _tell(self) -> None:
        if self._progress is not None:
            stage = f"compiling the {self._kernels} kernels, once on this machine, some 10 seconds"
            self._progress(
                Progress(stage=stage, done=0, total=None, unit="", rate=0.0, remaining=None)
            )

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def human_bytes(count: float) -> str:
    """Bytes on a disk or of a text for people, in powers of 1000: "12.3 MB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def human_memory(size: float) -> str:
    """Bytes of memory for people, in powers of 1024, as systems count it: "427 MB"."""
    size /= 1 << 20
    return f"{size:,.0f} MB" if size < 10_000 else f"{size / 1024:,.1f} GB"
