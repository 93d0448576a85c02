"""Limits of trials: the processor time and the address space that opening something may take."""

from __future__ import annotations

import resource
import signal
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType

SECONDS = 20  # of processor time, which a busy machine does not use up


class Hang(BaseException):
    """Opening took too long; nothing that catches errors catches this."""


class Trial:
    """A block whose processor time is limited, and whose allocations are counted.

    It needs `hangs_raised`, and tracemalloc at work.

    Attributes:
        allocated: Bytes at the block's peak, beyond those before it.
    """

    def __init__(self) -> None:
        self.allocated = 0
        self._before = 0

    def __enter__(self) -> Trial:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        tracemalloc.clear_traces()
        tracemalloc.reset_peak()
        self._before = tracemalloc.get_traced_memory()[0]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        self.allocated = tracemalloc.get_traced_memory()[1] - self._before


@contextmanager
def hangs_raised() -> Iterator[None]:
    """Turns the signal of a trial's timer into `Hang`."""
    before = signal.signal(signal.SIGPROF, _hang)
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, before)


def limit_address_space(more: int) -> None:
    """Lets this process take up so many bytes more than it has; a later call moves the limit."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (used + more, hard))


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise Hang
