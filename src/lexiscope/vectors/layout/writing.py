"""A map's places as a file: Parquet or CSV, a word a row."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import MissingExtraError
from lexiscope.files.atomic import atomic_file
from lexiscope.vectors.layout.word_map import WordMap

COLUMNS = ("word", "x", "y", "landmark")
_ROWS = 1 << 16


def require_parquet() -> None:
    """Makes sure that Parquet can be written.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("a Parquet file", "parquet") from error


def write_csv(path: Path, made: WordMap) -> None:
    """Writes word, x, y, and whether it is a landmark; x and y are empty for a word without place.

    Raises:
        OSError: The disk is full or cannot be written to.
    """
    landmark = _landmarks(made)
    placed = ~np.isnan(made.places[:, 0])
    with atomic_file(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8", "surrogateescape", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for row, word in enumerate(made.words):
            x, y = made.places[row]
            place = (f"{x:.6g}", f"{y:.6g}") if placed[row] else ("", "")
            writer.writerow([word, *place, int(landmark[row])])
        text.detach()


def write_parquet(path: Path, made: WordMap) -> None:
    """Writes the same as columns word (string), x, y (float32) and landmark (bool).

    Raises:
        OSError: The disk is full or cannot be written to.
        MissingExtraError: pyarrow is not installed.
    """
    require_parquet()
    import pyarrow as pa
    import pyarrow.parquet as pq

    landmark = _landmarks(made)
    types = (pa.string(), pa.float32(), pa.float32(), pa.bool_())
    schema = pa.schema(list(zip(COLUMNS, types, strict=True)))
    with atomic_file(path) as stream, pq.ParquetWriter(stream, schema) as writer:
        for first in range(0, len(made.words), _ROWS):
            here = slice(first, first + _ROWS)
            places = made.places[here]
            missing = np.isnan(places[:, 0])
            # A word that is no text (bytes that are not UTF-8) cannot stand in Parquet as it is.
            words = [_as_text(word) for word in made.words[here]]
            x, y = (pa.array(places[:, axis], pa.float32(), mask=missing) for axis in (0, 1))
            table = [pa.array(words, pa.string()), x, y, pa.array(landmark[here])]
            writer.write_table(pa.Table.from_arrays(table, schema=schema))


def _landmarks(made: WordMap) -> NDArray[np.bool_]:
    marks = np.zeros(len(made.words), np.bool_)
    marks[made.order[: made.landmarks]] = True
    return marks


def _as_text(word: object) -> str:
    return str(word).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
