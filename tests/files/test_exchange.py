"""Results of several files, killed at every rename over an earlier one: old, new, or refused."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope import formats
from lexiscope.cli.main import main
from lexiscope.errors import ConfigError, FormatError
from lexiscope.files.atomic import atomic_files
from lexiscope.files.space import NoRoomError
from lexiscope.formats import ReadOptions
from lexiscope.formats.conversion import convert
from tests.support.killing import REFUSED, cases, vectors, versions
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[2]


def left_by(case: str, folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killing", case, str(folder)],
        capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed runs are forked")
@pytest.mark.slow
@pytest.mark.parametrize("case", cases())
def test_a_kill_between_two_renames_mixes_nothing(case: str, tmp_path: Path) -> None:
    told = left_by(case, tmp_path)
    assert len(told) >= 3  # one rename at least: before it, after it, and both gone on from
    for left in told:
        whole = [[version] for version in left["allowed"]]
        assert left["found"] in whole or (left["allowed"] and left["found"] == REFUSED), left
        if left["kills"][-1] == "none":
            assert left["found"] == [2], left
        if left["found"] == REFUSED:
            assert "\n" not in left["reason"] and "again" in left["reason"], left


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Version 1."""
    formats.write(tmp_path / "x.npy", vectors(1), "npy")
    return tmp_path / "x.npy"


def stale(pair: Path) -> Path:
    """New rows under old words, as a kill between two renames left them."""
    words = pair.with_name("x.vocab.tsv")
    old = words.read_bytes()
    formats.write(pair, vectors(2), "npy")
    words.write_bytes(old)
    return words


def test_other_programs_read_a_pair_as_before(pair: Path) -> None:
    rows = np.load(pair)
    lines = pair.with_name("x.vocab.tsv").read_text().splitlines()
    assert np.array_equal(rows, vectors(1).vectors) and len(lines) == 4
    assert sorted(path.name for path in pair.parent.iterdir()) == [
        "x.npy",
        "x.npy.pair",
        "x.vocab.tsv",
    ]


def test_a_stale_pair_is_refused_by_everybody(
    pair: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = stale(pair)
    said = f"{words}: does not have the words that x.npy was written with"
    with pytest.raises(FormatError) as caught:
        lexiscope.load(pair)
    assert str(caught.value).startswith(said) and "\n" not in str(caught.value)
    with pytest.raises(FormatError, match="was written with"):
        convert(pair, tmp_path / "other.bin")
    assert main(["check", str(pair)]) == 1
    captured = capsys.readouterr()
    assert said in captured.err and "Sound" not in captured.out
    assert not (tmp_path / "other.bin").exists()


@pytest.mark.parametrize(("one", "other"), [("npy", "safetensors"), ("safetensors", "npy")])
def test_two_matrices_share_a_file_of_words_only_where_they_are_the_same(
    one: str, other: str, tmp_path: Path
) -> None:
    first, second = tmp_path / f"x.{one}", tmp_path / f"x.{other}"
    formats.write(first, vectors(1), one)
    formats.write(second, vectors(1), other)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    # Rewriting either with other words would leave the other one without its own.
    with pytest.raises(ConfigError, match=f"has the words of {first.name}, and those of"):
        convert(first, second, options=ReadOptions(limit=2))
    with pytest.raises(ConfigError, match=f"or remove {second.name}"):
        formats.write(first, vectors(2), one)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    second.unlink()
    formats.write(first, vectors(2), one)
    assert versions(formats.read(first)) == {2}


def test_rows_whose_words_never_came_are_no_lone_matrix(pair: Path) -> None:
    pair.with_name("x.vocab.tsv").unlink()
    with pytest.raises(FormatError, match="has no words beside it, but was written with some"):
        lexiscope.load(pair)
    pair.with_name("x.npy.pair").unlink()
    assert lexiscope.load(pair).index_to_key == ["0", "1", "2", "3"]


def test_a_packed_pair_is_known_again(pair: Path) -> None:
    packed = pair.with_name("x.npy.gz")
    packed.write_bytes(gzip.compress(pair.read_bytes()))
    assert versions(formats.read(packed)) == {1}
    pair.with_name("x.vocab.tsv").write_text("d\nc\nb\na\n")
    with pytest.raises(FormatError, match=r"x\.npy\.gz was written with"):
        formats.read(packed)


def test_what_comes_from_elsewhere_opens(pair: Path) -> None:
    """A pair without a checksum; one put over ours; our rows, changed by another program."""
    elsewhere = pair.with_name("y.npy")
    np.save(elsewhere, vectors(2).vectors)
    elsewhere.with_name("y.vocab.txt").write_text("\n".join(vectors(2).tokens))
    assert versions(formats.read(elsewhere)) == {2}
    np.save(pair, vectors(1).vectors / 2)
    assert formats.read(pair).tokens == vectors(1).tokens
    np.save(pair, vectors(2).vectors)
    pair.with_name("x.vocab.tsv").write_text("\n".join(vectors(2).tokens) + "\n")
    assert versions(formats.read(pair)) == {2}


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"matrix 1 words 2", b"x" * 10_000])
def test_a_damaged_checksum_file_says_nothing(pair: Path, content: bytes) -> None:
    pair.with_name("x.npy.pair").write_bytes(content)
    assert versions(formats.read(pair)) == {1}


def test_ctrl_c_between_two_renames_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, seen = os.replace, 0

    def interrupted(*places: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == 2:
            raise KeyboardInterrupt
        replace(*places)

    monkeypatch.setattr(os, "replace", interrupted)
    with (
        pytest.raises(KeyboardInterrupt),
        atomic_files(tmp_path / "a", tmp_path / "b", named=tmp_path / "a") as (first, second),
    ):
        first.write(b"1")
        second.write(b"2")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full is Linux's to give")
def test_no_file_is_exchanged_before_all_are_on_disk(pair: Path) -> None:
    """The last file's bytes may wait in memory until its end, and find no room then."""
    before = {path.name: path.read_bytes() for path in pair.parent.iterdir()}
    targets = [pair, pair.with_name("x.vocab.tsv")]

    with pytest.raises(NoRoomError), atomic_files(*targets, named=pair) as (rows, words):
        rows.write(b"new")
        words.write(b"new")
        with Path("/dev/full").open("wb") as full:
            os.dup2(full.fileno(), words.fileno())
    assert {path.name: path.read_bytes() for path in pair.parent.iterdir()} == before
