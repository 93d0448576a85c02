"""Texts at addresses that fsspec reaches give the bits of the same files on the disk."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lexiscope.cli.main import main
from lexiscope.corpus import EncodedCorpus, TokenizerSpec, VocabularyOptions, encode_corpus
from lexiscope.corpus.input.remote import is_remote
from lexiscope.corpus.input.sources import find_files
from lexiscope.errors import CorpusError, MissingExtraError

fsspec = pytest.importorskip("fsspec", reason="needs the extra `fsspec`")
TEXTS = {
    "a.txt": b"the cat sat on the mat\nthe dog sat too\n",
    "b.txt.gz": gzip.compress(b"the cat ran\n\na dog ran after the cat\n"),
    "deep/c.txt": "ein Äpfelchen fiel\nthe end".encode(),
    ".hidden.txt": b"nobody reads this\n",
}


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The same files in memory and on the disk."""
    memory = fsspec.filesystem("memory")
    for name, data in TEXTS.items():
        memory.pipe_file(f"/texts/{name}", data)
        place = tmp_path / "texts" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    yield "memory://texts", tmp_path / "texts"
    memory.rm("/texts", recursive=True)


def encoded(files: str | Path | list[str], workers: int = 1) -> EncodedCorpus:
    return encode_corpus(
        files=files,
        tokenizer=TokenizerSpec(),
        vocabulary=VocabularyOptions(min_count=1),
        workers=workers,
    )


@pytest.mark.parametrize("name", ["", "/a.txt", "/b.txt.gz", "/*.txt", "/**/c.*"])
@pytest.mark.parametrize("workers", [1, 3])
def test_the_same_bits_as_from_the_disk(folders: tuple[str, Path], name: str, workers: int) -> None:
    address, folder = folders
    with (
        encoded(address + name, workers=workers) as remote,
        encoded(f"{folder}{name}", workers=workers) as local,
    ):
        assert remote.fingerprint == local.fingerprint
        assert remote.vocabulary.tokens == local.vocabulary.tokens
        assert np.array_equal(remote.ids, local.ids)
        assert remote.report.bytes == local.report.bytes > 0
        assert remote.report.files == local.report.files


def test_files_are_read_in_the_order_that_is_told(folders: tuple[str, Path]) -> None:
    address, _ = folders
    found = find_files([f"{address}/b.txt.gz", address])
    assert [name.rpartition("/")[2] for name in found] == [
        *("b.txt.gz", "a.txt", "b.txt.gz", "c.txt"),
    ]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("memory://texts/missing.txt", r"memory://texts/missing\.txt: no such file"),
        ("memory://texts/*.md", "no file is there"),
        ("nonsense://a/b.txt", r"nonsense://a/b\.txt: cannot be read: .*nonsense"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line(
    folders: tuple[str, Path],
    address: str,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert folders
    with pytest.raises(CorpusError, match=told):
        encoded(address)
    assert main(["train", address, "-o", str(tmp_path / "m")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "m").exists()


def test_a_damaged_file_is_told_by_its_address(folders: tuple[str, Path]) -> None:
    address, _ = folders
    fsspec.filesystem("memory").pipe_file("/texts/cut.gz", TEXTS["b.txt.gz"][:-12])
    with pytest.raises(CorpusError, match=r"memory://texts/cut\.gz: .*too early"):
        encoded(f"{address}/cut.gz")


def test_without_fsspec_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingExtraError, match=r"lexiscope\[fsspec\]"):
        encoded("s3://bucket/text.txt")


def test_drives_and_names_are_no_addresses() -> None:
    assert is_remote("s3://bucket/a") and is_remote("memory://a")
    assert not any(map(is_remote, ("C://a", "a/b.txt", "-", "a:b", "://a")))
