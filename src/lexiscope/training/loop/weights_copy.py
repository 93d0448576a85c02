"""Copy of a run's weights in the temporary folder."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import IO

from lexiscope.training.loop.weights import Weights


class WeightsCopy:
    """The weights as they stood once, in a file without a name: no second place in memory.

    Args:
        weights: What is copied, and put back.
    """

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """Copies the weights as they stand over the copy before; False where there is no room."""
        try:
            if self._file is None:
                self._file = TemporaryFile(prefix="lexiscope-")  # noqa: SIM115 (closed by close)
            self._file.seek(0)
            for matrix in (self._weights.trained, self._weights.outputs):
                self._file.write(matrix.data)
            self._file.flush()
        except OSError:
            self.close()
            return False
        return True

    def put_back(self) -> bool:
        """Sets the weights to the copy; False where there is none."""
        if self._file is None:
            return False
        self._file.seek(0)
        for matrix in (self._weights.trained, self._weights.outputs):
            self._file.readinto(matrix.data.cast("B"))  # type: ignore[attr-defined]
        return True

    def close(self) -> None:
        """Lets the copy go."""
        if self._file is not None:
            self._file.close()
            self._file = None
