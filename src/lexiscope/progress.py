"""How long work tells of itself: plain data through a callback, no printing in the library."""

from __future__ import annotations

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
