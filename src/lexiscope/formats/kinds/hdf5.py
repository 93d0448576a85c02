"""HDF5 (`.h5`, extra `hdf5`): words and a matrix as data sets, Keras' weights, pandas' tables.

Data sets are taken by their names (`named_parts`): a matrix of floats, words as texts or bytes.
pandas keeps a table as `axis1` (the words), `axis0` (the columns) and `block0_values`, in
ConceptNet Numberbatch's `mini.h5` as int8. Source: https://docs.h5py.org.

A file of HDF5 can lead to other files, name filters that are programs, and declare any size: links,
external and virtual storage are passed over, only the filters of the library itself are allowed,
and a data set is read only where the bytes that are stored can be all of it.
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.errors import FormatError, MissingExtraError, reason_of
from lexiscope.files import tokens
from lexiscope.files.opening import unwrapped_path
from lexiscope.formats.contract import EVERYTHING, Format, ReadOptions, VectorsData
from lexiscope.formats.kinds.export import manifest
from lexiscope.formats.reading.named_parts import Parts, add_array, assembled

_MAGIC = b"\x89HDF\r\n\x1a\n"
_MOST_SETS, _DEEPEST = 2000, 12
_LONGEST_WORD = 1 << 16
# The library's own: deflate, shuffle, fletcher32, scaleoffset; and h5py's LZF.
_FILTERS = frozenset({1, 2, 3, 6, 32000})
_MOST_EXPANSION, _ALWAYS_ALLOWED = 200, 1 << 16
_PANDAS = ("axis0", "axis1", "block0_values")


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads the words and vectors of a file, into memory.

    Raises:
        FormatError: It is not whole and sound, or has no matrix, or nothing tells which is which.
        ConfigError: float16 is asked for and cannot hold a value.
        MissingExtraError: h5py is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("an HDF5 file", "hdf5") from error
    parts = Parts()
    with unwrapped_path(path) as plain:
        try:
            with h5py.File(plain, "r", rdcc_nbytes=1 << 20) as file:
                _Walk(h5py, parts, path, plain.stat().st_size).add(file, "", 0)
        except (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError) as error:
            reason = reason_of(error)
            raise FormatError(
                path, None, f"is no whole and sound HDF5 file ({reason}); write it again"
            ) from error
    return assembled(path, parts, options, beside=partial(manifest.words_beside, path))


class _Walk:
    """One going through a file.

    Args:
        h5py: The library.
        parts: Where the parts go.
        path: For messages.
        size: The file's bytes.
    """

    def __init__(self, h5py: Any, parts: Parts, path: Path, size: int) -> None:
        self._h5py = h5py
        self._parts = parts
        self._path = path
        self._left = size * _MOST_EXPANSION + _ALWAYS_ALLOWED
        self._sets = 0

    def add(self, group: Any, name: str, depth: int) -> None:
        """Files the data sets of a group and of those below it."""
        members = [
            member
            for member in group
            if isinstance(group.get(member, getlink=True), self._h5py.HardLink)
        ]
        if all(member in members for member in _PANDAS):
            self._add_table(group)
            return
        for member in members:
            full = f"{name}/{member}" if name else member
            found = group[member]
            if isinstance(found, self._h5py.Group):
                if depth < _DEEPEST:
                    self.add(found, full, depth + 1)
                continue
            self._sets += 1
            if self._sets > _MOST_SETS:
                raise FormatError(self._path, None, f"has more than {_MOST_SETS:,} data sets")
            if isinstance(found, self._h5py.Dataset):
                self._add_set(found, full)

    def _add_set(self, found: Any, name: str) -> None:
        what = self._why_not(found)
        if what is not None:
            self._parts.others[name] = what
            return
        if self._is_text(found):
            self._parts.words[name] = self._words(found)
        else:
            add_array(self._parts, name, np.asarray(found[()]))

    def _add_table(self, group: Any) -> None:
        """A pandas table of numbers with an index of words."""
        values, index = group["block0_values"], group["axis1"]
        for found in (values, index):
            what = self._why_not(found)
            if what is not None:
                raise FormatError(self._path, f"data set {found.name!r:.80}", f"is {what}")
        if not self._is_text(index):
            raise FormatError(
                self._path,
                None,
                "is a pandas table whose index is no words, or pickled; open it in pandas and save "
                "it with `to_csv`",
            )
        self._parts.words["words"] = self._words(index)
        # Whole numbers there are values in few bits.
        add_array(self._parts, "vectors", np.asarray(values[()]).astype(np.float32))

    def _why_not(self, found: Any) -> str | None:
        """Why a data set is not read, in words; None where it is."""
        if found.shape is None or found.ndim > 2:
            return "of more sides than a matrix, or none"
        if found.is_virtual or found.external:
            return "kept in other files"
        plan = found.id.get_create_plist()
        filters = {plan.get_filter(number)[0] for number in range(plan.get_nfilters())}
        if not filters <= _FILTERS:
            return "packed by a filter that is not HDF5's own"
        if found.dtype.kind not in "fiubSO" or (
            found.dtype.kind == "O" and not self._is_text(found)
        ):
            return f"of {found.dtype}"
        held = math.prod(found.shape) * found.dtype.itemsize
        stored = found.id.get_storage_size()
        allowed = stored * _MOST_EXPANSION + _ALWAYS_ALLOWED if filters else stored
        self._left -= held
        if held > allowed or self._left < 0:
            return f"declared larger ({held:,} bytes) than what is stored ({stored:,})"
        return None

    def _is_text(self, found: Any) -> bool:
        kind = found.dtype
        is_text = kind.kind == "S" or self._h5py.check_string_dtype(kind) is not None
        return bool(is_text) and found.ndim == 1

    def _words(self, found: Any) -> list[str]:
        words = found[()].tolist()
        if any(len(word) > _LONGEST_WORD for word in words):
            raise FormatError(self._path, f"data set {found.name!r:.80}", "has words too long")
        return [word if isinstance(word, str) else tokens.decode(word) for word in words]


def _sniff(head: bytes, _path: Path) -> bool:
    return head.startswith(_MAGIC)


FORMAT = Format(
    name="hdf5",
    description="HDF5: words and a matrix, Keras' weights (.h5)",
    extensions=(".h5", ".hdf5"),
    sniff=_sniff,
    read=read,
    write=None,
)
