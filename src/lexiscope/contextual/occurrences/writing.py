"""Table of a word's occurrences as a file: Parquet or CSV, an occurrence a row."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from lexiscope.contextual.occurrences.places import Places
from lexiscope.contextual.occurrences.word_senses import WordSenses
from lexiscope.files.atomic import atomic_file
from lexiscope.vectors.layout.writing import require_parquet

COLUMNS = ("cluster", "x", "y", "sentence", "place", "start", "end", "text")
"""`cluster` is counted from 1; the others are the numbers that the table of words has."""


def columns_of(found: WordSenses, places: Places) -> dict[str, list[Any]]:
    """The columns, in the corpus' order."""
    occurrences = found.occurrences
    return {
        "cluster": (found.clusters.labels + 1).tolist(),
        "x": [float(f"{x:.6g}") for x in places.at[:, 0].tolist()],
        "y": [float(f"{y:.6g}") for y in places.at[:, 1].tolist()],
        "sentence": occurrences.sentences.tolist(),
        "place": occurrences.places.tolist(),
        "start": occurrences.spans[:, 0].tolist(),
        "end": occurrences.spans[:, 1].tolist(),
        "text": list(occurrences.texts),
    }


def write_csv(path: Path, found: WordSenses, places: Places) -> None:
    """Writes the columns as CSV.

    Raises:
        OSError: The disk is full or cannot be written to.
    """
    columns = columns_of(found, places)
    with atomic_file(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        writer.writerows(zip(*columns.values(), strict=True))
        text.detach()


def write_parquet(path: Path, found: WordSenses, places: Places) -> None:
    """Writes the columns as Parquet: int64 numbers, float32 x and y, strings.

    Raises:
        OSError: The disk is full or cannot be written to.
        MissingExtraError: pyarrow is not installed.
    """
    require_parquet()
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"x": pa.float32(), "y": pa.float32(), "text": pa.string()}
    columns = columns_of(found, places)
    schema = pa.schema([(name, kinds.get(name, pa.int64())) for name in COLUMNS])
    with atomic_file(path) as stream:
        pq.write_table(pa.table(columns, schema=schema), stream)
