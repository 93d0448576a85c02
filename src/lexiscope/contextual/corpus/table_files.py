"""Kinds of files that a table of words is written as, by the ending of the name."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from lexiscope.checks import choice
from lexiscope.contextual.corpus.columns import (
    DATASET,
    HDF5,
    KINDS,
    PARQUET,
    SAFETENSORS,
    ZARR,
    ParquetTable,
    SafetensorsTable,
    TableFile,
    Values,
)
from lexiscope.contextual.corpus.hdf5 import Hdf5Table
from lexiscope.contextual.corpus.hf_dataset import DatasetTable
from lexiscope.contextual.corpus.zarr_group import ZarrTable
from lexiscope.errors import ConfigError


def table_file(path: Path, values: Values = "float32") -> TableFile:
    """The kind of file that a name's ending stands for.

    Args:
        path: The file.
        values: What its vectors are stored as.

    Raises:
        ConfigError: It stands for none, there is no such precision, or a folder with something
            else is there.
        MissingExtraError: A package that it needs is not installed.
    """
    choice("values", values, get_args(Values))
    if path.suffix == PARQUET:
        return ParquetTable(values)
    if path.suffix == SAFETENSORS:
        return SafetensorsTable(values)
    if path.suffix == HDF5:
        return Hdf5Table(values)
    if path.suffix == ZARR:
        _check_replaced(path, "zarr.json", "a Zarr group")
        return ZarrTable(values)
    if path.suffix == DATASET:
        _check_replaced(path, "dataset_info.json", "a data set")
        return DatasetTable(values)
    raise ConfigError(
        f"{path}: expected a name that ends in {', '.join(KINDS[:-1])} or {KINDS[-1]}"
    )


def _check_replaced(path: Path, name: str, kind: str) -> None:
    """Refuses to put a folder in the place of one that is something else."""
    if path.is_dir() and any(path.iterdir()) and not (path / name).is_file():
        raise ConfigError(f"{path} is a folder that is not {kind}; name another, or remove it")
