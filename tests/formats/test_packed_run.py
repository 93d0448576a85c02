"""A run in a zip archive opens like its folder, and says what is wrong with it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lexiscope import formats
from lexiscope.errors import FormatError
from lexiscope.formats.kinds import packed_run
from lexiscope.inspection import Recording
from lexiscope.vectors import load


def pack(folder: Path, target: Path, *, below: str = "", method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(target, "w", method) as archive:
        for part in sorted(folder.rglob("*")):
            if part.is_file():
                archive.write(part, f"{below}{part.relative_to(folder).as_posix()}")
    return target


@pytest.mark.parametrize("below", ["", "my run/"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_it_opens_as_its_folder_does(saved: Path, tmp_path: Path, below: str, method: int) -> None:
    file = pack(saved, tmp_path / "king.run.zip", below=below, method=method)
    assert formats.detect(file).name == "run"
    expected, found = load(saved), load(file)
    assert found.index_to_key == expected.index_to_key
    assert found.vectors.tobytes() == expected.vectors.tobytes()
    assert found.metadata == expected.metadata
    recording = Recording.open(file)
    assert recording.run.states.tobytes() == Recording.open(saved).run.states.tobytes()
    assert list(tmp_path.iterdir()) == [file]


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


@pytest.mark.parametrize(
    ("damage", "message"),
    [(_cut, "zip archive"), (_flipped, "damaged zip archive|checksum|CRC")],
)
def test_a_damaged_one_is_told(
    saved: Path, tmp_path: Path, damage: Callable[[bytes], bytes], message: str
) -> None:
    file = pack(saved, tmp_path / "run.zip")
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(FormatError, match=message):
        Recording.open(file)


def test_what_stands_for_more_than_it_can_is_refused(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_run, "_ALWAYS_ALLOWED", 1_000)
    monkeypatch.setattr(packed_run, "_MOST_EXPANSION", 1)
    file = pack(saved, tmp_path / "run.zip", method=zipfile.ZIP_DEFLATED)
    with pytest.raises(FormatError, match="packed closer than a run can be"):
        load(file)


def test_a_fault_inside_is_told_of_the_archive(saved: Path, tmp_path: Path) -> None:
    file = tmp_path / "run.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("model.safetensors", "config.json"):
            archive.write(saved / name, name)
        archive.writestr("vocabulary.tsv", "only\t1\n")
    with pytest.raises(FormatError, match=r"^[^ ]*run.zip, vocabulary.tsv: has 1 words"):
        load(file)
    with pytest.raises(FormatError, match=r"^[^ ]*run.zip: holds no recording"):
        Recording.open(file)


def test_another_archive_is_no_run(tmp_path: Path) -> None:
    file = tmp_path / "notes.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("notes.txt", "nothing")
    assert not packed_run.is_packed(file)
    with pytest.raises(FormatError, match=r"no known format|a zip archive"):
        load(file)
