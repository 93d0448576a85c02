"""Folders of exports, written and read."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from lexiscope.errors import ConfigError
from lexiscope.files.atomic import atomic_folder, write_synced
from lexiscope.formats.kinds.export import manifest
from lexiscope.formats.kinds.export.format import read_exported
from lexiscope.formats.kinds.export.manifest import MANIFEST, VOCABULARY
from lexiscope.formats.reading.vocabulary_file import lines
from lexiscope.interop.exports.data import ExportData, Target
from lexiscope.interop.exports.numpy_files import NPY, NPZ
from lexiscope.interop.exports.table_files import PARQUET, TSV
from lexiscope.interop.exports.tensor_files import SAFETENSORS, TORCH
from lexiscope.vectors.aligning.align import Aligned
from lexiscope.vectors.table import VectorTable

TARGETS: dict[str, Target] = {
    target.name: target for target in (NPY, NPZ, SAFETENSORS, TSV, TORCH, PARQUET)
}


def check_target(out: str | PathLike[str]) -> None:
    """Refuses an output path before any work is done for it.

    Raises:
        ConfigError: Something that is not an export is in the way.
    """
    target = Path(out)
    if target.is_dir() and not (target / MANIFEST).is_file() and any(target.iterdir()):
        raise ConfigError(
            f"{target} exists and is not an export; name a new folder, or remove that one"
        )
    if not target.is_dir() and (target.exists() or target.is_symlink()):
        raise ConfigError(f"{target} exists and is a file; name a folder for the export")


def export(
    source: VectorTable | Aligned | ExportData, out: str | PathLike[str], to: str = "npy"
) -> None:
    """Writes matrices, vocabulary and manifest to a folder, whole or not at all.

    An export that is there already is replaced.

    Args:
        source: Vectors, or a matrix in the order of other ids (`lexiscope.align`).
        out: The folder; folders above it are made.
        to: The target: npy, npz, safetensors, tsv, torch or parquet.

    Raises:
        ConfigError: No such target, or something that is not an export is at `out`.
        MissingExtraError: The target's library is not installed.
        OSError: The disk is full or cannot be written to.
    """
    target = TARGETS.get(to)
    if target is None:
        raise ConfigError(f"no target {to!r}; expected one of {', '.join(TARGETS)}")
    check_target(out)
    data = source if isinstance(source, ExportData) else ExportData.of(source)
    place = Path(out)
    place.resolve().parent.mkdir(parents=True, exist_ok=True)
    # Text is longer and Parquet may be shorter than the matrices are in memory.
    size = sum(matrix.nbytes for matrix in data.matrices.values())
    with atomic_folder(place, None if target.name == "parquet" else size) as folder:
        files = target.write(folder, data)
        write_synced(folder / VOCABULARY, b"".join(lines(data.tokens, data.counts)))
        for name, content in data.files.items():
            write_synced(folder / name, content)
        write_synced(folder / MANIFEST, manifest.write(data, target.name, files))


def load_export(path: str | PathLike[str]) -> ExportData:
    """Reads an export, and makes sure that its matrices belong to its vocabulary.

    Args:
        path: The folder.

    Raises:
        ExportError: A file is missing or damaged, or the files were not written together.
        MissingExtraError: The target's library is not installed.
    """
    exported = read_exported(Path(path))
    return ExportData(
        tokens=exported.tokens,
        matrices=exported.matrices,
        counts=exported.counts,
        facts=exported.facts,
    )
