"""Pickles made to use up time or memory: one line, and no more than twice the file's size."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from lexiscope.errors import FormatError
from lexiscope.formats.contract import ReadOptions
from lexiscope.formats.kinds.gensim import format as gensim
from lexiscope.formats.kinds.gensim.words import _from_mapping
from lexiscope.formats.reading.inert import Budget, Items, SpentError
from tests.support.hostile_pickles import LARGE, SMALL, array, attributes, number, sides, text

_ROOT = Path(__file__).parents[2]
# What the budget allows to small files, and what the allocator keeps for itself.
_FLOOR = 20 << 20
_BYTES = 1 << 20
# What collides took minutes of it; everything together takes some seconds.
_PROCESSOR_SECONDS = 120


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))


@pytest.mark.slow
def test_every_hostile_file_is_one_line_and_little_memory() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.hostile_pickles", "--bytes", str(_BYTES)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_limited,
    )
    assert run.returncode == 0, run.stderr[-1000:]
    took = {line["name"]: line for line in map(json.loads, run.stdout.splitlines())}
    assert took.keys() == {*LARGE, *SMALL}
    for name, line in took.items():
        assert not line["said"].startswith("raised"), line
        assert line["said"].isprintable(), line
        assert len(line["said"]) < 600, line
        # The file is mapped, and what was looked at of it counts as memory too.
        assert line["memory"] <= 3 * line["bytes"] + _FLOOR, line
        assert line["said"] or name in _SOUND, line


# Odd, and nothing is wrong with the vectors in them.
_SOUND = {
    "columns first, halves",
    "an option that is huge",
    "an option whose name is huge",
    "an option without an end",
}


def test_more_than_the_budget_is_refused_whatever_it_is_spent_on() -> None:
    budget = Budget(1000)
    budget.take(8 << 20)
    with pytest.raises(SpentError):
        budget.has(2001)
    budget.take(2000)
    with pytest.raises(SpentError):
        budget.take(1)
    with pytest.raises(SpentError):
        Budget(0).take_strings(["a" * (8 << 20)])
    with pytest.raises(SpentError):
        Budget(0).take_values([1] * (1 << 20))


def test_small_arrays_are_allowed_for_up_to_a_bound() -> None:
    budget = Budget(0)
    for _ in range(1_000_000):
        budget.has_array()
    budget.has((8 << 20) + (1 << 28))
    with pytest.raises(SpentError):
        budget.has((8 << 20) + (1 << 28) + 1)


@pytest.mark.slow
def test_arrays_beside_a_pickle_count_with_it_but_not_their_holes(tmp_path: Path) -> None:
    words = b"".join(text(f"{row:06}") for row in range(200_000))
    path = tmp_path / "x.kv"
    path.write_bytes(attributes(text("index_to_key") + b"](" + words + b"e"))
    with pytest.raises(FormatError, match="more than twice the file's size"):
        gensim.read(path)
    with (tmp_path / "x.kv.vectors.npy").open("wb") as beside:
        beside.truncate(1 << 30)
    with pytest.raises(FormatError, match="more than twice the file's size"):
        gensim.read(path)
    (tmp_path / "x.kv.vectors.npy").write_bytes(bytes(16 << 20))
    with pytest.raises(FormatError, match=r"\.npy"):
        gensim.read(path)


def test_sound_files_of_short_rows_are_read(tmp_path: Path) -> None:
    count = 60_000
    words = b"".join(text(f"{row:06}") for row in range(count))
    rows = array(sides(number(count), number(1)), bytes(4 * count))
    path = tmp_path / "x.kv"
    path.write_bytes(
        attributes(text("index_to_key") + b"](" + words + b"e" + text("vectors") + rows)
    )
    data = gensim.read(path, ReadOptions(limit=3))
    assert data.tokens == ["000000", "000001", "000002"]


def test_items_are_what_a_dict_would_be() -> None:
    items, layouts, budget = Items(), {}, Budget(1 << 20)
    items.extend(["a", "b"], [1, 2], layouts, budget)
    items.extend(["c", "a"], [3, 1 << 70], layouts, budget)
    items.extend(["d"], ["word"], layouts, budget)
    items.extend(["e"], [True], layouts, budget)
    assert dict(items) == {"a": 1 << 70, "b": 2, "c": 3, "d": "word", "e": True}
    assert items.get("a") == 1 << 70
    assert items.get("nothing") is None
    assert len(items) == 6
    assert Items().get("a") is None and list(Items()) == []


def test_rows_out_of_a_dict_are_placed_and_never_looked_up(tmp_path: Path) -> None:
    class Counted(int):
        hashed = 0

        def __hash__(self) -> int:
            Counted.hashed += 1
            return 7

    items = Items()
    rows = [Counted(row) for row in (2, 0, 1)]
    items.extend(["c", "a", "b"], list(rows), {}, Budget(0))
    state = Items()
    state.extend(["key_to_index"], [items], {}, Budget(0))
    instance = gensim.Instance(None, (), state)  # type: ignore[arg-type]
    saved = gensim.Saved(instance, tmp_path, tmp_path)
    # Numbers of another type than int are no rows; those that are stand where they say.
    assert _from_mapping(saved) is None
    assert Counted.hashed == 0
    plain = Items()
    plain.extend(["c", "a", "b"], [2, 0, 1], {}, Budget(0))
    state.extend(["key_to_index"], [plain], {}, Budget(0))
    assert _from_mapping(saved) == ["a", "b", "c"]
