"""Why two words are as near as they are: what the cosine is a sum of, and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lexiscope.vectors.keys import Key
from lexiscope.vectors.queries import Queries
from lexiscope.vectors.search import unit
from lexiscope.vectors.spaces import SPACES, Space

_SHARED = 10


@dataclass(frozen=True, kw_only=True, repr=False)
class Explanation:
    """What is behind the cosine of two words.

    Attributes:
        a, b: The words.
        space: Which rows were compared.
        similarity: Their cosine.
        spaces: The cosine in each space that the words have rows in.
        columns: (column, product) of the columns that bring most of the cosine, the largest in size
            first; all columns' products add up to it.
        columns_for_half: How many columns, of the largest products on, come to half of what all
            products are in size.
        common: (word, cosine with a, cosine with b) of words that are neighbours of both.
        rank_of_b: Place of b among a's neighbours, 1 for the nearest.
        rank_of_a: Place of a among b's.
        lengths: The rows' lengths.
        counts: How often each occurred; None where it is not known.
    """

    a: Key
    b: Key
    space: Space
    similarity: float
    spaces: dict[str, float]
    columns: list[tuple[int, float]]
    columns_for_half: int
    common: list[tuple[Key, float, float]]
    rank_of_b: int
    rank_of_a: int
    lengths: tuple[float, float]
    counts: tuple[int, int] | None

    def __repr__(self) -> str:
        return f"Explanation({self.a!r}, {self.b!r}, similarity={self.similarity:.3f})"

    def __str__(self) -> str:
        near = ", ".join(str(word) for word, _one, _other in self.common) or "no words"
        others = ", ".join(f"{name} {value:.3f}" for name, value in self.spaces.items())
        return (
            f"{self.a} and {self.b}: cosine {self.similarity:.3f} ({others}); {self.b} is "
            f"neighbour {self.rank_of_b:,} of {self.a}, {self.a} is neighbour {self.rank_of_a:,} "
            f"of {self.b}; near both: {near}"
        )


class Explaining(Queries):
    """A table that tells why two words are near."""

    def explain_similarity(
        self, a: Key, b: Key, topn: int = _SHARED, *, space: Space = "input"
    ) -> Explanation:
        """What is behind the cosine of two words.

        Args:
            a, b: The words.
            topn: How many columns to name, and of how many neighbours of each to look for common
                ones.
            space: See `spaces.Space`.

        Raises:
            UnknownWordError: A word has no row.
        """
        table = self.in_space(space)
        one = unit(table._asked_vector(a)).astype(np.float64)
        other = unit(table.get_vector(b)).astype(np.float64)
        products = one * other
        order = np.argsort(-np.abs(products), kind="stable")
        sizes = np.cumsum(np.abs(products[order]))
        half = int(np.searchsorted(sizes, sizes[-1] / 2)) + 1 if sizes[-1] > 0 else 0
        counts = self.counts
        return Explanation(
            a=a,
            b=b,
            space=space,
            similarity=float(table.similarity(a, b)),
            spaces={name: float(self.similarity(a, b, space=name)) for name in self._spaces_of()},
            columns=[(int(column), float(products[column])) for column in order[:topn]],
            columns_for_half=half,
            common=table._common(a, b, max(topn, 1)),
            rank_of_b=table.rank(a, b),
            rank_of_a=table.rank(b, a),
            lengths=(float(np.linalg.norm(self[a])), float(np.linalg.norm(self[b]))),
            counts=None
            if counts is None
            else (int(counts[self.get_index(a)]), int(counts[self.get_index(b)])),
        )

    def _common(self, a: Key, b: Key, topn: int) -> list[tuple[Key, float, float]]:
        near_a, near_b = (dict(near) for near in self.similar_by_key([a, b], topn))
        shared = [word for word in near_a if word in near_b]
        found = [(word, near_a[word], near_b[word]) for word in shared]
        return sorted(found, key=lambda triple: -triple[1] - triple[2])

    def _spaces_of(self) -> tuple[Any, ...]:
        """The spaces that the words have rows in."""
        return SPACES if self.has_output and len(self.output_vectors) == len(self) else SPACES[:1]
