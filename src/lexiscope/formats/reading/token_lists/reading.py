"""The one reader of lists of tokens: which shape a file has, and the tokens in it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from lexiscope.errors import FormatError
from lexiscope.files import json_document
from lexiscope.files.compression import MAGIC_BYTES, SUFFIXES, compression_of
from lexiscope.files.json_document import TABLE
from lexiscope.files.lists import read_list
from lexiscope.files.opening import chunks, read_within, reject_disguise
from lexiscope.formats.reading.token_lists import json_shapes, line_shapes, object_shapes
from lexiscope.formats.reading.token_lists.contract import (
    OtherLengthError,
    Shape,
    Source,
    TokenList,
)
from lexiscope.formats.reading.token_lists.registry import SHAPES

EXPECTED = "a tokenizer, or one token a line"
ADDED = "added_tokens.json"
CONFIGURATION = "tokenizer_config.json"
# Beside these a tokenizer keeps the tokens that were added to it, in files of their own.
_WITH_ADDED = ("vocab.json", "vocab.txt", "tokenizer.model", "spiece.model", "spm.model")
_MERGES = ("merges.txt", "bpe.codes", "vocab.bpe")
# Tens of millions of tokens; what is packed tighter than text ever is stays below the second.
_MOST_BYTES = 1 << 30
# As a list of words a file is described that has so few bytes, and so many lines of a word.
_MOST_DESCRIBED, _FEWEST_LINES, _MOSTLY = 1 << 26, 3, 0.9
_SEVERAL = re.compile(r"\S\s+\S|[,;|].*[,;|]")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
# What a packed list may unpack to: so many bytes always, and so many times its own.
_MOST_UNPACKED, _TIGHTEST = 1 << 22, 20


def read(path: Path, rows: int | None = None) -> TokenList:
    """The tokens of a list in any of the shapes.

    Args:
        path: The file.
        rows: How many rows the matrix has whose words they are; None for a list by itself.

    Raises:
        MissingPathError: There is nothing at the path.
        FormatError: It is damaged, none of the shapes, or fits two of them; or has not one token a
            row.
    """
    content = _content(path)
    if not (_has_a_line_for_each(content, rows) or object_shapes.is_pickle(content)):
        reject_disguise(content[: 1 << 16], path)
    if content.startswith(_WIDE) and b"\0" in content[: 1 << 10]:
        raise FormatError(path, None, "is UTF-16 text; expected UTF-8")
    source = Source(path=path, content=content, rows=rows)
    _refuse_merges(source)
    listed = _shaped(source)
    if path.name in _WITH_ADDED and listed.shape != json_shapes.LISTED:
        listed = _with_added(listed, path, rows)
    if all(token is None for token in listed.tokens):
        raise FormatError(path, None, "there are no tokens; expected at least one")
    return listed if rows is None else _of_rows(listed, path, rows)


def describe_list(path: Path) -> str | None:
    """What a file is that was taken for vectors and is a list of tokens, or None.

    Of lines without anything beside them only those are one that are a word each.
    """
    try:
        if path.stat().st_size > _MOST_DESCRIBED:
            return None
        listed = read(path)
    except (FormatError, OSError):
        return None
    if listed.shape == line_shapes.PLAIN:
        words = [token for token in listed.tokens if token and _SEVERAL.search(token) is None]
        if len(listed.tokens) < _FEWEST_LINES or len(words) < _MOSTLY * len(listed.tokens):
            return None
    return (
        f"a list of {len(listed.tokens):,} tokens ({listed.shape}) without vectors (give it with "
        "--tokenizer, or beside its matrix)"
    )


def _has_a_line_for_each(content: bytes, rows: int | None) -> bool:
    """Whether there are as many lines as rows, or one more: then `<html>` is a word, no page."""
    lines = content.count(b"\n") + (not content.endswith(b"\n"))
    return rows is not None and bool(content) and lines in (rows, rows + 1)


def _content(path: Path) -> bytes:
    content = read_list(path, EXPECTED, _MOST_BYTES)
    if compression_of(content[:MAGIC_BYTES]) is None:
        return content
    try:
        return _unpacked(path, min(_MOST_BYTES, max(_MOST_UNPACKED, _TIGHTEST * len(content))))
    except FormatError:
        if path.suffix in SUFFIXES:
            raise
        return content  # a word may begin as a packed file does: `BZh`


def _unpacked(path: Path, most: int) -> bytes:
    with chunks(path) as unpacked:
        content = read_within(cast("BinaryIO", unpacked), most)
    if content is None:
        raise FormatError(path, None, f"unpacks to more than {most:,} bytes of tokens")
    return content


def _damaged(source: Source) -> TokenList | None:
    raise FormatError(
        source.path,
        None,
        "is a SentencePiece model that is damaged or cut, or a list of ranks that has other lines; "
        "download it again",
    )


# What a file that must be a model is read as where it is none.
_NEITHER = Shape(name="", written_by="", told_by="", read=_damaged)


def _shaped(source: Source) -> TokenList:
    """The tokens as the first sure shape reads them, or as the one reads them that fits."""
    *asked, plain = SHAPES
    if source.name.endswith((".model", ".spm")):
        asked, plain = [shape for shape in asked if shape.is_binary], _NEITHER
    for shape in asked:
        listed = shape.read(source) if shape.is_sure else None
        if listed is not None:
            return listed
    readings = [shape.read(source) for shape in asked if not shape.is_sure]
    fitting = [listed for listed in readings if listed is not None]
    if not fitting:
        fitting = [listed for listed in [plain.read(source)] if listed is not None]
    first, *others = fitting
    for other in others:
        if other.tokens != first.tokens:
            raise FormatError(
                source.path,
                None,
                f"fits two shapes: {first.shape!r} and {other.shape!r}; give the tokens alone, in "
                "the order of their ids, or JSON of token → id",
            )
    return first


def _refuse_merges(source: Source) -> None:
    is_merges = source.name in _MERGES or source.content.startswith(b"#version:")
    if is_merges:
        raise FormatError(
            source.path,
            None,
            "is a list of merges, not of tokens; give vocab.json or tokenizer.json beside it",
        )


def _with_added(listed: TokenList, path: Path, rows: int | None) -> TokenList:
    """The list with what was added to it, as the files beside it tell.

    Raises:
        FormatError: They are damaged, or have another token for an id.
    """
    added, specials = _added_beside(path)
    known = set(listed.tokens)
    added = {token: number for token, number in added.items() if token not in known}
    highest = max(added.values(), default=-1)
    if not added or rows == len(listed.tokens):
        return replace(listed, specials=listed.specials | specials)
    if highest >= 2 * len(listed.tokens) + (1 << 16):
        raise FormatError(path, None, f"the tokens added to it have ids up to {highest:,}")
    tokens = listed.tokens + [None] * (highest + 1 - len(listed.tokens))
    for token, number in added.items():
        if tokens[number] is not None:
            raise FormatError(
                path,
                None,
                f"has {tokens[number]!r} at id {number}, where the files of added tokens beside it "
                f"({ADDED}, {CONFIGURATION}) have {token!r}; they are not of one tokenizer",
            )
        tokens[number] = token
    counts = listed.counts
    if counts is not None:
        counts = np.append(counts, np.zeros(len(tokens) - len(counts), np.int64))
    note = f"{len(added):,} tokens were added by the files beside it"
    return replace(
        listed,
        tokens=tokens,
        counts=counts,
        specials=listed.specials | specials,
        note=f"{listed.note}; {note}" if listed.note else note,
    )


def _added_beside(path: Path) -> tuple[dict[str, int], frozenset[str]]:
    """The tokens that were added to a tokenizer, with their ids; and those that are special."""
    added: dict[str, int] = {}
    specials: set[str] = set()
    file = path.with_name(ADDED)
    if file.is_file():
        added |= json_document.read(file, TABLE).numbered()
    file = path.with_name(CONFIGURATION)
    if file.is_file():
        decoder = json_document.read(file, TABLE, as_written=True)["added_tokens_decoder"]
        for number, entry in (decoder.fields() if decoder.is_given else {}).items():
            token = entry["content"].text()
            if not (number.isascii() and number.isdigit() and len(number) < 10):
                raise FormatError(file, None, f"gives a token the id {number!r:.40}")
            added[token] = int(number)
            if entry["special"].plain is True:
                specials.add(token)
    return added, frozenset(specials)


def _of_rows(listed: TokenList, path: Path, rows: int) -> TokenList:
    """A list as the words of a matrix: a token a row, rows of ids that no token has named so."""
    tokens, counts = listed.tokens, listed.counts
    if len(tokens) == rows + 1 and tokens[0] is None:  # ids begin at 1, rows at 0
        tokens = tokens[1:]
        counts = None if counts is None else counts[1:]
    if len(tokens) != rows:
        holes = tokens.count(None)
        raise OtherLengthError(
            path,
            len(tokens),
            f"has {len(tokens):,} words ({listed.said}), but the matrix beside it has {rows:,} "
            "rows; the two are not of one model"
            + (f", or its {holes:,} holes: expected ids without holes" if holes else ""),
        )
    named: list[str | None] = [
        f"[hole {row}]" if token is None else token for row, token in enumerate(tokens)
    ]
    return replace(listed, tokens=named, counts=counts)
