"""Matrices stored by product quantisation: each row is a few codes into tables of pieces.

A row of D values is cut into Q pieces; each piece is the number of one of at most 256 stored
pieces (Jégou et al., Product Quantization for Nearest Neighbor Search, 2011). Rows are put
together when they are asked for, so that a matrix takes no more memory than its codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class QuantizedRows:
    """A quantised matrix (V×D), to index with row numbers or a slice as an array is.

    Args:
        codes: V×Q, uint8; each below the number of pieces in its table.
        tables: Q of them, each pieces × values of that piece, float32.
        lengths: What each row is multiplied by, V float32, where rows were stored at length 1.
        projection: D×D; rows are multiplied by its transpose, where they were stored rotated.
    """

    def __init__(
        self,
        codes: NDArray[np.uint8],
        tables: Sequence[NDArray[np.float32]],
        *,
        lengths: NDArray[np.float32] | None = None,
        projection: NDArray[np.float32] | None = None,
    ) -> None:
        self._codes = codes
        self._tables = tables
        self._lengths = lengths
        self._projection = projection
        self.shape = (len(codes), sum(table.shape[1] for table in tables))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Some rows, as float32."""
        codes = self._codes[rows]
        found = np.empty((len(codes), self.shape[1]), dtype=np.float32)
        column = 0
        for piece, table in enumerate(self._tables):
            found[:, column : column + table.shape[1]] = table[codes[:, piece]]
            column += table.shape[1]
        # Damaged factors may be infinite; the reader tells of rows that are not finite.
        with np.errstate(over="ignore", invalid="ignore"):
            if self._projection is not None:
                found = found @ self._projection.T
            if self._lengths is not None:
                found *= self._lengths[rows][:, None]
        return found

    def after(self, row: int) -> QuantizedRows:
        """The rows from a given one on, nothing copied."""
        return QuantizedRows(
            self._codes[row:],
            self._tables,
            lengths=None if self._lengths is None else self._lengths[row:],
            projection=self._projection,
        )
