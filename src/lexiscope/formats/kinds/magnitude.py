"""Magnitude's files (`.magnitude`): an SQLite database of words and whole numbers.

Table `magnitude`: `key`, and `dim_0` to `dim_D−1`, each a value times 10 to the power of
`precision`; table `magnitude_format`: `size`, `dim`, `precision` and more, by `key` and `value`. A
word may be there more than once, in other case or for a search without one; n-grams and trees for
approximate search are passed over. Source: pymagnitude's converter.py,
https://github.com/plasticityai/magnitude.

A database may hold views, triggers and virtual tables, whose SQL would be run. Only plain tables
are read, nothing is written, and no function, no view and no other file is allowed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import pathname2url

import numpy as np

from lexiscope.errors import FormatError, reason_of
from lexiscope.files.opening import unwrapped_path
from lexiscope.formats.contract import EVERYTHING, Block, Format, ReadOptions, VectorsStream
from lexiscope.formats.reading.intake import Intake

_MAGIC = b"SQLite format 3\x00"
_TABLE, _FACTS = "magnitude", "magnitude_format"
_MOST_COLUMNS = 1 << 15
_MOST_PRECISION = 18
_ROWS = 2048
_MOST_VALUES = 1 << 20
_LONGEST_WORD = 1 << 16
_READING = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The rows of a database, some at a time.

    Raises:
        FormatError: It is damaged, or no database of Magnitude's.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    with unwrapped_path(path) as plain, _opened(plain, path) as database:
        columns, factor = _facts(database, path)
        size = plain.stat().st_size
        warnings: list[str] = []
        yield VectorsStream(
            columns=columns,
            rows=None,
            dtype=options.dtype,
            blocks=_blocks(_Rows(path, database, columns, factor, size), options, warnings),
            warnings=warnings,
        )


@contextmanager
def _opened(place: Path, path: Path) -> Iterator[sqlite3.Connection]:
    """A database that is only read, and only its own tables.

    Raises:
        FormatError: SQLite finds it damaged, at any time in the block.
    """
    address = f"file:{pathname2url(str(place.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
            database.execute("PRAGMA mmap_size = 0")
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1 << 24)
            database.set_authorizer(_authorized)
            yield database
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        reason = reason_of(error)
        raise FormatError(
            path, None, f"is no sound database of Magnitude's ({reason}); download it again"
        ) from error


def _authorized(action: int, _first: Any, _second: Any, _database: Any, inside: Any) -> int:
    """Allows reading of tables, by no view or trigger."""
    if action in _READING and inside is None:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _facts(database: sqlite3.Connection, path: Path) -> tuple[int, float]:
    """D, and what a whole number is divided by."""
    tables = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    for name in (_TABLE, _FACTS):
        made = tables.get(name)
        if not isinstance(made, str) or not made.lstrip().upper().startswith("CREATE TABLE"):
            shown = ", ".join(sorted(str(table)[:40] for table in tables)[:6]) or "none"
            raise FormatError(
                path,
                None,
                f"is an SQLite database without a table {name!r} (tables: {shown}), expected "
                "Magnitude's; of another one save words and vectors as CSV",
            )
    facts = dict(database.execute(f"SELECT key, value FROM {_FACTS} LIMIT 10000"))
    columns, precision = facts.get("dim"), facts.get("precision")
    if type(columns) is not int or not 0 < columns <= _MOST_COLUMNS:
        raise FormatError(path, "dim", f"is {columns!r:.40}, expected 1 to {_MOST_COLUMNS:,}")
    if type(precision) is not int or not 0 <= precision <= _MOST_PRECISION:
        raise FormatError(path, "precision", f"is {precision!r:.40}, expected 0 to 18")
    return columns, float(10**precision)


@dataclass(frozen=True)
class _Rows:
    """What rows are read from: D, what values are divided by, and the file's bytes."""

    path: Path
    database: sqlite3.Connection
    columns: int
    factor: float
    size: int


def _blocks(source: _Rows, options: ReadOptions, warnings: list[str]) -> Iterator[Block]:
    intake = Intake(options)
    path, database, columns = source.path, source.database, source.columns
    names = ", ".join(f"dim_{column}" for column in range(columns))
    database.text_factory = lambda content: content.decode("utf-8", "surrogateescape")
    rows = database.execute(f"SELECT key, {names} FROM {_TABLE} ORDER BY rowid")
    rows.arraysize = max(1, min(_ROWS, _MOST_VALUES // columns))
    done = 0
    while part := rows.fetchmany():
        words = [row[0] for row in part]
        sound = all(isinstance(word, str) and len(word) <= _LONGEST_WORD for word in words)
        if not sound or not all(type(value) in (int, float) for row in part for value in row[1:]):
            raise FormatError(path, f"rows from {done + 1:,}", "are no words and numbers")
        values = np.array([row[1:] for row in part], np.float64)
        yield intake.take(words, (values / source.factor).astype(np.float32))
        done += len(part)
        # A value takes a byte at least; pages that lead in a circle would never end.
        if done * columns > source.size:
            raise FormatError(path, None, "has more rows than its bytes can hold; it is damaged")
        if intake.done:
            break
    if not done:
        raise FormatError(path, None, "has no row, expected words and vectors")
    warnings += intake.warnings()


def _sniff(head: bytes, _path: Path) -> bool:
    return head.startswith(_MAGIC)


FORMAT = Format(
    name="magnitude",
    description="Magnitude database (.magnitude)",
    extensions=(".magnitude",),
    sniff=_sniff,
    stream=stream,
    write=None,
)
