"""The words of a matrix' rows, in a file beside it.

`vocabulary.tsv`, which we write: UTF-8; a line `token` or `token TAB count`, line i for row i;
tokens escaped as in `formats.tokens`. Read besides: lists of every shape in `token_lists`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.opening import unwrapped_stem
from lexiscope.formats.reading import lists_beside
from lexiscope.formats.reading.token_lists import (
    json_shapes,
    line_shapes,
    object_shapes,
    projector_shape,
    reading,
)
from lexiscope.formats.reading.token_lists.contract import OtherLengthError

NAME = line_shapes.OWN
# What a sum of counts must stay below, with some room for its rounding.
_MOST_COUNTED = 2.0**62
# Shapes that need no word: of a list of words nothing else is expected.
_USUAL = (
    *(line_shapes.PLAIN, line_shapes.OWN_SHAPE, projector_shape.PROJECTOR),
    *(json_shapes.LISTED, json_shapes.MAPPED, object_shapes.NUMPY, object_shapes.PICKLED),
)


@dataclass(frozen=True)
class Words:
    """Words and counts.

    Attributes:
        tokens: V words, row by row.
        counts: V int64, where the file has them.
        note: From which file of an unusual shape they are, for people; "" where it is a list.
    """

    tokens: list[str]
    counts: NDArray[np.int64] | None = None
    note: str = ""


def written_beside(path: Path) -> Path:
    """Where the words of `NAME.npy` go: `NAME.vocab.tsv`."""
    return path.with_name(f"{path.stem}.vocab.tsv")


def lines(words: Iterable[str], counts: NDArray[np.int64] | None) -> Iterator[bytes]:
    """The lines of `vocabulary.tsv` for some rows."""
    fields = map(tokens.escape, words)
    if counts is None:
        yield from (f"{field}\n".encode() for field in fields)
    else:
        numbers = counts.tolist()
        yield from (f"{f}\t{count}\n".encode() for f, count in zip(fields, numbers, strict=True))


def read_tsv(path: Path) -> Words:
    """Reads a `vocabulary.tsv`.

    Raises:
        FormatError: It is truncated, not UTF-8, or a line is no token and count; or a word is
            there twice.
    """
    parts = list(read_parts(path, None))
    words = [word for part in parts for word in part.tokens]
    if len(set(words)) != len(words):
        raise FormatError(path, None, "holds a word twice; expected one row a word")
    counts = [part.counts for part in parts if part.counts is not None]
    if sum(float(part.sum(dtype=np.float64)) for part in counts) >= _MOST_COUNTED:
        raise FormatError(path, None, "its counts make more than 64 bits hold; it is damaged")
    return Words(words, np.concatenate(counts) if counts else None)


def read_parts(path: Path, rows: int | None) -> Iterator[Words]:
    """The words of a `vocabulary.tsv`, some at a time.

    Args:
        path: The file.
        rows: How many in a part, but for the last; None for all in one.

    Raises:
        FormatError: As `read_tsv`, but words are not compared.
    """
    with path.open("rb") as stream:
        first, with_counts = 0, False
        while lines := list(islice(stream, rows)):
            if not lines[-1].endswith(b"\n"):
                raise FormatError(path, None, "its last line has no end; the file is truncated")
            if first == 0:
                with_counts = b"\t" in lines[0]
            yield _parse(path, lines, first, with_counts)
            first += len(lines)


def has_counts(path: Path) -> bool:
    """Whether a `vocabulary.tsv` has counts, by its first line."""
    with path.open("rb") as stream:
        return b"\t" in stream.readline()


def _parse(path: Path, lines: list[bytes], first: int, with_counts: bool) -> Words:
    """Words and counts of some lines; `first` is the number of the first (0-based)."""
    words: list[str] = []
    found: list[int] = []
    for row, line in enumerate(lines, first):
        try:
            field, tab, count = line[:-1].decode().partition("\t")
        except UnicodeDecodeError as error:
            raise FormatError(path, f"line {row + 1:,}", "is not UTF-8") from error
        try:
            words.append(tokens.unescape(field))
            if with_counts:
                # int() would take signs, underscores and other scripts' digits as well.
                if not (count.isascii() and count.isdigit()):
                    raise ValueError(f"{count!r:.40} is no count")
                found.append(int(np.int64(int(count))))
            elif tab:
                raise ValueError("a count, but line 1 has none")
        except (ValueError, OverflowError) as error:
            raise FormatError(
                path, f"line {row + 1:,}", f"is no token and count ({error})"
            ) from error
    return Words(words, np.array(found, dtype=np.int64) if with_counts else None)


def may_be_beside(path: Path) -> bool:
    """Whether a matrix has a file beside it that may have its words, by the usual names."""
    return bool(lists_beside.beside(path))


def is_ours(path: Path) -> bool:
    """Whether the name is one that `vocabulary.tsv`'s layout goes with."""
    return line_shapes.is_own(path)


