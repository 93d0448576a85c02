"""What is made ahead comes in order; errors and interrupts end it, and leave no thread."""

from __future__ import annotations

import threading
import time

import pytest

from lexiscope.contextual.ahead import made_ahead


def threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("lexiscope-ahead")]


def test_one_is_made_while_the_one_before_is_in_use() -> None:
    begun: list[int] = []
    wanted = threading.Event()

    def make(item: int) -> int:
        begun.append(item)
        if item == 1:
            assert wanted.wait(20)  # in use is item 0, and only then is this wanted
        return 10 * item

    with made_ahead(make, range(5)) as made:
        assert next(made) == 0
        wanted.set()
        assert next(made) == 10
        time.sleep(0.05)
        assert len(begun) <= 3, "one ahead, not all"
        assert list(made) == [20, 30, 40]
    assert begun == [0, 1, 2, 3, 4] and not threads()


@pytest.mark.parametrize("count", [0, 1])
def test_a_single_one_needs_no_thread(count: int) -> None:
    with made_ahead(lambda _item: threading.current_thread(), range(count)) as made:
        assert list(made) == [threading.current_thread()] * count


def test_an_error_in_the_making_comes_where_its_turn_is() -> None:
    def make(item: int) -> int:
        if item == 2:
            raise ValueError("two")
        return item

    got: list[int] = []
    with pytest.raises(ValueError, match="two"), made_ahead(make, range(9)) as made:
        got.extend(made)
    assert got == [] or got == [0, 1]
    assert not threads()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_whatever_ends_the_use_ends_the_making(error: type[BaseException]) -> None:
    begun: list[int] = []

    def make(item: int) -> int:
        begun.append(item)
        time.sleep(0.02)
        return item

    with pytest.raises(error), made_ahead(make, range(50)) as made:
        next(made)
        raise error
    assert len(begun) <= 2 and not threads()
