"""Tensors' files: safetensors, and PyTorch's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.formats.kinds.export.manifest import ExportError
from lexiscope.formats.reading import safetensors_file
from lexiscope.formats.reading.torch_file import TorchFile
from lexiscope.interop.exports.data import ExportData, Matrices, Target, new_file
from lexiscope.interop.torch import require_torch

# Not model.safetensors: with vocabulary.tsv beside it that would be half of a model folder.
_SAFETENSORS = "matrices.safetensors"
_TORCH = "matrices.pt"


def _write_safetensors(folder: Path, data: ExportData) -> dict[str, str]:
    safetensors_file.write_matrices(folder / _SAFETENSORS, data.matrices)
    return dict.fromkeys(data.matrices, _SAFETENSORS)


def _read_safetensors(folder: Path, files: Mapping[str, str]) -> Matrices:
    try:
        found = safetensors_file.read_matrices(folder / _SAFETENSORS, mmap=True)
        return {name: found[name] for name in files}
    except (FormatError, OSError, KeyError) as error:
        raise ExportError(
            folder / _SAFETENSORS, None, f"does not hold these matrices ({error})"
        ) from error


def _write_torch(folder: Path, data: ExportData) -> dict[str, str]:
    torch = require_torch()
    # A tensor cannot be of read-only memory, such as a mapped file.
    tensors = {name: torch.tensor(matrix) for name, matrix in data.matrices.items()}
    with new_file(folder / _TORCH) as stream:
        torch.save(tensors, stream)
    return dict.fromkeys(data.matrices, _TORCH)


def _read_torch(folder: Path, files: Mapping[str, str]) -> Matrices:
    path = folder / _TORCH
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


SAFETENSORS = Target(
    name="safetensors",
    description="one safetensors file",
    write=_write_safetensors,
    read=_read_safetensors,
)
TORCH = Target(
    name="torch",
    description="one file of torch.save",
    write=_write_torch,
    read=_read_torch,
)
