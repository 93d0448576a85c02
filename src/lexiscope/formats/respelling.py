"""Respelling: words that a format cannot hold, on their way into it, escaped or left out and told.

A word that would not come back is written with the escapes of `vocabulary.tsv` (`files.tokens`),
and `\\x20` for a space: "new york" is `new\\x20york` in word2vec's binary format. What no spelling
helps (a word that is empty or too long, one that is there already) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lexiscope.files import tokens
from lexiscope.formats.contract import Block, Format, VectorsStream
from lexiscope.formats.not_kept import NotKept
from lexiscope.shown import quoted

_NAMED = 3
_MORE_ESCAPES = {" ": "\\x20", "\0": "\\x00", "\ufeff": "\\ufeff"}


def escaped(word: str) -> str:
    """A word without blanks and bytes that are no text."""
    spelling = tokens.escape(word)
    for character, escape in _MORE_ESCAPES.items():
        spelling = spelling.replace(character, escape)
    return spelling


class Respelling:
    """Makes a stream give words only that a format can hold; what changes is told in its `lost`.

    A matrix with a row a word, and n-grams' rows, go with formats that hold every word, so that
    nothing else has to follow.

    Args:
        stream: Its blocks are replaced.
        format_: What it will be written in.

    Attributes:
        left_out: How many rows were left out so far.
    """

    def __init__(self, stream: VectorsStream, format_: Format) -> None:
        self.left_out = 0
        self._rule = format_.tokens
        self._lost = stream.lost
        self._name = format_.name
        self._may_drop = stream.output is None and stream.subwords is None
        self._done = 0
        self._escaped: dict[str, str] = {}
        self._named: list[str] = []
        stream.blocks = self._blocks(stream.blocks)

    def _blocks(self, blocks: Iterator[Block]) -> Iterator[Block]:
        for block in blocks:
            doubtful = bool(self._escaped) or self._rule.is_doubtful(block.tokens, self._done)
            if doubtful:
                block = self._changed(block)
            if block.tokens:
                yield block
            self._done += len(block.tokens)
        self._lost += self._told()

    def _changed(self, block: Block) -> Block:
        words: list[str] = []
        rows: list[int] = []
        for row, word in enumerate(block.tokens):
            spelling = self._spelling(word, is_first=self._done + len(words) == 0)
            if spelling is not None:
                words.append(spelling)
                rows.append(row)
        if len(rows) == len(block.tokens):
            return Block(words, block.vectors, block.counts)
        kept = np.array(rows, dtype=np.int64)
        counts = None if block.counts is None else block.counts[kept]
        return Block(words, block.vectors[kept], counts)

    def _spelling(self, word: str, *, is_first: bool) -> str | None:
        """How a word is written; None where it is left out."""
        fault = self._rule.fault(word, is_first=is_first)
        if fault is None and word not in self._escaped:
            return word
        spelling = escaped(word)
        free = spelling != word and spelling not in self._escaped
        if free and self._rule.fault(spelling, is_first=is_first) is None:
            self._escaped[spelling] = word
            return spelling
        if not self._may_drop:
            return word  # the writer refuses it
        self.left_out += 1
        if len(self._named) < _NAMED:
            self._named.append(f"{quoted(word)}: {fault or 'its spelling is taken'}")
        return None

    def _told(self) -> list[NotKept]:
        told: list[NotKept] = []
        if self._escaped:
            shown = list(self._escaped.items())[:_NAMED]
            named = ", ".join(f"{quoted(word)} as {spelling}" for spelling, word in shown)
            more = ", …" if len(self._escaped) > len(shown) else ""
            told.append(
                NotKept(
                    f"{len(self._escaped):,} words escaped that {self._name} cannot hold "
                    f"({named}{more})"
                )
            )
        if self.left_out:
            named = "; ".join(self._named)
            more = "; …" if self.left_out > len(self._named) else ""
            told.append(
                NotKept(
                    f"{self.left_out:,} rows left out whose words {self._name} cannot hold "
                    f"({named}{more})"
                )
            )
        return told
