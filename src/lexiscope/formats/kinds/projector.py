"""A table of numbers with its words in another file, as the Embedding Projector has them.

Layout: a row of D decimals with a tab between, no header; the words, a line each without a header
where there is one column, with one where there are more (`write` adds the counts so), in a folder
as `vectors.tsv` and `metadata.tsv`. gensim's `word2vec2tensor` writes `NAME_tensor.tsv` and
`NAME_metadata.tsv`; NumPy's `savetxt` and programs for knowledge graphs write such tables with
spaces between, spreadsheets with commas; which file has the words: `labels`. There are no escapes.
Source: https://projector.tensorflow.org ("Load").
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files import tokens
from lexiscope.files.atomic import atomic_folder
from lexiscope.files.opening import HEAD_BYTES, chunks, require
from lexiscope.formats.contract import (
    EVERYTHING,
    Block,
    Format,
    ReadOptions,
    VectorsStream,
    Writable,
)
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS, parse_header
from lexiscope.formats.reading import labels, table_shape
from lexiscope.formats.reading.intake import Intake
from lexiscope.formats.reading.outgoing import outgoing
from lexiscope.formats.reading.table_shape import Shape
from lexiscope.formats.reading.text_rows import (
    BOM,
    lines_of,
    text_lines,
)
from lexiscope.formats.reading.text_values import Place, is_number, is_value, parse_decimals
from lexiscope.formats.reading.vocabulary_file import Words
from lexiscope.formats.token_rule import TokenRule

VECTORS = "vectors.tsv"
METADATA = "metadata.tsv"
_SAID_BY = "as line 1 has; the row is damaged"


def _fault(word: str, is_first: bool) -> str | None:
    if is_first and word.startswith(BOM):
        return "starts the file with a byte order mark"
    return None


_TOKENS = TokenRule(spelling="bytes", without="\t\n\r", empty=False, special=_fault)


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The rows of the folder, or of the table of vectors in it, some at a time.

    Raises:
        FormatError: As `read`; while the rows are gone through, for what is found there.
    """
    require(path)
    vectors_path = path / VECTORS if path.is_dir() else path
    with chunks(vectors_path) as content:
        head = table_shape.with_whole_rows(content.read(HEAD_BYTES), content.read)
        shape = _shape(head, vectors_path)
    with chunks(vectors_path) as content:
        rows = sum(len(lines) for lines in lines_of(content, vectors_path)) - shape.has_header
    if rows < 1:
        raise FormatError(vectors_path, None, "has no row, expected numbers with a tab between")
    found = labels.find(vectors_path, rows)
    words = found.words
    if not path.is_dir() and _may_name_rows(head, shape):
        raise FormatError(
            path,
            None,
            f"may be {shape.columns - 1:,} values a row behind a number that names it, or "
            f"{shape.columns:,} values whose words are in {found.path.name}; put both into a "
            f"folder as {VECTORS} and {METADATA}, or move {found.path.name} away",
        )
    with chunks(vectors_path) as content:
        warnings = [words.note] if words.note else []
        table = _Rows(vectors_path, shape, words)
        yield VectorsStream(
            columns=shape.columns,
            rows=rows if options.limit is None else min(rows, options.limit),
            has_counts=words.counts is not None,
            dtype=options.dtype,
            blocks=_blocks(table, lines_of(content, vectors_path), options, warnings),
            warnings=warnings,
            progress=content.progress,
        )


def _shape(head: bytes, path: Path) -> Shape:
    """What the columns are: all of them values.

    Raises:
        FormatError: Line 1 is none of numbers.
    """
    shape = table_shape.shape_of(head)
    if shape is not None and shape.is_index:
        return replace(shape, word=None, is_index=False)
    if shape is not None and shape.word is None:
        return shape
    delimiter = "\t" if shape is None else shape.delimiter
    fields = head.split(b"\n", 1)[0].strip(b"\r \t").split(delimiter.encode())
    if not all(is_value(field.strip()) for field in fields):
        raise FormatError(path, "line 1", "is not numbers with a tab between")
    return Shape(
        delimiter=delimiter,
        has_header=False,
        fields=len(fields),
        word=None,
        values=tuple(range(len(fields))),
        columns=len(fields),
    )


def _may_name_rows(head: bytes, shape: Shape) -> bool:
    """Whether the first column is whole numbers, no two alike, beside others that are not."""
    found = table_shape.shape_of(head)
    if found is None or found.word is None or found.is_index:
        return False
    rows = [line.split(shape.delimiter.encode()) for line in head.split(b"\n")[:-1]]
    return any(b"." in field or b"e" in field for row in rows for field in row[1:])


