"""The spaces that words can be compared in: what a model has of a word besides its vector.

After training every word has two rows: one in W, as a center, and one in W′, as a context.
"""

from __future__ import annotations

from typing import Any, Literal, Self, cast

import numpy as np

from lexiscope.checks import choice
from lexiscope.errors import ConfigError
from lexiscope.formats.contract import Matrix
from lexiscope.vectors.keys import Key
from lexiscope.vectors.table import VectorTable

Space = Literal["input", "output", "sum", "cross"]
"""Which rows are asked with, and which are searched.

input
    W and W: words that are used alike.
output
    W′ and W′: words that occur beside the same words.
sum
    W + W′ for both, as GloVe has it: a little of all three. The sums take a matrix of their own.
cross
    W is asked with, W′ is searched: words that occur beside the one asked with.
"""

SPACES = ("input", "output", "sum", "cross")


class InSpaces(VectorTable):
    """A table whose words can be asked for in all spaces."""

    # Where words get the rows that they are asked with; None: from this table itself.
    _asked: InSpaces | None = None

    def in_space(self, space: Space) -> Self:
        """The same words with the rows of a space, to be asked by all the same methods.

        The matrices are not copied, but for the sum.

        Raises:
            ConfigError: There is no such space, or the words have no rows in it.
            LexiscopeError: There is no output matrix.
        """
        choice("space", space, SPACES)
        if space == "input":
            return self
        tables: dict[str, Self] = self.__dict__.setdefault("_tables", {})
        if space not in tables:
            output = self._words_output()
            matrix = output if space != "sum" else self._matrix.astype(np.float32) + output
            tables[space] = self._with_rows(matrix)
            if space == "cross":
                tables[space]._asked = self
        return tables[space]

    def _words_output(self) -> Matrix:
        output = self.output_vectors
        if len(output) != len(self._keys):
            raise ConfigError(
                f"the output matrix has {len(output):,} rows for {len(self._keys):,} words, as "
                'after hierarchical softmax: its rows are no words\'; use space="input"'
            )
        return output

    def _with_rows(self, matrix: Matrix) -> Self:
        """The same words with other rows."""
        table = type(self).__new__(type(self))
        table.__dict__.update(self.__dict__)
        for name in ("_tables", "_search", "_graph", "_source"):
            table.__dict__.pop(name, None)
        table._output = table.subwords = None
        table._take_matrix(matrix)
        return table

    def _searched(self) -> Self:
        """A table that asks with the rows that this one searches."""
        if self._asked is None:
            return self
        return cast(Self, self._asked.in_space("output"))

    def _asked_vector(self, key: Key) -> Matrix:
        if self._asked is not None:
            return self._asked.get_vector(key)
        return self.get_vector(key)

    def __getstate__(self) -> dict[str, Any]:
        # Made again where they are asked for.
        state = self.__dict__.copy()
        for name in ("_tables", "_search", "_graph"):
            state.pop(name, None)
        return state
