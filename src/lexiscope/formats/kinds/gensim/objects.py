"""Objects in gensim's pickles, told from the inert instances that `inert_pickle` gives.

A saved object's attributes are its state, but for large arrays, which stand in `.npy` files beside
the pickle: FILE.vectors.npy for its own, FILE.wv.vectors.npy for those of its `wv`; beside FILE.gz
and FILE.bz2 they are packed, FILE.gz.vectors.npz, under the name `val`. Source: gensim's
utils.SaveLoad, of 0.12 to 4.4.
"""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats.contract import Matrix
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.formats.reading.inert import Global, Instance, Items
from lexiscope.formats.reading.inert_arrays import to_array
from lexiscope.formats.reading.npy_file import archived_array, left_over, map_array

_BLOCK_BYTES = 512


def bytes_beside(path: Path) -> int:
    """The size of the arrays that are kept beside a pickle; holes in their files do not count."""
    total = 0
    for beside in path.parent.glob(f"{glob.escape(path.name)}.*.np[yz]"):
        status = beside.stat()
        blocks = getattr(status, "st_blocks", None)
        held = status.st_size if blocks is None else _BLOCK_BYTES * blocks
        total += min(status.st_size, held)
    return total


@dataclass(frozen=True)
class Saved:
    """A saved object: its attributes in the pickle, and where its large arrays are.

    Attributes:
        instance: What stands in the pickle.
        path: The pickle, for messages.
        base: The start of its arrays' paths: the pickle's, and ".wv" for its `wv`.
        writable: Whether maps of arrays can be written to, changes staying in memory.
    """

    instance: Instance
    path: Path
    base: Path
    writable: bool = False

    @property
    def kind(self) -> Global:
        """Its class."""
        return class_of(self.instance)

    @property
    def name(self) -> str:
        """Its class' name."""
        return self.kind.name

    def get(self, *names: str) -> Any:
        """The first of some attributes that is there and not None; None where none is."""
        state = self.instance.state
        if isinstance(state, Items):
            for name in names:
                value = state.get(name)
                if value is not None:
                    return value
        return None

    def part(self, name: str) -> Saved | None:
        """An attribute that was saved in the same way."""
        found = self.get(name)
        if not isinstance(found, Instance):
            return None
        base = self.base.with_name(f"{self.base.name}.{name}")
        return Saved(found, self.path, base, self.writable)

    def array(self, *names: str, needed: bool = True) -> NDArray[Any] | None:
        """The first of some attributes that is an array, in the pickle or in a file beside it.

        Args:
            names: The attributes.
            needed: Whether to refuse a pickle whose array is not beside it; else there is none.

        Raises:
            FormatError: The file of one is missing or damaged, or an array is not sound.
        """
        for name in names:
            found = self.get(name)
            if found is not None:
                return to_array(found, self.path, name)
            beside = self.base.with_name(f"{self.base.name}.{name}.npy")
            packed = beside.with_suffix(".npz")
            if beside.is_file():
                for reason in left_over(beside):
                    raise FormatError(beside, None, f"{reason}; gensim writes none: copy it again")
                return map_array(beside, writable=self.writable)
            if packed.is_file():
                return archived_array(packed, "val")
            listed = self.get("__numpys")
            if needed and isinstance(listed, list) and name in listed:
                raise FormatError(
                    self.path,
                    None,
                    f"keeps its {name} in {(packed if self._is_packed else beside).name}, which is "
                    "not beside it; copy all files that gensim wrote",
                )
        return None

    @property
    def _is_packed(self) -> bool:
        """Whether gensim packed the arrays beside it."""
        return self.path.suffix in (".gz", ".bz2")

    def matrix(self, *names: str) -> Matrix | None:
        """`array`, for a matrix of floats; anything wider than float32 is narrowed.

        Raises:
            FormatError: As `array`, or it is no matrix of floats.
        """
        found = self.array(*names)
        if found is None:
            return None
        if found.ndim != 2 or found.dtype.kind != "f" or not 0 < found.shape[1] <= MAX_DIMENSIONS:
            raise FormatError(
                self.path,
                f"attribute {names[0]!r}",
                f"is of shape {found.shape} and type {found.dtype}, expected a matrix of floats "
                f"with at most {MAX_DIMENSIONS:,} columns",
            )
        with np.errstate(over="ignore", invalid="ignore"):
            return np.require(found, dtype=np.float32, requirements=["A", "C"])


def class_of(instance: Instance) -> Global:
    """What an instance is of; protocols 0 and 1 call copy_reg._reconstructor with the class."""
    first = instance.arguments[0] if instance.arguments else None
    if instance.kind.name == "_reconstructor" and isinstance(first, Global):
        return first
    return instance.kind
