"""NumPy's own files: a .npy for each matrix, or one .npz for all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats.kinds.export.manifest import ExportError
from lexiscope.formats.reading import npy_file
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
        path = folder / file
        try:
            found = npy_file.map_array(path)
        except FormatError as error:
            raise ExportError(
                path, error.position, f"is not a whole .npy file: {error.reason}"
            ) from error
        matrices[name] = _matrix(path, name, found)
    return matrices


def _matrix(path: Path, name: str, found: NDArray[Any]) -> NDArray[np.float32]:
    if found.ndim != 2 or found.dtype != np.float32:
        raise ExportError(
            path,
            f"matrix {name!r}",
            f"is of shape {found.shape} and type {found.dtype}, expected a float32 matrix",
        )
    return np.asarray(found, np.float32)


def _write_npz(folder: Path, data: ExportData) -> dict[str, str]:
    with new_file(folder / _ARCHIVE) as stream:
        np.savez(stream, allow_pickle=False, **data.matrices)
    return dict.fromkeys(data.matrices, _ARCHIVE)


def _read_npz(folder: Path, files: Mapping[str, str]) -> Matrices:
    path = folder / _ARCHIVE
    matrices: Matrices = {}
    try:
        with ZipFile(path) as archive:
            for name in files:
                entry = archive.getinfo(f"{name}.npy")
                # As np.savez writes them: nothing is inflated, and no size has to be believed.
                if entry.compress_type != ZIP_STORED or entry.file_size != entry.compress_size:
                    raise ValueError(f"{name} is compressed")
                content = archive.read(entry)
                matrices[name] = _matrix(path, name, npy_file.array_in(content, path))
    except FormatError as error:
        raise ExportError(path, error.position, error.reason) from error
    except (ValueError, EOFError, KeyError, BadZipFile, NotImplementedError, OSError) as error:
        raise ExportError(
            path, None, f"is not a whole .npz file of these matrices ({error})"
        ) from error
    return matrices


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
