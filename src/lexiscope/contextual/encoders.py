"""Encoders of long work: who encodes its pieces, this process or the workers of a cluster.

What is made of a corpus (`corpus/run.py`, `uses/`) cuts it into items, says what is made of one,
and takes what comes. `Here` is the way without a cluster; `lexiscope.cluster` has the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from lexiscope.contextual.protocol import WordEncoder

Item = TypeVar("Item")
Made = TypeVar("Made")


class Encoders(Protocol):
    """Encodes the items of long work, each by one encoder; all of them give the same vectors."""

    @property
    def elsewhere(self) -> bool:
        """Whether that is in other processes: items are then taken ahead, and results sent."""

    def begin(self, encoder: WordEncoder) -> None:
        """Encodes as this encoder does, from now on."""

    def run(
        self,
        make: Callable[[WordEncoder, Item], Made],
        items: Iterable[Item],
        *,
        in_order: bool = True,
    ) -> Iterator[Made]:
        """What is made of each item, each once.

        An error in the making is raised here. Memory does not grow with the number of items.

        Args:
            make: Makes it; can be pickled, as what it makes can be.
            items: Likewise; taken when an encoder is free, or will be soon.
            in_order: Whether results come in the order of the items, or as they are there.
        """

    def values(self) -> Mapping[str, float]:
        """Numbers to show beside the progress."""


class Here:
    """Encodes in this process, an item when it is asked for."""

    elsewhere = False

    def __init__(self) -> None:
        self._encoder: Any = None

    def begin(self, encoder: WordEncoder) -> None:
        """See `Encoders`."""
        self._encoder = encoder

    def run(
        self,
        make: Callable[[WordEncoder, Item], Made],
        items: Iterable[Item],
        *,
        in_order: bool = True,  # noqa: ARG002 - one after another they always are
    ) -> Iterator[Made]:
        """See `Encoders`."""
        for item in items:
            yield make(self._encoder, item)

    def values(self) -> Mapping[str, float]:
        """See `Encoders`."""
        return {}


def begun(encoders: Encoders | None, encoder: WordEncoder) -> Encoders:
    """Those that are given, or this process, as they encode like this encoder."""
    chosen: Encoders = Here() if encoders is None else encoders
    chosen.begin(encoder)
    return chosen
