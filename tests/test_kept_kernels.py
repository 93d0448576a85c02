"""`scripts/kernels.py`: machine code is taken by the very same sources only."""

from __future__ import annotations

import errno
import importlib
import os
from pathlib import Path

import pytest

from scripts import kernels


def tree(folder: Path, monkeypatch: pytest.MonkeyPatch, time: int, text: str = "X = 1\n") -> Path:
    """A copy of a package, its files of a time; the script works on it from here on."""
    package = folder / "src" / "lexiscope"
    for name, content in {
        "__init__.py": "",
        "limits.py": text,
        "compiled/__init__.py": "",
        "compiled/loops.py": "def f():\n    from lexiscope.limits import X\n",
        "other.py": "Y = 2\n",
    }.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        os.utime(path, (time, time))
    monkeypatch.setattr(kernels, "SOURCE", package.parent)
    monkeypatch.setattr(kernels, "PACKAGE", package)
    return package


def test_a_fresh_copy_takes_what_another_has_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    first = tree(tmp_path / "first", monkeypatch, 1_000)
    assert kernels.take(kept) == 0
    code = first / "compiled" / "__pycache__" / "loops.f-1.nbi"
    code.parent.mkdir()
    code.write_bytes(b"code")
    assert kernels.keep(kept) == 1
    assert kernels.keep(kept) == 0, "no more than there was"
    second = tree(tmp_path / "second", monkeypatch, 2_000)
    assert kernels.take(kept) == 1
    taken = second / "compiled" / "__pycache__" / code.name
    assert taken.read_bytes() == b"code"
    # Numba compares the source's time with the one that it wrote down.
    assert (second / "compiled" / "loops.py").stat().st_mtime == 1_000
    assert taken.stat().st_mtime > 2_000
    assert kernels.take(kept) == 0, "the copy has its own"


def test_another_text_or_another_processor_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llvmlite import binding

    tree(tmp_path / "first", monkeypatch, 1_000)
    key = kernels.key()
    package = tree(tmp_path / "second", monkeypatch, 2_000)
    assert kernels.key() == key
    (package / "other.py").write_text("Y = 3\n")
    assert kernels.key() == key, "no kernel sees that file"
    tree(tmp_path / "third", monkeypatch, 2_000, text="X = 2\n")
    assert kernels.key() != key
    tree(tmp_path / "fourth", monkeypatch, 2_000)
    assert kernels.key() == key
    monkeypatch.setattr(binding, "get_host_cpu_name", lambda: "another")
    assert kernels.key() != key


def test_what_was_used_long_ago_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "kept"
    for number in range(kernels.MOST_KEPT + 2):
        package = tree(tmp_path / str(number), monkeypatch, 1_000, text=f"X = {number}\n")
        code = package / "compiled" / "__pycache__" / "loops.f-1.nbi"
        code.parent.mkdir()
        code.write_bytes(b"code")
        assert kernels.keep(kept) == 1
        os.utime(kept / kernels.key(), (number, number))
    assert len(list(kept.iterdir())) == kernels.MOST_KEPT
    assert (kept / kernels.key()).is_dir()


@pytest.mark.slow
def test_a_disk_without_room_for_machine_code_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from numba.core import caching

    refused = 0

    def full(*_: object) -> None:
        nonlocal refused
        refused += 1
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "doubling.py").write_text(
        "from lexiscope.compiled.decorators import kernel\n\n"
        "@kernel\ndef double(x):\n    return 2 * x\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(caching.IndexDataCacheFile, "save", full)
    doubling = importlib.import_module("doubling")
    assert doubling.double(21) == 42 and refused == 1