class _Rows:
    """The words of rows to come, and the parser of their values."""

    def __init__(self, path: Path, shape: Shape, words: Words) -> None:
        self.words = words.tokens
        self.counts = words.counts
        self.done = 0
        self.skipped = int(shape.has_header)
        self._shape = shape
        self._place = Place(path=path, lines_before=int(shape.has_header), said_by=_SAID_BY)

    def parse(self, lines: list[bytes]) -> NDArray[np.float32]:
        """The values of the next rows (n×D)."""
        rows = [self._values(line, row) for row, line in enumerate(lines, self.done)]
        return parse_decimals(rows, self._shape.columns, self._place, self.done)

    def _values(self, line: bytes, row: int) -> bytes:
        """A row's values with one space between."""
        delimiter = self._shape.delimiter.encode()
        line = line.rstrip(b"\r").removeprefix(tokens.encode(BOM) if row == 0 else b"")
        stripped = line.strip(b" ") if delimiter == b" " else line.removesuffix(b"\t")
        fields = stripped.split() if delimiter == b" " else stripped.split(delimiter)
        if len(fields) != self._shape.fields:
            raise self._place.error(
                row, f"has {len(fields):,} values, expected {self._shape.fields:,} {_SAID_BY}"
            )
        fields = [fields[column].strip(b' "') for column in self._shape.values]
        if not all(fields) or any(b" " in field or b"\t" in field for field in fields):
            raise self._place.error(row, "has an empty value or a space, expected numbers")
        joined = b" ".join(fields)
        return joined.replace(b",", b".") if self._shape.has_commas else joined


def _blocks(
    rows: _Rows, blocks: Iterator[list[bytes]], options: ReadOptions, warnings: list[str]
) -> Iterator[Block]:
    intake = Intake(options)
    skipped = rows.skipped
    for block in blocks:
        lines = block[skipped:]
        skipped = max(0, skipped - len(block))
        here = slice(rows.done, rows.done + len(lines))
        vectors = rows.parse(lines)
        counts = None if rows.counts is None else rows.counts[here]
        yield intake.take(rows.words[here], vectors, counts)
        rows.done += len(lines)
        if intake.done:
            break
    warnings += intake.warnings()


def check_target(path: Path) -> None:
    """Refuses a target that is something else than such a folder.

    Raises:
        ConfigError: As said.
    """
    if not path.exists() and not path.is_symlink():
        return
    if not path.is_dir() or {entry.name for entry in path.iterdir()} - {VECTORS, METADATA}:
        raise ConfigError(
            f"{path} exists and is not a folder of {VECTORS} and {METADATA}; name a new folder"
        )


def write(path: Path, data: Writable) -> None:
    """Writes the folder, whole or not at all; values come back as the same float32.

    Raises:
        ConfigError: Something else is at the path.
        FormatError: A word cannot stand in a table; nothing is written.
        OSError: The disk is full or cannot be written to.
    """
    target = Path(path)
    check_target(target)
    source = outgoing(target, data, _TOKENS, columns=(1, MAX_DIMENSIONS))
    with (
        atomic_folder(target) as folder,
        (folder / VECTORS).open("xb") as vectors,
        (folder / METADATA).open("xb") as metadata,
    ):
        if source.has_counts:
            metadata.write(b"word\tcount\n")
        for block in source.blocks:
            words, values = text_lines(block)
            vectors.writelines(line.replace(b" ", b"\t") + b"\n" for line in values)
            metadata.writelines(_metadata_lines(words, block.counts))
        for written in (vectors, metadata):
            written.flush()
            os.fsync(written.fileno())


def _metadata_lines(words: list[bytes], counts: NDArray[np.int64] | None) -> Iterator[bytes]:
    if counts is None:
        return (word + b"\n" for word in words)
    return (b"%b\t%d\n" % pair for pair in zip(words, counts.tolist(), strict=True))


def _sniff(head: bytes, path: Path) -> bool:
    if path.is_dir():
        return (path / VECTORS).is_file() and (path / METADATA).is_file()
    shape = table_shape.shape_of(head)
    if shape is None or shape.is_listed or shape.fault is not None:
        return False
    if shape.word is None:
        # Two whole numbers are word2vec's line of sizes as well, whatever follows.
        return parse_header(head) is None or labels.has_own(path)
    if shape.is_index:
        return labels.has_own(path)
    if shape.has_header or shape.word != 0 or not _is_numbers(head, shape):
        return False
    return labels.has_own(path)


def _is_numbers(head: bytes, shape: Shape) -> bool:
    """Whether the first line is numbers throughout, of which the first could name a row as well."""
    fields = head.split(b"\n", 1)[0].rstrip(b"\r\t ").split(shape.delimiter.encode())
    return len(fields) > 1 and all(map(is_number, fields))


FORMAT = Format(
    name="projector",
    description="Embedding Projector's vectors.tsv and metadata.tsv",
    extensions=(),
    sniff=_sniff,
    write=write,
    stream=stream,
    is_text=True,
    tokens=_TOKENS,
    carries=frozenset({"counts"}),
    is_folder=True,
)
