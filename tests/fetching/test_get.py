"""Vectors by name: fetched once, found where others have fetched them, listed and removed."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope import ConfigError, KeyedVectors
from lexiscope.fetching import catalogue, names, store
from lexiscope.files.download import DownloadError, Part
from lexiscope.files.locks import BusyError
from lexiscope.progress import Progress
from tests.support.holding import held
from tests.support.web_server import Server, Thing

VECTORS = gzip.compress(b"2 3\nking 1 2 3\nqueen 1 2 4\n", mtime=0)
NAME = "glove-wiki-gigaword-50"
PATH = f"/github.com/piskvorky/gensim-data/releases/download/{NAME}/{NAME}.gz"
ENGLISH = "/dl.fbaipublicfiles.com/fasttext/vectors-crawl/cc.en.300.vec.gz"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checksum of a small file in place of the true one, which this machine has not."""
    entries = []
    for entry in catalogue.entries():
        if entry.name == NAME:
            digest = hashlib.md5(VECTORS, usedforsecurity=False).hexdigest()
            part = Part(urls=entry.parts[0].urls, checksum=digest)
            entry = catalogue.Entry(**{**vars(entry), "parts": (part,), "bytes": len(VECTORS)})
        entries.append(entry)
    monkeypatch.setattr(catalogue, "entries", lambda: tuple(entries))


def test_vectors_come_once_and_then_from_the_cache(server: Server, places: Path) -> None:
    server.things[PATH] = Thing(VECTORS)
    told: list[Progress] = []
    vectors = lexiscope.get(NAME, progress=told.append)
    assert isinstance(vectors, KeyedVectors) and vectors.index_to_key == ["king", "queen"]
    np.testing.assert_array_equal(vectors["queen"], [1, 2, 4])
    assert told[-1].stage == f"downloading {NAME}" and told[-1].done == len(VECTORS)
    assert len(lexiscope.get(NAME, limit=1)) == 1
    path = lexiscope.get(NAME, return_path=True)
    assert path == str(places / "vectors" / NAME / f"{NAME}.gz") and len(server.asked) == 1


def test_what_comes_is_told_first(server: Server) -> None:
    server.things[PATH] = Thing(VECTORS)
    lines: list[str] = []
    names.path_of(NAME, tell=lines.append)
    (line,) = lines
    mirror = server.url.removeprefix("http://")
    assert line.startswith(f"{NAME}: {len(VECTORS)} bytes from {mirror}, PDDL 1.0; to ")


def test_a_language_of_a_family(server: Server) -> None:
    server.things[ENGLISH] = Thing(VECTORS)
    assert lexiscope.get("cc.en.300.vec").index_to_key == ["king", "queen"]


def test_what_gensim_has_fetched_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "gensim-data" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.gz").write_bytes(VECTORS)
    assert lexiscope.get(NAME, return_path=True) == str(folder / f"{NAME}.gz")


@pytest.mark.parametrize("thing", [Thing(VECTORS[::-1]), Thing(codes=[404]), None])
def test_nothing_is_left_of_what_was_refused(
    server: Server, places: Path, thing: Thing | None
) -> None:
    if thing is not None:
        server.things[PATH] = thing
    with pytest.raises(DownloadError) as told:
        lexiscope.get(NAME)
    assert "\n" not in str(told.value) and store.kept() == []
    assert list(places.iterdir()) == []


