"""W′ from a file of its own: what word2vecf's `-dumpcv` and its kin write beside the vectors.

Such a file is one of vectors like any other, of the same words in an order of its own. Its rows are
taken by their words, never by their places, and only where both files are of one model as far as
words and sizes tell.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from lexiscope.errors import FormatError
from lexiscope.formats.contract import Matrix, VectorsData
from lexiscope.shown import quoted

_NAMED = 3


def with_output(
    data: VectorsData, given: VectorsData, path: Path, given_path: Path, *, is_part: bool
) -> VectorsData:
    """The vectors with the rows of another file as their output matrix.

    Args:
        data: The vectors, V×D.
        given: What the other file has: a row for each of the V words, in any order.
        path, given_path: Of the two files, for messages.
        is_part: Whether only some rows of `data`'s file were asked for, so that the other one may
            have more words.

    Raises:
        FormatError: There is an output matrix already, or one in the file that is given; or
            dimensions or words differ.
    """
    if data.output is not None:
        raise FormatError(
            path, None, "has an output matrix itself; leave out the one that is given for it"
        )
    if given.output is not None:
        raise FormatError(
            given_path,
            None,
            "has both an input and an output matrix, expected one matrix, to be W′; write that as "
            "a file of its own",
        )
    columns, expected = given.vectors.shape[1], data.vectors.shape[1]
    if columns != expected:
        raise FormatError(
            given_path,
            None,
            f"has {columns:,} values a row, {path.name} {expected:,}; as output matrix expected "
            "one with as many",
        )
    lines = [f"{given_path.name}: {line}" for line in given.warnings]
    return replace(
        data,
        output=_by_words(data, given, path, given_path, is_part),
        warnings=data.warnings + lines,
    )


def _by_words(
    data: VectorsData, given: VectorsData, path: Path, given_path: Path, is_part: bool
) -> Matrix:
    """The given rows in the order of the vectors' words.

    Raises:
        FormatError: The words are not the same.
    """
    if given.tokens == data.tokens:
        return given.vectors
    places = {word: row for row, word in enumerate(given.tokens)}
    missing = [word for word in data.tokens if word not in places]
    if missing:
        raise FormatError(
            given_path,
            None,
            f"has no row for {_told(missing)} of {path.name}; as output matrix expected one for "
            "each of its words",
        )
    if not is_part and len(places) != len(data.tokens):
        own = set(data.tokens)
        more = [word for word in given.tokens if word not in own]
        raise FormatError(
            given_path,
            None,
            f"has {_told(more)} that {path.name} has not; as output matrix expected the same words",
        )
    rows = np.array([places[word] for word in data.tokens], dtype=np.int64)
    return given.vectors[rows]


def _told(words: list[str]) -> str:
    """A word, or how many words there are and the first of them."""
    shown = ", ".join(quoted(word) for word in words[:_NAMED])
    if len(words) == 1:
        return f"the word {shown}"
    return f"{len(words):,} words ({shown}{', …' if len(words) > _NAMED else ''})"
