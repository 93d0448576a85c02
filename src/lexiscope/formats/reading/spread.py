"""Rows of the n-grams that some words have, standing for the rows of all buckets.

Of two million buckets a vocabulary of fifty thousand words uses some three hundred thousand; the
others have nothing to say, and are rows of zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.formats.contract import Rows


class SpreadRows:
    """A matrix with a row a bucket (buckets×D), to index with numbers or a slice as an array is.

    Args:
        buckets: How many rows it stands for.
        used: The buckets that have a row, rising, N.
        rows: Their rows, N×D.
        rest: The rows of the others, buckets×D; None for zeros.
    """

    def __init__(
        self, buckets: int, used: NDArray[np.int32], rows: Rows, rest: Rows | None = None
    ) -> None:
        self.used = used
        self.rows = rows
        self.rest = rest
        self.shape = (buckets, int(rows.shape[1]))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All of it, for NumPy: two million rows in most models."""
        del copy
        return self[:].astype(np.float32 if dtype is None else dtype, copy=False)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Some rows, or the one of a number, as float32, a copy."""
        if isinstance(rows, int | np.integer):
            one: NDArray[np.float32] = self[np.arange(len(self))[rows][None]][0]
            return one
        wanted = np.arange(len(self))[rows] if isinstance(rows, slice) else np.asarray(rows)
        if self.rest is None:
            found = np.zeros((len(wanted), self.shape[1]), dtype=np.float32)
        else:
            found = np.array(self.rest[wanted], dtype=np.float32)
        if len(self.used):
            places = np.minimum(np.searchsorted(self.used, wanted), len(self.used) - 1)
            known = self.used[places] == wanted
            found[known] = self.rows[places[known]]
        return found
