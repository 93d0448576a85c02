"""Keys of vectors, told apart in words and pieces as a tokenizer's tokens are.

Vectors may be keyed by words, by a tokenizer's own tokens (`Ġking`: trained on them, or a matrix
with the tokenizer's vocabulary), or by the names of an extracted matrix (`king`, `##ing`;
`row_names`). Which it is, is told by the marks: those of the keys, and how many of the tokens that
bear a mark are keys. Words that start with `##` because their digits were folded bear none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lexiscope.formats.reading.token_lists.marks import Style, detect_style, is_marked
from lexiscope.vectors.aligning.row_names import distinct_names
from lexiscope.vectors.aligning.token_ids import Kind, TokenIds, classify
from lexiscope.vectors.table import VectorTable

# Keys are tokens where so many of the marked tokens are keys, or of the keys tokens.
_MARKED_THAT_ARE_KEYS = 0.1
_KEYS_THAT_ARE_TOKENS = 0.9
_ENDED: tuple[Style, ...] = ("end-of-word", "end-of-word-bytes")


@dataclass(frozen=True)
class Keys:
    """The keys of some vectors, as they answer a tokenizer's tokens.

    Attributes:
        rows: Key → row.
        style: How words are marked in the keys; "plain" where all are words.
        is_same: Whether the keys are spelled as the tokens are.
        words: Text of a word → its row.
        pieces: Text of a piece → its row.
        names: The name that extraction gives each id, where keys may be such names.
        in_order: How many of the first rows are those of the ids in their order, by these names.
    """

    rows: Mapping[str, int]
    style: Style
    is_same: bool
    words: Mapping[str, int]
    pieces: Mapping[str, int]
    names: list[str] | None
    in_order: int

    @classmethod
    def of(cls, vectors: VectorTable, ids: TokenIds, *, folded_digit: str | None) -> Keys:
        """Tells what the keys are.

        Args:
            vectors: The vectors.
            ids: The tokens.
            folded_digit: What stands for a digit in the keys, where digits were folded.
        """
        rows = vectors.key_to_index
        keys = vectors.index_to_key
        style = _style_of(keys, rows, ids, folded_digit)
        words, pieces = rows, dict[str, int]()
        if style != "plain":
            words, pieces = _parted(keys, style)
        names = distinct_names(ids, len(ids))
        shared = min(len(keys), len(names))
        in_order = shared if keys[:shared] == names[:shared] else 0
        are_names = in_order > 0 or (style == "wordpiece" and _are_mostly(keys, set(names)))
        return cls(
            rows=rows,
            style=style,
            is_same=style == ids.style,
            words=words,
            pieces=pieces,
            names=names if are_names else None,
            in_order=in_order,
        )

    def same(self, ids: TokenIds, number: int) -> int | None:
        """The row of the very same token: by its place, its spelling, or its name; or None."""
        if number < self.in_order:
            return number
        raw = ids.raw[number]
        if not raw:
            return None
        # Where all keys are words, a piece that is spelled like one is not that word.
        if self.is_same or ids.style == "plain" or ids.kinds[number] is Kind.SPECIAL:
            row = self.rows.get(raw)
            if row is not None:
                return row
        return None if self.names is None else self.rows.get(self.names[number])


def _parted(keys: list[str], style: Style) -> tuple[dict[str, int], dict[str, int]]:
    """Text → row, of words and of pieces; of several with one text the first."""
    words: dict[str, int] = {}
    pieces: dict[str, int] = {}
    for row, key in enumerate(keys):
        kind, text = classify(key, style)
        if text is not None and kind is not Kind.SPECIAL:
            (words if kind is Kind.WORD else pieces).setdefault(text, row)
    return words, pieces


def _style_of(
    keys: list[str], rows: Mapping[str, int], ids: TokenIds, folded_digit: str | None
) -> Style:
    found = detect_style(keys)
    is_close = found == "plain" or (found in _ENDED and ids.style in _ENDED)
    if is_close and found != ids.style and _are_tokens(keys, rows, ids):
        found = ids.style  # whose tokenizer may tell what a few keys cannot
    return "plain" if found == "wordpiece" and folded_digit == "#" else found


def _are_tokens(keys: list[str], rows: Mapping[str, int], ids: TokenIds) -> bool:
    """Whether keys are the tokens themselves, though too few bear a mark to tell it by that."""
    marked = [token for token in ids.raw if token and is_marked(token, ids.style)]
    there = sum(token in rows for token in marked)
    if there == 0:
        return False
    is_many = there >= _MARKED_THAT_ARE_KEYS * len(marked) and ids.style not in _ENDED
    return is_many or _are_mostly(keys, {token for token in ids.raw if token})


def _are_mostly(keys: list[str], tokens: set[str]) -> bool:
    """Whether most of the keys are among some tokens, or most of those among the keys."""
    shared = sum(key in tokens for key in keys)
    return shared >= _KEYS_THAT_ARE_TOKENS * min(len(keys), len(tokens))
