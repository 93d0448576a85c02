"""Zarr group of a table of words: an array a column, in chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

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
from lexiscope.files.atomic import sync_files

_CHUNK_BYTES = 1 << 22


class ZarrTable:
    """Zarr 3: the arrays that `SafetensorsTable` has as tensors; its parts are such files.

    A chunk is some rows, about 4 MB; all but `vectors`, which do not compress, are compressed. What
    the vectors were made with is the group's attribute `lexiscope`.

    Raises:
        MissingExtraError: zarr is not installed, or an older one than 3.
    """

    is_folder = True

    def __init__(self, values: Values) -> None:
        try:
            import zarr
        except ImportError as error:
            raise MissingExtraError("a Zarr group", "zarr") from error
        if int(zarr.__version__.partition(".")[0]) < 3:
            raise MissingExtraError(f"a Zarr group of zarr {zarr.__version__}", "zarr")
        self._zarr = zarr
        self._parts = SafetensorsTable(values)

    def write(self, stream: BinaryIO, columns: Columns) -> None:
        """Writes a part."""
        self._parts.write(stream, columns)

    def join(self, target: Path, parts: Sequence[Path], metadata: Mapping[str, Any]) -> None:
        """Writes all parts as one group into a folder, in memory of one part."""
        group = self._zarr.open_group(target, mode="a", zarr_format=3)
        group.attrs[METADATA] = dict(metadata)
        for name in TENSORS:
            shape = joined_shape(parts, name)
            at, array = 0, None
            for tensor in joined(parts, name):
                if array is None:
                    row = tensor.dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
                    rows = max(1, min(shape[0], _CHUNK_BYTES // max(1, row)))
                    array = group.create_array(
                        name,
                        shape=shape,
                        dtype=tensor.dtype,
                        chunks=(rows, *(max(1, size) for size in shape[1:])),
                        compressors=None if name == "vectors" else "auto",
                    )
                if len(tensor):
                    array[at : at + len(tensor)] = tensor
                at += len(tensor)
        sync_files(target)
