"""Rules about tokens: what a format can hold, said once, so that no writer writes what its reader
would refuse or read as something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.shown import quoted

# A format is told by its first 64 KiB; a row must be seen to begin in them.
LONGEST_IN_TEXT = 1 << 15
_NAMES = {
    " ": "a space",
    "\t": "a tab",
    "\n": "a line end",
    "\r": "a carriage return",
    "\0": "a NUL",
}
_WIDEST = 4


@dataclass(frozen=True, kw_only=True)
class TokenRule:
    """What the tokens of a format may be.

    Attributes:
        spelling: "escaped" where every string comes back; "bytes" where a token is its UTF-8, and
            any other bytes are their surrogates; "utf-8" where there are no other bytes.
        without: Characters that no token may have.
        empty: Whether the empty token comes back.
        longest: Most bytes of a token; None where only memory ends them.
        special: Why a token that holds a space or is the first does not come back, from the token
            and whether it is the first; None where it does.
    """

    spelling: Literal["escaped", "bytes", "utf-8"] = "escaped"
    without: str = ""
    empty: bool = True
    longest: int | None = None
    special: Callable[[str, bool], str | None] | None = None

    def check(self, path: Path, words: Sequence[str], first: int) -> None:
        """Refuses tokens that would not come back.

        Args:
            path: For the message.
            words: Those of some rows.
            first: The number of the first of them (0-based).

        Raises:
            FormatError: As said; the row is named.
        """
        if not self.is_doubtful(words, first):
            return
        for row, word in enumerate(words, first):
            fault = self.fault(word, is_first=row == 0)
            if fault is not None:
                raise FormatError(
                    path,
                    f"row {row + 1:,}",
                    f"the token {quoted(word)} {fault}, which this format cannot say; save "
                    "as a model folder instead",
                )

    def fault(self, word: str, *, is_first: bool = False) -> str | None:
        """Why a token would not come back; None where it does.

        Args:
            word: The token.
            is_first: Whether it is the first row's.
        """
        if not word and not self.empty:
            return "is empty"
        for character in self.without:
            if character in word:
                return f"holds {_NAMES[character]}"
        if self.spelling == "utf-8" and tokens.has_surrogate(word):
            return "is not whole UTF-8"
        if self.spelling == "bytes" and tokens.decode(encoded := tokens.encode(word)) != word:
            same = quoted(tokens.decode(encoded))
            return f"holds surrogates whose bytes are those of {same}"
        size = len(tokens.encode(word)) if self.longest is not None else 0
        if self.longest is not None and size > self.longest:
            return f"is of {size:,} bytes, where {self.longest:,} are the most"
        return None if self.special is None else self.special(word, is_first)

    def is_doubtful(self, words: Sequence[str], first: int) -> bool:
        """Whether a look at each of the words is worth its time; most blocks need none."""
        joined = "".join(words)
        return (
            (not self.empty and "" in words)
            or any(character in joined for character in self.without)
            or (self.special is not None and (first == 0 or " " in joined))
            or (
                self.spelling != "escaped" and not joined.isascii() and tokens.has_surrogate(joined)
            )
            or (
                self.longest is not None
                and _WIDEST * max(map(len, words), default=0) > self.longest
            )
        )


ANYTHING = TokenRule()
