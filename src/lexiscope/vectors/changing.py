"""Changes to a table: words added, replaced, put in order, and tables made of a part of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lexiscope.errors import ConfigError
from lexiscope.formats import VectorsData
from lexiscope.formats.contract import Matrix
from lexiscope.vectors import saved_attributes
from lexiscope.vectors.attributes import AttributedTable
from lexiscope.vectors.errors import MissingAttributeError
from lexiscope.vectors.keys import KEY_TYPES, Key
from lexiscope.vectors.search import directions
from lexiscope.vectors.table import COUNT


class ChangingTable(AttributedTable):
    """A table that can be added to and changed.

    Rows that only can be read, as those of a file that was opened with `mmap="r"`, are copied once
    by the first method that changes any.
    """

    _room: Matrix | None = None
    _lockf: NDArray[np.float32] | None = None

    def add_vector(self, key: Key, vector: ArrayLike) -> int:
        """Adds a word; a word that is there keeps its vector.

        Rows without a key are filled first. Then the table grows by half at a time, so that words
        added one by one cost no more than all at once.

        Args:
            key: The word.
            vector: Its vector, D.

        Returns:
            Its row.

        Raises:
            ConfigError: The vector has another size.
        """
        self.add_vectors([key], self._as_rows(vector, 1))
        return self.get_index(key)

    def add_vectors(
        self,
        keys: Key | Sequence[Key],
        weights: ArrayLike,
        extras: Mapping[str, NDArray[Any]] | None = None,
        replace: bool = False,
    ) -> None:
        """Adds words and their vectors.

        Args:
            keys: n words, or one.
            weights: n×D, or D.
            extras: Facts about the words by name, n each.
            replace: Whether words that are there get the new vector; else they keep theirs.

        Raises:
            ConfigError: There are more vectors than words or fewer, or of another size.
            AttributeTypeError: A fact is of another type than before.
        """
        several = [keys] if isinstance(keys, KEY_TYPES) else list(keys)
        rows = self._as_rows(weights, len(several))
        extras = {} if extras is None else extras
        self.allocate_vecattrs(list(extras), [values.dtype for values in extras.values()])
        index = self.key_to_index
        there: dict[Key, int] = {}
        new: dict[Key, int] = {}
        for place, key in enumerate(several):
            if key in index:
                there[key] = place
            elif replace or key not in new:
                new[key] = place
        self._own()
        self._add(list(new), rows[list(new.values())])
        changed = there | new if replace else new
        places, chosen = list(changed.values()), [index[key] for key in changed]
        if replace and there:
            self._matrix[chosen] = rows[places]
        self.allocate_vecattrs()
        for name, values in extras.items():
            self.expandos[name][chosen] = values[places]
        self._forget()

    def __setitem__(self, keys: Key | list[Key], weights: ArrayLike) -> None:
        """Sets the vector of a key, or those of a list of keys; keys that are new are added.

        Raises:
            ConfigError: As `add_vectors`.
        """
        several = keys if isinstance(keys, list) else [keys]
        self.add_vectors(several, weights, replace=True)

    def _as_rows(self, weights: ArrayLike, count: int) -> Matrix:
        """Vectors that were given, as a matrix (count×D)."""
        rows = np.asarray(weights)
        if rows.ndim == 1 and count == 1:
            rows = rows.reshape(1, -1)
        if count == 0 and rows.size == 0:
            return rows.reshape(0, self.vector_size)
        if rows.shape != (count, self.vector_size) or rows.dtype.kind not in "fiu":
            raise ConfigError(
                f"got vectors of shape {rows.shape} for {count:,} words, expected "
                f"{(count, self.vector_size)} numbers"
            )
        return rows

    def _own(self) -> None:
        """Takes a copy of rows that cannot be written to."""
        if not self._matrix.flags.writeable:
            self._matrix = self._matrix.copy()

    def _add(self, keys: list[Key], rows: Matrix) -> None:
        """Puts new keys into rows that have none, and behind the last row."""
        index = self.key_to_index
        done = 0
        while done < len(keys) and self.next_index < len(self._keys):
            row = self.next_index
            if self._keys[row] is None:
                self._keys[row], index[keys[done]] = keys[done], row
                self._matrix[row] = rows[done]
                done += 1
            self.next_index += 1
        start = len(self._keys)
        left = keys[done:]
        if left:
            self._grow(rows[done:])
            self._keys += left
            index.update(zip(left, range(start, start + len(left)), strict=True))
            self.next_index = len(self._keys)
            self._output = None

    def _grow(self, rows: Matrix) -> None:
        """Adds rows at the end, in room that is left from before or made."""
        before, after = len(self._matrix), len(self._matrix) + len(rows)
        room = self._room if self._matrix.base is self._room else None
        if room is None or len(room) < after:
            spare = after // 2 if before and len(rows) <= before // 2 else 0
            room = np.empty((after + spare, self.vector_size), dtype=self._matrix.dtype)
            room[:before] = self._matrix
        room[before:after] = rows
        self._room, self._matrix = room, room[:after]

    def _take_matrix(self, matrix: Matrix) -> None:
        super()._take_matrix(matrix)
        self._room = None

    @property
    def vectors_lockf(self) -> NDArray[np.float32]:
        """By what changes of each row in training are multiplied (V): 0 keeps it as it is.

        An array of ones, made at the first look; it may be written to, and replaced.
        """
        factors = self._lockf
        if factors is None or (len(factors) != len(self) and len(factors) != 1):
            fresh = np.ones(len(self), dtype=np.float32)
            if factors is not None:
                kept = min(len(self), len(factors))
                fresh[:kept] = factors[:kept]
            self._lockf = factors = fresh
        return factors

    @vectors_lockf.setter
    def vectors_lockf(self, factors: ArrayLike) -> None:
        self._lockf = np.atleast_1d(np.asarray(factors, dtype=np.float32))

    def __getstate__(self) -> dict[str, Any]:
        state = cast(dict[str, Any], super().__getstate__())
        state["_room"] = None
        return state

    def resize_vectors(self, seed: int = 0) -> None:
        """Gives every key of `index_to_key` a row; new ones are random in ±1/D.

        Args:
            seed: Of NumPy's default generator.
        """
        rows, size = len(self._keys), self.vector_size
        if len(self._matrix) != rows:
            values = np.random.default_rng(seed).random((rows, size), dtype=np.float32)
            values = (values * 2 - 1) / np.float32(size)
            kept = min(rows, len(self._matrix))
            values[:kept] = self._matrix[:kept]
            self._take_matrix(values.astype(self._matrix.dtype, copy=False))
            self._output = None
        self.allocate_vecattrs()
        self._forget()

    def sort_by_descending_frequency(self) -> None:
        """Puts the rows into the order of their counts, the commonest first; later rows first among
        equals, as gensim does.

        Raises:
            MissingAttributeError: There are no counts.
        """
        if not len(self):
            return
        self._require_rows()
        counts = self.expandos.get(COUNT)
        if counts is None:
            raise MissingAttributeError("these vectors have no counts to be sorted by")
        counts = np.asarray(saved_attributes.resized(counts, len(self)), dtype=np.int64)
        order = np.lexsort((-np.arange(len(counts)), -counts))
        self.allocate_vecattrs()
        self.expandos = {name: values[order] for name, values in self.expandos.items()}
        if self._output is not None:
            self._output = self._output[order] if len(self._output) == len(self) else None
        if self._lockf is not None and len(self._lockf) == len(self):
            self._lockf = self._lockf[order]
        self._rename([self._keys[row] for row in order.tolist()])
        self._take_matrix(self._matrix[order])

    def unit_normalize_all(self) -> None:
        """Scales every row to length 1, in place; rows without a direction stay as they are."""
        norms = self.norms
        self._own()
        np.divide(self._matrix, norms[:, None], out=self._matrix, where=(norms > 0)[:, None])
        self._forget()

    def get_normed_vectors(self) -> NDArray[np.float32]:
        """A copy of all rows (V×D), each of length 1, or zeros where it has no direction."""
        return directions(self._matrix, self.norms)

    def vectors_for_all(
        self, keys: Iterable[Key], allow_inference: bool = True, copy_vecattrs: bool = False
    ) -> Self:
        """A new table with the vectors of some words, in their order, each once.

        Args:
            keys: The words; those without a vector are left out.
            allow_inference: Whether words that have no row may get the vector of their n-grams.
            copy_vecattrs: Whether facts about the words go along. Else their counts are n − row,
                as gensim's are.
        """
        known = self if allow_inference else self.key_to_index
        chosen = [key for key in dict.fromkeys(keys) if key in known]
        vectors = self[chosen] if chosen else np.empty((0, self.vector_size), np.float32)
        data = VectorsData(chosen, vectors.astype(self._matrix.dtype, copy=False), distinct=True)
        table = type(self).from_data(data)
        table._rank()
        if copy_vecattrs:
            self._copy_attributes(table, chosen)
        return table

    def _copy_attributes(self, table: ChangingTable, keys: list[Key]) -> None:
        rows = np.array([self.get_index(key, -1) for key in keys], dtype=np.int64)
        self.allocate_vecattrs()
        for name, values in self.expandos.items():
            chosen = saved_attributes.picked(values, rows)
            if name == COUNT:
                unknown = rows < 0
                chosen[unknown] = table.expandos[COUNT][unknown]
                table._counts_are_ranks = self._counts_are_ranks
            table.expandos[name] = chosen
