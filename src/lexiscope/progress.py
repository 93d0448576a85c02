"""How long work tells of itself: plain data through a callback, no printing in the library."""

from __future__ import annotations

import threading
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

COMPILING_SECONDS = 1.0


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
