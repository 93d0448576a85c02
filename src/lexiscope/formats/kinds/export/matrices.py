"""The matrices of an export, read out of the files of each target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError, reason_of
from lexiscope.formats.contract import Format
from lexiscope.formats.kinds import parquet, projector
from lexiscope.formats.kinds.export.manifest import ExportError
from lexiscope.formats.reading import npy_file, safetensors_file
from lexiscope.formats.reading.torch_file import TorchFile

ARCHIVE = "matrices.npz"
# Not model.safetensors: with vocabulary.tsv beside it that would be half of a model folder.
SAFETENSORS_FILE = "matrices.safetensors"
TORCH_FILE = "matrices.pt"
Matrices = dict[str, NDArray[np.float32]]
Reader = Callable[[Path, Mapping[str, str]], Matrices]


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


def _read_npz(folder: Path, files: Mapping[str, str]) -> Matrices:
    path = folder / ARCHIVE
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
            path, None, f"is not a whole .npz file of these matrices ({reason_of(error)})"
        ) from error
    return matrices


def _read_safetensors(folder: Path, files: Mapping[str, str]) -> Matrices:
    try:
        found = safetensors_file.read_matrices(folder / SAFETENSORS_FILE, mmap=True)
        return {name: found[name] for name in files}
    except (FormatError, OSError, KeyError) as error:
        raise ExportError(
            folder / SAFETENSORS_FILE, None, f"does not hold these matrices ({reason_of(error)})"
        ) from error


def _read_torch(folder: Path, files: Mapping[str, str]) -> Matrices:
    path = folder / TORCH_FILE
    try:
        file = TorchFile(path)
    except FormatError as error:
        raise ExportError(path, error.position, error.reason) from error
    matrices: Matrices = {}
    for name in files:
        stored = file.tensors.get(name)
        if stored is None or stored.dtype != "F32" or len(stored.shape) != 2:
            raise ExportError(path, None, f"does not hold these matrices: {name!r} is no matrix")
        matrices[name] = file.rows(name, 0, stored.shape[0])
    return matrices


def _reads_tables(format_: Format) -> Reader:
    """A reader of a table for each matrix, whose names are not the words."""

    def read(folder: Path, files: Mapping[str, str]) -> Matrices:
        try:
            return {matrix: format_.load(folder / file).vectors for matrix, file in files.items()}
        except FormatError as error:
            raise ExportError(error.path, error.position, error.reason) from error

    return read


READERS: Mapping[str, Reader] = {
    "npy": _read_npy,
    "npz": _read_npz,
    "safetensors": _read_safetensors,
    "tsv": _reads_tables(projector.FORMAT),
    "torch": _read_torch,
    "parquet": _reads_tables(parquet.FORMAT),
}
"""Target → what reads its matrices, given the folder and the file of each."""
