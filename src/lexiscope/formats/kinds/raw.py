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
from lexiscope.files.opening import mapped
from lexiscope.formats.contract import EVERYTHING, Format, Matrix, ReadOptions, VectorsData
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.formats.reading import labels, vocabulary_file
from lexiscope.formats.reading.intake import assemble

_WIDTH = 4
_LOOKED_AT = 1 << 14
_SENSIBLE = (1e-9, 1e4)
_MOST_ODD = 0.001
_LISTS = ("vocab.txt", "row_vocab.txt", "vocab.tsv", "words.txt", "tokens.txt")


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads the floats, mapped, and their words.

    Raises:
        FormatError: There is no list of words that fits.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    fitting = [listed for listed in _lists(path) if _columns(path, listed) is not None]
    if not fitting:
        raise FormatError(path, None, "has no list of words beside it that its size fits")
    rows = _count(fitting[0])
    listed = vocabulary_file.read_any(fitting[0], rows)
    others = (vocabulary_file.read_any(other, _count(other)) for other in fitting[1:])
    if any(other.tokens != listed.tokens for other in others):
        raise FormatError(
            path,
            None,
            f"is raw floats, whose size fits both {fitting[0].name} and {fitting[1].name}; move "
            "one of them away",
        )
    with mapped(path, private=options.writable) as data:
        matrix: Matrix = np.frombuffer(data, dtype="<f4").reshape(rows, -1)
    result = assemble(listed.tokens, matrix, options=options, counts=listed.counts)
    result.warnings.insert(
        0,
        f"raw floats: {matrix.shape[1]:,} values a row follow from the file's size and the "
        f"{rows:,} words of {fitting[0].name}",
    )
    return result


def _lists(path: Path) -> list[Path]:
    there = [*labels.names_beside(path), *(path.with_name(name) for name in _LISTS)]
    return [found for found in dict.fromkeys(there) if found != path and found.is_file()]


def _count(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for line in stream if line.strip(b"\r\n"))


def _columns(path: Path, words: Path) -> int | None:
    """D, by the number of words; None where it does not fit."""
    rows = _count(words)
    if rows == 0:
        return None
    columns, rest = divmod(path.stat().st_size, rows * _WIDTH)
    return columns if not rest and 1 < columns <= MAX_DIMENSIONS else None


def _are_sensible(values: NDArray[np.float32]) -> bool:
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
        return False
    try:
        return any(_columns(path, listed) is not None for listed in _lists(path))
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
