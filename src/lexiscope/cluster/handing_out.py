"""Handing out: the items of some work to the workers of a cluster, and their results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from lexiscope.cluster.worker_errors import gone, told, why
from lexiscope.errors import TrainingError

# Items of a worker at a time: one that it is at, and one that is there when that is done.
IN_FLIGHT = 2
# Times that workers may go over one item.
MOST_DEATHS = 3
# Seconds after which is asked again for workers that have become ready.
_LOOKS_AGAIN = 5.0


class Pool(Protocol):
    """Those that items are handed out to (`ClusterEncoders`)."""

    ray: Any

    @property
    def ready(self) -> list[Any]: ...
    @property
    def loading(self) -> list[Any]: ...
    def loaded(self, answer: Any) -> None: ...
    def lost(self, worker: Any, error: BaseException) -> None: ...
    def revive(self) -> None: ...


@dataclass(frozen=True)
class _Item:
    """An item: its number, from 0, and where Ray keeps it until it is done."""

    number: int
    kept: Any


class HandedOut:
    """The items of one piece of work.

    Args:
        pool: The workers.
        make: What is made of an item.
        items: They; taken when a worker will be free soon.
        in_order: Whether results come in their order.
    """

    def __init__(
        self,
        pool: Pool,
        make: Callable[[Any, Any], Any],
        items: Iterable[Any],
        *,
        in_order: bool,
    ) -> None:
        self._pool = pool
        self._ray = pool.ray
        self._make = self._ray.put(make)
        self._items = enumerate(items)
        self._has_ended = False
        self._in_order = in_order
        self._sent: dict[Any, tuple[_Item, Any]] = {}
        self._again: list[_Item] = []
        self._early: dict[int, Any] = {}
        self._next = 0
        self._deaths: Counter[int] = Counter()

    def results(self) -> Iterator[Any]:
        """What is made of each."""
        while self._hand_out():
            for number, made in self._arrived():
                if not self._in_order:
                    yield made
                    continue
                self._early[number] = made
                while self._next in self._early:
                    yield self._early.pop(self._next)
                    self._next += 1

    def abandon(self) -> None:
        """Gives up what is not done yet."""
        for answer, (_item, worker) in self._sent.items():
            worker.sent.remove(answer)
            with suppress(Exception):  # it may be done, or gone
                self._ray.cancel(answer)
        self._sent.clear()

    def _hand_out(self) -> bool:
        """Gives each worker what it may have; tells whether there is something to wait for."""
        while (worker := self._freest()) is not None and (item := self._taken()) is not None:
            answer = worker.actor.make.remote(self._make, item.kept)
            worker.sent.append(answer)
            self._sent[answer] = (item, worker)
        # Where no worker is ready yet, nothing may have been sent.
        return bool(self._sent or self._again or not self._has_ended)

    def _freest(self) -> Any:
        """The worker with the least to do, unless each has enough."""
        ready = [worker for worker in self._pool.ready if len(worker.sent) < IN_FLIGHT]
        return min(ready, key=lambda worker: len(worker.sent), default=None)

    def _taken(self) -> _Item | None:
        """The next item, first of those that are to be done again."""
        if self._again:
            return self._again.pop(0)
        # Results that wait for an earlier one take memory as those do that are being made.
        if len(self._sent) + len(self._early) >= IN_FLIGHT * len(self._pool.ready):
            return None
        for number, item in self._items:
            return _Item(number, self._ray.put(item))
        self._has_ended = True
        return None

    def _arrived(self) -> Iterator[tuple[int, Any]]:
        """Results that are there, when there is one; with their items' numbers."""
        loading = self._pool.loading
        if not self._sent and not loading:
            self._pool.revive()
            return
        # What is ready stays where it was made until it is taken, so that this machine has one.
        answers, _ = self._ray.wait(
            [*self._sent, *loading], num_returns=1, timeout=_LOOKS_AGAIN, fetch_local=False
        )
        for answer in answers:
            if answer not in self._sent:
                self._pool.loaded(answer)
                continue
            item, worker = self._sent[answer]
            try:
                made = self._ray.get(answer)
            except gone(self._ray) as error:
                self._do_again(worker, error)
            except self._ray.exceptions.RayTaskError as error:
                if not isinstance(error.cause, gone(self._ray)):
                    raise told(self._ray, error, worker.address) from error
                self._do_again(worker, error)
            else:
                del self._sent[answer]
                worker.sent.remove(answer)
                yield item.number, made
                del made

    def _do_again(self, worker: Any, error: BaseException) -> None:
        """Has everything done again that a worker was at when it went."""
        items = [self._sent.pop(answer)[0] for answer in worker.sent]
        worker.sent.clear()
        first = items[0].number
        self._deaths[first] += 1
        if self._deaths[first] == MOST_DEATHS:
            raise TrainingError(
                f"{MOST_DEATHS} workers of the cluster have gone over one piece of the work, the "
                f"last on {worker.address} ({why(error)}); has it too little memory? Take a "
                f"smaller --batch-tokens, or fewer workers"
            )
        self._again = sorted([*self._again, *items], key=lambda item: item.number)
        self._pool.lost(worker, error)
