"""Coverage: how much of a vocabulary, and of the text, has vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lexiscope.one_line import one_line
from lexiscope.vectors.aligning.matching import FOUND, Source
from lexiscope.vectors.aligning.token_ids import Kind, TokenIds
from lexiscope.vectors.table import VectorTable

_NAMED = 10


@one_line
@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What an alignment reached, of all ids that have a token.

    Attributes:
        rows: Rows of the matrix.
        words: Ids whose token is a word.
        words_found: Those of them that have its vector.
        pieces: Ids whose token continues a word, or is a part of a character.
        pieces_found: Those of them that have its vector.
        specials: Ids whose token stands for no text.
        specials_found: Those of them that have a vector of the same name.
        by_source: Rows of each source, those without one left out.
        mass: Share of the running text whose tokens have their vector, 0–1, or None where no counts
            are known.
        mass_of: Whose counts weigh: "ids" (the vocabulary's own) or "vectors" (the text that the
            vectors were trained on: how much of it the ids reach).
        missing: The first words and pieces without a vector that have a letter or a digit; the
            commonest where the ids have counts.
        missing_in_all: How many there are.
        missing_signs: The first of the others, such as punctuation; likewise.
        missing_signs_in_all: How many there are.
    """

    rows: int
    words: int
    words_found: int
    pieces: int
    pieces_found: int
    specials: int
    specials_found: int
    by_source: dict[Source, int]
    mass: float | None
    mass_of: str | None
    missing: list[str]
    missing_in_all: int
    missing_signs: list[str]
    missing_signs_in_all: int

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
        tokens = [number for number, kind in enumerate(ids.kinds) if kind is not None]
        found = [number for number in tokens if sources[number] in FOUND]
        kinds_found = Counter(ids.kinds[number] for number in found)
        missing = [
            number
            for number in tokens
            if sources[number] not in FOUND and ids.kinds[number] is not Kind.SPECIAL
        ]
        counts = ids.counts
        mass, mass_of = None, None
        if counts is not None:
            missing.sort(key=lambda number: -int(counts[number]))
            total = int(counts[tokens].sum())
            mass, mass_of = _share(int(counts[found].sum()), total), "ids"
        elif vectors.counts is not None:
            reached = {word for word in words if word is not None}
            rows = [vectors.key_to_index[word] for word in reached]
            total = int(vectors.counts.sum())
            mass, mass_of = _share(int(vectors.counts[rows].sum()), total), "vectors"
        tally = Counter(sources)
        without = [str(ids.raw[number]) for number in missing]
        named = [token for token in without if any(map(str.isalnum, token))]
        signs = [token for token in without if not any(map(str.isalnum, token))]
        return cls(
            rows=len(sources),
            words=kinds[Kind.WORD],
            words_found=kinds_found[Kind.WORD],
            pieces=kinds[Kind.PIECE],
            pieces_found=kinds_found[Kind.PIECE],
            specials=kinds[Kind.SPECIAL],
            specials_found=kinds_found[Kind.SPECIAL],
            by_source={source: tally[source] for source in Source if tally[source]},
            mass=mass,
            mass_of=mass_of,
            missing=named[:_NAMED],
            missing_in_all=len(named),
            missing_signs=signs[:_NAMED],
            missing_signs_in_all=len(signs),
        )

    @property
    def tokens(self) -> int:
        """Ids that have a token."""
        return self.words + self.pieces + self.specials

    @property
    def tokens_found(self) -> int:
        """Those of them that have its vector."""
        return self.words_found + self.pieces_found + self.specials_found

    @property
    def share(self) -> float:
        """Share of the ids with a token that have its vector, 0–1."""
        return _share(self.tokens_found, self.tokens)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "rows": self.rows,
            "tokens": self.tokens,
            "tokens_found": self.tokens_found,
            "share": self.share,
            "words": self.words,
            "words_found": self.words_found,
            "mass": self.mass,
            "mass_of": self.mass_of,
            "pieces": self.pieces,
            "pieces_found": self.pieces_found,
            "specials": self.specials,
            "specials_found": self.specials_found,
            "by_source": {str(source): count for source, count in self.by_source.items()},
            "missing": self.missing,
            "missing_in_all": self.missing_in_all,
            "missing_signs": self.missing_signs,
            "missing_signs_in_all": self.missing_signs_in_all,
        }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
