"""Spark's folders of Parquet files: a saved Word2VecModel, or a table of its vectors.

`Word2VecModel.save` writes `metadata/` and `data/part-*.parquet` with the columns `word` and
`vector`, a list of floats; `getVectors().write.parquet` a folder of parts whose vectors are structs
(`parquet`). Any part may be empty; together they are one table, in the order of their names.
Source: https://spark.apache.org/docs/latest/ml-features.html#word2vec, Word2Vec.scala.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.formats.contract import EVERYTHING, Block, Format, ReadOptions, VectorsStream
from lexiscope.formats.kinds import parquet
from lexiscope.formats.not_kept import NotKept
from lexiscope.formats.reading.intake import Intake

_DATA = "data"
_PARTS = ("part-*.parquet", "*.parquet")
_MOST_PARTS = 100_000


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The rows of all parts, some at a time.

    Raises:
        FormatError: A part is damaged, of another width than the first, or there is no row; while
            the rows are gone through, for what is found there.
        ConfigError: float16 is asked for and cannot hold a value.
        MissingExtraError: pyarrow is not installed.
    """
    parts = [part for part in _parts_of(path) if not parquet.is_empty(part)]
    if not parts:
        raise FormatError(path, None, "has no row in its Parquet files, expected words and vectors")
    with parquet.stream(parts[0]) as first:
        columns, has_counts = first.columns, first.has_counts
    warnings: list[str] = []
    lost: list[NotKept] = []
    yield VectorsStream(
        columns=columns,
        rows=None,
        has_counts=has_counts,
        dtype=options.dtype,
        blocks=_blocks(parts, columns, has_counts, options, warnings, lost),
        warnings=warnings,
        lost=lost,
    )


def _blocks(
    parts: list[Path],
    columns: int,
    has_counts: bool,
    options: ReadOptions,
    warnings: list[str],
    lost: list[NotKept],
) -> Iterator[Block]:
    intake = Intake(options)
    for part in parts:
        with parquet.stream(part) as rows:
            if rows.columns != columns or rows.has_counts != has_counts:
                raise FormatError(
                    part,
                    None,
                    f"has vectors of {rows.columns:,} values, where the first part has "
                    f"{columns:,}; the parts are not of one table",
                )
            for block in rows.blocks:
                yield intake.take(block.tokens, block.vectors, block.counts)
                if intake.done:
                    break
            lost += [one for one in rows.lost if one not in lost]
        if intake.done:
            break
    warnings += intake.warnings()


def _parts_of(path: Path) -> list[Path]:
    for folder in (path / _DATA, path):
        for pattern in _PARTS:
            found = sorted(part for part in folder.glob(pattern) if part.name[0] not in "._")
            if found:
                return found[:_MOST_PARTS]
    return []


def _sniff(_head: bytes, path: Path) -> bool:
    try:
        return path.is_dir() and bool(_parts_of(path))
    except OSError:
        return False


FORMAT = Format(
    name="parquet-folder",
    description="Spark's folder of Parquet files (Word2VecModel)",
    extensions=(),
    sniff=_sniff,
    stream=stream,
    write=None,
    is_folder=True,
)
