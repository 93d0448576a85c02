"""The index beside a large file: the second open is instant, and nothing can make it lie."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import lexiscope
from lexiscope import formats
from lexiscope.formats import ReadOptions, VectorsData, index, registry
from lexiscope.formats.kinds.word2vec import binary as word2vec_binary
from lexiscope.formats.kinds.word2vec import text as word2vec_text
from lexiscope.formats.registry import INDEXES
from tests.support.counting import python_calls
from tests.support.patience import PATIENCE


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Small files have an index too, and the user's cache is a folder of the test's."""
    monkeypatch.setattr(index, "MIN_BYTES", 0)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield
    INDEXES.wait()


@pytest.fixture(params=["bin", "txt"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    path = folder / f"v.{request.param}"
    writer = word2vec_binary if request.param == "bin" else word2vec_text
    writer.write(path, data())
    return path


def data(seed: int = 0) -> VectorsData:
    vectors = np.random.default_rng(seed).normal(size=(500, 20)).astype(np.float32)
    return VectorsData([f"w{row}" for row in range(499)] + ["cut\udce3"], vectors)


def made(path: Path) -> Path:
    formats.read(path)
    INDEXES.wait()
    return path.with_name(path.name + index.SUFFIX)


def same(found: VectorsData) -> bool:
    return found.tokens == data().tokens and np.array_equal(found.vectors, data().vectors)


def test_the_second_open_is_mapped_and_the_same(file: Path) -> None:
    """Users' pain: gensim #2642, minutes for each opening of GoogleNews."""
    first = formats.read(file)
    INDEXES.wait()
    assert [path.name for path in file.parent.iterdir() if path != file] == [
        f"{file.name}.lexindex"
    ]
    second = formats.read(file)
    assert same(first) and same(second)
    assert first.warnings == second.warnings != []
    assert isinstance(second.vectors.base, np.memmap)


def test_an_open_that_follows_at_once_does_not_wait_for_the_disk(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, go_on = threading.Event(), threading.Event()

    def sync(_: object) -> None:
        written.set()
        go_on.wait(PATIENCE)

    monkeypatch.setattr(index._Writing, "_sync", sync)
    try:
        formats.read(file)
        assert written.wait(PATIENCE)
        second = formats.read(file)
        assert isinstance(second.vectors.base, np.memmap) and same(second)
        second.vectors[:] = 0
    finally:
        go_on.set()
    INDEXES.wait()
    assert same(formats.read(file))
    assert not INDEXES._written


def test_changes_in_memory_never_reach_the_index(file: Path) -> None:
    first = lexiscope.load(file)
    first.vectors[:] = 7
    INDEXES.wait()
    second = lexiscope.load(file)
    second.vectors[:] = 8
    assert same(formats.read(file))


def test_a_changed_file_is_read_again(file: Path) -> None:
    place = made(file)
    writer = word2vec_binary if file.suffix == ".bin" else word2vec_text
    writer.write(file, data(seed=1))
    os.utime(file, ns=(place.stat().st_mtime_ns, place.stat().st_mtime_ns))
    assert np.array_equal(formats.read(file).vectors, data(seed=1).vectors)
    INDEXES.wait()
    found = INDEXES.find(file)
    assert found is not None and np.array_equal(found.vectors, data(seed=1).vectors)


def test_an_index_of_another_file_is_not_used(file: Path, tmp_path: Path) -> None:
    place = made(file)
    other = tmp_path / f"other{file.suffix}"
    writer = word2vec_binary if file.suffix == ".bin" else word2vec_text
    writer.write(other, data(seed=1))
    place.rename(other.with_name(other.name + index.SUFFIX))
    assert np.array_equal(formats.read(other).vectors, data(seed=1).vectors)


def test_no_truncation_of_the_index_does_harm(file: Path) -> None:
    place = made(file)
    content = place.read_bytes()
    for end in [*range(0, 600, 7), 4095, 4096, 4097, len(content) - 1]:
        place.write_bytes(content[:end])
        assert INDEXES.find(file) is None
    assert same(formats.read(file))


def test_no_damage_to_the_head_of_the_index_does_harm(file: Path) -> None:
    place = made(file)
    content = bytearray(place.read_bytes())
    words = 4096
    for position in range(0, words, 13):
        content[position] ^= 0x41
        place.write_bytes(content)
        found = INDEXES.find(file)
        assert found is None or same(found), position
        content[position] ^= 0x41


def test_lost_pages_are_found_out(file: Path) -> None:
    place = made(file)
    size = place.stat().st_size
    with place.open("r+b") as stream:
        stream.seek(size - 8192)
        stream.write(bytes(8192))
    assert INDEXES.find(file) is None
    assert same(formats.read(file))


def test_a_folder_that_cannot_be_written_to_has_its_index_in_the_cache(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write anywhere, so the folder beside the file is taken for one that is a file.
    places = INDEXES._places(file)
    monkeypatch.setattr(INDEXES, "_places", lambda _path: [file / "x", places[1]])
    formats.read(file)
    INDEXES.wait()
    assert [path.parent.name for path in (tmp_path / "cache").rglob("*.lexindex")] == ["lexiscope"]
    found = INDEXES.find(file)
    assert found is not None and same(found)


def test_without_any_place_files_open_all_the_same(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    monkeypatch.setattr(INDEXES, "_places", lambda _path: [blocked / "x", blocked / "y"])
    assert same(formats.read(file))
    INDEXES.wait()
    assert same(formats.read(file))


def test_a_full_disk_leaves_no_half_index(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index, "_checksum", full)
    assert same(formats.read(file))
    INDEXES.wait()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_drafts_of_killed_processes_are_removed(file: Path) -> None:
    old, new = (file.with_name(f".{file.name}.lexindex.tmp-{name}") for name in ("old", "new"))
    for draft in (old, new):
        draft.write_bytes(b"x")
    os.utime(old, (0, 0))
    made(file)
    assert not old.exists() and new.exists()


def test_a_link_has_the_index_of_what_it_leads_to(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(file)
    assert same(formats.read(tmp_path / "link"))
    INDEXES.wait()
    found = INDEXES.find(file)
    assert found is not None and same(found)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["files", "link"]


def test_parts_come_from_the_index_too(file: Path) -> None:
    made(file)
    assert formats.read(file, ReadOptions(limit=2)).tokens == ["w0", "w1"]
    half = formats.read(file, ReadOptions(words=frozenset({"w7"}), dtype="float16"))
    assert half.tokens == ["w7"] and half.vectors.dtype == np.float16


def test_reading_a_part_makes_no_index(file: Path) -> None:
    formats.read(file, ReadOptions(limit=2))
    INDEXES.wait()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_damaged_files_have_no_index(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(lexiscope.FormatError):
        formats.read(file)
    INDEXES.wait()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_small_files_have_none(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MIN_BYTES", 1 << 24)
    formats.read(file)
    INDEXES.wait()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_the_second_open_does_nothing_for_each_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long it takes is measured by `python -m benchmarks.bounds`."""
    path = tmp_path / "v.bin"
    vectors = np.random.default_rng(0).normal(size=(40_000, 10)).astype(np.float32)
    word2vec_binary.write(path, VectorsData([f"w{row}" for row in range(40_000)], vectors))
    made(path)
    looked_at = []
    checksum = index._checksum

    def counted(rows: np.ndarray) -> str:
        looked_at.append(len(rows))
        return checksum(rows)

    monkeypatch.setattr(index, "_checksum", counted)
    monkeypatch.delattr(registry, "detect")  # nobody looks into the file itself
    assert python_calls(lambda: lexiscope.load(path)) < 4_000
    assert sum(looked_at) <= 2 * index._SAMPLED_ROWS < len(vectors)


# A program that is to stop


def slow_rows(
    begun: threading.Event, let_go: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lets the thread that reads a file once more come to a stop at its first rows."""
    reading = index._Writing.write

    def write(self: index._Writing, blocks: Iterator[np.ndarray]) -> bool:
        def slowly() -> Iterator[np.ndarray]:
            for block in blocks:
                begun.set()
                let_go.wait(PATIENCE)
                yield block

        return reading(self, slowly())

    monkeypatch.setattr(index._Writing, "write", write)


def test_an_index_under_way_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, let_go = threading.Event(), threading.Event()
    slow_rows(begun, let_go, monkeypatch)
    monkeypatch.setattr(index, "_SECONDS_TO_GIVE_UP", 0.01)
    path = tmp_path / "v.bin"
    word2vec_binary.write(path, data())
    assert same(formats.read(path))
    assert begun.wait(PATIENCE)
    writer = INDEXES._writers[path]
    assert writer.daemon  # so the interpreter does not wait for it
    INDEXES.give_up()
    assert writer.is_alive()  # and neither does this
    let_go.set()
    writer.join(PATIENCE)
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["v.bin"]
    INDEXES.give_up()
    assert made(path).is_file()  # the next one is made again


def test_what_is_not_wanted_is_not_written_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_SYNCED_BYTES", 4096)
    synced: list[int] = []
    writing = index._Writing._go_on

    def go_on(self: index._Writing) -> None:
        synced.append(1)
        if len(synced) == 4:
            INDEXES._unwanted.set()
        writing(self)

    monkeypatch.setattr(index._Writing, "_go_on", go_on)
    path = tmp_path / "v.bin"
    word2vec_binary.write(path, data())
    formats.read(path)
    INDEXES.wait()
    assert len(synced) == 4
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["v.bin"]
    INDEXES.give_up()


def test_an_interrupt_leaves_no_half_of_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "v.txt"
    word2vec_text.write(path, data())
    with monkeypatch.context() as patched:
        patched.setattr(index._Writing, "_go_on", interrupted)
        with pytest.raises(KeyboardInterrupt):
            formats.read(path)
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["v.txt"]


def test_an_interrupt_while_the_program_waits_ends_the_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_up: list[bool] = []

    def interrupted() -> None:
        raise KeyboardInterrupt

    indexes = index.Indexes(Path)
    indexes._writers[Path("some")] = threading.Thread()
    monkeypatch.setattr(indexes, "wait", interrupted)
    monkeypatch.setattr(indexes, "give_up", lambda: given_up.append(True))
    indexes._wait_at_exit()
    assert given_up == [True]
