"""NumPy's own files: a .npy for each matrix, or one .npz for all."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lexiscope.formats.kinds.export.matrices import ARCHIVE, READERS
from lexiscope.interop.exports.data import ExportData, Target, new_file


def _write_npy(folder: Path, data: ExportData) -> dict[str, str]:
    files = {name: f"{name}.npy" for name in data.matrices}
    for name, matrix in data.matrices.items():
        with new_file(folder / files[name]) as stream:
            np.save(stream, matrix, allow_pickle=False)
    return files


def _write_npz(folder: Path, data: ExportData) -> dict[str, str]:
    with new_file(folder / ARCHIVE) as stream:
        np.savez(stream, allow_pickle=False, **data.matrices)
    return dict.fromkeys(data.matrices, ARCHIVE)


NPY = Target(
    name="npy",
    description="a .npy file for each matrix",
    write=_write_npy,
    read=READERS["npy"],
)
NPZ = Target(
    name="npz",
    description="one .npz file",
    write=_write_npz,
    read=READERS["npz"],
)
