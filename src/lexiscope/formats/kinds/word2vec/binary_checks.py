"""Signs that the rows of a word2vec binary file are not where they are taken to be.

The format has neither magic nor escapes, so a reader that takes everything at its word gives
garbage for a file with the wrong byte order or number of values, or with a space in a token.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.formats.contract import Matrix
from lexiscope.formats.kinds.word2vec.spaced import LostRowsError
from lexiscope.formats.reading.intake import RowScan

_SAMPLE_ROWS = 1000
_LOOKED_AT = 8
_SOUND_SHARE = 0.9
# Of so many rows one may have a token that is no text.
_ROWS_A_TOKEN = 20
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_TEXT_THEN_SPACE = re.compile(rb"[^\x00-\x20\x7f]+ ")


class Checker:
    """Looks at the rows of a file, a part after the other.

    A reader looks in parts of any length, or at the first rows only. So that no file is written
    that one of them would refuse, a writer asks for all of that: of every part that starts at row
    1, and with every row as the last.

    Args:
        path: For messages.
        writing: Whether the rows are to be written; else they were read.
    """

    def __init__(self, path: Path, *, writing: bool = False) -> None:
        self._path = path
        self._writing = writing
        self._rows = 0
        self._no_text = 0
        self._ranges = np.zeros(4)
        # A token that holds a space shows in the next row's, which may be in the next part.
        self._last_word = ""
        self._last_row: Matrix | None = None

    def check(self, words: list[str], vectors: Matrix, scan: RowScan) -> None:
        """Looks at the next rows.

        Args:
            words: n.
            vectors: n×D little-endian float32.
            scan: What `scan_rows` finds in them.

        Raises:
            FormatError: The file is big-endian, or the rows' boundaries are lost; of rows to be
                written: they would be taken for that.
        """
        if self._rows == 0 or (self._writing and self._rows < _SAMPLE_ROWS):
            self._check_byte_order(vectors[: _SAMPLE_ROWS - self._rows])
        if len(scan.huge):
            row = int(scan.huge[0])
            sizes = np.abs(vectors[row])
            size = float(sizes.max(where=np.isfinite(sizes), initial=0))
            raise self._lost(row, f"it has a value of {size:.3g}")
        self._check_boundaries(words, vectors)
        self._rows += len(words)
        self._last_word, self._last_row = words[-1], vectors[-1].copy()

    def _check_byte_order(self, sample: Matrix) -> None:
        each = np.column_stack([_in_range(sample), _in_range(sample.byteswap())])
        ranges = self._ranges + np.cumsum(each, axis=0)
        self._ranges = ranges[-1]
        own, swapped = (
            np.divide(some, every, out=np.ones(len(some)), where=every > 0)
            for some, every in (ranges[:, :2].T, ranges[:, 2:].T)
        )
        is_odd = (own < _SOUND_SHARE) & (swapped > _SOUND_SHARE)
        if self._writing and is_odd.any():
            row = self._rows + int(np.argmax(is_odd))
            raise self._unsayable(row, "with those before it makes sense as big-endian floats too")
        if is_odd[-1]:
            raise FormatError(
                self._path,
                None,
                "its values make sense only as big-endian floats, expected little-endian; convert "
                "the file with the program that wrote it",
            )

    def _check_boundaries(self, words: list[str], vectors: Matrix) -> None:
        """Refuses rows whose values start with the rest of a token that holds a space.

        The rest of the token takes the place of as many bytes at the vector's end, which then
        stand at the start of the next token: bytes that are rarely text.
        """
        joined = "".join(words)
        odd: list[int] = []
        if not joined.isprintable() and (_CONTROL.search(joined) or tokens.is_cut(joined)):
            odd = [row for row, word in enumerate(words) if _CONTROL.search(word) or _is_cut(word)]
            self._check_texts(words, odd)
        suspects = {row - 1 for row in odd}
        if self._writing:
            suspects.add(-1)
        # A float whose top byte is a space has a size near 1e-19: a shift by whole floats shows so.
        spaces = vectors[:, :_LOOKED_AT].view(np.uint8)[:, 3::4] == ord(" ")
        if spaces.any():
            suspects.update(np.flatnonzero(spaces.any(axis=1)).tolist())
        for row in sorted(suspects):
            values = vectors[row] if row >= 0 else self._last_row
            if values is None:
                continue
            word = self._last_word if row < 0 else words[row]
            found = _TEXT_THEN_SPACE.match(values[:32].astype("<f4").tobytes())
            if found is None or tokens.is_cut(tokens.decode(found[0])):
                continue
            following = words[row + 1] if row + 1 < len(words) else None
            nexts = {following, None} if self._writing else {following}
            if any(_is_better_shifted(values, len(found[0]), word) for word in nexts):
                whole = word + " " + tokens.decode(found[0][:-1])
                raise self._lost(row, f"its token seems to be {whole!r}")

    def _check_texts(self, words: list[str], odd: list[int]) -> None:
        """Refuses many tokens that are no text: they hold control characters, and other bytes."""
        no_text = [row for row in odd if _is_cut(words[row]) and _CONTROL.search(words[row])]
        ends = [row + 1 for row in no_text] if self._writing else [len(words)] * len(no_text)
        for count, end in enumerate(ends, self._no_text + 1):
            if count > max(1, (self._rows + end) // _ROWS_A_TOKEN):
                raise self._lost(no_text[0], f"{count:,} tokens are no text")
        self._no_text += len(no_text)

    def _lost(self, row: int, sign: str) -> FormatError:
        if self._writing:
            return self._unsayable(self._rows + row, sign)
        return LostRowsError(
            self._path,
            f"row {self._rows + row + 1:,}",
            f"{sign}: the rows' boundaries are lost, as when a token holds a space or the header's "
            "number of values a row is wrong; write the file again without spaces in tokens, or "
            "as text",
        )

    def _unsayable(self, row: int, sign: str) -> FormatError:
        return FormatError(
            self._path,
            f"row {row + 1:,}",
            f"{sign}: readers would take the file for damaged, as this format has neither marks "
            "nor escapes; save as a model folder instead",
        )


def _is_better_shifted(values: Matrix, moved: int, following: str | None) -> bool:
    """Whether a row makes as much sense some bytes further on, with those that the next token has.

    A cut token, and a vector that happens to start like text, are not enough to refuse a file.

    Args:
        values: The row as it was read (D).
        moved: The bytes that would be the rest of its token.
        following: The next token, which would start with as many bytes of this row; None where it
            is not known.
    """
    own = values.astype("<f4").tobytes()
    shifted = own[moved:] + (b"" if following is None else tokens.encode(following)[:moved])
    shifted = shifted[: len(shifted) // 4 * 4]
    return _share_in_range(np.frombuffer(shifted, dtype="<f4")) >= _share_in_range(values)


def _is_cut(word: str) -> bool:
    return not word.isascii() and tokens.is_cut(word)


def _share_in_range(sample: Matrix) -> float:
    """The share of the values other than 0 whose size is one that trained vectors have."""
    sound, every = _in_range(sample[None, :]).sum(axis=0)
    return float(sound / every) if every else 1.0


def _in_range(sample: Matrix) -> NDArray[np.int64]:
    """Of each row (n×D) how many values are of such a size, and how many are not 0 (n×2)."""
    sizes = np.abs(sample)
    sound = (sizes > 1e-12) & (sizes < 1e10)
    return np.column_stack([sound.sum(axis=1), (sample != 0).sum(axis=1)])
