"""Small text files that are read whole."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from lexiscope.errors import FormatError
from lexiscope.files import lists
from lexiscope.files.lists import read_list, read_text
from tests.support.patience import PATIENCE


def test_a_list_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"\xef\xbb\xbfking\r\nqueen\rcaf\xc3\xa9\n" + b"x" * 100_000)
    assert read_list(path, "words") == path.read_bytes()[3:]
    assert read_text(path, "words") == "king\nqueen\ncafé\n" + "x" * 100_000


def test_what_is_no_list_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "latin").write_bytes(b"caf\xe9\n")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    expected = {
        "missing": "no such file",
        "loop": "a link to nothing|symbolic links",
        "latin": "byte 3: is not UTF-8",
        "pipe": "a pipe that nobody writes to",
        ".": "is a folder",
        os.devnull: "is a device",
        "x" * 300: "File name too long|no such file",
    }
    for name, reason in expected.items():
        with pytest.raises(FormatError, match=reason):
            read_text(tmp_path / name, "one word a line")
    monkeypatch.setattr(lists, "_MOST_BYTES", 10)
    (tmp_path / "large").write_bytes(b"a" * 200_000)
    with pytest.raises(FormatError, match="more than 10 bytes, expected one word a line"):
        read_text(tmp_path / "large", "one word a line")


def test_a_pipe_that_somebody_writes_to_is_read_to_its_end() -> None:
    read_end, write_end = os.pipe()

    def write() -> None:
        with os.fdopen(write_end, "wb") as stream:
            stream.write(b"king\n" * 50_000)

    writing = threading.Thread(target=write, daemon=True)
    writing.start()
    assert read_list(Path(f"/dev/fd/{read_end}"), "words") == b"king\n" * 50_000
    writing.join(PATIENCE)
    os.close(read_end)
