"""Samples of a text that is read once, by a seed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Sample(Generic[T]):
    """Some of many things.

    Attributes:
        drawn: Those that were drawn, in their order.
        seen: How many there were.
    """

    drawn: list[T]
    seen: int


def sample(items: Iterable[T], most: int, seed: int) -> Sample[T]:
    """At most so many of them, each as likely as any other (Vitter 1985, algorithm R).

    Memory is that of what is drawn, however many there are.
    """
    random = np.random.default_rng(seed)
    kept: list[tuple[int, T]] = []
    seen = 0
    for item in items:
        if seen < most:
            kept.append((seen, item))
        else:
            place = int(random.integers(seen + 1))
            if place < most:
                kept[place] = (seen, item)
        seen += 1
    return Sample([item for _number, item in sorted(kept, key=lambda pair: pair[0])], seen)
