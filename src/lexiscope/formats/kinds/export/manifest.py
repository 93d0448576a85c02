"""The manifest of an export, manifest.json: what ties a matrix to its vocabulary.

One JSON object:

    manifest   1, this layout's version
    lexiscope  the version that wrote it
    target     the kind of the matrices' files
    tokens     file, count, and blake2b of the tokens as they stand in vocabulary.tsv (escaped, each
               with a newline behind it, without the counts), UTF-8
    counts     blake2b of the counts (int64, little-endian), or null where there are none
    matrices   name → file, shape, dtype, and blake2b of the values: float32, little-endian, row by
               row, whatever the file's own layout
    facts      anything else

blake2b (RFC 7693) is of 32 bytes, in hexadecimal.

`interop.exports` writes and checks all of it. Readers of a single matrix check its words only, so
that one which is opened by itself is not read with the vocabulary of another export either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope._version import __version__
from lexiscope.errors import FormatError
from lexiscope.files import json_document
from lexiscope.files import tokens as token_bytes
from lexiscope.files.json_document import Value
from lexiscope.files.opening import is_file_name
from lexiscope.formats.reading import vocabulary_file

MANIFEST = "manifest.json"
VOCABULARY = "vocabulary.tsv"
DIGEST_BYTES = 32
_LAYOUT = 1
_BLOCK_BYTES = 1 << 24
_FAULT = "the folder's files were not written together; export again"


class ExportError(FormatError):
    """An export's files do not belong together."""


class Exported(Protocol):
    """What an export holds, as far as its manifest tells of it."""

    @property
    def tokens(self) -> Sequence[str]:
        """A token a row."""

    @property
    def matrices(self) -> Mapping[str, NDArray[np.float32]]:
        """Name → matrix."""

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """How often each token occurs, where that is known."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """Anything else."""


def of_fields(fields: Iterable[bytes]) -> str:
    """The checksum of tokens in their order.

    Args:
        fields: The tokens as they stand in `vocabulary.tsv`: escaped, UTF-8.
    """
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for field in fields:
        digest.update(field + b"\n")
    return digest.hexdigest()


def check_words(matrix: Path, words: Path) -> None:
    """Makes sure that a matrix of an export has the words that it was exported with.

    Args:
        matrix: The matrix' file.
        words: The file with its words. Nothing is checked where it is no export's, or the folder
            has no manifest that names the matrix.

    Raises:
        FormatError: The words are others.
    """
    document = found_in(matrix.parent) if words.name == VOCABULARY else None
    if document is None or matrix.name not in files_of(document):
        return
    with words.open("rb") as stream:
        digest = of_fields(line.rstrip(b"\n").partition(b"\t")[0] for line in stream)
    if digest != document["tokens"]["blake2b"]:
        raise FormatError(
            words,
            None,
            f"its tokens are not those that {matrix.name} was exported with; the folder's files "
            "were not written together; export again",
        )


def words_beside(matrix: Path, rows: int) -> Path | None:
    """The file with the words of a matrix' rows; None where there is none.

    Args:
        matrix: Its file.
        rows: How many it has.

    Raises:
        FormatError: It is an export's, and of other words than the matrix was exported with; or
            there are two that fit.
    """
    words = vocabulary_file.beside(matrix, rows)
    if words is not None:
        check_words(matrix, words)
    return words


def found_in(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder; None where there is none, or one of another program's."""
    try:
        document = json_document.read(folder / MANIFEST)
        document["tokens"]["blake2b"].text()
        document["matrices"].plain_fields()
    except (OSError, FormatError):
        return None
    return document.plain_fields()


def files_of(document: dict[str, Any]) -> list[str]:
    """The names of the matrices' files."""
    entries = document["matrices"].values()
    return [str(entry["file"]) for entry in entries if isinstance(entry, dict) and "file" in entry]


def of_tokens(tokens: Sequence[str]) -> str:
    """The checksum of tokens in their order."""
    return of_fields(token_bytes.escape(token).encode() for token in tokens)


