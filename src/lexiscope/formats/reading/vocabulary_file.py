"""The words of a matrix' rows, in a file beside it.

`vocabulary.tsv`, which we write: UTF-8; a line `token` or `token TAB count`, line i for row i;
tokens escaped as in `formats.tokens`. Read besides: a plain list, one token a line (`vocab.txt`),
and JSON, a list or token → row (`vocab.json`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import json_document, tokens
from lexiscope.files.opening import unwrapped_stem

NAME = "vocabulary.tsv"
# What a sum of counts must stay below, with some room for its rounding.
_MOST_COUNTED = 2.0**62
# Names to look for beside `NAME.npy`, the most particular first.
_BESIDE = ("{0}.vocab.tsv", "{0}.vocab.txt", "{0}.vocab.json", "{0}.vocab", "{0}.txt")
_IN_FOLDER = (NAME, "vocab.tsv", "vocab.txt", "vocab.json", "tokens.txt", "metadata.tsv")


@dataclass(frozen=True)
class Words:
    """Words and counts.

    Attributes:
        tokens: V words, row by row.
        counts: V int64, where the file has them.
    """

    tokens: list[str]
    counts: NDArray[np.int64] | None = None


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


def beside(path: Path) -> Path | None:
    """The file with the words of a matrix' rows, by the usual names; None where there is none.

    `metadata.tsv` is the projector's, which may have a line of names first (`read_any`).
    """
    stem = unwrapped_stem(path)
    names = [name.format(stem) for name in _BESIDE] + list(_IN_FOLDER)
    return next((path.parent / name for name in names if (path.parent / name).is_file()), None)


def is_ours(path: Path) -> bool:
    """Whether the name is one that `vocabulary.tsv`'s layout goes with."""
    return path.name == NAME or path.name.endswith(".vocab.tsv")


def read_any(path: Path, rows: int) -> Words:
    """The words of a matrix' rows, from a file of any of the kinds above.

    Raises:
        FormatError: It has not one word a row, or is damaged.
    """
    if is_ours(path):
        words = read_tsv(path)
    elif path.suffix == ".json":
        words = Words(_json_words(path))
    else:
        listed = tokens.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf")).split("\n")
        if not listed[-1]:
            listed.pop()
        words = Words([line.removesuffix("\r") for line in listed])
    if len(words.tokens) != rows:
        raise FormatError(
            path,
            None,
            f"has {len(words.tokens):,} words, but the matrix beside it has {rows:,} rows; the two "
            "are not of one model",
        )
    return words


def _json_words(path: Path) -> list[str]:
    content = json_document.read(path, json_document.TABLE).plain
    if isinstance(content, list) and all(isinstance(word, str) for word in content):
        return content
    if isinstance(content, dict) and sorted(
        row for row in content.values() if type(row) is int
    ) == list(range(len(content))):
        return sorted(content, key=content.__getitem__)
    raise FormatError(
        path, None, "is neither a list of words nor word → row with rows from 0 without holes"
    )
