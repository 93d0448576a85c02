"""Rows on their way out: what a format cannot hold is refused before its target is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files.opening import HEAD_BYTES
from lexiscope.formats.contract import Block, VectorsData, VectorsStream, Writable, as_stream
from lexiscope.formats.token_rule import TokenRule


def outgoing(
    path: Path,
    data: Writable,
    rule: TokenRule,
    *,
    columns: tuple[int, int | None] = (1, None),
) -> VectorsStream:
    """The rows to write, each looked at before it is handed over.

    Args:
        path: The target, for messages.
        data: What is to be written.
        rule: What tokens the format can hold.
        columns: The fewest and most columns that it can hold; None where there is no most.

    Raises:
        ConfigError: The parts of the data do not fit each other, or a word is there twice.
        FormatError: There are too few columns or too many; while the rows are gone through: a
            token cannot be said, a count is negative, or there are no rows.
    """
    if isinstance(data, VectorsData):
        data.check()
    source = as_stream(data)
    fewest, most = columns
    if source.columns < fewest or (most is not None and source.columns > most):
        bounds = f"at least {fewest:,}" if most is None else f"{fewest:,} to {most:,}"
        raise FormatError(
            path, None, f"cannot hold rows of {source.columns:,} values, expected {bounds}"
        )
    source.blocks = _checked(path, source.blocks, rule)
    return source


def _checked(path: Path, blocks: Iterator[Block], rule: TokenRule) -> Iterator[Block]:
    done = 0
    for block in blocks:
        rule.check(path, block.tokens, done)
        if block.counts is not None and bool(np.any(block.counts < 0)):
            row = int(np.argmax(block.counts < 0))
            raise FormatError(
                path,
                f"row {done + row + 1:,}",
                f"its count is {int(block.counts[row]):,}; expected 0 or more",
            )
        yield block
        done += len(block.tokens)
    if done == 0:
        raise ConfigError(f"{path}: there are no words to write, expected at least one")


def check_head(path: Path, out: BinaryIO, sniff: Callable[[bytes, Path], bool]) -> None:
    """Refuses a file, before it is put in its place, that would not be recognised.

    Args:
        path: The target.
        out: The file as it was written, open for reading too; it is at its end again after this.
        sniff: What recognises the format; it may read on in the file.

    Raises:
        FormatError: As said.
    """
    end = out.tell()
    out.seek(0)
    is_recognised = sniff(out.read(HEAD_BYTES), path)
    out.seek(end)
    if not is_recognised:
        raise FormatError(
            path,
            "row 1",
            "and those after it would be taken for another format's, as this one has no mark of "
            "its own; save as a model folder instead",
        )
