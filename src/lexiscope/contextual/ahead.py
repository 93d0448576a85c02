"""Work ahead: the next thing is made in a thread while the one before is in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


@contextmanager
def made_ahead(make: Callable[[Item], Made], items: Sequence[Item]) -> Iterator[Iterator[Made]]:
    """What is made of each item, in order.

    An error in the making is raised where its turn comes. However the block ends, what is being
    made is waited for, and nothing more is begun.

    Args:
        make: Run in one thread, except where there is a single item.
        items: One is made ahead, not more, so that memory does not grow with them.
    """
    if len(items) < 2:
        yield map(make, items)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="lexiscope-ahead") as thread:
        yield _in_turn(thread, make, items)


def _in_turn(
    thread: ThreadPoolExecutor, make: Callable[[Item], Made], items: Sequence[Item]
) -> Iterator[Made]:
    following = thread.submit(make, items[0])
    for item in items[1:]:
        made, following = following.result(), thread.submit(make, item)
        yield made
    yield following.result()