def beside(path: Path, rows: int) -> Path | None:
    """The file beside a matrix that has its words.

    Args:
        path: The matrix' file.
        rows: How many rows it has.

    Returns:
        Ours, where there is one; else the one whose words are as many as the rows, or, where none
        is, the first of those that can be nothing else; None where there is none.

    Raises:
        FormatError: Two have as many words, and not the same ones.
    """
    named = lists_beside.beside(path)
    for group in ([one for one in named if one.is_own], [one for one in named if not one.is_own]):
        sure = [one.path for one in group if one.is_sure]
        if sure and is_ours(sure[0]):
            return sure[0]
        if len(group) == len(sure) == 1:
            return sure[0]
        fits, _misfits = fitting(group, rows)
        if fits:
            return the_only(path, fits, rows).path
        if sure:
            return sure[0]
    return None


@dataclass(frozen=True)
class Listed:
    """A list of words, and the file that it is in."""

    path: Path
    words: Words


def fitting(named: Iterable[lists_beside.Named], rows: int) -> tuple[list[Listed], list[str]]:
    """Those of some files that have a word for each of so many rows.

    What is only called as a list of words is one where most of its words differ: the labels of a
    hundred classes are none.

    Returns:
        The lists; and what is wrong with the other files, in a few words each, those first that
        have other numbers of words.
    """
    found: list[Listed] = []
    misfits: list[str] = []
    damaged: list[str] = []
    for one in named:
        if not lists_beside.may_have_words_of(one.path, rows):
            continue
        try:
            words = read_any(one.path, rows)
        except OtherLengthError as error:
            misfits.append(f"{one.path.name} has {error.words:,} words")
        except FormatError as error:
            damaged.append(str(error).partition(f"{one.path.parent}/")[2] or str(error))
        else:
            if one.is_sure or 2 * len(set(words.tokens)) > len(words.tokens):
                found.append(Listed(one.path, words))
            else:
                misfits.append(f"{one.path.name} repeats most of its words")
    return found, misfits + damaged


def without_words(path: Path, shape: tuple[int, ...], name: str = "") -> str:
    """What to say of a matrix without words, whose rows' numbers stand for them.

    Args:
        path: Its file.
        shape: Rows and columns.
        name: What it is called there.

    Raises:
        FormatError: A list beside it has a word for each column: it is turned around; or the words
            are in the archive that it is in.
    """
    rows, columns = shape
    packed = lists_beside.in_archive(path)
    if packed is not None:
        raise FormatError(
            path, None, f"has the words in another file of the archive ({packed}); unpack it first"
        )
    named = lists_beside.beside(path)
    turned, _misfits = fitting(named, columns) if rows != columns else ([], [])
    if turned:
        raise FormatError(
            path,
            None,
            f"has {rows:,} rows and {columns:,} columns, and {turned[0].path.name} beside it a "
            "word for each column; save the matrix transposed (`matrix.T`)",
        )
    _found, misfits = fitting(named, rows)
    what = f" ({'; '.join(misfits[:2])}, for {rows:,} rows)" if misfits else ""
    called = f" ({name})" if name else ""
    return (
        f"a matrix{called} without words{what}: its rows' numbers stand for them; put the "
        f"vocabulary beside it as {unwrapped_stem(path)}.vocab.txt, a word a line, to have them "
        "back"
    )


def the_only(path: Path, fits: list[Listed], rows: int) -> Listed:
    """The first of some lists, which all have the same words.

    Raises:
        FormatError: They have other ones.
    """
    first = fits[0]
    other = next((one for one in fits[1:] if one.words.tokens != first.words.tokens), None)
    if other is not None:
        raise FormatError(
            path,
            None,
            f"has {rows:,} rows, and {first.path.name} and {other.path.name} beside it have as "
            "many words, which differ; move away the one that is not its own",
        )
    return first


def read_any(path: Path, rows: int) -> Words:
    """The words of a matrix' rows, from a list of any shape.

    Raises:
        FormatError: It has not one word a row, fits two shapes, or is damaged.
    """
    if is_ours(path):
        words = read_tsv(path)
        if len(words.tokens) != rows:
            raise OtherLengthError(
                path,
                len(words.tokens),
                f"has {len(words.tokens):,} words, but the matrix beside it has {rows:,} rows; the "
                "two are not of one model",
            )
        return words
    listed = reading.read(path, rows)
    is_usual = listed.shape in _USUAL and not listed.note
    note = "" if is_usual else f"its words are those of {path.name} ({listed.said})"
    return Words([str(token) for token in listed.tokens], listed.counts, note)
