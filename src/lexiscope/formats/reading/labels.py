"""Labels of a table of numbers: which file beside it has the words of its rows.

Which files may have them by their names, `lists_beside` tells; what is in them, `token_lists`.
Where two files could be the labels and are not the same words, neither is taken.
"""

from __future__ import annotations

from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files.opening import unwrapped_stem
from lexiscope.formats.reading import lists_beside, vocabulary_file
from lexiscope.formats.reading.vocabulary_file import Listed


def has_own(vectors: Path) -> bool:
    """Whether a table has a list of words beside it that goes by its name."""
    return any(one.is_own for one in _lists(vectors))


def find(vectors: Path, rows: int) -> Listed:
    """The words of a table's rows.

    Args:
        vectors: The table.
        rows: How many rows it has.

    Raises:
        FormatError: No file beside it has one word a row, or two have, and other words.
    """
    named = _lists(vectors)
    misfits: list[str] = []
    for is_own in (True, False):
        fits, others = vocabulary_file.fitting([one for one in named if one.is_own == is_own], rows)
        if fits:
            return vocabulary_file.the_only(vectors, fits, rows)
        misfits += others
    if misfits:
        raise FormatError(
            vectors,
            None,
            f"is a table of numbers of {rows:,} rows, but {'; '.join(misfits[:2])}: no list beside "
            "it has a word for each row",
        )
    raise FormatError(
        vectors,
        None,
        f"is a table of numbers only, {rows:,} rows without words; put the words beside it as "
        f"{unwrapped_stem(vectors)}.metadata.tsv, one a line (a table with words has them in its "
        "first column)",
    )


def _lists(vectors: Path) -> list[lists_beside.Named]:
    """The files that may have the words; settings and other tables of the same name may not."""
    stem = unwrapped_stem(vectors).lower()
    return [
        one
        for one in lists_beside.beside(vectors)
        if one.is_sure or unwrapped_stem(one.path).lower() != stem
    ]
