"""Names of ids that people can read, by which the rows of an extracted matrix are known.

A token that starts a word is that word (`Ġking`, `▁king` and `king</w>` are `king`); one that
continues a word is marked as BERT marks it (`##ing`); special tokens and bytes that are no whole
characters keep their raw form. Where two tokens would get one name, the one that starts a word has
it; the other is marked too, or keeps its raw form, or its id is added. So all names are distinct,
and the same tokens always get the same names: whoever has the tokens finds each row again.
"""

from __future__ import annotations

from collections.abc import Iterator

from lexiscope.formats.reading.token_lists.marks import CONTINUES
from lexiscope.vectors.aligning.token_ids import Kind, TokenIds


def hole_name(number: int) -> str:
    """The name of an id that no token has."""
    return f"[hole {number}]"


def padding_name(number: int) -> str:
    """The name of a row beyond the last id."""
    return f"[pad {number}]"


def distinct_names(ids: TokenIds, count: int) -> list[str]:
    """A distinct name for each of the first `count` ids."""
    names = [""] * count
    taken: set[str] = set()
    # Words first, so that theirs are the plain names.
    order = sorted(range(count), key=lambda row: ids.kinds[row] is not Kind.WORD)
    for row in order:
        name = next(name for name in _names_of(ids, row) if name not in taken)
        taken.add(name)
        names[row] = name
    return names


def _names_of(ids: TokenIds, row: int) -> Iterator[str]:
    """What a row may be called, the best name first; the last is no other row's."""
    raw, text, kind = ids.raw[row], ids.texts[row], ids.kinds[row]
    if raw is None:
        yield hole_name(row)
        raw = "[hole]"
    readable = text is not None and text.strip() != "" and text.isprintable()
    if kind is Kind.WORD and readable and text is not None:
        yield text
    if kind is not Kind.SPECIAL and readable and text is not None:
        yield f"{CONTINUES}{text}"
    yield raw
    yield f"{raw} [id {row}]"
    # A vocabulary could hold even that.
    yield from (f"{raw} [id {row}.{number}]" for number in range(1, len(ids) + 2))
