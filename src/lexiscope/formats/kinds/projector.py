"""The Embedding Projector's pair of tables: a folder with `vectors.tsv` and `metadata.tsv`.

Layout: a row of D decimals with a tab between, no header; the words, a line each without a header
where there is one column, with one where there are more (`write` adds the counts so). gensim's
`word2vec2tensor` writes `NAME_tensor.tsv` and `NAME_metadata.tsv`. There are no escapes. Source:
https://projector.tensorflow.org ("Load").
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files import tokens
from lexiscope.files.atomic import atomic_folder
from lexiscope.files.opening import chunks, require
from lexiscope.formats.contract import (
    EVERYTHING,
    Block,
    Format,
    ReadOptions,
    VectorsStream,
    Writable,
)
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.formats.reading.intake import Intake
from lexiscope.formats.reading.outgoing import outgoing
from lexiscope.formats.reading.text_rows import (
    BOM,
    Place,
    is_number,
    is_value,
    lines_of,
    parse_decimals,
    text_lines,
)
from lexiscope.formats.token_rule import TokenRule

VECTORS = "vectors.tsv"
METADATA = "metadata.tsv"
_WORD_COLUMNS = ("word", "token", "label", "name")
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
    metadata_path = _metadata_of(vectors_path)
    if metadata_path is None:
        raise FormatError(path, None, f"has no {METADATA} beside it, expected a word a line there")
    words, counts = _read_metadata(metadata_path)
    with chunks(vectors_path) as content:
        lines = lines_of(content, vectors_path)
        first = next(lines, None)
        if not first:
            raise FormatError(vectors_path, None, "has no row, expected numbers with a tab between")
        columns = first[0].count(b"\t") + 1
        if not all(map(is_value, first[0].rstrip(b"\r").split(b"\t"))):
            raise FormatError(vectors_path, "line 1", "is not numbers with a tab between")
        warnings: list[str] = []
        rows = _Rows(vectors_path, columns, words, counts)
        yield VectorsStream(
            columns=columns,
            rows=None,
            has_counts=counts is not None,
            dtype=options.dtype,
            blocks=_blocks(rows, _chain(first, lines), options, warnings),
            warnings=warnings,
            progress=content.progress,
        )


def _chain(first: list[bytes], rest: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
    yield first
    yield from rest


class _Rows:
    """The words of rows to come, and the parser of their values."""

    def __init__(
        self, path: Path, columns: int, words: list[str], counts: NDArray[np.int64] | None
    ) -> None:
        self.path = path
        self.columns = columns
        self.words = words
        self.counts = counts
        self.done = 0
        self.place = Place(path=path, lines_before=0, said_by=_SAID_BY)

    def parse(self, lines: list[bytes]) -> NDArray[np.float32]:
        """The values of the next rows (n×D)."""
        rows = [line.rstrip(b"\r") for line in lines]
        for row, line in enumerate(rows, self.done):
            fields = line.count(b"\t") + 1
            if fields != self.columns:
                raise self.place.error(
                    row, f"has {fields:,} values, expected {self.columns:,} {_SAID_BY}"
                )
            if b" " in line or b"\t\t" in line or line.startswith(b"\t") or line.endswith(b"\t"):
                raise self.place.error(row, "has an empty value or a space, expected numbers")
        if self.done + len(rows) > len(self.words):
            raise self.wrong_length(f"more than {len(self.words):,}")
        found = [line.replace(b"\t", b" ") for line in rows]
        return parse_decimals(found, self.columns, self.place, self.done)

    def wrong_length(self, found: str) -> FormatError:
        """The error of two tables that are not of one length."""
        return FormatError(
            self.path,
            None,
            f"has {found} rows, but the table of words {len(self.words):,}; the two are not of one "
            "model",
        )


def _blocks(
    rows: _Rows, blocks: Iterator[list[bytes]], options: ReadOptions, warnings: list[str]
) -> Iterator[Block]:
    intake = Intake(options)
    for lines in blocks:
        here = slice(rows.done, rows.done + len(lines))
        vectors = rows.parse(lines)
        counts = None if rows.counts is None else rows.counts[here]
        yield intake.take(rows.words[here], vectors, counts)
        rows.done += len(lines)
        if intake.done:
            break
    warnings += intake.warnings()
    if not intake.done and rows.done != len(rows.words):
        raise rows.wrong_length(f"{rows.done:,}")


def _metadata_of(vectors: Path) -> Path | None:
    """The table of words that belongs to one of vectors; None where there is none."""
    names = [
        vectors.name.replace(part, "metadata")
        for part in ("vectors", "tensor")
        if part in vectors.name
    ]
    for name in (*names, METADATA):
        found = vectors.with_name(name)
        if found != vectors and found.is_file():
            return found
    return None


def _read_metadata(path: Path) -> tuple[list[str], NDArray[np.int64] | None]:
    """Words, and counts where a column is named so."""
    lines = tokens.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf")).split("\n")
    if not lines[-1]:
        lines.pop()
    lines = [line.removesuffix("\r") for line in lines]
    if not lines:
        raise FormatError(path, None, "is empty, expected a word a line")
    if "\t" not in lines[0]:
        wide = next((row for row, line in enumerate(lines) if "\t" in line), None)
        if wide is not None:
            raise FormatError(
                path, f"line {wide + 1:,}", "has several fields, expected one as line 1"
            )
        return lines, None
    names = [name.strip().lower() for name in lines[0].split("\t")]
    column = next((names.index(name) for name in _WORD_COLUMNS if name in names), 0)
    rows = [line.split("\t") for line in lines[1:]]
    for row, fields in enumerate(rows):
        if len(fields) != len(names):
            raise FormatError(
                path,
                f"line {row + 2:,}",
                f"has {len(fields)} fields, expected {len(names)} as line 1",
            )
    words = [fields[column] for fields in rows]
    if "count" not in names:
        return words, None
    place = names.index("count")
    try:
        counts = np.array([int(fields[place]) for fields in rows], dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise FormatError(path, None, f"has a count that is no whole number ({error})") from error
    return words, counts


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
    line = head.split(b"\n", 1)[0].rstrip(b"\r")
    fields = line.split(b"\t")
    return (
        len(fields) > 1
        and is_number(fields[0])
        and is_number(fields[1])
        and (_metadata_of(path) is not None)
    )


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
