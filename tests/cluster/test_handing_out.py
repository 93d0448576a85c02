"""Items and workers that go: a stand-in answers as Ray would, one call after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from lexiscope.cluster.handing_out import IN_FLIGHT, HandedOut
from lexiscope.errors import CorpusError, TrainingError


class Gone(Exception):
    pass


class TaskError(Exception):
    """As Ray's: what a worker has raised is its cause."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


class OtherError(Exception):
    pass


EXCEPTIONS = SimpleNamespace(
    RayError=OtherError,
    RayTaskError=TaskError,
    RayActorError=Gone,
    ObjectStoreFullError=OtherError,
    OutOfDiskError=OtherError,
    **dict.fromkeys(
        (
            "ActorUnschedulableError",
            "ObjectLostError",
            "WorkerCrashedError",
            "NodeDiedError",
            "OutOfMemoryError",
        ),
        OtherError,
    ),
)


@dataclass(eq=False)
class Answer:
    """What a worker was asked."""

    worker: StandIn
    make: Callable[[Any, Any], Any]
    item: Any


@dataclass(eq=False)
class StandIn:
    """A worker: `load` is how many looks it takes to be ready."""

    address: str
    load: int = 0
    is_alive: bool = True
    sent: list[Answer] = field(default_factory=list)

    @property
    def actor(self) -> Any:
        remote = lambda make, item: Answer(self, make, item)  # noqa: E731
        return SimpleNamespace(make=SimpleNamespace(remote=remote))


class Workers:
    """A pool over a Ray that is none. The youngest worker that can answers first.

    Args:
        number: Workers.
        deadly: Items that kill whoever is at them, so many times each.
    """

    def __init__(self, number: int, deadly: dict[int, int] | None = None) -> None:
        self.deadly = {} if deadly is None else deadly
        self.workers = [StandIn(f"10.0.0.{n}") for n in range(number)]
        self.told: list[str] = []
        self.most_sent = 0
        self.ray: Any = SimpleNamespace(
            put=lambda what: what,
            get=self._get,
            wait=self._wait,
            cancel=lambda _answer: None,
            exceptions=EXCEPTIONS,
        )

    @property
    def ready(self) -> list[StandIn]:
        return [worker for worker in self.workers if worker.load == 0]

    @property
    def loading(self) -> list[StandIn]:
        return [worker for worker in self.workers if worker.load]

    def loaded(self, answer: StandIn) -> None:
        answer.load -= 1

    def lost(self, worker: StandIn, error: BaseException) -> None:
        self.workers.remove(worker)
        self.told.append(str(error))
        self.revive()

    def revive(self) -> None:
        self.workers.append(StandIn("10.0.0.99", load=2))

    def _wait(
        self, answers: list[Any], *, num_returns: int, timeout: float, fetch_local: bool
    ) -> tuple[Any, Any]:
        assert num_returns == 1 and timeout > 0 and not fetch_local
        self.most_sent = max(self.most_sent, *(len(one.sent) for one in self.workers))
        first = [one for one in answers if isinstance(one, StandIn) or one is one.worker.sent[0]]
        return first[-1:], [one for one in answers if one is not first[-1]]

    def _get(self, answer: Answer) -> Any:
        if self.deadly.get(answer.item, 0) > 0:
            self.deadly[answer.item] -= 1
            answer.worker.is_alive = False
        if not answer.worker.is_alive:
            raise Gone("it died.\nid 3")
        try:
            return answer.make(None, answer.item)
        except CorpusError as error:
            raise TaskError(error) from error


def doubled(_encoder: Any, item: int) -> int:
    if item < 0:
        raise CorpusError("below 0")
    return 2 * item


def made(pool: Workers, items: Any, *, in_order: bool) -> list[int]:
    handed = HandedOut(pool, doubled, items, in_order=in_order)
    try:
        return list(handed.results())
    finally:
        handed.abandon()


EXPECTED = [2 * item for item in range(30)]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_each_item_once_and_in_order_where_that_is_asked(workers: int) -> None:
    pool = Workers(workers)
    assert made(pool, range(30), in_order=True) == EXPECTED
    assert pool.most_sent == IN_FLIGHT
    found = made(Workers(workers), range(30), in_order=False)
    assert sorted(found) == EXPECTED
    assert (found != EXPECTED) == (workers > 1)


@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize("workers", [1, 3])
def test_items_of_workers_that_have_gone_are_done_again(workers: int, in_order: bool) -> None:
    pool = Workers(workers, deadly={0: 2, 7: 1, 8: 1, 29: 2})
    assert sorted(made(pool, range(30), in_order=in_order)) == EXPECTED
    assert pool.told == ["it died.\nid 3"] * 6
    assert all(not worker.sent for worker in pool.workers)


def test_an_item_that_always_kills_is_given_up() -> None:
    pool = Workers(2, deadly={4: 99})
    with pytest.raises(TrainingError, match="3 workers of the cluster have gone") as caught:
        made(pool, range(30), in_order=True)
    assert "(it died); has it too little memory?" in str(caught.value)


def test_what_make_raises_comes_as_it_is() -> None:
    pool = Workers(2)
    with pytest.raises(CorpusError, match=r"^below 0$"):
        made(pool, [1, 2, -1, 3], in_order=True)
    assert all(not worker.sent for worker in pool.workers)
    assert made(pool, [1, 2], in_order=True) == [2, 4]


def test_items_wait_for_workers_that_are_not_ready_yet() -> None:
    pool = Workers(0)
    pool.revive()
    assert made(pool, range(3), in_order=False) == [0, 2, 4]
    assert sorted(made(Workers(0), range(3), in_order=True)) == [0, 2, 4]  # nor begun


def test_no_more_is_read_than_workers_may_have() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(20):
            taken.append(number)
            yield number

    ahead = []
    handed = HandedOut(Workers(3), doubled, items(), in_order=True)
    for place, result in enumerate(handed.results()):
        assert result == 2 * place
        ahead.append(len(taken) - place)
    assert len(ahead) == 20 and max(ahead) <= 3 * IN_FLIGHT
