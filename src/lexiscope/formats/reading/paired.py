"""A matrix that is mapped and its words in a file beside it, gone through side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files.maps import rows_of
from lexiscope.formats.contract import Block, Matrix, ReadOptions, VectorsStream
from lexiscope.formats.not_kept import Narrowing, NotKept, native
from lexiscope.formats.reading import vocabulary_file
from lexiscope.formats.reading.intake import Intake
from lexiscope.formats.reading.vocabulary_file import Words


def stream_of(matrix: Matrix, words: Path, options: ReadOptions) -> VectorsStream:
    """The rows of a matrix with their words, in constant memory where the file of words is ours.

    Args:
        matrix: V×D, of any floats.
        words: The file with the words of its rows.
        options: Which rows, and as what.

    Raises:
        FormatError: While the rows are gone through: the file of words is damaged, or has not one
            word a row.
    """
    is_ours = vocabulary_file.is_ours(words)
    # Lists of other shapes are read whole before the first row: only so their shape is known.
    listed = None if is_ours else vocabulary_file.read_any(words, len(matrix))
    warnings = [listed.note] if listed is not None and listed.note else []
    lost: list[NotKept] = []
    return VectorsStream(
        columns=int(matrix.shape[1]),
        rows=len(matrix) if options.limit is None else min(len(matrix), options.limit),
        has_counts=vocabulary_file.has_counts(words)
        if listed is None
        else listed.counts is not None,
        dtype=options.dtype,
        blocks=_blocks(matrix, words, listed, options, warnings, lost),
        warnings=warnings,
        lost=lost,
    )


def _blocks(
    matrix: Matrix,
    path: Path,
    listed: Words | None,
    options: ReadOptions,
    warnings: list[str],
    lost: list[NotKept],
) -> Iterator[Block]:
    intake, narrowing = Intake(options), Narrowing()
    blocks = rows_of(matrix)
    first = next(blocks)
    parts = _parts(path, listed, len(first))
    done = 0
    for rows in _chain(first, blocks):
        words = next(parts, Words([]))
        if len(words.tokens) != len(rows):
            raise _wrong_length(path, f"{done + len(words.tokens):,} words", len(matrix))
        yield intake.take(words.tokens, native(narrowing.take(rows)), words.counts)
        done += len(rows)
        if intake.done:
            break
    else:
        if next(parts, None) is not None:
            raise _wrong_length(path, f"more than {done:,} words", len(matrix))
    warnings += intake.warnings()
    lost += narrowing.not_kept()


def _parts(path: Path, listed: Words | None, rows: int) -> Iterator[Words]:
    """The words, as many at a time as the matrix' blocks have rows."""
    if listed is None:
        yield from vocabulary_file.read_parts(path, rows)
        return
    for start in range(0, len(listed.tokens), rows):
        here = slice(start, start + rows)
        yield Words(listed.tokens[here], None if listed.counts is None else listed.counts[here])


def _chain(first: Matrix, rest: Iterator[Matrix]) -> Iterator[Matrix]:
    yield first
    yield from rest


def _wrong_length(path: Path, found: str, rows: int) -> FormatError:
    return FormatError(
        path,
        None,
        f"has {found}, but the matrix has {rows:,} rows; the two are not of one model",
    )
