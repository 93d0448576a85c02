"""Tables: what TensorFlow's projector takes, and Parquet; by the writers of `formats`.

A matrix is a folder with vectors.tsv and metadata.tsv, or a .parquet file. Tables have a name a
row, and no two rows may share one, so the words in them are escaped as in vocabulary.tsv and
repeated ones have their number behind them; vocabulary.tsv is what counts. After hierarchical
softmax the rows of the output matrix are inner nodes: `node 0`, `node 1`, ….
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lexiscope import formats
from lexiscope.files import tokens
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds.export.matrices import READERS
from lexiscope.interop.exports.data import ExportData, Target


def _target(name: str, description: str, writer: str, ending: str) -> Target:
    """A target of which each matrix is what a format of `formats` writes."""

    def write(folder: Path, data: ExportData) -> dict[str, str]:
        files = {matrix: f"{matrix}{ending}" for matrix in data.matrices}
        for matrix, file in files.items():
            formats.write(folder / file, _table(data, matrix), writer)
        return files

    return Target(name=name, description=description, write=write, read=READERS[name])


def _table(data: ExportData, matrix: str) -> VectorsData:
    rows = data.matrices[matrix]
    if len(rows) == len(data.tokens):
        return VectorsData(_names(data.tokens), rows, data.counts)
    return VectorsData([f"node {row}" for row in range(len(rows))], rows)


def _names(words: Sequence[str]) -> list[str]:
    names: dict[str, None] = {}
    for row, word in enumerate(words):
        name = tokens.escape(word)
        # A token may look like another one's name with its number behind it.
        while not name or name in names:
            name += f" [row {row}]"
        names[name] = None
    return list(names)


TSV = _target("tsv", "a folder for TensorFlow's projector for each matrix", "projector", "")
PARQUET = _target("parquet", "a .parquet file for each matrix", "parquet", ".parquet")
