"""Progress reports of long work: plain data through a callback, no printing in the library."""

from __future__ import annotations

import sys
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
GivenProgress = ProgressCallback | bool | None
"""What a user may give: a callback; True for a line on stderr; None or False for nothing."""

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


def human_count(count: float) -> str:
    """A number in three digits or so: "1.25M"."""
    if count < 1000:
        return f"{count:.0f}"
    for unit in ("k", "M", "G"):
        count /= 1000
        if count < 999.95:
            return f"{count:.2f}{unit}" if count < 10 else f"{count:.1f}{unit}"
    return f"{count / 1000:.2f}T"


def human_time(seconds: float) -> str:
    """A stretch of time as "0:42", "12:07" or "3:05:00"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def describe(progress: Progress) -> str:
    """A report in one line, without its stage: percent, rate, values, time left.

    Empty where nothing is counted.
    """
    in_bytes = progress.unit == "bytes"
    parts: list[str] = []
    if progress.total:
        parts.append(f"{100 * progress.done / progress.total:3.0f}%")
    elif in_bytes:
        parts.append(human_bytes(progress.done))
    elif progress.unit:
        parts.append(f"{human_count(progress.done)} {progress.unit}")
    if progress.rate > 0:
        rate = human_bytes(progress.rate) if in_bytes else human_count(progress.rate)
        parts.append(f"{rate}/s" if in_bytes else f"{rate} {progress.unit}/s")
    parts += [f"{name} {_value(value)}" for name, value in progress.values.items()]
    # Behind the last unit there may be more to do, such as writing the result.
    if progress.remaining and (progress.done != progress.total or progress.remaining >= 1):
        parts.append(f"{human_time(progress.remaining)} left")
    return "  ".join(parts)


def _value(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def as_callback(progress: GivenProgress) -> ProgressCallback | None:
    """What is to be told, of what a user has given."""
    if progress is True:
        return LinesOnStderr()
    return None if progress is False else progress


class LinesOnStderr:
    """Shows progress on stderr, a line a stage, written over itself: on a terminal, in a notebook.

    It writes twice a second and when a stage ends, and only where a user has asked for it.
    """

    EVERY_SECONDS = 0.5

    def __init__(self) -> None:
        self._stage = ""
        self._width = 0
        self._shown_at = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        ended = progress.total is not None and progress.done >= progress.total
        changed = progress.stage != self._stage
        if not (ended or changed or now - self._shown_at >= self.EVERY_SECONDS):
            return
        begin = "\n" if changed and self._width else "\r"
        line = f"{progress.stage}  {describe(progress)}".rstrip()
        # What a longer line has left is written over.
        sys.stderr.write(f"{begin}{line:<{self._width}}" + ("\n" if ended else ""))
        sys.stderr.flush()
        self._stage, self._shown_at = ("" if ended else progress.stage), now
        self._width = 0 if ended else len(line)
