"""Raw floats with a list of words beside them, as Swivel's `vecs.bin` and `vocab.txt`.

Layout: V×D little-endian float32, row by row, and nothing else. D follows from the file's size and
the number of words, so such a file is recognised only where a list of words lies beside it, the two
fit, and the values are of a size that vectors have: what holds float64, or another matrix, is not.
Source: https://github.com/tensorflow/models, research/swivel.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.opening import chunks, mapped
from lexiscope.formats.contract import EVERYTHING, Format, Matrix, ReadOptions, VectorsData
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.formats.reading import lists_beside, vocabulary_file
from lexiscope.formats.reading.intake import assemble
from lexiscope.formats.reading.text_rows import lines_of
from lexiscope.formats.reading.token_lists import reading
from lexiscope.formats.reading.token_lists.fields import TOKEN_NAMES
from lexiscope.formats.reading.vocabulary_file import Listed

_WIDTH = 4
_LOOKED_AT = 1 << 14
_SENSIBLE = (1e-9, 1e4)
_MOST_ODD = 0.001
_LEAST_ROW = 2 * _WIDTH
_LINES = ("", ".txt", ".tsv", ".vocab", ".words", ".labels", ".tokens", ".lst", ".list")


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads the floats, mapped, and their words.

    Raises:
        FormatError: There is no list of words that fits.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    with path.open("rb") as stream:
        head = stream.read(_LOOKED_AT)
    if _are_doubles(head) and not _are_sensible(_as_values(head, "<f4")):
        raise FormatError(
            path,
            None,
            "is raw float64, as GloVe's `-binary 1` writes W, W′ and biases in one; write text "
            "(`-binary 0`), or save the matrix with numpy.save",
        )
    fitting = _fitting(path)
    if not fitting:
        raise FormatError(path, None, "has no list of words beside it that its size fits")
    first, *others = fitting
    if any(other.words.tokens != first.words.tokens for other in others):
        raise FormatError(
            path,
            None,
            f"is raw floats, whose size fits both {first.path.name} and {others[0].path.name}; "
            "move one of them away",
        )
    listed, rows = first.words, len(first.words.tokens)
    with mapped(path, private=options.writable) as data:
        matrix: Matrix = np.frombuffer(data, dtype="<f4").reshape(rows, -1)
    result = assemble(listed.tokens, matrix, options=options, counts=listed.counts)
    result.warnings.insert(
        0,
        f"raw floats: {matrix.shape[1]:,} values a row follow from the file's size and the "
        f"{rows:,} words of {first.path.name}",
    )
    return result


def _fitting(path: Path) -> list[Listed]:
    """The lists of words beside raw floats that their size fits."""
    found: list[Listed] = []
    for one in lists_beside.beside(path):
        for rows in _counts(one.path):
            if _columns(path, rows) is not None:
                lists, _misfits = vocabulary_file.fitting([one], rows)
                found += lists
    return found


def _counts(listed: Path) -> list[int]:
    """How many words a list may have: a line each, below a line of names or not."""
    try:
        if listed.suffix.lower() not in _LINES:
            return [len(reading.read(listed).tokens)]
        with chunks(listed) as content:
            lines = [line for some in lines_of(content, listed) for line in some if line.strip()]
    except FormatError:
        return []
    names = {field.strip().lower() for field in tokens.decode(lines[0]).split("\t")}
    is_header = bool(names & set(TOKEN_NAMES)) or names == {str(len(lines) - 1)}
    return [len(lines) - 1, len(lines)] if is_header else [len(lines)]


def _columns(path: Path, rows: int) -> int | None:
    """D, by the number of words; None where it does not fit."""
    if rows == 0:
        return None
    columns, rest = divmod(path.stat().st_size, rows * _WIDTH)
    return columns if not rest and 1 < columns <= MAX_DIMENSIONS else None


def _as_values(head: bytes, kind: str) -> NDArray[np.floating]:
    """A file's first bytes as numbers of a type."""
    whole = min(len(head), _LOOKED_AT) // 8 * 8
    return np.frombuffer(head[:whole], dtype=kind)


def _are_doubles(head: bytes) -> bool:
    """Whether bytes are float64 of the size of vectors' values."""
    return _are_sensible(_as_values(head, "<f8"))


def _are_sensible(values: NDArray[np.floating]) -> bool:
    """Whether values are of a size that those of vectors have."""
    with np.errstate(invalid="ignore"):
        sizes = np.abs(values[values != 0])
        odd = ~((sizes > _SENSIBLE[0]) & (sizes < _SENSIBLE[1]))
    return len(sizes) > 0 and bool(odd.mean() <= _MOST_ODD)


def _sniff(head: bytes, path: Path) -> bool:
    start = head[: min(len(head), _LOOKED_AT) // _WIDTH * _WIDTH]
    if not path.is_file() or head.isascii() or not start:
        return False
    if not _are_sensible(np.frombuffer(start, dtype="<f4")):
        return _are_doubles(head) and bool(lists_beside.beside(path))
    try:
        return any(
            _columns(path, rows) is not None
            for one in lists_beside.beside(path)
            if lists_beside.may_have_words_of(one.path, path.stat().st_size // _LEAST_ROW)
            for rows in _counts(one.path)
        )
    except OSError:
        return False


FORMAT = Format(
    name="raw",
    description="raw float32 with a list of words beside them",
    extensions=(),
    sniff=_sniff,
    write=None,
    read=read,
)