def of_matrix(matrix: NDArray[np.float32]) -> str:
    """The checksum of a matrix' values."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    step = max(1, _BLOCK_BYTES // max(1, 4 * matrix.shape[1]))
    for start in range(0, len(matrix), step):
        block = np.ascontiguousarray(matrix[start : start + step], dtype="<f4")
        is_nan = np.isnan(block)
        if is_nan.any():
            # There are many bits for it, and text says none of them.
            block = np.where(is_nan, np.float32(np.nan), block).astype("<f4")
        digest.update(block.data)
    return digest.hexdigest()


def of_counts(counts: NDArray[np.int64] | None) -> str | None:
    """The checksum of counts, or None where there are none."""
    if counts is None:
        return None
    content = np.ascontiguousarray(counts, dtype="<i8").data
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def write(data: Exported, target: str, files: Mapping[str, str]) -> bytes:
    """The manifest of some data.

    Args:
        data: What was written.
        target: The kind of the matrices' files.
        files: The file of each matrix.
    """
    document = {
        "manifest": _LAYOUT,
        "lexiscope": __version__,
        "target": target,
        "tokens": {
            "file": VOCABULARY,
            "count": len(data.tokens),
            "blake2b": of_tokens(data.tokens),
        },
        "counts": of_counts(data.counts),
        "matrices": {
            name: {
                "file": files[name],
                "shape": list(matrix.shape),
                "dtype": "float32",
                "blake2b": of_matrix(matrix),
            }
            for name, matrix in data.matrices.items()
        },
        "facts": dict(data.facts),
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a folder.

    Raises:
        ExportError: There is none, or it is damaged.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise ExportError(
            folder, None, f"has no {MANIFEST}, expected a folder that `lexiscope export` wrote"
        )
    try:
        document = json_document.read(path, advice="export again")
        _check(document)
    except FormatError as error:
        reason = f"is not a manifest of this version: {error.reason}"
        raise ExportError(path, error.position, reason) from error
    return document.plain_fields()


def _check(document: Value) -> None:
    """Asks for everything that is needed of a manifest.

    Raises:
        FormatError: Something is missing, or of another type.
    """
    document["manifest"].whole(_LAYOUT, _LAYOUT)
    document["target"].text()
    document["tokens"]["blake2b"].text()
    document["tokens"]["count"].whole()
    counts = document["counts"]
    if counts.plain is not None:
        counts.text()
    document["matrices"]["input"].plain_fields()
    for entry in document["matrices"].fields().values():
        file = entry["file"]
        name = file.text()
        if not is_file_name(name) or not name.isprintable():
            raise file.fault("a file's name in this folder")
        entry["blake2b"].text()
        entry["shape"].wholes()
    document["facts"].plain_fields()


def verify(folder: Path, document: Mapping[str, Any], data: Exported) -> None:
    """Checks what was read against the manifest.

    Raises:
        ExportError: The tokens or a matrix are not those that were written.
    """
    if of_tokens(data.tokens) != document["tokens"]["blake2b"]:
        raise ExportError(
            folder / VOCABULARY,
            None,
            f"its {len(data.tokens):,} tokens are not those of the matrices "
            f"({document['tokens']['count']:,} tokens, or another order); {_FAULT}",
        )
    if of_counts(data.counts) != document["counts"]:
        raise ExportError(folder / VOCABULARY, None, f"its counts have been changed; {_FAULT}")
    for name, matrix in data.matrices.items():
        entry = document["matrices"][name]
        if list(matrix.shape) != entry["shape"]:
            reason = f"has shape {list(matrix.shape)}, expected {entry['shape']}"
        elif of_matrix(matrix) != entry["blake2b"]:
            reason = "has other values than when it was written"
        else:
            continue
        raise ExportError(folder / entry["file"], f"matrix {name!r}", f"{reason}; {_FAULT}")
