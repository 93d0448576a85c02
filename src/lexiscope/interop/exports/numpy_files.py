"""NumPy's own files: a .npy for each matrix, or one .npz for all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from lexiscope.formats.kinds.export.manifest import ExportError
from lexiscope.interop.exports.data import ExportData, Matrices, Target, new_file

_ARCHIVE = "matrices.npz"


def _write_npy(folder: Path, data: ExportData) -> dict[str, str]:
    files = {name: f"{name}.npy" for name in data.matrices}
    for name, matrix in data.matrices.items():
        with new_file(folder / files[name]) as stream:
            np.save(stream, matrix, allow_pickle=False)
    return files


def _read_npy(folder: Path, files: Mapping[str, str]) -> Matrices:
    matrices: Matrices = {}
    for name, file in files.items():
        try:
            # Mapped: memory that a header wrongly asks for is never taken.
            matrices[name] = np.load(folder / file, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise ExportError(folder / file, None, f"is not a whole .npy file ({error})") from error
    return matrices


def _write_npz(folder: Path, data: ExportData) -> dict[str, str]:
    with new_file(folder / _ARCHIVE) as stream:
        np.savez(stream, allow_pickle=False, **data.matrices)
    return dict.fromkeys(data.matrices, _ARCHIVE)


def _read_npz(folder: Path, files: Mapping[str, str]) -> Matrices:
    try:
        # Given a path, NumPy leaves the file open where it is no archive.
        with (folder / _ARCHIVE).open("rb") as stream, np.load(stream) as archive:
            return {name: archive[name] for name in files}
    except (OSError, ValueError, EOFError, KeyError, BadZipFile) as error:
        raise ExportError(
            folder / _ARCHIVE, None, f"is not a whole .npz file of these matrices ({error})"
        ) from error


NPY = Target(
    name="npy",
    description="a .npy file for each matrix",
    write=_write_npy,
    read=_read_npy,
)
NPZ = Target(
    name="npz",
    description="one .npz file",
    write=_write_npz,
    read=_read_npz,
)
