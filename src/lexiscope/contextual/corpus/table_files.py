"""Kinds of files that a table of words is written as, by the ending of the name."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from lexiscope.checks import choice
from lexiscope.contextual.corpus.columns import (
    HDF5,
    KINDS,
    PARQUET,
    SAFETENSORS,
    ParquetTable,
    SafetensorsTable,
    TableFile,
    Values,
)
from lexiscope.contextual.corpus.hdf5 import Hdf5Table
from lexiscope.errors import ConfigError


def table_file(path: Path, values: Values = "float32") -> TableFile:
    """The kind of file that a name's ending stands for.

    Args:
        path: The file.
        values: What its vectors are stored as.

    Raises:
        ConfigError: It stands for none, or there is no such precision.
        MissingExtraError: A package that it needs is not installed.
    """
    choice("values", values, get_args(Values))
    if path.suffix == PARQUET:
        return ParquetTable(values)
    if path.suffix == SAFETENSORS:
        return SafetensorsTable(values)
    if path.suffix == HDF5:
        return Hdf5Table(values)
    raise ConfigError(
        f"{path}: expected a name that ends in {', '.join(KINDS[:-1])} or {KINDS[-1]}"
    )
