"""Room on the disk: what does not fit is refused before, or named and nothing of it left."""

from __future__ import annotations

import errno
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from lexiscope import formats
from lexiscope.errors import LexiscopeError
from lexiscope.files import space
from lexiscope.files.atomic import atomic_file, atomic_folder
from lexiscope.files.space import NoRoomError, check_room
from lexiscope.formats import FORMATS
from lexiscope.formats.conversion import convert
from tests.support.killing import cases, vectors
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[2]


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "free_bytes", lambda _path: 20)


def test_a_full_disk_names_file_sizes_and_room(tmp_path: Path) -> None:
    target = tmp_path / "there"
    with pytest.raises(NoRoomError) as caught, atomic_file(target, 10) as stream:
        stream.write(b"12345")
        stream.flush()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert isinstance(caught.value, OSError) and isinstance(caught.value, LexiscopeError)
    assert str(caught.value).startswith(
        f"{target} could not be written: No space left on device: 5 bytes of 10 bytes were "
        "written, and "
    )
    assert f"are free in {tmp_path}; make room there" in str(caught.value)
    with pytest.raises(NoRoomError, match="3 bytes were written"), atomic_folder(target) as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "file").write_bytes(b"123")
        raise OSError(errno.EDQUOT, "quota")
    with pytest.raises(PermissionError), atomic_file(target):
        raise PermissionError(errno.EACCES, "no")
    assert list(tmp_path.iterdir()) == []


def test_what_will_not_fit_is_refused(tmp_path: Path, little_room: None) -> None:
    check_room(tmp_path / "there", 20)
    with pytest.raises(NoRoomError) as caught:
        check_room(tmp_path / "not" / "yet", 21)
    assert str(caught.value) == (
        f"{tmp_path}/not/yet could not be written: it takes 21 bytes, but 20 bytes are free in "
        f"{tmp_path}; make room there, or name another place"
    )


WRITABLE = [known.name for known in FORMATS if known.write is not None and known.name != "parquet"]


@pytest.mark.parametrize("name", WRITABLE)
@pytest.mark.parametrize("source", ["there.npy", "there.vec", "there.csv"])
def test_a_conversion_that_will_not_fit_is_refused_at_its_first_rows(
    name: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"npy": "npy", "vec": "word2vec-text", "csv": "csv"}[source.rpartition(".")[2]]
    formats.write(tmp_path / source, vectors(1), known)
    before = sorted(tmp_path.iterdir())
    target = tmp_path / "target"
    # Twelve values: 48 bytes, or in text 2 each and what stands between.
    monkeypatch.setattr(space, "free_bytes", lambda _path: 30)
    with pytest.raises(NoRoomError, match=r"it takes .* but 30 bytes are free"):
        convert(tmp_path / source, target, to=name)
    assert sorted(tmp_path.iterdir()) == before
    monkeypatch.setattr(space, "free_bytes", lambda _path: 300)
    convert(tmp_path / source, target, to=name)


FILL = """
import json, resource, sys
from pathlib import Path
from lexiscope.errors import LexiscopeError
from tests.support.killing import cases
name, folder, most = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
case = cases()[name]()
case.write(folder, 1)
left = []
for limit in [*range(0, most, most // 10)]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        case.write(folder, 2)
        said = None
    except LexiscopeError as error:
        said = str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    names = sorted(path.name for path in folder.iterdir() if path.name.startswith("."))
    left.append({"said": said, "versions": sorted(case.read(folder)), "hidden": names})
print(json.dumps(left))
"""
# Bytes of the largest file, about: below it every writer fails somewhere.
LARGEST = {"export-torch": 1000, "export-npz": 400, "parquet": 700, "export-parquet": 700}
FORMATS_AND_EXPORTS = sorted({*cases()} - {"parts"})


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no limit of a file's size")
@pytest.mark.slow
@pytest.mark.parametrize("case", FORMATS_AND_EXPORTS)
def test_a_disk_that_fills_leaves_what_was_there(case: str, tmp_path: Path) -> None:
    """A file may not grow beyond ten sizes, which stops a writer as a full disk does."""
    (tmp_path / "run").mkdir()
    most = LARGEST.get(case, 100)
    done = subprocess.run(
        [sys.executable, "-c", FILL, case, str(tmp_path / "run"), str(most)],
        capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    told: list[dict[str, Any]] = json.loads(done.stdout)
    failed = [left for left in told if left["said"] is not None]
    assert len(failed) >= 5
    for left in failed:
        assert left["versions"] == [1] and left["hidden"] == [], left
        assert "there" in left["said"] and "were written, and" in left["said"], left
        assert "\n" not in left["said"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the system has no limit of a file's size")
def test_a_temporary_folder_that_is_full_is_named(tmp_path: Path) -> None:
    """A wrapped file is unpacked there, wherever it is itself."""
    formats.write(tmp_path / "x.npy", vectors(1), "npy")
    packed = tmp_path / "x.npy.gz"
    packed.write_bytes(gzip.compress((tmp_path / "x.npy").read_bytes()))
    code = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
from lexiscope.cli.main import main
sys.exit(main(["info", sys.argv[1]]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(packed)],
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 1
    said = f"lexiscope: error: {Path(tempfile.gettempdir()) / 'x.npy'} could not be written: "
    assert done.stderr.startswith(said) and done.stderr.count("\n") == 1
