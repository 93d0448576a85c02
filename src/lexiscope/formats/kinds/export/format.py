"""Exports opened again: the folders that `lexiscope export` writes, of every target.

The matrices' files are of the kinds that this package reads anyhow; the words are those of
`vocabulary.tsv`, and all of it is held against the checksums of `manifest.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats.contract import (
    EVERYTHING,
    Format,
    ReadOptions,
    VectorsData,
    fits,
)
from lexiscope.formats.kinds.export import manifest
from lexiscope.formats.kinds.export.manifest import MANIFEST, VOCABULARY, ExportError
from lexiscope.formats.kinds.export.matrices import READERS, Matrices
from lexiscope.formats.reading.intake import assemble, select
from lexiscope.formats.reading.vocabulary_file import read_parts

_INPUT, _OUTPUT = "input", "output"


@dataclass(frozen=True, kw_only=True)
class ReadExport:
    """What an export holds.

    Attributes:
        tokens: The token of each row of `input`.
        matrices: Name → matrix.
        counts: V int64, where they are known.
        facts: What else its manifest tells.
    """

    tokens: list[str]
    matrices: Matrices
    counts: NDArray[np.int64] | None
    facts: Mapping[str, Any] = field(default_factory=dict)


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads the words and vectors of an export; W′ too where it is a matrix of its own words.

    Raises:
        FormatError: A file is missing or damaged, or the files were not written together.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    exported = read_exported(path)
    tokens, counts, matrices = exported.tokens, exported.counts, exported.matrices
    vectors = matrices[_INPUT]
    if len(vectors) != len(tokens):
        raise ExportError(
            path, None, f"has {len(tokens):,} tokens for a matrix of shape {vectors.shape}"
        )
    result = assemble(tokens, vectors, counts=counts)
    output = matrices.get(_OUTPUT)
    # Ids of other programs may repeat a token, and a row has gone then.
    if output is not None and len(result.tokens) == len(tokens) and fits(vectors.shape, output):
        result.output = output
    return select(result, options)


def read_exported(path: Path) -> ReadExport:
    """An export as it stands, its tokens repeated where other programs' ids are.

    Raises:
        ExportError: A file is missing or damaged, or the files were not written together.
        MissingExtraError: The target's library is not installed.
    """
    document = manifest.read(path)
    reader = READERS.get(document["target"])
    if reader is None:
        raise ExportError(
            path / MANIFEST, None, f"names the target {document['target']!r}, which is unknown"
        )
    files = {name: entry["file"] for name, entry in document["matrices"].items()}
    for file in (VOCABULARY, *files.values()):
        if not (path / file).exists():
            raise ExportError(path, None, f"has no {file}, which its manifest names")
    try:
        # Tokens may be there twice, where another program's ids are; a word is never.
        parts = list(read_parts(path / VOCABULARY, None))
    except FormatError as error:
        raise ExportError(path / VOCABULARY, error.position, error.reason) from error
    exported = ReadExport(
        tokens=[token for part in parts for token in part.tokens],
        matrices=reader(path, files),
        counts=parts[0].counts if parts else None,
        facts=document["facts"],
    )
    manifest.verify(path, document, exported)
    return exported


def _sniff(_head: bytes, path: Path) -> bool:
    return path.is_dir() and manifest.found_in(path) is not None


FORMAT = Format(
    name="export",
    description="folder that `lexiscope export` wrote",
    extensions=(),
    sniff=_sniff,
    read=read,
    write=None,
    is_folder=True,
)
