"""Facts about words: `set_vecattr`, `get_vecattr` and the arrays that they stand in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from lexiscope.vectors import saved_attributes
from lexiscope.vectors.errors import AttributeTypeError, MissingAttributeError
from lexiscope.vectors.keys import Key
from lexiscope.vectors.table import COUNT, VectorTable


class AttributedTable(VectorTable):
    """A table whose words have facts told about them."""

    def allocate_vecattrs(
        self, attrs: Iterable[str] | None = None, types: Iterable[Any] | None = None
    ) -> None:
        """Makes room for facts about words: an entry a key, zero (or 0) until it is set.

        Args:
            attrs: Their names; None for those there are, which are fitted to the number of keys.
            types: The type of each.

        Raises:
            AttributeTypeError: One is there, and of another type.
        """
        if attrs is None or types is None:
            attrs = list(self.expandos)
            types = [self.expandos[name].dtype for name in attrs]
        for name, given in zip(attrs, types, strict=True):
            kind = _stored_as(given)
            values = self.expandos.get(name)
            if values is None:
                self.expandos[name] = np.zeros(len(self), dtype=kind)
                continue
            if not np.issubdtype(kind, values.dtype):
                raise AttributeTypeError(
                    f"the attribute {name!r} is of type {values.dtype}, got {kind}"
                )
            self.expandos[name] = saved_attributes.resized(values, len(self))

    def set_vecattr(self, key: Key, attr: str, val: Any) -> None:
        """Tells a fact about a word.

        Args:
            key: The word.
            attr: The fact's name. The first value that it is given decides its type.
            val: The value.

        Raises:
            UnknownWordError: The word has no row.
            AttributeTypeError: The values of this fact are of another type.
        """
        row = self.get_index(key)
        self.allocate_vecattrs([attr], [type(val)])
        self.expandos[attr][row] = val
        if attr == COUNT:
            self._counts_are_ranks = False

    def get_vecattr(self, key: Key, attr: str) -> Any:
        """A fact about a word.

        A word2vec file that was read with `load_word2vec_format` and has no counts gives V − row
        for "count", as gensim does; `counts` is None all the same.

        Raises:
            UnknownWordError: The word has no row.
            MissingAttributeError: There is no such fact, or there are no counts.
        """
        row = self.get_index(key)
        values = self.expandos.get(attr)
        if values is None:
            if attr == COUNT:
                self.known_counts()
            there = ", ".join(map(repr, self.expandos)) or "none"
            raise MissingAttributeError(f"no attribute {attr!r}; the words have {there}")
        if len(values) != len(self):
            values = self.expandos[attr] = saved_attributes.resized(values, len(self))
        value = values[row]
        return value.item() if isinstance(value, np.generic) else value

    def _rank(self) -> None:
        """Gives rows whose counts nobody knows those that only tell their order, as gensim does."""
        if COUNT not in self.expandos:
            self.expandos[COUNT] = saved_attributes.ranks(len(self))
            self._counts_are_ranks = True


def _stored_as(given: Any) -> np.dtype[Any]:
    """The type of an array of values of some type: text as objects, since lengths differ."""
    if given is int:
        return np.dtype(np.int64)
    kind = np.dtype(given)
    return np.dtype(object) if kind.kind in "USV" else kind
