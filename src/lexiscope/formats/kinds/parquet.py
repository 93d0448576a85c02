"""Parquet: a column of words and one of vectors (extra `parquet`).

Columns: `word`, a string; `vector`, a list of D float32 (float16 where that was asked for), of
fixed size; `count`, int64, where there are counts. Read as well: other names, where there is one
column of strings and one of lists of floats; lists that are not of fixed size; float64; Spark's
vectors, structs of `type` (1 for dense), `size`, `indices` and `values`.
Source: https://parquet.apache.org/docs/file-format.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError, MissingExtraError, reason_of
from lexiscope.files.atomic import atomic_file
from lexiscope.files.maps import let_go
from lexiscope.files.opening import mapped
from lexiscope.files.unwrapping import unpacks_to
from lexiscope.formats.contract import (
    EVERYTHING,
    Block,
    Format,
    Matrix,
    ReadOptions,
    VectorsStream,
    Writable,
)
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.formats.not_kept import Narrowing, NotKept
from lexiscope.formats.reading import parquet_footer
from lexiscope.formats.reading.intake import Intake
from lexiscope.formats.reading.outgoing import outgoing
from lexiscope.formats.token_rule import TokenRule

_TOKENS = TokenRule(spelling="utf-8")
_MAGIC = b"PAR1"
# Of a file whose footer is encrypted.
_ENCRYPTED_MAGIC = b"PARE"
# The length of the footer and the magic number, at the end.
_TAIL_BYTES = 8
_ROWS = 4096
_BATCH_VALUES = 1 << 22
_MOST_COUNT = 1 << 63
_DENSE = 1  # of Spark's vectors; 0 is a sparse one


def _arrow() -> Any:
    """pyarrow, loaded.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("a Parquet file", "parquet") from error
    return pyarrow


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The rows of a Parquet file, some at a time.

    Raises:
        FormatError: The file is not whole and sound, or has no such columns; while the rows
            are gone through: for what is found there.
        ConfigError: float16 is asked for and cannot hold a value.
        MissingExtraError: pyarrow is not installed.
    """
    arrow = _arrow()
    with mapped(path) as data:
        with _errors_named(path):
            if data[: len(_ENCRYPTED_MAGIC)] == _ENCRYPTED_MAGIC:
                raise _encrypted(path)
            source = arrow.BufferReader(arrow.py_buffer(data))
            table = arrow.parquet.ParquetFile(source, page_checksum_verification=True)
            reader = _Reader(path, arrow, table, data)
            columns = reader.columns()
        warnings: list[str] = []
        lost: list[NotKept] = []
        yield VectorsStream(
            columns=columns,
            rows=None,
            has_counts=reader.counts is not None,
            dtype=options.dtype,
            blocks=_blocks(reader, columns, options, warnings, lost),
            warnings=warnings,
            lost=lost,
        )


@contextmanager
def _errors_named(path: Path) -> Iterator[None]:
    """The library's errors as ours; it raises OSError for damaged content too."""
    arrow = _arrow()
    try:
        yield
    except (arrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise FormatError(
            path,
            None,
            f"is not a whole and sound Parquet file ({reason_of(error)}); write it again",
        ) from error


class _Reader:
    """An open file and its columns.

    Attributes:
        counts: The name of the column of counts, or None.
        narrowing: What becomes of float64.
    """

    def __init__(self, path: Path, arrow: Any, table: Any, data: mmap) -> None:
        self._path = path
        self._data = data
        self._arrow = arrow
        self._table = table
        self.narrowing = Narrowing()
        self._check_footer()
        schema = table.schema_arrow
        types = arrow.types
        for name in schema.names:
            if schema.names.count(name) > 1:
                raise FormatError(
                    path, None, f"has two columns named {name!r:.60}; name them apart"
                )
        self._check_size()
        self._words = self._choose(
            schema, "word", lambda kind: types.is_string(kind) or types.is_large_string(kind)
        )
        # A column a dimension, as pandas writes a table; else one of lists.
        wide = [field.name for field in schema if types.is_floating(field.type)]
        is_wide = len(wide) > 1 and not any(_is_vector(types, field.type) for field in schema)
        self._wide = wide if is_wide else []
        self._vectors = (
            "" if is_wide else self._choose(schema, "vector", lambda kind: _is_vector(types, kind))
        )
        has_counts = "count" in schema.names and types.is_integer(schema.field("count").type)
        self.counts = "count" if has_counts else None

    def _check_footer(self) -> None:
        """Refuses a file with encrypted columns, which end the process when they are asked for.

        Behind a footer that can be read stands its signature then, and counts as part of it.
        """
        end = len(self._data)
        declared = int.from_bytes(self._data[end - _TAIL_BYTES : end - len(_MAGIC)], "little")
        if self._table.metadata.serialized_size != declared:
            raise _encrypted(self._path)
        self._footer_bytes = declared

    def _check_size(self) -> None:
        """Refuses a file that says of itself that it holds more than vectors can.

        Bytes are counted as they are packed again (repeated values take none), and values too.
        """
        end = len(self._data) - _TAIL_BYTES
        declared = parquet_footer.sizes(self._data[end - self._footer_bytes : end])
        rows = self._table.metadata.num_rows
        unpacked = max(declared.bytes, 4 * declared.values, 4 * rows)
        if unpacked > unpacks_to(len(self._data)):
            raise FormatError(
                self._path,
                None,
                f"unpacks to {unpacked:,} bytes, far more than vectors in a file of "
                f"{len(self._data):,} can be",
            )

    def _choose(self, schema: Any, name: str, fits: Any) -> str:
        fitting = [field.name for field in schema if fits(field.type)]
        if name in fitting:
            return name
        if len(fitting) != 1:
            shown = ", ".join(f"{field.name}: {field.type}" for field in schema)[:300]
            what = "strings" if name == "word" else "lists of floats"
            raise FormatError(
                self._path,
                None,
                f"has {len(fitting)} columns of {what} and none of them is {name!r} ({shown})",
            )
        return str(fitting[0])

    def columns(self) -> int:
        """D, by the first row, or the number of columns."""
        if self._wide:
            if len(self._wide) > MAX_DIMENSIONS:
                raise FormatError(self._path, None, f"has {len(self._wide):,} columns of numbers")
            return len(self._wide)
        for vectors in self._batches([self._vectors], 1):
            with _errors_named(self._path):
                size = vectors[0].value_lengths()[0].as_py()
            if size is None or not 1 <= size <= MAX_DIMENSIONS:
                raise FormatError(
                    self._path,
                    "row 1",
                    f"has a vector of {size or 0:,} values, expected 1 to {MAX_DIMENSIONS:,}",
                )
            declared = 4 * size * self._table.metadata.num_rows
            if declared > unpacks_to(len(self._data)):
                raise FormatError(
                    self._path,
                    None,
                    f"declares {declared:,} bytes of vectors, far more than a file of "
                    f"{len(self._data):,} can hold",
                )
            return int(size)
        raise FormatError(self._path, None, "has no row with a vector")

    def blocks(self, columns: int) -> Iterator[Block]:
        """The rows as they stand in the file."""
        counted = [self.counts] if self.counts else []
        names = [self._words, *counted, *(self._wide or [self._vectors])]
        done, declared = 0, self._table.metadata.num_rows
        # Repeated values pack so well that the file's size says nothing of a batch's.
        for batch in self._batches(names, max(1, min(_ROWS, _BATCH_VALUES // columns))):
            with _errors_named(self._path):  # words that are not UTF-8
                words = batch[0].to_pylist()
            if None in words:
                raise FormatError(self._path, None, f"has a row without a {self._words}")
            counts: NDArray[np.int64] | None = None
            if self.counts is not None:
                if batch[1].null_count:
                    raise FormatError(self._path, None, "has a row without a count")
                told = batch[1].to_numpy(zero_copy_only=False)
                if told.size and not 0 <= int(told.min()) <= int(told.max()) < _MOST_COUNT:
                    raise FormatError(
                        self._path, None, "has a count that is negative, or beyond 64 bits"
                    )
                counts = np.asarray(told, dtype=np.int64)
            values = batch[1 + len(counted) :]
            matrix = self._table_of(values) if self._wide else self._matrix(values[0], columns)
            yield Block(words, matrix, counts)
            done += len(words)
            if done > declared:
                break
        if done != declared:  # the library passes over pages of a kind that it does not know
            raise FormatError(
                self._path, None, f"has {done:,} rows where it declares {declared:,}; it is damaged"
            )

    def _batches(self, names: list[str], rows: int) -> Iterator[list[Any]]:
        batches = self._table.iter_batches(batch_size=rows, columns=names, use_threads=False)
        while True:
            with _errors_named(self._path):
                batch = next(batches, None)
            if batch is None:
                return
            let_go(self._data)
            if batch.num_rows:
                yield [self._plain(batch.column(name)) for name in names]

    def _plain(self, column: Any) -> Any:
        """A column as it is; of Spark's vectors their values.

        Raises:
            FormatError: One of them is sparse, or missing.
        """
        if not self._arrow.types.is_struct(column.type):
            return column
        with _errors_named(self._path):
            kinds, values = column.field("type"), column.field("values")
            if column.null_count or set(kinds.to_pylist()) != {_DENSE}:
                raise FormatError(
                    self._path, None, "has a sparse vector, or none, where dense ones are expected"
                )
            return values

    def _table_of(self, values: list[Any]) -> Matrix:
        """A batch's vectors (n×D), out of D columns."""
        with _errors_named(self._path):
            if any(column.null_count for column in values):
                raise FormatError(self._path, None, "has a value missing")
            columns = [column.to_numpy(zero_copy_only=False) for column in values]
        found: Matrix = self.narrowing.take(np.column_stack(columns))
        return found

    def _matrix(self, lists: Any, columns: int) -> Matrix:
        """A batch's vectors (n×D)."""
        with _errors_named(self._path):
            flat = lists.flatten()
            if lists.null_count or flat.null_count:
                raise FormatError(
                    self._path, None, "has a row without a vector, or a value missing"
                )
            values = flat.to_numpy(zero_copy_only=False)
            lengths = set(lists.value_lengths().to_pylist())
        if lengths != {columns}:
            wrong = next(length for length in lengths if length != columns)
            raise FormatError(
                self._path,
                None,
                f"has a vector of {wrong:,} values, expected {columns:,} as before",
            )
        found: Matrix = self.narrowing.take(values)
        return found.reshape(-1, columns)


def _is_vector(types: Any, kind: Any) -> bool:
    """Whether a column's type is one of vectors: lists of floats, or Spark's structs."""
    if types.is_struct(kind):
        values = kind.get_field_index("values")
        return kind.get_field_index("type") >= 0 and (
            values >= 0 and _is_vector(types, kind.field(values).type)
        )
    is_list = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return bool(is_list and types.is_floating(kind.value_type))


def is_empty(path: Path) -> bool:
    """Whether a Parquet file has no rows, by its own account.

    Raises:
        FormatError: It is no sound Parquet file.
        MissingExtraError: pyarrow is not installed.
    """
    arrow = _arrow()
    with mapped(path) as data, _errors_named(path):
        source = arrow.BufferReader(arrow.py_buffer(data))
        return int(arrow.parquet.ParquetFile(source).metadata.num_rows) == 0


def _blocks(
    reader: _Reader, columns: int, options: ReadOptions, warnings: list[str], lost: list[NotKept]
) -> Iterator[Block]:
    intake = Intake(options)
    for block in reader.blocks(columns):
        yield intake.take(block.tokens, block.vectors, block.counts)
        if intake.done:
            break
    warnings += intake.warnings()
    lost += reader.narrowing.not_kept()


def write(path: Path, data: Writable) -> None:
    """Writes a Parquet file, compressed with zstd.

    Raises:
        FormatError: A word is not whole UTF-8; nothing is written.
        MissingExtraError: pyarrow is not installed.
        OSError: The disk is full or cannot be written to.
    """
    arrow = _arrow()
    source = outgoing(path, data, _TOKENS, columns=(1, MAX_DIMENSIONS))
    value = arrow.float16() if source.dtype == "float16" else arrow.float32()
    vector = arrow.list_(value, source.columns)
    fields = [arrow.field("word", arrow.string()), arrow.field("vector", vector)]
    if source.has_counts:
        fields.append(arrow.field("count", arrow.int64()))
    schema = arrow.schema(fields)
    with (
        atomic_file(Path(path)) as out,
        arrow.parquet.ParquetWriter(
            out, schema, compression="zstd", write_page_checksum=True
        ) as writer,
    ):
        for block in source.blocks:
            flat = arrow.array(np.ascontiguousarray(block.vectors).reshape(-1), type=value)
            arrays = [
                arrow.array(block.tokens, type=arrow.string()),
                arrow.FixedSizeListArray.from_arrays(flat, type=vector),
            ]
            if block.counts is not None:
                arrays.append(arrow.array(block.counts, type=arrow.int64()))
            writer.write_batch(arrow.record_batch(arrays, schema=schema))


def _encrypted(path: Path) -> FormatError:
    return FormatError(
        path, None, "is an encrypted Parquet file; write it again without encryption"
    )


def _sniff(head: bytes, _path: Path) -> bool:
    return head.startswith((_MAGIC, _ENCRYPTED_MAGIC))


FORMAT = Format(
    name="parquet",
    description="Parquet: columns word, vector (.parquet)",
    extensions=(".parquet",),
    sniff=_sniff,
    write=write,
    stream=stream,
    tokens=_TOKENS,
    carries=frozenset({"counts"}),
)
