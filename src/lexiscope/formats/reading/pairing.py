"""Which words a matrix was written with, where its own file has no place to say it.

A matrix and its words are two files, and no system exchanges two files in one step: a kill between
the two leaves new rows beside old words, which fit each other in number. So a matrix tells the
checksum of its words. safetensors has texts in its header for that; NumPy reads no `.npy` with more
in its header than its layout, so it is told in a third file, `NAME.npy.pair`, which is put in place
first and the words last. Other programs need not know it: the matrix and the words are as before.

The third file has a line `matrix DIGEST words DIGEST` for each matrix that may stand there. It
speaks of a matrix that it knows again (shape, type and 64 of its rows) and of no other, so that a
matrix or a pair from elsewhere, put in the place of ours, is opened. While a pair is exchanged the
line of the one before stays, since after a kill that may be the matrix that is there.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files.maps import let_go, map_under
from lexiscope.files.opening import unwrapped_stem
from lexiscope.formats.contract import Matrix

DIGEST_BYTES = 16
_SAMPLED_ROWS = 64
_COPY_BYTES = 1 << 20
_MOST_BYTES = 1 << 12
# Endings of matrices whose words go to `NAME.vocab.tsv`.
_SHARING = (".npy", ".safetensors")
_LINE = re.compile(rb"matrix ([0-9a-f]{32}) words ([0-9a-f]{32})")


def digest_of_words(path: Path) -> str:
    """The checksum of a file of words (blake2b of 16 bytes, in hexadecimal)."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    with path.open("rb") as stream:
        while piece := stream.read(_COPY_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def path_beside(matrix: Path) -> Path:
    """Where the words' checksum of `NAME.npy` is told."""
    return matrix.with_name(f"{unwrapped_stem(matrix)}.npy.pair")


def document(path: Path, matrix: Matrix, words: str, before: Matrix | None) -> bytes:
    """What the third file says once a pair has been written.

    Args:
        path: The matrix' place.
        matrix: The new one.
        words: The checksum of its words.
        before: The matrix that it takes the place of.
    """
    told = {} if before is None else _told(path)
    digest = None if before is None else _digest_of_matrix(before)
    lines = {known: of_words for known, of_words in told.items() if known == digest}
    lines[_digest_of_matrix(matrix)] = words
    return "".join(f"matrix {one} words {other}\n" for one, other in lines.items()).encode()


def check(path: Path, matrix: Matrix, words: Path | None) -> None:
    """Makes sure that the words beside a matrix are those that it was written with.

    Args:
        path: The matrix' file.
        matrix: What is in it.
        words: The file with its words; None where there is none.

    Raises:
        FormatError: They are others, or gone.
    """
    told = _told(path)
    expected = told.get(_digest_of_matrix(matrix)) if told else None
    if expected is None or (words is not None and digest_of_words(words) == expected):
        return
    raise other_words(path, words, f"remove {path_beside(path).name} to read them as they stand")


def keep_others_words(target: Path, words: Path, digest: str) -> None:
    """Refuses to put other words beside another matrix that has them too: X.npy, X.safetensors.

    Args:
        target: The matrix that is written.
        words: The place of its words.
        digest: Their checksum.

    Raises:
        ConfigError: As said.
    """
    others = (target.with_name(target.stem + ending) for ending in _SHARING)
    other = next((path for path in others if path != target and path.is_file()), None)
    if other is not None and words.is_file() and digest_of_words(words) != digest:
        raise ConfigError(
            f"{words} has the words of {other.name}, and those of {target.name} are others; name "
            f"another target, or remove {other.name}"
        )


def other_words(path: Path, words: Path | None, otherwise: str) -> FormatError:
    """The error of a matrix beside which other words stand than it was written with, or none.

    Args:
        path: The matrix' file.
        words: The file with the words; None where there is none.
        otherwise: What to do but writing the two again.
    """
    if words is None:
        where, found = path, "has no words beside it, but was written with some"
    else:
        where, found = words, f"does not have the words that {path.name} was written with"
    return FormatError(
        where,
        None,
        f"{found}: a run was stopped between the two files, or one was changed; write {path.name} "
        f"again, or {otherwise}",
    )


def _told(path: Path) -> dict[str, str]:
    """Matrix → words, as the third file says."""
    try:
        with path_beside(path).open("rb") as stream:
            content = stream.read(_MOST_BYTES)
    except OSError:
        return {}
    matches = map(_LINE.fullmatch, content.split(b"\n"))
    return {match[1].decode(): match[2].decode() for match in matches if match is not None}


def _digest_of_matrix(matrix: Matrix) -> str:
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    digest.update(f"{matrix.shape} {matrix.dtype.newbyteorder('=').str}".encode())
    rows = np.linspace(0, len(matrix) - 1, min(len(matrix), _SAMPLED_ROWS)).astype(np.int64)
    file_map = map_under(matrix)
    for number in rows:
        row = matrix[number]
        digest.update(np.ascontiguousarray(row, row.dtype.newbyteorder("<")).data)
        if file_map is not None:
            # The system maps up to 2 MB around each.
            let_go(file_map)
    return digest.hexdigest()
