"""Tensors' files: safetensors, and PyTorch's own."""

from __future__ import annotations

from pathlib import Path

from lexiscope.formats.kinds.export.matrices import READERS, SAFETENSORS_FILE, TORCH_FILE
from lexiscope.formats.reading import safetensors_file
from lexiscope.interop.exports.data import ExportData, Target, new_file
from lexiscope.interop.torch import require_torch


def _write_safetensors(folder: Path, data: ExportData) -> dict[str, str]:
    safetensors_file.write_matrices(folder / SAFETENSORS_FILE, data.matrices)
    return dict.fromkeys(data.matrices, SAFETENSORS_FILE)


def _write_torch(folder: Path, data: ExportData) -> dict[str, str]:
    torch = require_torch()
    # A tensor cannot be of read-only memory, such as a mapped file.
    tensors = {name: torch.tensor(matrix) for name, matrix in data.matrices.items()}
    with new_file(folder / TORCH_FILE) as stream:
        torch.save(tensors, stream)
    return dict.fromkeys(data.matrices, TORCH_FILE)


SAFETENSORS = Target(
    name="safetensors",
    description="one safetensors file",
    write=_write_safetensors,
    read=READERS["safetensors"],
)
TORCH = Target(
    name="torch",
    description="one file of torch.save",
    write=_write_torch,
    read=READERS["torch"],
)
