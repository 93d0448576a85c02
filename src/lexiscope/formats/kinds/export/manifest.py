"""The manifest beside an export's matrices, as far as the readers of a single matrix need it.

`interop.exports` writes it and checks all of it; here the words are checked, so that a matrix of an
export that is opened by itself is not read with the vocabulary of another one either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lexiscope.errors import FormatError

MANIFEST = "manifest.json"
VOCABULARY = "vocabulary.tsv"
DIGEST_BYTES = 32


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


def found_in(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder; None where there is none, or one of another program's."""
    try:
        document = json.loads((folder / MANIFEST).read_bytes())
        sound = isinstance(document["tokens"]["blake2b"], str) and isinstance(
            document["matrices"], dict
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return document if sound else None


def files_of(document: dict[str, Any]) -> list[str]:
    """The names of the matrices' files."""
    entries = document["matrices"].values()
    return [str(entry["file"]) for entry in entries if isinstance(entry, dict) and "file" in entry]
