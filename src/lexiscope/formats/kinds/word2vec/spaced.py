"""Rows of a word2vec binary file whose words hold spaces, as gensim writes them.

The format has no mark of where a word ends but the first space, which may be in the word. Where it
ends is told by what follows: a row's values, which have sizes that floats of training have, while
bytes of text, or floats that are read from another byte, have not; and behind them the next row's.
A row where that holds of two spaces is refused, and so is a file where it holds of none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from mmap import mmap

import numpy as np

from lexiscope.errors import FormatError
from lexiscope.files import encodings, tokens
from lexiscope.formats.contract import Matrix
from lexiscope.shown import quoted

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_MOST_SPACES = 16
_LONGEST_TOKEN = 1 << 16
_READ_BYTES = 1 << 21
_LARGEST_VALUE = 1e15
_SMALLEST_VALUE = 1e-15
_NAMED = 3


class LostRowsError(FormatError):
    """Rows are not where they are taken to be, as when a word holds a space."""


def are_shifted(values: Matrix) -> bool:
    """Whether bytes were read as numbers from another place than where numbers start."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    return bool(((sizes < _SMALLEST_VALUE) | (sizes > _LARGEST_VALUE)).any())


def ends_of_word(data: bytes | mmap, start: int, width: int) -> Iterator[int]:
    """The spaces behind which a row's values may begin, the first first.

    Args:
        data: Some of a file.
        start: Where the row's word begins.
        width: Bytes of a row's values.
    """
    space = start - 1
    for _try in range(_MOST_SPACES):
        space = data.find(b" ", space + 1, start + _LONGEST_TOKEN)
        if space < 0 or space + 1 + width > len(data) or _CONTROL.search(data, start, space):
            return
        if not are_shifted(np.frombuffer(data, "<f4", width // 4, space + 1)):
            yield space


@dataclass
class SpacedRows:
    """The rows of a file from some row on.

    Attributes:
        read: Gives the bytes from a place on, so many or more; fewer at the end only.
        columns: D.
        position: Where the next row starts.
        row: Its number, from 0.
        stop: The number behind the last one that is asked for.
        declared: How many the file says it has.
        encoding: Of the words, which need not be UTF-8 where it is given; bytes stay as they are.
        spaced: How many words held spaces so far, and the first of them.
    """

    read: Callable[[int, int], memoryview]
    columns: int
    position: int
    row: int
    stop: int
    declared: int
    encoding: str | None = None
    spaced: int = 0
    named: tuple[str, ...] = ()

    def blocks(self, refused: FormatError) -> Iterator[tuple[list[str], Matrix]]:
        """Words and values (n×D, little-endian) of some rows at a time.

        Args:
            refused: Why the rows could not be read as they stand.

        Raises:
            FormatError: The same, where a row's word has no end; or it may end at two places.
        """
        width = 4 * self.columns
        needed = 2 * (_LONGEST_TOKEN + 2 + width)
        while self.row < self.stop:
            wanted = max(needed, _READ_BYTES)
            data = bytes(self.read(self.position, wanted))
            words: list[str] = []
            values: list[bytes] = []
            place = 0
            while self.row < self.stop and (len(data) - place >= needed or len(data) < wanted):
                start = _behind_line_ends(data, place)
                end = self._end(data, start, width, refused)
                words.append(tokens.decode(data[start:end]))
                place = end + 1 + width
                values.append(data[end + 1 : place])
                self.row += 1
            self.position += place
            self._tell(words)
            flat = np.frombuffer(b"".join(values), dtype="<f4")
            yield words, flat.reshape(len(words), self.columns)

    def warnings(self) -> list[str]:
        """What the user should know, once all rows were gone through."""
        if not self.spaced:
            return []
        named = ", ".join(map(repr, self.named)) + (", …" if self.spaced > len(self.named) else "")
        return [
            f"{self.spaced:,} words hold spaces ({named}); where they end was told by the values "
            "behind them, as this format has no mark of it"
        ]

    def _end(self, data: bytes, start: int, width: int, refused: FormatError) -> int:
        """The space behind a row's word."""
        is_last = self.row + 1 == self.declared
        ends = [
            space
            for space in ends_of_word(data, start, width)
            if is_last or _begins_row(data, space + 1 + width, width)
        ]
        # Other bytes than text are what shifted rows have for words: then nothing is told.
        if not ends or not all(self._is_text(data[start:end]) for end in ends):
            raise refused
        if len(ends) == 1:
            return ends[0]
        first, second = (quoted(tokens.decode(data[start:end])) for end in ends[:2])
        raise FormatError(
            refused.path,
            f"row {self.row + 1:,}",
            f"its word may be {first} or {second}: this format has no mark of a word's end, and "
            "the values behind both make sense; write the file again without spaces in words, or "
            "as text",
        )

    def _is_text(self, word: bytes) -> bool:
        return self.encoding is not None or not tokens.is_cut(tokens.decode(word))

    def _tell(self, words: list[str]) -> None:
        spaced = [word for word in words if " " in word]
        self.spaced += len(spaced)
        named = spaced[: _NAMED - len(self.named)]
        if self.encoding is not None:
            named = encodings.read_again(named, self.encoding)
        self.named += tuple(named)


def _behind_line_ends(data: bytes, place: int) -> int:
    while data[place : place + 1] == b"\n":
        place += 1
    return place


def _begins_row(data: bytes, place: int, width: int) -> bool:
    return next(ends_of_word(data, _behind_line_ends(data, place), width), None) is not None
