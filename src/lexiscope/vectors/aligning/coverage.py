"""Coverage: how much of a vocabulary, and of the text, has vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lexiscope.vectors.aligning.matching import FOUND, Source
from lexiscope.vectors.aligning.token_ids import Kind, TokenIds
from lexiscope.vectors.table import VectorTable

_NAMED = 10


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What an alignment reached.

    Attributes:
        rows: Rows of the matrix.
        words: Ids whose token is a word.
        words_found: Those of them that have its vector.
        pieces: Ids whose token continues a word, or is a part of a character.
        specials: Ids whose token stands for no text.
        by_source: Rows of each source, those without one left out.
        mass: Share of the running text whose words have their vector, 0–1, or None where no counts
            are known.
        mass_of: Whose counts weigh: "ids" (the vocabulary's own) or "vectors" (the text that the
            vectors were trained on: how much of it the ids reach).
        missing: The first words without a vector; the commonest where the ids have counts.
    """

    rows: int
    words: int
    words_found: int
    pieces: int
    specials: int
    by_source: dict[Source, int]
    mass: float | None
    mass_of: str | None
    missing: list[str]

    @classmethod
    def of(
        cls,
        ids: TokenIds,
        sources: Sequence[Source],
        words: Sequence[str | None],
        vectors: VectorTable,
    ) -> Coverage:
        """Counts what an alignment has done.

        Args:
            ids: The tokens.
            sources: Of each row; rows beyond the ids are padding.
            words: The word whose vector each row is, where it is one.
            vectors: What the rows were taken from.
        """
        kinds = Counter(ids.kinds)
        word_ids = [number for number, kind in enumerate(ids.kinds) if kind is Kind.WORD]
        found = [number for number in word_ids if sources[number] in FOUND]
        missing = [number for number in word_ids if sources[number] not in FOUND]
        counts = ids.counts
        mass, mass_of = None, None
        if counts is not None:
            missing.sort(key=lambda number: -int(counts[number]))
            total = int(counts[word_ids].sum())
            mass, mass_of = _share(int(counts[found].sum()), total), "ids"
        elif vectors.counts is not None:
            reached = {word for word in words if word is not None}
            rows = [vectors.key_to_index[word] for word in reached]
            total = int(vectors.counts.sum())
            mass, mass_of = _share(int(vectors.counts[rows].sum()), total), "vectors"
        tally = Counter(sources)
        return cls(
            rows=len(sources),
            words=len(word_ids),
            words_found=len(found),
            pieces=kinds[Kind.PIECE],
            specials=kinds[Kind.SPECIAL],
            by_source={source: tally[source] for source in Source if tally[source]},
            mass=mass,
            mass_of=mass_of,
            missing=[str(ids.raw[number]) for number in missing[:_NAMED]],
        )

    @property
    def share(self) -> float:
        """Share of the words that have their vector, 0–1."""
        return _share(self.words_found, self.words)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "rows": self.rows,
            "words": self.words,
            "words_found": self.words_found,
            "share": self.share,
            "mass": self.mass,
            "mass_of": self.mass_of,
            "pieces": self.pieces,
            "specials": self.specials,
            "by_source": {str(source): count for source, count in self.by_source.items()},
            "missing": self.missing,
        }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
