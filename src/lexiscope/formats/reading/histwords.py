"""HistWords' pairs: `1900-w.npy` and `1900-vocab.pkl`, its words as Python 2 pickled the list.

Source: https://nlp.stanford.edu/projects/histwords. The pickle is read as data, never run.
"""

from __future__ import annotations

import re
from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.opening import mapped
from lexiscope.formats.reading import inert_pickle

_MATRIX = re.compile(r"(.+)-[wcuv]\.npy")


def beside(path: Path) -> Path | None:
    """The pickle with the words of `NAME-w.npy`; None where there is none."""
    match = _MATRIX.fullmatch(path.name)
    found = None if match is None else path.with_name(f"{match[1]}-vocab.pkl")
    return found if found is not None and found.is_file() else None


def read(path: Path, rows: int) -> list[str]:
    """The words.

    Args:
        path: The pickle.
        rows: How many the matrix has.

    Raises:
        FormatError: It is no list of words, or not one for each row.
    """
    with mapped(path, disguises=False) as data:
        listed = inert_pickle.read(data, path, lambda _name: False)
    words = [_text(word) for word in listed] if isinstance(listed, list | tuple) else []
    if not words or None in words:
        raise FormatError(path, None, "is no pickled list of words")
    if len(words) != rows:
        raise FormatError(
            path,
            None,
            f"has {len(words):,} words, but the matrix beside it has {rows:,} rows; the two are "
            "not of one model",
        )
    return [word for word in words if word is not None]


def _text(word: object) -> str | None:
    if isinstance(word, bytes | bytearray):
        return tokens.decode(bytes(word))
    return word if isinstance(word, str) else None
