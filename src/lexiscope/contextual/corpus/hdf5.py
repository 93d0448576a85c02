"""HDF5 file of a table of words: a data set a column."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from lexiscope.contextual.corpus.columns import (
    METADATA,
    TENSORS,
    Columns,
    SafetensorsTable,
    Values,
    joined,
    joined_shape,
)
from lexiscope.errors import MissingExtraError


class Hdf5Table:
    """HDF5: the data sets that `SafetensorsTable` has as tensors; its parts are such files.

    What the vectors were made with is JSON in the attribute `lexiscope`.

    Raises:
        MissingExtraError: h5py is not installed.
    """

    is_folder = False

    def __init__(self, values: Values) -> None:
        try:
            import h5py
        except ImportError as error:
            raise MissingExtraError("an HDF5 file", "hdf5") from error
        self._h5py = h5py
        self._parts = SafetensorsTable(values)

    def write(self, stream: BinaryIO, columns: Columns) -> None:
        """Writes a part."""
        self._parts.write(stream, columns)

    def join(self, stream: BinaryIO, parts: Sequence[Path], metadata: Mapping[str, Any]) -> None:
        """Writes all parts as one file, in memory of one part."""
        # Times in it would make two runs' files differ.
        with self._h5py.File(stream, "w", track_order=True) as file:
            file.attrs[METADATA] = json.dumps(metadata, sort_keys=True)
            for name in TENSORS:
                at, data = 0, None
                for tensor in joined(parts, name):
                    if data is None:
                        shape = joined_shape(parts, name)
                        data = file.create_dataset(name, shape, tensor.dtype, track_times=False)
                    data[at : at + len(tensor)] = tensor
                    at += len(tensor)