def test_offline(server: Server, places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEXISCOPE_OFFLINE", "1")
    with pytest.raises(DownloadError, match=f"{NAME} is not in .*LEXISCOPE_OFFLINE is set"):
        lexiscope.get(NAME)
    assert server.asked == [] and not places.exists()


def test_texts_are_no_vectors() -> None:
    with pytest.raises(ConfigError, match=r"text8 is a text, not vectors; ask for its path"):
        lexiscope.get("text8")


def test_a_cache_that_cannot_be_made(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LEXISCOPE_CACHE", str(tmp_path / "file"))
    server.things[PATH] = Thing(VECTORS)
    with pytest.raises(ConfigError, match="name another cache in LEXISCOPE_CACHE"):
        lexiscope.get(NAME)


def test_the_cache_is_listed_and_emptied(server: Server, places: Path) -> None:
    server.things[PATH] = Thing(VECTORS)
    server.things[ENGLISH] = Thing(VECTORS, etag='"one"', cuts=[20, 0, 0])
    lexiscope.get(NAME)
    with pytest.raises(DownloadError, match="are kept"):
        lexiscope.get("cc.en.300.vec")
    (places / "some.lexindex").write_bytes(b"12345")
    (places / "mine.txt").write_text("not to be removed")
    listed = {one.name: (one.is_whole, one.bytes) for one in store.kept()}
    assert listed[NAME] == (True, len(VECTORS)) and not listed["cc.en.300.vec"][0]
    assert listed[store.INDEXES] == (True, 5) and len(listed) == 3
    with pytest.raises(ConfigError, match=r"nothing in .* has the name 'text8'"):
        store.remove("text8")
    assert store.remove(NAME).bytes == len(VECTORS)
    assert {one.name for one in store.empty()} == {"cc.en.300.vec", store.INDEXES}
    assert store.kept() == [] and [path.name for path in places.iterdir()] == ["mine.txt"]


def test_what_is_being_fetched_is_not_removed(server: Server) -> None:
    server.things[PATH] = Thing(VECTORS)
    path = Path(lexiscope.get(NAME, return_path=True))
    with held(path) as process, pytest.raises(BusyError, match=str(process.pid)):
        store.remove(NAME)
    assert path.read_bytes() == VECTORS


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Any:
    from lexiscope.cli import main as cli
    from tests.support.calling import Called

    def run(*arguments: str) -> Called:
        code = cli.main(list(arguments))
        return Called(code, *capsys.readouterr())

    return run


def test_the_commands(server: Server, places: Path, call: Any) -> None:
    server.things[PATH] = Thing(VECTORS)
    done = call("neighbors", NAME, "king")
    assert done.code == 1 and f"come by `lexiscope get {NAME}`" in done.err
    told = call("get", NAME, "--about").out.splitlines()
    assert told[0].split() == ["name", NAME] and told[-1].split() == ["fetched", "no"]
    assert call("get", NAME, "--about", "--json").json["path"] is None
    done = call("get", NAME)
    path = places / "vectors" / NAME / f"{NAME}.gz"
    assert (done.code, done.out) == (0, f"{path}\n") and "PDDL 1.0" in done.err
    assert call("get", NAME, "--json").json["path"] == str(path)
    # The name is a path wherever vectors are asked for.
    done = call("neighbors", NAME, "king", "--json")
    assert done.code == 0 and "queen" in done.out
    assert call("info", NAME, "--json").json["words"] == 2
    assert NAME in call("cache").out
    document = call("cache", "--json").json
    assert document["kept"][0]["name"] == NAME and document["folder"] == str(places)
    assert call("cache", "--remove", NAME).out == f"removed {NAME}: {len(VECTORS)} bytes\n"
    assert call("cache", "--empty").out == f"nothing was in {places}\n"
    assert call("cache", "--empty", "--remove", "x").code == 2
    assert call("cache").out == f"nothing is in {places}\n"


def test_all_names_are_listed(call: Any) -> None:
    lines = call("get").out.splitlines()
    for entry in catalogue.entries():
        assert any(line.startswith(f"{entry.name} ") for line in lines)
    document = call("get", "--json").json
    assert len(document["entries"]) == len(catalogue.entries())
    assert call("get", "cc.LANGUAGE.300.vec").out.split()[-1] == "zh"
    assert len(call("get", "wiki.LANGUAGE.vec", "--json").json["languages"]) == 294
    done = call("get", "glove")
    assert done.code == 1 and "nothing is known by the name 'glove'" in done.err
    assert len(done.said) == 1
